@jwt @jwt-client
Feature: The service JWT
  A service says one sentence about itself to one other, once. Each word of it is looked at by somebody.

  @JW-CLI-001
  Scenario: It is signed with an algorithm that resources take
    Given a resource that takes service JWTs
    When the client calls the resource
    Then each service JWT is signed with an algorithm of the profile

  @JW-CLI-002
  Scenario: It says of which type it is
    Given a resource that takes service JWTs
    When the client calls the resource
    Then the type of each service JWT is service+jwt

  @JW-CLI-003
  Scenario: The key that it names is published, and verifies it
    Given a resource that takes service JWTs
    When the client calls the resource, and its published keys are fetched before the answer
    Then each service JWT is verified by the published key that it names

  @JW-CLI-004
  Scenario: It names its client as the one who speaks and the one spoken of
    Given a resource that takes service JWTs
    When the client calls the resource
    Then the client id is the iss and the sub of each service JWT

  @JW-CLI-005
  Scenario: The identifier of the resource is its audience, as one string
    Given two resources that take service JWTs
    When the client calls the resource
    And the client calls the second resource
    Then the aud of each service JWT is the identifier of the resource that it came to

  @JW-CLI-006
  Scenario: It is of now, and ends within five minutes
    Given a resource that takes service JWTs
    When the client calls the resource
    Then each service JWT says when it begins, and ends within 300 seconds

  @JW-CLI-007
  Scenario: No two have one jti
    Given two resources that take service JWTs
    When the client calls the resource
    And the client calls the resource again
    And the client calls the second resource
    Then each service JWT has a jti of its own, of 16 to 128 characters

  @JW-CLI-008
  Scenario: Each request has one of its own
    Given a resource that takes service JWTs
    When the client calls the resource
    And the client calls the resource again
    Then no service JWT came twice

  @JW-CLI-009
  Scenario: It stands in the field that is there for it, and nowhere else
    Given a resource that takes service JWTs
    When the client calls the resource
    Then each service JWT stood in the field Authorization alone
