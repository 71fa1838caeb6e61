@lifecycle @lifecycle-issuer
Feature: Refreshing a bearer
  For a while after its end a bearer opens together with the token of its own session, and the answer brings a
  new one. Both have to be of one session.

  @LC-ISS-070 @waits
  Scenario: An expired bearer with its session token is let in and renewed, on every replica
    Given a session
    And its bearer has expired
    When its bearer is shown with its session token, on each replica
    And the bearers that came are shown, on each replica
    Then each answer lets in and brings a bearer
    And these bearers open

  @LC-ISS-071 @waits
  Scenario: A new bearer is of the same subject and session
    Given a session
    And its bearer has expired
    When it is refreshed
    Then the new bearer has the sub and sid of the old one

  @LC-ISS-072 @LC-ISS-074 @waits
  Scenario: A session ends, and no bearer lives on
    Given a session
    When it is refreshed again and again until shortly before its session ends
    And its bearer is shown with its session token once the session is over
    Then no bearer outlives the session
    And the session is refreshed no more

  @LC-ISS-073 @waits
  Scenario: An expired bearer is not refreshed when its window is over
    Given a session
    And its bearer has expired
    When it is refreshed
    And its first bearer is shown with its session token once its refresh window is over
    And its session lives on
    Then what was shown opens nothing

  @LC-ISS-075 @waits
  Scenario: An expired bearer is not refreshed with the session of another subject
    Given a session
    And a session of another account
    And its bearer has expired
    When its bearer is shown with the session token of the other
    And it is refreshed
    And the other is refreshed
    Then what was shown opens nothing

  @LC-ISS-076 @waits
  Scenario: An expired bearer is not refreshed with another session of its subject
    Given a session
    And another session of its account
    And its bearer has expired
    When its bearer is shown with the session token of the other
    And it is refreshed
    And the other is refreshed
    Then what was shown opens nothing

  @LC-ISS-077 @waits
  Scenario Outline: An expired bearer that its key has not signed is not refreshed: <fault>
    Given a session
    And its bearer has expired
    When one like its bearer, but <fault>, is shown with its session token
    And it is refreshed
    Then what was shown opens nothing

    Examples:
      | fault                      |
      | whose signature is altered |
      | whose signature is empty   |
      | of the algorithm none      |
      | whose claims were altered  |

  @LC-ISS-078 @waits @needs-rotate
  Scenario: An expired bearer of the previous key is refreshed, and the current key signs the new one
    Given a session
    And its bearer has expired
    When the keys rotate
    And its bearer is shown with its session token, within the rotation window
    Then each answer lets in and brings a bearer
    And the current key has signed what came

  @LC-ISS-079 @waits
  Scenario: Simultaneous refreshes all succeed
    Given a session
    And its bearer has expired
    When its bearer is shown with its session token 20 times at once, over all replicas
    Then each answer lets in and brings a bearer

  @LC-ISS-080 @waits
  Scenario: Simultaneous refreshes bring bearers that end at the same time
    Given a session
    And its bearer has expired
    When its bearer is shown with its session token 20 times around the turn of a second, over all replicas
    And each of these is let in
    Then the bearers that came end at the same time

  @LC-ISS-081
  Scenario Outline: A session token opens nothing without a bearer: <way>
    Given a session
    When its session token is shown <way>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | way                               |
      | without a bearer                  |
      | with an empty bearer              |
      | beside a bearer of its own making |

  @LC-ISS-082 @waits
  Scenario Outline: A bearer is no session token: <bearer>
    Given a session
    And its bearer has expired
    When it is refreshed
    And its first bearer is shown with <bearer> as session token
    And its first bearer is refreshed
    Then what was shown opens nothing

    Examples:
      | bearer                  |
      | itself                  |
      | its new bearer          |
      | the name of its session |

  @LC-ISS-083 @waits
  Scenario Outline: An expired bearer with more than one session token is not refreshed: <tokens>
    Given a session
    And another session of its account
    And its bearer has expired
    When its bearer is shown with <tokens>
    And it is refreshed
    And the other is refreshed
    Then what was shown opens nothing

    Examples:
      | tokens                                          |
      | its session token twice                         |
      | its session token and then that of the other    |
      | the session token of the other and then its own |
