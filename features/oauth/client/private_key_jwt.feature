@oauth @client
Feature: A client that signs
  A signed assertion takes the place of a secret, and is good for one request to one server.

  @OA-CLI-020 @claims-client-private-key-jwt
  Scenario: The assertion says what it has to
    Given a server at which the client signs
    When the client is told to get a token
    Then each assertion says who made it, whom it is about, whom it is for and when it ends

  @OA-CLI-021 @claims-client-private-key-jwt
  Scenario: The assertion is for the authorization server alone
    Given a server at which the client signs
    When the client gets a token
    Then the issuer identifier is the only audience

  @OA-CLI-022 @claims-client-private-key-jwt
  Scenario: No two assertions have one jti
    Given a server at which the client signs
    When the client gets a token
    And the client gets another token
    Then each assertion has a jti of its own

  @OA-CLI-023 @claims-client-private-key-jwt
  Scenario: The assertion says of which type it is
    Given a server at which the client signs
    When the client gets a token
    Then the type of each assertion is client-authentication+jwt

  @OA-CLI-024 @claims-client-private-key-jwt
  Scenario: The assertion does not live long
    Given a server at which the client signs
    When the client gets a token
    Then each assertion ends within five minutes

  @OA-CLI-003 @OA-CLI-004 @claims-client-private-key-jwt
  Scenario: An assertion is the only proof, and in no URI
    Given a server at which the client signs
    When the client gets a token
    And the client calls the API
    Then each token request has one proof of who the client is
    And no URI has a secret, an assertion or a token
