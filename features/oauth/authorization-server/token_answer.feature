@oauth @authorization-server
Feature: The answer with a token
  What it has to say, and what its token looks like.

  @OA-AUS-040
  Scenario: An answer has a token and its type
    Given a client of the server
    When it asks for a token
    Then the answer has an access_token and a token_type

  @OA-AUS-041
  Scenario: An answer says how long the token lives
    Given a client of the server
    When it asks for a token
    Then the answer says how many seconds the token lives

  @OA-AUS-042
  Scenario: No cache may keep a token
    Given a client of the server
    When it asks for a token
    Then the answer with the token is not to be stored

  @OA-AUS-043
  Scenario: A token comes as JSON
    Given a client of the server
    When it asks for a token
    Then the answer with the token is application/json

  @OA-AUS-044
  Scenario: Who is granted another scope is told so
    Given a client of the server
    When it asks for a token with a scope that nobody has beside its own
    And a request without the fault gets a token
    Then a token of another scope than was asked for comes with its scope

  @OA-AUS-045
  Scenario: No refresh token comes with a token that a client can always have again
    Given a client of the server
    When it asks for a token
    Then the answer has no refresh token

  @OA-AUS-045 @claims-jwt-bearer
  Scenario: No refresh token comes for an assertion
    Given an issuer of assertions that the server trusts
    When it asks for a token
    Then the answer has no refresh token

  @OA-AUS-046
  Scenario: A token can be shown
    Given a client of the server
    When it asks for a token
    Then the token can be shown in a field

  @OA-AUS-047
  Scenario: No token can be guessed from others
    Given a client of the server
    When it asks for 5 tokens, one after the other
    Then none of the tokens can be guessed from another
