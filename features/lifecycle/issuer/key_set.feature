@lifecycle @lifecycle-issuer @claims-publishes-keys
Feature: The published key set
  A resource elsewhere has nothing but the key set of the issuer. So whatever signs stands there before it signs,
  what has signed stands there as long as it counts, with the second from which it signs no more, and what counts
  no more is gone.

  @LC-ISS-030
  Scenario: The key of a bearer is published
    Given an issuer
    When a session begins on each replica
    And the key set is fetched
    Then the key set verifies each of these

  @LC-ISS-030 @needs-rotate
  Scenario Outline: The key of a bearer is published after <rotation>
    Given an issuer
    When the issuer <does>
    And a session begins on each replica
    And the key set is fetched
    Then the key set verifies each of these

    Examples:
      | rotation     | does                             |
      | a rotation   | rotates its keys                 |
      | an emergency | rotates its keys in an emergency |

  @LC-ISS-031 @needs-rotate
  Scenario: The next key is published before the rotation
    Given an issuer
    When the key set is fetched
    And the issuer rotates its keys
    And a new session opens
    Then the key set had the newest key

  @LC-ISS-032 @needs-rotate
  Scenario: Within the window the previous key is published
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the key set is fetched
    And the rotation window is still open
    Then the key set verifies its bearer

  @LC-ISS-033 @needs-rotate
  Scenario: The previous key has the second of the rotation
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the key set is fetched
    And the rotation window is still open
    Then the key of its bearer has the second of the rotation

  @LC-ISS-034 @needs-rotate @waits
  Scenario: After the window the previous key is published no more
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the rotation window is over
    And the key set is fetched
    Then the key set has no key of its bearer

  @LC-ISS-034 @needs-rotate
  Scenario: A second rotation ends what is published of the first
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the issuer rotates its keys
    And the key set is fetched
    Then the key set has no key of its bearer

  @LC-ISS-034 @needs-rotate
  Scenario: After an emergency no earlier key is published
    Given a session at the beginning of a second
    When the issuer rotates its keys in an emergency
    And the key set is fetched
    Then the key set has no key of its bearer

  @LC-ISS-035
  Scenario: No key of the set is private or secret
    Given an issuer
    When the key set is fetched
    Then no key of the set is private or secret

  @LC-ISS-035 @needs-rotate
  Scenario: No retired key of the set is private or secret
    Given a session at the beginning of a second
    When the issuer rotates its keys
    And the key set is fetched
    Then no key of the set is private or secret

  @LC-ISS-036
  Scenario: The key set is fresh for five minutes at most
    Given an issuer
    When the key set is fetched
    Then the key set is fresh for 300 seconds at most
