@jwt @jwt-client
Feature: What the client publishes
  Two files on a web server say which keys speak for the client. Strangers fetch them, and use nothing that is not as it has to be.

  @JW-CLI-030
  Scenario: The client id has the form of one
    Given a resource that takes service JWTs
    When the client calls the resource
    Then the client id that each service JWT names has the form of a client id

  @JW-CLI-031
  Scenario: The document is where the client id says
    When the document of the client is fetched
    Then it comes with 200, as JSON and in 5120 octets at most

  @JW-CLI-032
  Scenario: The document says of whom it is
    When the document of the client is fetched
    Then its client_id is the URL that it was fetched from

  @JW-CLI-033
  Scenario: The keys are in one place
    When the document of the client is fetched
    Then it has either jwks or jwks_uri

  @JW-CLI-034
  Scenario: The keys are at the origin of the client
    When the document of the client is fetched
    Then its jwks_uri has the origin of the client id

  @JW-CLI-035
  Scenario: Nothing secret is published
    When the document of the client is fetched
    And the keys of the client are fetched
    Then there is no private key, no symmetric key and no secret in them

  @JW-CLI-036
  Scenario: Each key has a name of its own
    When the document of the client is fetched
    And the keys of the client are fetched
    Then each published key has a kid of its own

  @JW-CLI-037
  Scenario: The keys are where the document says
    When the document of the client is fetched
    And the keys of the client are fetched
    Then the keys come with 200, as JSON, 16 at most and in 16384 octets

  @JW-CLI-038
  Scenario: It says how long both hold
    When the document of the client is fetched
    And the keys of the client are fetched
    Then each answer says in Cache-Control how long it holds
