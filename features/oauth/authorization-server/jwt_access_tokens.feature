@oauth @authorization-server @claims-jwt-access-tokens
Feature: Access tokens that can be read
  A resource reads them with the keys that the server publishes.

  @OA-AUS-150
  Scenario: An access token says that it is one
    Given a client whose access tokens are JWTs
    When it asks for a token
    Then the access token has the typ at+jwt

  @OA-AUS-151
  Scenario: A published key verifies an access token
    Given a client whose access tokens are JWTs
    When it asks for a token
    And the published keys of the server are asked for
    Then one of them verifies the access token

  @OA-AUS-152
  Scenario: An access token has every claim that it needs
    Given a client whose access tokens are JWTs
    When it asks for a token
    Then the access token has every claim that it needs, in its form

  @OA-AUS-153
  Scenario: An access token names its issuer
    Given a client whose access tokens are JWTs
    When it asks for a token
    Then the iss of the access token is the issuer of the server

  @OA-AUS-154
  Scenario: A token that a client has for itself is about the client
    Given a client whose access tokens are JWTs
    When it asks for a token
    Then the sub of the access token is the id of the client

  @OA-AUS-155 @claims-jwt-bearer
  Scenario: A token for an account is about the account
    Given an issuer of assertions that the server trusts
    When it asks for a token
    Then the token is about the account

  @OA-AUS-156
  Scenario: Each access token is another
    Given a client whose access tokens are JWTs
    When it asks for 3 tokens, one after the other
    Then each access token has a jti of its own

  @OA-AUS-157
  Scenario: An access token says what it is for
    Given a client whose access tokens are JWTs
    When it asks for a token
    Then the scope of the access token is what was granted

  @OA-AUS-158
  Scenario: What is published is public
    Given a client whose access tokens are JWTs
    When the published keys of the server are asked for
    Then they hold nothing private and nothing symmetric
