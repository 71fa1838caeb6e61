@lifecycle @lifecycle-issuer
Feature: New bearers
  A new bearer comes in one field of a success that nobody stores: when an expired one is refreshed, and unasked
  when a live one was signed by the previous key. By the latter nobody gains a second of life.

  @LC-ISS-100 @waits
  Scenario: The bearer that a refresh brings comes in Authentication-Info
    Given a session
    And its bearer has expired
    When its bearer is shown with its session token
    And each of these is let in
    Then the new bearer comes in one Authentication-Info field, with its lifetime

  @LC-ISS-100 @needs-rotate
  Scenario: The bearer that comes unasked comes in Authentication-Info
    Given a session at the beginning of a second
    When the keys rotate
    And its bearer is shown alone, within the rotation window
    And each of these is let in
    Then the new bearer comes in one Authentication-Info field, with its lifetime

  @LC-ISS-101 @waits
  Scenario: The answer to a refresh is stored by nobody
    Given a session
    And its bearer has expired
    When it is refreshed
    Then the answer with the new bearer forbids that it is stored

  @LC-ISS-101 @needs-rotate
  Scenario: The answer with a bearer that comes unasked is stored by nobody
    Given a session at the beginning of a second
    When the keys rotate
    And a bearer comes unasked
    Then the answer with the new bearer forbids that it is stored

  @LC-ISS-102 @waits
  Scenario: A refresh where nothing is brings no bearer
    Given a session
    And its bearer has expired
    When its bearer is shown with its session token where nothing is
    And it is refreshed
    Then no answer but a success brings a bearer

  @LC-ISS-102 @waits
  Scenario: A refresh that is refused brings no bearer
    Given a session
    And another session of its account
    And its bearer has expired
    When its bearer is shown with the session token of the other
    And it is refreshed
    Then no answer but a success brings a bearer

  @LC-ISS-102 @needs-rotate
  Scenario: A bearer of the previous key brings no other where nothing is
    Given a session at the beginning of a second
    When the keys rotate
    And its bearer is shown where nothing is
    And a bearer comes unasked
    Then no answer but a success brings a bearer

  @LC-ISS-103 @waits
  Scenario: No answer has an Authorization field
    Given a session
    And its bearer has expired
    When it is refreshed
    Then no answer has an Authorization field

  @LC-ISS-104 @waits @claims-authorization-field
  Scenario: With the compatibility option the new bearer comes in Authorization as well
    Given a session of an issuer with the compatibility option
    And its bearer has expired
    When it is refreshed
    Then the new bearer comes in Authorization as well

  @LC-ISS-110 @needs-rotate
  Scenario Outline: A live bearer of the previous key brings one of the current key: <way>
    Given a session at the beginning of a second
    When the keys rotate
    And its bearer is shown <way>, within the rotation window
    And the bearers that came are shown, on each replica
    Then each answer lets in and brings a bearer
    And the current key has signed what came
    And these bearers open

    Examples:
      | way                    |
      | alone                  |
      | with its session token |

  @LC-ISS-111 @needs-rotate @waits
  Scenario Outline: A bearer that comes unasked has the subject, the session and the end of the old one: <way>
    Given a session at the beginning of a second
    And a second has passed
    When the keys rotate
    And its bearer is shown <way>, within the rotation window
    And each of these brings a bearer
    Then the bearers that came have the sub, sid and exp of the old one

    Examples:
      | way                    |
      | alone                  |
      | with its session token |
