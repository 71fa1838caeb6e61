@exchange @initiator @claims-async @waits
Feature: The asynchronous form, as the initiator sees it
  Who asks for asynchrony polls: at the right place, not too often, and not for ever.

  @EX-INI-086 @EX-INI-087
  Scenario: The status is asked for with GET, without credentials, and its success is the token's
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the issuer sends a token issue
    And the status becomes 204
    And the target uses what it holds
    Then each poll was a GET without credentials
    And the token is used

  @EX-INI-080
  Scenario: Polls keep the distance that they were told
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer
    And the status is pending 2 times and then 204
    Then no two polls were closer than their Retry-After

  @EX-INI-081
  Scenario Outline: A status URL elsewhere is not visited: <url>
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer whose status_url is <url>
    And an exchange without the fault gets a token
    Then no request went to where the answer led

    Examples:
      | url                |
      | at another origin  |
      | with userinfo      |

  @EX-INI-085
  Scenario Outline: A status other than 202 and 204 is a failure: <status>
    Given an issuer that the target knows
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

  @EX-INI-082
  Scenario: Polling ends with the exchange
    Given an issuer that the target knows
    When the target is set off and asks for asynchrony
    And the issuer answers the call with a pending answer that expires in 4 seconds
    And the status stays pending
    And an exchange without the fault gets a token
    Then no poll came after the end of the exchange
