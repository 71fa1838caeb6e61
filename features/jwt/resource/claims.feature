@jwt @jwt-resource
Feature: What a service JWT says
  The client says who it is, to whom it speaks, when, and for how long. One thing is wrong with each of these
  JWTs, and the client has signed it.

  @JW-RES-008
  Scenario Outline: A JWT about somebody else opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                         |
      | without sub                   |
      | whose sub is another client   |
      | whose sub has a slash more    |
      | whose sub has a letter less   |
      | whose sub is in capital letters |
      | whose sub is empty            |
      | whose sub is a list           |

  @JW-RES-009
  Scenario Outline: A JWT for another audience opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                              |
      | without aud                                        |
      | for somebody else                                  |
      | for a list of its audience alone                   |
      | for its audience and somebody else                 |
      | for a list of nobody                               |
      | for its audience with a letter more                |
      | for its audience with a letter less                |
      | for its audience with a slash more                 |
      | for its audience with a path                       |
      | for its audience with a query                      |
      | for its audience in capital letters                |
      | for its audience as a host that is only the beginning |
      | for the client itself                              |
      | for nobody                                         |
      | for a number                                       |
      | for null                                           |

  @JW-RES-010
  Scenario: A Host that names another resource makes its audience no better
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT for somebody else, with the name of that one as Host
    Then it opens nothing

  @JW-RES-011
  Scenario Outline: A JWT that has expired opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                                     |
      | without exp                                               |
      | that expired just before the allowed difference of clocks |
      | that expired an hour ago                                  |
      | that ended in 1970                                        |
      | whose exp is a text                                       |
      | whose exp is null                                         |
      | whose exp is a list                                       |

  @JW-RES-012
  Scenario Outline: A JWT that was not issued by now opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                                |
      | without iat                                          |
      | issued beyond the allowed difference of clocks ahead |
      | issued a year ahead                                  |
      | whose iat is a text                                  |
      | whose iat is null                                    |

  @JW-RES-013
  Scenario Outline: A JWT that lives too long opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                           |
      | that lives for 301 seconds                      |
      | that lives for a year                           |
      | issued an hour ago, for all that time and a minute |

  @JW-RES-014
  Scenario Outline: A JWT without a jti of the right length opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                        |
      | without jti                  |
      | whose jti is empty           |
      | with a jti of 15 characters  |
      | with a jti of 129 characters |
      | whose jti is a number        |
      | whose jti is a list          |
      | whose jti is null            |
