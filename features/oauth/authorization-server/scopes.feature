@oauth @authorization-server
Feature: Scopes
  What a token may be used for.

  @OA-AUS-060
  Scenario: A request without a scope is for a default scope, or for none
    Given a client of the server
    When it asks for a token with no scope
    And a request without the fault gets a token
    Then it gets a token, or is told that the scope is wrong

  @OA-AUS-061
  Scenario Outline: No scope is granted that the client may not have: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then no scope is granted beyond its own

    Examples:
      | fault                                  |
      | a scope that nobody has                |
      | a scope that nobody has beside its own |

  @OA-AUS-062
  Scenario Outline: A scope that is refused is called invalid_scope: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then a refusal of it has the error invalid_scope

    Examples:
      | fault                                  |
      | a scope that nobody has                |
      | a scope that nobody has beside its own |

  @OA-AUS-063
  Scenario: Scopes have no order
    Given a client with two scopes
    When it asks for a token
    And it asks for a token with its scopes in reverse
    Then both are granted the same scopes

  @OA-AUS-064
  Scenario: Scopes in other letter case are other scopes
    Given a client of the server
    When it asks for a token with a scope that nobody has
    And it asks for a token with its scopes in other case
    And a request without the fault gets a token
    Then the second is as little its own as the first

  @OA-AUS-065
  Scenario Outline: What is no list of scopes is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                              |
      | a scope with a quotation mark      |
      | a scope with a backslash           |
      | a scope with a letter beyond ASCII |
      | two spaces within its scopes       |
      | a space before its scopes          |
      | a tab after its scopes             |
