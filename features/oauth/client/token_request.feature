@oauth @client
Feature: The token request of the client
  What the client sends where it gets its tokens has its secrets in it, and goes to nobody else.

  @OA-CLI-001
  Scenario: It is a form, and asks for the grant of clients
    Given a server that the client knows
    When the client is told to get a token
    Then each token request is a form, posted, for client credentials

  @OA-CLI-002
  Scenario: Id and secret are encoded before they become a field
    Given a server that the client knows
    When the client gets a token
    Then id and secret were encoded as values of a form

  @OA-CLI-003
  Scenario: The client proves itself in one way
    Given a server that the client knows
    When the client gets a token
    Then each token request has one proof of who the client is

  @OA-CLI-004
  Scenario: No URI has a secret in it
    Given a server that the client knows
    When the client gets a token
    And the client calls the API
    Then no URI has a secret, an assertion or a token

  @OA-CLI-005 @HT-ANY-041
  Scenario Outline: Nothing is sent to a server whose certificate is <certificate>
    Given a server that the client knows, whose certificate is <certificate>
    When the client is told to get a token
    And a token of a sound server is got and shown
    Then no byte of a request came to the server

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @HT-ANY-041
  Scenario Outline: A token is not shown to an API whose certificate is <certificate> by then
    Given a server that the client knows, whose certificate becomes <certificate> later
    When the client gets a token
    And the certificate of the server is <certificate> from now on
    And the client calls the API
    Then no byte of a request came to the server from then on

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @OA-CLI-006
  Scenario Outline: A redirect of the token endpoint is not followed: <status> to <place>
    Given a server that the client knows
    When the token endpoint answers with a redirect <status> to <place>
    And the client is told to get a token
    And a token without the fault is got and shown
    Then nothing was sent to where the redirect led

    Examples:
      | status | place          |
      | 301    | another origin |
      | 302    | another origin |
      | 303    | another origin |
      | 307    | another origin |
      | 308    | another origin |
      | 307    | a path beside  |

  @OA-CLI-007 @waits
  Scenario: Many callers that need a token make one request
    Given two servers that the client knows
    When the token endpoint answers with a token that lives one second
    And the client gets a token
    And the end of the token has come
    And 5 callers need a token at the same time
    Then it has asked for a token once since then
    And the API was called 5 times since then

  @OA-CLI-008
  Scenario: After invalid_client it asks no more
    Given a server that the client knows
    When the token endpoint answers with the error invalid_client
    And the client is told to get a token
    And the client calls the API
    And the client calls the API again
    And a token without the fault is got and shown
    Then it has asked for a token once

  @OA-CLI-009
  Scenario Outline: A refusal is no reason for another grant: <error>
    Given a server that the client knows
    When the token endpoint answers with the error <error>
    And the client is told to get a token
    And the client calls the API
    And a token without the fault is got and shown
    Then it has asked by no other grant

    Examples:
      | error               |
      | invalid_client      |
      | invalid_grant       |
      | unauthorized_client |
