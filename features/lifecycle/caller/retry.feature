@lifecycle @lifecycle-caller
Feature: What a caller does when its bearer is refused
  The same request comes once more, with the session token. When that is refused too, both tokens are worth nothing.

  @LC-CLI-005
  Scenario: The same request comes once more, with the session token
    Given an issuer that the caller has logged in to
    When the API refuses the bearer once
    And the caller calls the API
    Then the same request came once more, with the same bearer and the session token

  @LC-CLI-006
  Scenario Outline: A request does not come a third time: <answers>
    Given an issuer that the caller has logged in to
    When the API of the issuer answers with <answers>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then the request has come no more than 2 times

    Examples:
      | answers                       |
      | 401 and invalid_token         |
      | 401 and invalid_token, then 503 |

  @LC-CLI-007
  Scenario: When both are refused both are thrown away
    Given an issuer that the caller has logged in to
    When the API refuses both tokens
    And the caller calls the API
    And the caller calls the API again
    Then the caller has logged in anew, and shown neither of the old tokens since

  @LC-CLI-008 @waits
  Scenario: Of many calls at once with an expired bearer one has the session token
    Given an issuer whose bearers live for two seconds
    And the caller has logged in there
    When the bearer of the caller has expired
    And the caller makes 5 calls at once
    Then one of them had the session token, and the others the new bearer

  @LC-CLI-025 @waits
  Scenario Outline: A call that is not answered is given up: <answers>
    Given an issuer that the caller has logged in to
    When the API of the issuer answers with <answers>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then the call was given up in time

    Examples:
      | answers                              |
      | silence                              |
      | 401 and invalid_token, then silence  |
