@exchange @initiator
Feature: The token call of the initiator
  What the initiator sends, where it sends it, and that nothing of it is ever used twice.

  @EX-INI-010
  Scenario: The token call has its five members
    Given an issuer that the target knows
    When the target is set off
    Then the token call has five members, each in its form, and names both parties

  @EX-INI-011 @EX-INI-012 @EX-INI-073
  Scenario Outline: Id and key are fresh for each call, also after <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <answer>
    And the target is set off again
    And the issuer answers the call with <answer>
    And the target is set off again
    Then all calls have different ids and different keys

    Examples:
      | answer                         |
      | 503                            |
      | 409                            |
      | nothing, the connection closed |

  @EX-INI-011 @EX-INI-012
  Scenario: Id and key are fresh over many runs
    Given an issuer that the target knows
    When the target is set off 16 times, and each call is answered with 503
    Then all calls have different ids and different keys

  @EX-INI-015
  Scenario Outline: A token call is not sent twice, even if <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <answer>
    And an exchange without the fault gets a token
    Then no call was sent twice

    Examples:
      | answer                         |
      | nothing, the connection closed |
      | nothing, the connection reset  |
      | 503                            |
      | 429                            |
      | 408                            |

  @HT-ANY-025
  Scenario: The token call is sent by POST
    Given an issuer that the target knows
    When the target is set off
    Then the token call is a POST

  @HT-ANY-020
  Scenario: The token call is sent as application/json
    Given an issuer that the target knows
    When the target is set off
    Then the token call has the media type application/json

  @HT-ANY-021
  Scenario: The token call is not compressed
    Given an issuer that the target knows
    When the target is set off
    Then the token call has no content coding

  @HT-ANY-022
  Scenario: The token call carries no credentials, also when a token is held
    Given an issuer that the target knows
    When an exchange without the fault gets a token
    And the target is set off again
    Then no token call has an Authorization or a Cookie field

  @HT-ANY-022
  Scenario: A cookie that an issuer sets does not come back with a token call
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with a 503 that sets a cookie
    And an exchange without the fault gets a token
    Then no token call has an Authorization or a Cookie field

  @HT-ANY-024
  Scenario: The token call is one strict JSON object
    Given an issuer that the target knows
    When the target is set off
    Then the body of the token call is one JSON object without repeated names

  @EX-INI-001 @HT-ANY-023
  Scenario Outline: A token call goes to the configured URL only, whatever the answer says: <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <answer>
    And an exchange without the fault gets a token
    Then no request went to where the answer led

    Examples:
      | answer                             |
      | a redirect 301 to another origin   |
      | a redirect 302 to another origin   |
      | a redirect 303 to another origin   |
      | a redirect 307 to another origin   |
      | a redirect 308 to another origin   |
      | a 401 that names another server    |
