@oauth @authorization-server @claims-resource-indicators
Feature: The resource that a token is for
  One token, one resource.

  @OA-AUS-070
  Scenario: A resource of the server gets a token
    Given a client of the server
    When it asks for a token with a resource that it issues tokens for
    Then it gets a token

  @OA-AUS-071
  Scenario Outline: Another resource is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                               |
      | a resource that nobody has          |
      | a resource that begins like its own |

  @OA-AUS-072
  Scenario Outline: What names no resource is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                            |
      | a resource that is no URI at all |
      | a resource that is a path        |
      | a resource with a fragment       |

  @OA-AUS-073
  Scenario Outline: A resource that is refused is called invalid_target: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the error invalid_target

    Examples:
      | fault                      |
      | a resource that nobody has |
      | a resource with a fragment |

  @OA-AUS-074
  Scenario: A token is for the resource that was asked for
    Given a client of the server
    When it asks for a token with a resource that it issues tokens for
    Then the token is for that resource only
