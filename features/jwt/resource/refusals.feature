@jwt @jwt-resource
Feature: How the resource refuses
  A resource that is asked without a JWT, or with a wrong one, says so in a challenge that everybody reads
  alike.

  @JW-RES-024
  Scenario Outline: A refused service JWT is answered with 401 and invalid_token: <fault>
    Given a client that has registered nowhere
    When it shows a service JWT <fault>
    And a service JWT without fault is taken
    Then the answer is 401 with the error invalid_token

    Examples:
      | fault                      |
      | of the algorithm none      |
      | of the typ JWT             |
      | without kid                |
      | for somebody else          |
      | that expired an hour ago   |
      | without jti                |
      | with iss twice             |
      | longer than it may be      |

  @JW-RES-024
  Scenario: A service JWT that is shown again is answered with 401 and invalid_token
    Given a client of which the resource has taken a service JWT
    When it shows that service JWT again
    Then the answer is 401 with the error invalid_token

  @HT-RES-002
  Scenario Outline: The scheme of a service JWT is read in any letter case: <scheme>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT under the scheme <scheme>
    Then the resource opens

    Examples:
      | scheme |
      | bearer |
      | BEARER |

  @HT-RES-005
  Scenario Outline: Without a service JWT the resource stays shut: <request>
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with <request>
    Then it opens nothing

    Examples:
      | request           |
      | no token          |
      | no token, by HEAD |

  @HT-RES-006
  Scenario Outline: A token that nobody issued opens nothing here: <token>
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with <token>
    Then it opens nothing

    Examples:
      | token                     |
      | a token of its own making |
      | an empty token            |

  @HT-RES-008
  Scenario Outline: A refusal to a service offers the scheme Bearer: <case>
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with <case>
    Then an answer of 401 offers the scheme Bearer

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |

  @HT-RES-009
  Scenario: The challenge to a service that shows nothing has no error
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with no token
    Then the challenge has no error

  @HT-RES-010
  Scenario: The challenge to a service with a wrong token says so
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with a token of its own making
    Then the challenge has the error invalid_token

  @HT-RES-011
  Scenario Outline: A refusal for want of a service JWT is a 401: <case>
    Given a client of which the resource has taken a service JWT
    When it comes to the resource with <case>
    Then the resource answers 401

    Examples:
      | case                             |
      | no token                         |
      | the token under the scheme Basic |
