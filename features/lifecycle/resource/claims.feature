@lifecycle @lifecycle-resource
Feature: What a bearer says at a resource elsewhere
  A bearer says who issued it, for whom, about whom and which session, when, and until when. One thing is wrong
  with each of these bearers, and the issuer has signed it.

  @LC-RES-004
  Scenario Outline: A JWT of another type opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                     |
      | without typ               |
      | whose typ is empty        |
      | whose typ is a number     |
      | of the typ JWT            |
      | of the typ at+jwt         |
      | of the typ service+jwt    |

  @LC-RES-005
  Scenario Outline: A bearer of another issuer opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                           |
      | without iss                     |
      | whose iss is another            |
      | whose iss has a slash more      |
      | whose iss is in capital letters |
      | whose iss is a list             |

  @LC-RES-005
  Scenario Outline: A bearer for another audience opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                               |
      | without aud                         |
      | for somebody else                   |
      | for a list of its audience alone    |
      | for its audience and somebody else  |
      | for its audience with a letter more |
      | for its audience with a slash more  |
      | for its audience in capital letters |
      | for the issuer itself               |
      | for a number                        |

  @LC-RES-006
  Scenario Outline: A bearer that does not say everything opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault               |
      | without sub         |
      | whose sub is empty  |
      | whose sub is a list |
      | without sid         |
      | whose sid is empty  |
      | whose sid is a list |
      | without iat         |
      | whose iat is a text |
      | whose iat is null   |
      | without exp         |
      | whose exp is a text |
      | whose exp is null   |

  @LC-RES-007
  Scenario Outline: A bearer that lives too long opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                                              |
      | that lives a second longer than bearers do         |
      | that lives for a year                              |
      | issued an hour ago, for all that time and a minute |

  @LC-RES-008
  Scenario Outline: A bearer that was not issued by now opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                                                |
      | issued beyond the allowed difference of clocks ahead |
      | issued a year ahead                                  |

  @LC-RES-009
  Scenario Outline: A bearer that has expired opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                    |
      | that has just expired    |
      | that expired an hour ago |
      | that ended in 1970       |

  @LC-RES-009 @waits
  Scenario: A bearer that was taken opens nothing once it has expired
    Given an issuer whose bearers the resource takes
    When the resource has taken a bearer that ends within two seconds
    And the end of that bearer has come
    And the resource is shown that bearer again
    Then it opens nothing

  @LC-RES-019
  Scenario: A session token opens nothing
    Given an issuer whose bearers the resource takes
    When the resource is shown a session token as a bearer
    Then it opens nothing

  @LC-RES-020
  Scenario Outline: A session token does not replace a bearer: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>, with a session token
    Then it opens nothing

    Examples:
      | fault                    |
      | that has just expired    |
      | that expired an hour ago |

  @LC-RES-020
  Scenario: A session token without a bearer opens nothing
    Given an issuer whose bearers the resource takes
    When the resource is shown a session token without a bearer
    Then it opens nothing
