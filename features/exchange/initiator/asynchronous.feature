@exchange @initiator @waits
Feature: The asynchronous form, as the initiator sees it
  Who asks for asynchrony polls: at the right place, not too often, and not for ever.

  @claims-async @EX-INI-086 @EX-INI-087
  Scenario: The status is asked for with GET, without credentials, and its success is the token's
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the issuer sends a token issue
    And the status becomes 204
    And the target uses what it holds
    Then each poll was a GET without credentials
    And the token is used

  @claims-async @EX-INI-087
  Scenario: A cookie that an issuer sets does not come back with a poll
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer that sets a cookie
    And the status is pending 2 times and then 204
    Then no poll had credentials

  @claims-async @EX-INI-061
  Scenario: A token is not used while its exchange is pending
    Given an issuer of which the target holds no token
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the issuer sends a token issue
    And the status stays pending
    And the target uses what it holds while it is pending
    And an exchange without the fault gets a token
    Then its token was not used while it was pending

  @claims-async @EX-INI-080
  Scenario: Polls keep the distance that they were told
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer whose Retry-After is 2
    And the status is pending 2 times and then 204
    Then no two polls were closer than their Retry-After

  @claims-async @EX-INI-081
  Scenario Outline: A status URL elsewhere is not visited: <url>
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer whose status_url is <url>
    And an exchange without the fault gets a token
    Then no request went to where the answer led
    And no poll came

    Examples:
      | url                |
      | at another origin  |
      | with userinfo      |
      | with http          |
      | at another port    |
      | without a scheme   |

  @claims-async @EX-INI-081
  Scenario: A later answer does not lead elsewhere
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And a later pending answer has a status_url at another origin
    And an exchange without the fault gets a token
    Then no request went to where the answer led

  @claims-async @EX-INI-085
  Scenario Outline: A status other than 202 and 204 is a failure: <status>
    Given an issuer of which the target holds no token
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the issuer sends a token issue
    And the status becomes <status>
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then its token is not used

    Examples:
      | status |
      | 200    |
      | 404    |
      | 502    |

  @claims-async @EX-INI-082
  Scenario: Polling ends with the exchange
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer that expires in 4 seconds
    And the status stays pending
    And an exchange without the fault gets a token
    Then no poll came after the end of the exchange

  @claims-async @EX-INI-085 @HT-ANY-023
  Scenario: A redirect in place of a status is not followed
    Given an issuer of which the target holds no token
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the issuer sends a token issue
    And the status becomes a redirect 307 to another origin
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then no request went to where the answer led
    And its token is not used

  @claims-async @EX-INI-083
  Scenario: A pause of thirty years is not waited for
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the status comes to be asked for again, although its Retry-After was 999999999
    And an exchange without the fault gets a token
    Then each poll came within the declared longest pause

  @claims-async @EX-INI-088
  Scenario Outline: Polls are no busy loop, although the Retry-After is <value>
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer whose Retry-After is <value>
    And polls are counted for a while
    Then no two polls were closer than a second

    Examples:
      | value                 |
      | 0                     |
      | a negative number     |
      | a moment in the past  |
      | a word                |

  @EX-INI-084
  Scenario: A pending answer that was not asked for is a failure
    Given an issuer that the target knows as one without the asynchronous form
    When the target is set off and does not ask for asynchrony
    And the issuer sends a token issue
    And the issuer answers the call with a pending answer whose Retry-After is 1
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then its token is not used
    And no poll came

  @claims-async @EX-INI-072
  Scenario Outline: A token whose status nobody tells is not used: <answer>
    Given an issuer of which the target holds no token
    When the target is set off and asks for asynchrony
    And the issuer sends a token issue
    And the issuer answers the call with a pending answer that expires in 4 seconds, and the status with <answer>
    And the exchange has ended as it was told
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

    Examples:
      | answer                          |
      | nothing, ever                   |
      | one byte at a time              |
      | a 500 with a body without end   |
      | nothing, the connection closed  |
