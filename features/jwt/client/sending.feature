@jwt @jwt-client
Feature: Where the client brings its JWTs
  A JWT and a token go to the one place that is configured. No answer sends them anywhere else.

  @JW-CLI-010
  Scenario Outline: A redirect is not followed with a service JWT: <status> to <place>
    Given a resource that takes service JWTs
    When the resource answers with a redirect <status> to <place>
    And the client calls the resource
    And a call without the fault is granted
    Then no JWT and no token came to where the redirect led

    Examples:
      | status | place          |
      | 301    | another origin |
      | 302    | another origin |
      | 303    | another origin |
      | 307    | another origin |
      | 308    | another origin |
      | 307    | a path beside  |

  @JW-CLI-010 @claims-uses-handed-out-tokens
  Scenario Outline: A redirect is not followed with a token: <status> to <place>
    Given a resource that hands out tokens
    When the client calls the resource
    And the resource answers with a redirect <status> to <place>
    And the client calls the resource again
    And a call without the fault is granted
    Then no JWT and no token came to where the redirect led

    Examples:
      | status | place          |
      | 302    | another origin |
      | 307    | another origin |
      | 308    | a path beside  |

  @JW-CLI-011 @HT-ANY-041
  Scenario Outline: Nothing is sent to a resource whose certificate is <certificate>
    Given a resource that takes service JWTs, whose certificate is <certificate>
    When the client is told to call the resource
    And a call of a sound resource is granted
    Then no byte of a request came to the resource

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @JW-CLI-012
  Scenario Outline: The audience is not taken from an answer: <answer>
    Given two resources that take service JWTs
    When the resource answers with <answer>
    And the client calls the resource
    And a call without the fault is granted
    Then no JWT has another audience than the one that is configured

    Examples:
      | answer                                         |
      | 401 and a challenge with another audience      |
      | 401 and a challenge with the realm of another  |
      | 401 and a body with another audience           |
      | 401 and the address of the metadata of another |

  @JW-CLI-013
  Scenario Outline: After a refusal it does not go on asking: <answer>
    Given a resource that takes service JWTs
    When the resource answers with <answer>
    And the client calls the resource
    And a call without the fault is granted
    Then the resource was called no more than 2 times

    Examples:
      | answer                |
      | 401 and invalid_token |
      | 403                   |

  @JW-CLI-013 @claims-uses-handed-out-tokens
  Scenario: After its token and a JWT are refused it does not go on asking
    Given a resource that hands out tokens
    When the client calls the resource
    And the resource answers with 401 and invalid_token
    And the client calls the resource again
    And a call without the fault is granted
    Then the resource was called no more than 2 times since the answer

  @JW-CLI-013 @claims-asks-servers
  Scenario: After its assertion is refused it does not go on asking
    Given a resource that wants tokens of a server
    When the server answers with the error invalid_grant
    And the client calls the resource
    And a call without the fault is granted
    Then the server was asked for a token no more than 2 times
