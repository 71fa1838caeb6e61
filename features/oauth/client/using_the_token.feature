@oauth @client
Feature: How the client uses its tokens
  A token goes to the API that it is for, as long as it is valid.

  @OA-CLI-040
  Scenario: The token stands in its field alone
    Given a server that the client knows
    When the client gets a token
    And the client calls the API
    Then the token stood in the field that is there for it, and nowhere else

  @OA-CLI-041
  Scenario: A token is not shown to the API of another server
    Given two servers that the client knows
    When the client gets a token
    And the client is told to call the API of the second server with the token of the first
    And a token without the fault is got and shown
    Then the second server has not seen the token of the first

  @OA-CLI-042
  Scenario Outline: A redirect of the API to another origin is not followed with the token: <status>
    Given a server that the client knows
    When the client gets a token
    And the API answers with a redirect <status> to another origin
    And the client calls the API
    And a token without the fault is got and shown
    Then the token was not shown where the redirect led

    Examples:
      | status |
      | 301    |
      | 302    |
      | 303    |
      | 307    |
      | 308    |

  @OA-CLI-043
  Scenario: A token is used again
    Given a server that the client knows
    When the client gets a token
    And the client calls the API
    And the client calls the API again
    Then it has asked for a token once
    And the API was shown the token

  @OA-CLI-044 @waits
  Scenario: A token is not shown after its end
    Given a server that the client knows
    When the token endpoint answers with a token that lives one second
    And the client gets a token
    And the end of the token has come
    And the token endpoint is sound again
    And the client calls the API
    And a token without the fault is got and shown
    Then the API was not shown the old token since then

  @OA-CLI-045
  Scenario: A token that the API calls invalid is replaced, and the call made again
    Given a server that the client knows
    When the client gets a token
    And the API answers once with 401 and invalid_token
    And the client calls the API
    Then it has asked for a token once since then
    And the API was shown the new token

  @OA-CLI-046
  Scenario: After a second refusal it tries no more
    Given a server that the client knows
    When the client gets a token
    And the API answers with 401 and invalid_token
    And the client calls the API
    And a token without the fault is got and shown
    Then the API was called no more than 2 times since then

  @OA-CLI-047
  Scenario: A token that is not enough is no reason for a new one
    Given a server that the client knows
    When the client gets a token
    And the API answers with 403 and insufficient_scope
    And the client calls the API
    And a token without the fault is got and shown
    Then it has not asked for a token since then
