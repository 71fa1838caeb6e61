@oauth @resource @claims-api-keys
Feature: API keys
  An API key stands in one field, and opens the resource until it is revoked.

  @OA-RES-090
  Scenario: A live API key opens the resource
    Given a live API key
    When a client shows an API key in its field
    Then the resource opens

  @OA-RES-091
  Scenario: An API key in the query opens nothing
    Given a live API key
    When a client shows an API key in the query
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-092
  Scenario Outline: An API key that is not live opens nothing: <key>
    Given a live API key
    When a client shows an API key <key>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | key                       |
      | that was revoked          |
      | that was never given out  |
      | with a letter less        |
      | with a letter more        |
      | that is empty             |
