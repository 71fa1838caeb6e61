@lifecycle @lifecycle-resource
Feature: How a resource elsewhere refuses
  A bearer has one place in a request. A resource that finds none, or a wrong one, says so in a challenge that
  everybody reads alike.

  @HT-RES-010
  Scenario Outline: A refused bearer is answered with invalid_token: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then the challenge has the error invalid_token

    Examples:
      | fault                    |
      | of the algorithm none    |
      | of the typ JWT           |
      | whose kid is nobody's    |
      | for somebody else        |
      | that expired an hour ago |
      | without sid              |

  @HT-RES-011
  Scenario Outline: A refused bearer is answered with 401: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then the resource answers 401

    Examples:
      | fault                    |
      | of the algorithm none    |
      | whose kid is nobody's    |
      | that expired an hour ago |

  @HT-RES-002
  Scenario Outline: The scheme of a bearer is read in any letter case: <scheme>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer under the scheme <scheme>
    Then the resource opens

    Examples:
      | scheme |
      | bearer |
      | BEARER |

  @HT-RES-003
  Scenario Outline: A bearer in another place of a request opens nothing: <place>
    Given an issuer whose bearers the resource takes
    When the resource meets <place>
    Then it opens nothing

    Examples:
      | place                                 |
      | the token in the query as access_token |
      | the token in a cookie                 |
      | the token in a field X-Access-Token   |
      | the token under the scheme Basic      |
      | the token without a scheme            |

  @HT-RES-004
  Scenario Outline: Two Authorization fields open nothing: <fields>
    Given an issuer whose bearers the resource takes
    When the resource meets <fields>
    Then it opens nothing

    Examples:
      | fields                               |
      | the token and then a wrong one       |
      | a wrong token and then the right one |
      | the token twice                      |

  @HT-RES-012
  Scenario: Two Authorization fields are answered with 400
    Given an issuer whose bearers the resource takes
    When the resource meets the token twice
    Then the resource answers 400

  @HT-RES-005
  Scenario Outline: Without a bearer the resource stays shut: <request>
    Given an issuer whose bearers the resource takes
    When the resource meets <request>
    Then it opens nothing

    Examples:
      | request           |
      | no token          |
      | no token, by HEAD |

  @HT-RES-006
  Scenario Outline: A token that nobody issued opens nothing at a resource elsewhere: <token>
    Given an issuer whose bearers the resource takes
    When the resource meets <token>
    Then it opens nothing

    Examples:
      | token                     |
      | a token of its own making |
      | an empty token            |

  @HT-RES-008
  Scenario Outline: A refusal at a resource elsewhere offers the scheme Bearer: <case>
    Given an issuer whose bearers the resource takes
    When the resource meets <case>
    Then an answer of 401 offers the scheme Bearer

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |

  @HT-RES-009
  Scenario: The challenge to somebody who shows no bearer has no error
    Given an issuer whose bearers the resource takes
    When the resource meets no token
    Then the challenge has no error

  @HT-RES-011
  Scenario: Somebody who shows no bearer is answered with 401
    Given an issuer whose bearers the resource takes
    When the resource meets no token
    Then the resource answers 401
