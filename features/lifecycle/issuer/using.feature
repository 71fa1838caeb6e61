@lifecycle @lifecycle-issuer
Feature: Using a bearer
  A live bearer opens the API of its issuer in one place and one form, as often as it is shown, and brings nothing
  new. Nothing else opens it.

  @HT-RES-001
  Scenario: A live bearer opens as often as it is shown, on every replica
    Given a session
    When its bearer is shown 6 times, over all replicas
    Then it opens each time

  @HT-RES-002
  Scenario Outline: The scheme of a bearer is read in any letter case: <scheme>
    Given a session
    When its API is asked with the token with the scheme <scheme>
    And its bearer opens where it belongs
    Then it opens each time

    Examples:
      | scheme |
      | bearer |
      | BEARER |

  @HT-RES-003
  Scenario Outline: A bearer in another place opens nothing: <place>
    Given a session
    When its API is asked with <place>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | place                                  |
      | the token in the query as access_token |
      | the token in a form as access_token    |
      | the token in a cookie                  |
      | the token under the scheme Basic       |

  @HT-RES-004
  Scenario Outline: Two bearers open nothing: <order>
    Given a session
    When its API is asked with <order>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | order                                |
      | the token and then a wrong one       |
      | a wrong token and then the right one |
      | the token twice                      |

  @HT-RES-005
  Scenario: Without a bearer the API stays shut
    Given a session
    When its API is asked with no token
    And its bearer opens where it belongs
    Then what was shown opens nothing

  @HT-RES-006
  Scenario Outline: What no issuer has signed opens nothing: <token>
    Given a session
    When its API is asked with <token>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | token                     |
      | a token of its own making |
      | an empty token            |

  @HT-RES-008
  Scenario Outline: A refusal of the issuer offers the scheme Bearer: <token>
    Given a session
    When its API is asked with <token>
    And its bearer opens where it belongs
    Then a refusal with 401 offers the scheme Bearer

    Examples:
      | token                     |
      | no token                  |
      | a token of its own making |

  @HT-RES-008 @waits
  Scenario: The refusal of an expired bearer offers the scheme Bearer
    Given a session
    And its bearer has expired
    When its bearer is shown alone
    And it is refreshed
    Then a refusal with 401 offers the scheme Bearer

  @HT-RES-009
  Scenario: The challenge of the issuer to nobody has no error
    Given a session
    When its API is asked with no token
    And its bearer opens where it belongs
    Then the challenge of the issuer has no error

  @HT-RES-010
  Scenario: The challenge of the issuer to a wrong token says so
    Given a session
    When its API is asked with a token of its own making
    And its bearer opens where it belongs
    Then the challenge of the issuer has the error invalid_token

  @HT-RES-010 @waits
  Scenario: The challenge of the issuer to an expired bearer says so
    Given a session
    And its bearer has expired
    When its bearer is shown alone
    And it is refreshed
    Then the challenge of the issuer has the error invalid_token

  @HT-RES-011
  Scenario Outline: A refusal of the issuer for want of a live bearer is a 401: <token>
    Given a session
    When its API is asked with <token>
    And its bearer opens where it belongs
    Then what was shown is answered 401

    Examples:
      | token                     |
      | no token                  |
      | a token of its own making |

  @HT-RES-012
  Scenario Outline: Two bearers are answered 400: <order>
    Given a session
    When its API is asked with <order>
    And its bearer opens where it belongs
    Then what was shown is answered 400

    Examples:
      | order                                |
      | the token and then a wrong one       |
      | a wrong token and then the right one |

  @LC-ISS-062
  Scenario Outline: A session token is no bearer: <way>
    Given a session
    When its session token is shown as a bearer <way>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | way                          |
      | alone                        |
      | with itself as session token |

  @LC-ISS-063
  Scenario Outline: A live bearer brings no other: <way>
    Given a session
    When its bearer is shown <way>
    And each of these is let in
    Then no answer brings a bearer

    Examples:
      | way                    |
      | alone                  |
      | with its session token |

  @LC-ISS-063 @waits
  Scenario: A bearer that was got by a refresh brings no other
    Given a session
    And its bearer has expired
    When it is refreshed
    And its new bearer is shown with its session token
    And each of these is let in
    Then no answer brings a bearer

  @LC-ISS-064 @waits
  Scenario Outline: An expired bearer opens nothing by itself: <way>
    Given a session
    And its bearer has expired
    When its bearer is shown <way>
    And it is refreshed
    Then what was shown opens nothing

    Examples:
      | way                                 |
      | alone                               |
      | with an empty session token         |
      | with its session token in a cookie  |
      | with its session token in the query |
