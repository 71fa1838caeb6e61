@oauth @resource
Feature: What a token is enough for
  A token opens what its scope covers, and what a service may do at all.

  @OA-RES-001
  Scenario: A token for reading only does not write
    Given a live access token for reading only
    When a client writes with the token 1 times
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-001 @claims-takes-jwt
  Scenario Outline: A JWT whose scope does not cover the request opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client writes with a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                     |
      | no claim scope            |
      | an empty scope            |
      | the scope in capitals     |
      | a scope with a letter more |
      | a scope with a letter less |
      | a scope that is an object |

  @OA-RES-001 @claims-takes-opaque
  Scenario: A token of which its server names no scope opens nothing that needs one
    Given a token that the resource has to ask about
    When the server says that it has no scope
    And a client writes with it
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-002
  Scenario: Who has not the scope is told so
    Given a live access token for reading only
    When a client writes with the token 1 times
    And a request without the fault is answered
    Then it is refused with 403 and insufficient_scope

  @OA-RES-009
  Scenario: Who has not the scope is challenged
    Given a live access token for reading only
    When a client writes with the token 1 times
    And a request without the fault is answered
    Then the refusal offers the scheme Bearer

  @OA-RES-007
  Scenario: A service does not act where only a user may
    Given a live access token
    When a service acts where only a user may, with the token
    And the token opens what a service may open
    Then it opens nothing
