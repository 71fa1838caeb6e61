@oauth @client
Feature: What the client takes for a token
  A client shows what it was given as a token, and nothing else.

  @OA-CLI-030
  Scenario Outline: A token of a type that it does not understand is not used: <type>
    Given a server that the client knows
    When the token endpoint answers with the token type <type>
    And the client is told to get a token
    And the client calls the API
    And a token without the fault is got and shown
    Then the API was not shown what came

    Examples:
      | type |
      | mac  |
      | DPoP |
      | N_A  |

  @OA-CLI-031
  Scenario Outline: The type is read in any letter case: <type>
    Given a server that the client knows
    When the token endpoint answers with the token type <type>
    And the client gets a token
    And the client calls the API
    Then the API was shown the token

    Examples:
      | type   |
      | bearer |
      | BEARER |
      | bEaReR |

  @OA-CLI-032
  Scenario Outline: What it does not know in the answer is passed over: <more>
    Given a server that the client knows
    When the token endpoint answers with <more>
    And the client gets a token
    And the client calls the API
    Then the API was shown the token

    Examples:
      | more                          |
      | a member that nobody knows    |
      | an object that nobody knows   |
      | a refresh token beside        |

  @OA-CLI-033
  Scenario Outline: What can be no bearer token is not used: <token>
    Given a server that the client knows
    When the token endpoint answers with <token>
    And the client is told to get a token
    And the client calls the API
    And a token without the fault is got and shown
    Then the API was not shown what came

    Examples:
      | token                                     |
      | a token of two words                      |
      | a token with a quote                      |
      | a token with a comma                      |
      | a token with a line break                 |
      | a token with a letter beyond ASCII        |
      | a token with something behind its padding |
      | an empty token                            |
      | a token that is a number                  |

  @OA-CLI-034
  Scenario Outline: An answer that is no success brings no token: <status>
    Given a server that the client knows
    When the token endpoint answers with <status> and a token
    And the client is told to get a token
    And the client calls the API
    And a token without the fault is got and shown
    Then the API was not shown what came

    Examples:
      | status |
      | 302    |
      | 400    |
      | 401    |
      | 403    |
      | 500    |
      | 503    |
