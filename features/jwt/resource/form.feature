@jwt @jwt-resource
Feature: What a service JWT looks like
  A service JWT says of itself what it is, says nothing twice, and has one form. What a library might read
  otherwise than another is refused.

  @JW-RES-003
  Scenario Outline: A JWT of another type opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                 |
      | without typ                           |
      | whose typ is empty                    |
      | whose typ is a number                 |
      | whose typ is a list                   |
      | of the typ JWT                        |
      | of the typ at+jwt                     |
      | of the typ authorization-grant+jwt    |
      | of the typ client-authentication+jwt  |
      | of the typ service+jwt+jwt            |

  @JW-RES-004
  Scenario Outline: A JWT with crit in its header opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                        |
      | with a critical parameter that nobody knows  |
      | with a critical parameter that is not there  |
      | whose crit is no list                        |

  @JW-RES-019
  Scenario Outline: A JWT in which a name stands twice opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                    |
      | with two audiences, the right one first  |
      | with two audiences, the right one last   |
      | with iss twice                           |
      | with jti twice                           |
      | with exp twice                           |
      | with alg twice                           |
      | with kid twice                           |
      | with a name twice inside a claim         |

  @JW-RES-020
  Scenario Outline: What is no JWS in compact form opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                    |
      | longer than it may be    |
      | in five parts            |
      | with padding             |
