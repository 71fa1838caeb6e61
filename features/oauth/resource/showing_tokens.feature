@oauth @resource
Feature: Showing a token to an OAuth resource
  The resource takes a live token in one field, and refuses everything else with a challenge that says what
  it wants.

  @HT-RES-001
  Scenario: A live token opens the resource as often as it is shown
    Given a live access token
    When a client shows the token 5 times
    Then the resource opens each time

  @HT-RES-002
  Scenario Outline: The scheme of a token is read in any letter case: <scheme>
    Given a live access token
    When a client shows the token with the scheme <scheme>
    And a request without the fault is answered
    Then the resource opens

    Examples:
      | scheme |
      | bearer |
      | BEARER |

  @HT-RES-005
  Scenario Outline: Without a token an OAuth resource stays shut: <request>
    Given a live access token
    When a client shows <request>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | request           |
      | no token          |
      | no token, by HEAD |

  @HT-RES-006
  Scenario Outline: A token that nobody issued opens nothing: <token>
    Given a live access token
    When a client shows <token>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | token                                            |
      | a token of its own making                        |
      | the token with a character near its end changed  |
      | the token with its first character changed       |
      | the token without its last character             |
      | the token with a character more                  |
      | the token with its letters in other case         |
      | an empty token                                   |

  @HT-RES-008
  Scenario Outline: A refusal of an OAuth resource offers the scheme Bearer: <case>
    Given a live access token
    When a client shows <case>
    And a request without the fault is answered
    Then an answer of 401 offers the scheme Bearer

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |

  @HT-RES-009
  Scenario: The challenge of an OAuth resource to nobody has no error
    Given a live access token
    When a client shows no token
    And a request without the fault is answered
    Then the challenge has no error

  @HT-RES-010
  Scenario: The challenge of an OAuth resource to a wrong token says so
    Given a live access token
    When a client shows a token of its own making
    And a request without the fault is answered
    Then the challenge has the error invalid_token

  @HT-RES-011
  Scenario Outline: A refusal of an OAuth resource for want of a live token is a 401: <case>
    Given a live access token
    When a client shows <case>
    And a request without the fault is answered
    Then the resource answers 401

    Examples:
      | case                             |
      | no token                         |
      | a token of its own making        |
      | the token under the scheme Basic |

  @OA-RES-010 @waits
  Scenario: A token whose time is over opens nothing
    Given a live access token
    When its time is over, and a client shows it
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-003
  Scenario: A token in the field and in the query is refused
    Given a live access token
    When a client shows the token in the field and in the query
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-003
  Scenario: A token in the field and in a form is refused
    Given a live access token
    When a client writes with the token in the field and in a form
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-004
  Scenario: A token in the query opens nothing
    Given a live access token
    When a client shows the token in the query as access_token
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-005
  Scenario: A token in a form opens nothing
    Given a live access token
    When a client writes with the token in a form as access_token
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-006
  Scenario Outline: Two Authorization fields open nothing at an OAuth resource: <order>
    Given a live access token
    When a client shows <order>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | order                                |
      | the token and then a wrong one       |
      | a wrong token and then the right one |
      | the token twice                      |

  @OA-RES-008
  Scenario Outline: A refusal does not repeat the token: <token>
    Given a live access token
    When a client shows <token>
    And a request without the fault is answered
    Then no answer repeats what was shown

    Examples:
      | token                                            |
      | a token of its own making                        |
      | the token with a character near its end changed |
      | the token in the field and in the query          |
      | the token and then a wrong one                   |
