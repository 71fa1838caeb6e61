@lifecycle @lifecycle-issuer @claims-logs-in
Feature: Logging in to an issuer
  Name and password go by POST, in a body, and bring a session token and a first bearer. Whoever does not have
  them learns nothing: not even whether the name is right.

  @LC-ISS-050
  Scenario: Who logs in gets a session and a bearer
    Given a session
    Then the login was answered with both tokens and their lifetimes

  @LC-ISS-051
  Scenario: The answer to a login is stored by nobody
    Given a session
    Then the answer to the login forbids that it is stored

  @LC-ISS-052
  Scenario Outline: A login is not taken <way>
    Given a session
    When its account logs in <way>
    Then the login lets nobody in

    Examples:
      | way                                       |
      | by GET with name and password in the URL  |
      | by GET with name and password in the body |
      | by PUT with name and password in the body |
      | by POST with name and password in the URL |
      | by POST with the password in the URL      |

  @LC-ISS-053
  Scenario Outline: A login is refused <fault>
    Given a session
    When its account logs in <fault>
    Then the login lets nobody in

    Examples:
      | fault                                     |
      | with a name that nobody has               |
      | with a wrong password                     |
      | with an empty password                    |
      | with its password in other letters        |
      | with its password without the last letter |
      | with its password and a letter more       |

  @LC-ISS-053
  Scenario: A login is refused with the password of another account
    Given a session
    And a session of another account
    When its account logs in with the password of the other
    Then the login lets nobody in

  @LC-ISS-054
  Scenario: An unknown name and a wrong password are answered alike
    Given a session
    When its account logs in with a wrong password
    And its account logs in with a name that nobody has
    Then both logins are answered alike

  @LC-ISS-054 @waits
  Scenario: An unknown name and a wrong password are answered alike when there were too many of them
    Given a session
    When its account and a name that nobody has log in with a wrong password too often
    And the pause is over, and its account is let in
    Then both logins are answered alike

  @LC-ISS-055
  Scenario Outline: A refused login is a 401 with a challenge: <fault>
    Given a session
    When its account logs in <fault>
    Then the login is answered 401 with a challenge

    Examples:
      | fault                       |
      | with a wrong password       |
      | with a name that nobody has |

  @LC-ISS-056 @waits
  Scenario: After too many refused logins the right password lets nobody in until the pause is over
    Given a session
    When its account logs in with a wrong password as often as the issuer allows, over all replicas
    And its account logs in with its password, on each replica
    And the pause is over, and its account is let in
    Then the login lets nobody in

  @LC-ISS-056 @waits
  Scenario: Refused logins that come at once are counted as well
    Given a session
    When its account logs in with a wrong password as often as the issuer allows, all at once
    And its account logs in with its password, on each replica
    And the pause is over, and its account is let in
    Then the login lets nobody in

  @LC-ISS-057 @waits
  Scenario: A login during the pause is a 429 that says when to come again
    Given a session
    When its account logs in with a wrong password as often as the issuer allows, over all replicas
    And its account logs in with its password, on each replica
    And the pause is over, and its account is let in
    Then the login is answered 429 with Retry-After

  @LC-ISS-058 @waits
  Scenario: Refused logins of one account keep no other out
    Given a session
    And a session of another account
    When its account logs in with a wrong password as often as the issuer allows, over all replicas
    And the other account logs in with its password, on each replica
    And the pause is over, and its account is let in
    Then the other account is let in each time

  @LC-ISS-059
  Scenario: Each login brings a session token of its own
    Given a session
    When its account logs in 8 times more, over all replicas
    Then each session token has the form of one and is another

  @LC-ISS-060
  Scenario Outline: What is no login by its form is refused: <message>
    Given a session
    When its account logs in with <message>
    Then the login lets nobody in

    Examples:
      | message                            |
      | a form instead of JSON             |
      | no password                        |
      | a wrong password and the right one |
      | the right password and a wrong one |
      | a wrong username and the right one |
      | something after the object         |
