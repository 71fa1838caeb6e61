@lifecycle @lifecycle-caller
Feature: Where a caller brings its tokens
  The bearer goes to the API and nowhere else. The session token stays at home until a bearer is refused, and goes
  to one origin only.

  @LC-CLI-002
  Scenario: The bearer comes to the API alone
    Given an issuer that the caller has logged in to
    When the API refuses both tokens
    And the caller calls the API
    And the caller calls the API again
    Then no bearer came to another place than the API

  @LC-CLI-002
  Scenario: The bearer of one issuer does not come to another
    Given two issuers that the caller has logged in to
    When the caller calls the API
    And the caller calls the second API
    And the caller calls the API again
    Then neither issuer has seen a bearer of the other

  @LC-CLI-003
  Scenario: The session token of one issuer does not come to another
    Given two issuers that the caller has logged in to
    When both APIs refuse the bearer
    And the caller calls the API
    And the caller calls the second API
    Then neither issuer has seen a session token of the other

  @LC-CLI-004
  Scenario: The session token is not sent with a request that nobody has refused
    Given an issuer that the caller has logged in to
    When the caller calls the API
    And the caller calls the API again
    Then no request had the session token

  @LC-CLI-004
  Scenario: The session token stays at home again after a refresh
    Given an issuer that the caller has logged in to
    When the API refuses the bearer once
    And the caller calls the API
    And the caller calls the API again
    Then one request had the session token

  @LC-CLI-020
  Scenario Outline: A redirect is not followed with a bearer: <status> to <place>
    Given an issuer that the caller has logged in to
    When the API of the issuer answers with a redirect <status> to <place>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then no secret came to where the redirect led

    Examples:
      | status | place          |
      | 301    | another origin |
      | 302    | another origin |
      | 307    | another origin |
      | 308    | a path beside  |

  @LC-CLI-020
  Scenario Outline: A redirect is not followed with a session token: <status> to <place>
    Given an issuer that the caller has logged in to
    When the API refuses the bearer, and then answers with a redirect <status> to <place>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then no secret came to where the redirect led

    Examples:
      | status | place          |
      | 307    | another origin |
      | 308    | a path beside  |
