@lifecycle @lifecycle-issuer
Feature: Logging out
  A logout ends a session on every replica from the moment of its answer on, and nothing else. Who has no live
  session token ends nothing.

  @LC-ISS-090
  Scenario: After a logout no bearer of the session opens, on any replica
    Given a session
    When its bearer opens on each replica
    And it logs out
    And its bearer is shown, on each replica
    Then what was shown opens nothing

  @LC-ISS-090 @waits
  Scenario: After a logout a bearer that was got by a refresh does not open, on any replica
    Given a session
    And its bearer has expired
    When it is refreshed
    And its bearer opens on each replica
    And it logs out
    And its bearer is shown, on each replica
    Then what was shown opens nothing

  @LC-ISS-091 @waits
  Scenario: After a logout no bearer of the session is refreshed, on any replica
    Given a session
    And its bearer has expired
    When it is refreshed
    And it logs out
    And its first bearer is shown with its session token, on each replica
    Then what was shown opens nothing

  @LC-ISS-091 @waits
  Scenario: After a logout no bearer of the session is refreshed with another session of its account
    Given a session
    And another session of its account
    And its bearer has expired
    When it is refreshed
    And it logs out
    And its first bearer is shown with the session token of the other
    And the other is refreshed
    Then what was shown opens nothing

  @LC-ISS-090 @LC-ISS-091 @waits
  Scenario: Refreshes that come with the logout leave nothing alive
    Given a session
    And its bearer has expired
    When it is refreshed
    And its first bearer is refreshed 10 times and it logs out, all at once over all replicas
    And the bearers that came are shown, on each replica
    And its first bearer is shown with its session token, on each replica
    Then none of these bearers opens
    And the session is refreshed no more

  @LC-ISS-092
  Scenario: A logout does not end another session of the account
    Given a session
    And another session of its account
    When it logs out
    And its own session is over
    Then the other opens on each replica

  @LC-ISS-092
  Scenario Outline: A logout does not end the session of another account: <extent>
    Given a session
    And a session of another account
    When it logs out <extent>
    And its own session is over
    Then the other opens on each replica

    Examples:
      | extent     |
      | alone      |
      | everywhere |

  @LC-ISS-093
  Scenario: A logout everywhere ends all sessions of the subject
    Given a session
    And another session of its account
    When the other opens
    And it logs out everywhere
    And the other is shown, on each replica
    And its bearer is shown, on each replica
    Then what was shown opens nothing

  @LC-ISS-094
  Scenario Outline: A logout without a live session token ends nothing: <token>
    Given a session
    And a session of another account
    When somebody logs out with <token>
    And its bearer is shown, on each replica
    And the other logs out, and its session is over
    Then its session had not ended before

    Examples:
      | token                                             |
      | no session token, but its bearer in Authorization |
      | its bearer as session token                       |
      | the name of its session as session token          |
      | a session token with a letter more                |

  @LC-ISS-094
  Scenario: A logout everywhere with the token of a session that has ended ends no other
    Given a session
    And another session of its account
    When the other logs out
    And somebody logs out everywhere with the session token of the other
    And its bearer is shown, on each replica
    And the session of the other is over
    Then its session had not ended before

  @LC-ISS-095
  Scenario Outline: A logout is answered 204: <extent>
    Given a session
    When it logs out <extent>
    And its own session is over
    Then the logout was answered 204

    Examples:
      | extent     |
      | alone      |
      | everywhere |
