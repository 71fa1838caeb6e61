@oauth @authorization-server
Feature: The error answer
  What a refusal says, and what it keeps to itself.

  @OA-AUS-050
  Scenario Outline: A refusal has the status 400: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the status 400

    Examples:
      | fault                          |
      | no grant_type                  |
      | a grant_type that nobody knows |
      | grant_type twice               |

  @OA-AUS-051
  Scenario Outline: A refusal is a JSON object with an error: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal is a JSON object with an error

    Examples:
      | fault                          |
      | no grant_type                  |
      | a grant_type that nobody knows |
      | grant_type twice               |
      | a wrong secret                 |

  @OA-AUS-052
  Scenario Outline: A refusal comes as JSON: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal is of the media type application/json

    Examples:
      | fault                          |
      | no grant_type                  |
      | a grant_type that nobody knows |
      | grant_type twice               |
      | a wrong secret                 |

  @OA-AUS-053
  Scenario Outline: No cache may keep a refusal: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal is not to be stored

    Examples:
      | fault                          |
      | a grant_type that nobody knows |
      | a wrong secret                 |

  @OA-AUS-054
  Scenario Outline: A refusal describes itself in printable ASCII: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal describes itself in printable ASCII

    Examples:
      | fault                                                          |
      | a grant_type that nobody knows                                 |
      | a wrong secret                                                 |
      | a grant_type with quotes, backslashes and letters beyond ASCII |

  @OA-AUS-055
  Scenario Outline: A request that is malformed is called invalid_request: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the error invalid_request

    Examples:
      | fault                                   |
      | no grant_type                           |
      | grant_type twice                        |
      | grant_type twice, with different values |

  @OA-AUS-056
  Scenario Outline: A refusal repeats nothing of the request: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal repeats nothing of the request

    Examples:
      | fault                                |
      | a marked grant_type                  |
      | a marked scope                       |
      | a marked parameter and no grant_type |
      | a marked client_id                   |
