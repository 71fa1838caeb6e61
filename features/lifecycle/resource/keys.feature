@lifecycle @lifecycle-resource
Feature: Keys that change under a resource
  A rotation reaches a resource elsewhere by the key set alone: a new key is looked up when it first appears, a
  retired one verifies what it signed before, and what is gone from the set is soon gone from the resource.

  @LC-RES-010
  Scenario: A bearer of the second of the rotation is taken
    Given an issuer whose bearers the resource takes
    When the issuer has rotated its key in the second of the bearer
    And the resource is shown a bearer of the retired key
    Then the resource opens

  @LC-RES-011
  Scenario Outline: A bearer that a retired key has signed since is refused: <moment>
    Given an issuer whose bearers the resource takes
    When the issuer has rotated its key <moment>
    And the resource is shown a bearer of the retired key
    And the resource takes a bearer of the current key
    Then it opens nothing

    Examples:
      | moment                           |
      | a second earlier than the bearer |
      | an hour earlier than the bearer  |

  @LC-RES-012
  Scenario: A key that is gone verifies nothing when the set is no longer fresh
    Given an issuer whose bearers the resource takes
    When the issuer puts another key in the place of its own
    And what the resource holds is no longer fresh
    And the resource is shown a bearer of the key that is gone
    And the resource takes a bearer of the current key
    Then it opens nothing

  @LC-RES-012 @waits
  Scenario: A key that is gone verifies nothing when its time is over
    Given an issuer whose bearers the resource takes
    And a key set that holds for 1 seconds
    When the issuer puts another key in the place of its own
    And what the resource holds is no longer fresh after 1 seconds
    And the resource is shown a bearer of the key that is gone
    And the resource takes a bearer of the current key
    Then it opens nothing

  @LC-RES-013 @waits
  Scenario: A new key is found at once
    Given an issuer whose bearers the resource takes
    And a key set that holds for 300 seconds
    And the interval for unknown names is over
    When the issuer publishes a new key beside its own
    And the resource is shown a bearer of the new key
    Then the resource opens

  @LC-RES-013 @waits
  Scenario: Unknown names of one issuer are not in the way of another
    Given two issuers whose bearers the resource takes
    And a key set that holds for 300 seconds
    And the interval for unknown names is over
    When the second issuer signs with a key that nobody knows
    And the issuer publishes a new key beside its own
    And the resource is shown a bearer of the new key
    Then the resource opens

  @LC-RES-013 @waits
  Scenario: A new key is found after an unknown one
    Given an issuer whose bearers the resource takes
    And a key set that holds for 300 seconds
    And the interval for unknown names is over
    When the resource is shown a bearer whose kid is nobody's, which it refuses
    And the interval for unknown names is over
    And the issuer publishes a new key beside its own
    And the resource is shown a bearer of the new key
    Then the resource opens

  @LC-RES-014 @waits
  Scenario: Names that nobody knows do not make it look more often
    Given an issuer whose bearers the resource takes
    And a key set that holds for 300 seconds
    And the interval for unknown names is over
    When the resource is shown 6 bearers whose kid is nobody's
    Then it has looked for new keys no more often than once in the interval

  @LC-RES-016 @waits
  Scenario Outline: What is held does not do for ever: <fault>
    Given an issuer whose bearers the resource takes
    When the key set cannot be had any more: <fault>
    And it has been held for longer than the target declares
    And the resource is shown a bearer without fault
    And the key set can be had again
    And the resource takes a bearer of the current key
    Then it opens nothing

    Examples:
      | fault                          |
      | an error 503                   |
      | a connection that is closed    |

  @LC-RES-017
  Scenario Outline: A key set that no resource may use verifies nothing: <content>
    Given an issuer whose bearers the resource takes
    When the issuer has a new key, in a set with <content>
    And the resource is shown a bearer of the new key
    And the set has the new key alone
    And the resource takes a bearer of the current key
    Then it opens nothing

    Examples:
      | content                          |
      | the private half of the key      |
      | a private key beside it          |
      | a secret key beside it           |
      | a second key of its name         |
      | a key without a name beside it   |

  @LC-RES-018
  Scenario Outline: A redirect of the key set is not followed: <status>
    Given an issuer whose bearers the resource takes
    When the issuer has a new key, and its key set is answered with a redirect <status> to another place
    And the resource is shown a bearer of the new key
    And the set has the new key alone
    And the resource takes a bearer of the current key
    Then it opens nothing
    And nobody has come to where the redirect led

    Examples:
      | status |
      | 301    |
      | 302    |
      | 303    |
      | 307    |
      | 308    |

  @LC-RES-021
  Scenario: One fetch is for all who come in the meantime
    Given an issuer whose bearers the resource takes
    When 8 bearers of a new key come at once, while the key set is on its way
    Then the resource opens each time
    And the key set was fetched once for them
