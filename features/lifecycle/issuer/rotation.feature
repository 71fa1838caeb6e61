@lifecycle @lifecycle-issuer @needs-rotate
Feature: Keys that rotate
  From a rotation on every bearer is of the new key. What the old one has signed before is taken for as long as the
  rotation window is open, and not a second longer; what any older one has signed, not at all.

  @LC-ISS-020
  Scenario: From a rotation on the new key signs, on every replica
    Given a session
    When the issuer rotates its keys
    And a session begins on each replica
    Then the newest key has signed each of these

  @LC-ISS-020
  Scenario: After an emergency the new key signs, on every replica
    Given a session
    When the issuer rotates its keys in an emergency
    And a session begins on each replica
    Then the newest key has signed each of these

  @LC-ISS-021
  Scenario: Within the window a bearer of the previous key opens, on every replica
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And its bearer is shown, on each replica
    And the rotation window is still open
    Then it opens each time

  @LC-ISS-022 @waits
  Scenario: After the window a bearer of the previous key opens nothing, on any replica
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the rotation window is over
    And its bearer is shown with its session token, on each replica
    And its bearer could have been refreshed
    And a new session opens
    Then what was shown opens nothing

  @LC-ISS-023 @claims-takes-keys
  Scenario Outline: What the previous key signs after the rotation opens nothing: <moment>
    Given an issuer that is given a key
    And a session at the beginning of a second
    When the issuer rotates its keys
    And a bearer of the retired key is shown, issued <moment>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | moment                             |
      | in the second after the rotation   |
      | ten seconds after the rotation     |

  @LC-ISS-024
  Scenario: A second rotation ends the window of the first
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the issuer rotates its keys
    And its bearer is shown with its session token, on each replica
    And a new session opens
    Then what was shown opens nothing

  @LC-ISS-025
  Scenario Outline: After an emergency a bearer of the key before opens nothing: <way>
    Given a session at the beginning of a second
    When its bearer opens on each replica
    And the issuer rotates its keys in an emergency
    And its bearer is shown <way>, on each replica
    And a new session opens
    Then what was shown opens nothing

    Examples:
      | way                    |
      | alone                  |
      | with its session token |

  @LC-ISS-025
  Scenario: An emergency within a window ends the window
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the issuer rotates its keys in an emergency
    And its bearer is shown with its session token, on each replica
    And a new session opens
    Then what was shown opens nothing

  @LC-ISS-026
  Scenario: No key has the name of an earlier one
    Given a session
    When the issuer rotates its keys
    And the issuer rotates its keys
    And the issuer rotates its keys in an emergency
    And the issuer rotates its keys
    And a new session opens
    Then no key has the name of an earlier one

  @LC-ISS-027
  Scenario Outline: What any replica issues after <rotation> every replica takes at once
    Given a session
    When the issuer <does>
    And a session begins on each replica
    And each of these is shown on each replica
    Then it opens each time

    Examples:
      | rotation     | does                             |
      | a rotation   | rotates its keys                 |
      | an emergency | rotates its keys in an emergency |
