@jwt @jwt-client
Feature: What a resource hands out
  A token from the resource saves a signature for each request. It is used where it came from, while it lives, and otherwise forgotten.

  @JW-CLI-050 @claims-uses-handed-out-tokens
  Scenario: The next request has the token
    Given a resource that hands out tokens
    When the client calls the resource
    And the client calls the resource again
    Then the resource was shown the token that it had handed out

  @JW-CLI-051 @claims-uses-handed-out-tokens
  Scenario: The token is not shown to another resource
    Given two resources that hand out tokens
    When the client calls the resource
    And the client calls the second resource
    And the client calls the resource again
    And the client calls the second resource again
    Then neither resource has seen a token of the other

  @JW-CLI-052 @claims-uses-handed-out-tokens @waits
  Scenario: The token is not shown after its end
    Given a resource that hands out tokens
    When the resource hands out a token that lives one second
    And the client calls the resource
    And the end of the handed-out token has come
    And the client calls the resource again
    And a call without the fault is granted
    Then the resource was not shown that token since its end

  @JW-CLI-053 @claims-uses-handed-out-tokens
  Scenario: A token that is refused is dropped, and a service JWT takes its place
    Given a resource that hands out tokens
    When the client calls the resource
    And the resource refuses the token that it has handed out
    And the client calls the resource again
    And the client calls the resource once more
    Then the resource was shown that token once at most after it had been told to refuse it
    And the resource was shown a service JWT after that

  @JW-CLI-054 @claims-uses-handed-out-tokens
  Scenario Outline: A token that came otherwise is ignored: <hand-out>
    Given a resource that hands out tokens
    When the resource hands out <hand-out>
    And the client calls the resource
    And the client calls the resource again
    And a call without the fault is granted, and the next shows its token
    Then the resource was shown service JWTs alone

    Examples:
      | hand-out                             |
      | a token of two words                 |
      | a token with a letter beyond ASCII   |
      | an empty token                       |
      | a token without quotes               |
      | a token of more than 4096 characters |
      | a token without expires_in           |
      | a token that lives no second         |
      | a token that lives a year            |
      | a token twice in one field           |
      | two fields with a token each         |
      | a token without no-store             |
      | a token in the body alone            |
      | a token with the status 403          |
      | a token with the status 500          |
