@jwt @jwt-resource @claims-hands-out-tokens
Feature: A token from the resource
  A resource that hands out tokens does so beside what it was asked for. What it hands out opens it for a
  while, as often as it is shown.

  @JW-RES-040
  Scenario: A token is handed out for a service JWT
    Given a client that has registered nowhere
    When it shows a service JWT where tokens are handed out
    Then the answer hands out an access token with its lifetime

  @JW-RES-041
  Scenario: An answer with a token is stored by nobody
    Given a client that has registered nowhere
    When it shows a service JWT where tokens are handed out
    Then the answer forbids that it is stored

  @JW-RES-042
  Scenario Outline: An answer that is no success hands out nothing: <fault>
    Given a client that has registered nowhere
    When it shows a service JWT <fault> where tokens are handed out
    And an access token is handed out for one without fault
    Then no answer hands out an access token

    Examples:
      | fault                     |
      | signed with another key   |
      | for somebody else         |
      | that expired an hour ago  |

  @JW-RES-042
  Scenario: There is nothing to be had where nothing is
    Given a client that has registered nowhere
    When it shows a service JWT at a place below that is not there
    And an access token is handed out for one without fault
    Then no answer but a success hands out an access token

  @JW-RES-043
  Scenario: A token is not handed out for a token
    Given a client that has been handed out an access token
    When it shows the access token 2 times
    And each of these is granted
    Then no answer hands out an access token

  @JW-RES-044
  Scenario: What was handed out opens every replica, and nothing is fetched
    Given a client that has been handed out an access token
    When it shows the access token on each replica
    Then the resource opens each time
    And nothing more was fetched

  @JW-RES-045 @waits
  Scenario: What was handed out opens nothing when its time is over
    Given a client that has been handed out an access token
    When its lifetime is over, and it shows the access token
    And a service JWT without fault is taken
    Then it opens nothing

  @JW-RES-046
  Scenario: What is handed out is a token, for an hour at most
    Given a client that has registered nowhere
    When it shows a service JWT where tokens are handed out
    Then the access token has the form of one and lives for 1 to 3600 seconds

  @JW-RES-049
  Scenario: Each service JWT brings a token of its own
    Given a client that has been handed out an access token
    When it shows a service JWT where tokens are handed out
    Then another access token is handed out

  @HT-RES-001
  Scenario: What was handed out opens as often as it is shown
    Given a client that has been handed out an access token
    When it shows the access token 5 times
    Then the resource opens each time

  @HT-RES-006
  Scenario Outline: What was handed out to nobody opens nothing: <token>
    Given a client that has been handed out an access token
    When it shows the access token <token>
    And the access token itself is taken
    Then it opens nothing

    Examples:
      | token                            |
      | with its first character changed |
      | without its last character       |
      | with a character more            |
