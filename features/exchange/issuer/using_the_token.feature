@exchange @issuer
Feature: Using the token
  The resource takes a live token in one place and one form, and refuses everything else with a
  challenge that says what it wants.

  @HT-RES-001
  Scenario: A live token opens the resource as often as it is shown
    Given a registered initiator
    And an exchange that has succeeded
    When it shows the token 5 times
    Then the resource opens each time

  @HT-RES-002
  Scenario Outline: The scheme is read in any letter case: <scheme>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows the token with the scheme <scheme>
    Then the resource opens

    Examples:
      | scheme |
      | bearer |
      | BEARER |

  @HT-RES-003
  Scenario Outline: A token in another place opens nothing: <place>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows the token <place>
    And the token opens the resource where it belongs
    Then the resource stays shut

    Examples:
      | place                                |
      | in the query as access_token         |
      | in a form as access_token            |
      | in a cookie                          |
      | in a field X-Access-Token            |
      | under the scheme Basic               |
      | without a scheme                     |

  @HT-RES-004
  Scenario Outline: Two Authorization fields open nothing: <order>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <order>
    And the token opens the resource where it belongs
    Then the resource stays shut

    Examples:
      | order                                  |
      | the token and then a wrong one         |
      | a wrong token and then the right one   |
      | the token twice                        |

  @HT-RES-005
  Scenario Outline: Without a token the resource stays shut: <request>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <request>
    And the token opens the resource where it belongs
    Then the resource stays shut

    Examples:
      | request              |
      | no token             |
      | no token, by HEAD    |
      | no token, by POST    |

  @HT-RES-006
  Scenario Outline: A token that was never issued opens nothing: <token>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <token>
    And the token opens the resource where it belongs
    Then the resource stays shut

    Examples:
      | token                                     |
      | a token of its own making                 |
      | the token with its last character changed |
      | the token with its first character changed |
      | the token without its last character      |
      | the token with a character more           |
      | the token with its letters in other case  |
      | an empty token                            |

  @HT-RES-007 @waits
  Scenario: A token opens nothing once it has expired
    Given a registered initiator whose tokens live briefly
    And an exchange that has succeeded
    And the token opens the resource where it belongs
    When the token has expired
    Then it opens nothing any more

  @HT-RES-008
  Scenario Outline: A refusal offers the scheme Bearer: <case>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <case>
    And the token opens the resource where it belongs
    Then an answer of 401 offers the scheme Bearer

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |

  @HT-RES-009
  Scenario: The challenge to nobody has no error
    Given a registered initiator
    And an exchange that has succeeded
    When it shows no token
    And the token opens the resource where it belongs
    Then the challenge has no error

  @HT-RES-010
  Scenario: The challenge to a wrong token says so
    Given a registered initiator
    And an exchange that has succeeded
    When it shows a token of its own making
    And the token opens the resource where it belongs
    Then the challenge has the error invalid_token

  @HT-RES-011
  Scenario Outline: A refusal for want of a live token is a 401: <case>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <case>
    And the token opens the resource where it belongs
    Then the resource answers 401

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |

  @HT-RES-012
  Scenario Outline: Two Authorization fields are answered 400: <order>
    Given a registered initiator
    And an exchange that has succeeded
    When it shows <order>
    And the token opens the resource where it belongs
    Then the resource answers 400

    Examples:
      | order                                |
      | the token and then a wrong one       |
      | a wrong token and then the right one |
