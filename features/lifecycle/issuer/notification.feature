@lifecycle @lifecycle-issuer
Feature: Notifications of a rotation
  Whoever can send a POST can say that the keys have changed. All that comes of it is a look at where the keys are:
  nothing that the message says is believed, and nothing that it names is asked for.

  @LC-ISS-040 @needs-rotate
  Scenario Outline: A key that a notification names does not verify: <news>
    Given a session
    When the issuer is notified of <news>
    And a bearer that the key of the notification has signed is shown
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | news                                    |
      | a new key                               |
      | another key under the name of its own   |

  @LC-ISS-040 @needs-rotate
  Scenario Outline: A notification does not end a key: <news>
    Given a session
    When the issuer is notified of <news>
    And its bearer is shown, on each replica
    Then it opens each time

    Examples:
      | news                    |
      | a new key               |
      | an emergency            |
      | a rotation without more |

  @LC-ISS-040 @needs-rotate
  Scenario Outline: A notification does not make another key sign: <news>
    Given a session
    When the issuer is notified of <news>
    And a session begins on each replica
    Then the key of its bearer has signed each of these

    Examples:
      | news         |
      | a new key    |
      | an emergency |

  @LC-ISS-040 @needs-rotate
  Scenario: A notification does not bring a key back
    Given a session at the beginning of a second
    When the issuer rotates its keys in an emergency
    And the issuer is notified of its earlier key
    And its bearer is shown with its session token, on each replica
    And a new session opens
    Then what was shown opens nothing

  @LC-ISS-041
  Scenario Outline: What a notification names is not fetched: <place>
    Given a session
    When the issuer is notified with a URL in <place>
    And its bearer opens on each replica
    Then nobody asks for the URL of the notification

    Examples:
      | place                      |
      | the member url             |
      | the member jwks_uri        |
      | the member key_set         |
      | the member subscribe_url   |
      | the member SubscribeURL    |
      | the member callback        |
      | the keys, as jku           |
      | the query                  |
      | the field Link             |
      | the field X-Callback-URL   |
      | the field Referer          |
