@lifecycle @lifecycle-issuer
Feature: What verifies
  A bearer opens if the key that it names has signed it, by the algorithm of that key, and if it says what a bearer
  of this issuer says. What needs no key of the issuer is done to a bearer of its own. For the rest, the issuer is
  given a key that the harness has made, and the bearers have one fault each and a right signature.

  @LC-ISS-010
  Scenario Outline: A signature that the key does not verify opens nothing: <fault>
    Given a session
    When its bearer is forged, <fault>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | fault                      |
      | signed with another key    |
      | whose signature is altered |
      | whose signature is cut     |
      | whose signature is empty   |
      | without a third part       |
      | whose claims were altered  |
      | whose header was altered   |

  @LC-ISS-010
  Scenario Outline: A key that the bearer brings or names is none: <fault>
    Given a session
    When its bearer is forged, <fault>
    And its bearer opens where it belongs
    Then what was shown opens nothing
    And nobody asks for the key that was forged

    Examples:
      | fault                                 |
      | that brings its own key               |
      | that brings its own certificate       |
      | that names its own key by jku         |
      | that names its own certificate by x5u |

  @LC-ISS-010 @needs-rotate @claims-takes-keys
  Scenario: A bearer that another key of the ring has signed opens nothing
    Given an issuer that is given a key
    And a session at the beginning of a second
    When the issuer is given another key
    And a bearer of the other key under the name of this one is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

  @LC-ISS-011
  Scenario Outline: Without an algorithm nothing opens: <fault>
    Given a session
    When its bearer is forged, <fault>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | fault                                |
      | of the algorithm none                |
      | of the algorithm nOnE                |
      | of no algorithm, signed all the same |
      | of HS256, keyed with nothing         |

  @LC-ISS-011 @claims-publishes-keys
  Scenario Outline: A public key is no secret: <fault>
    Given a session
    When its bearer is forged, <fault>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | fault                                        |
      | of HS256, keyed with the public key in PEM   |
      | of HS256, keyed with the public key as a JWK |

  @LC-ISS-011 @needs-rotate @claims-takes-keys
  Scenario Outline: The right key by another algorithm opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                               |
      | under the name of another algorithm |
      | of another algorithm, by the same key |
      | without alg                         |

  @LC-ISS-012 @needs-rotate @claims-takes-keys
  Scenario Outline: A JWT of another type opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                  |
      | without typ            |
      | whose typ is empty     |
      | whose typ is a number  |
      | whose typ is a list    |
      | of the typ JWT         |
      | of the typ at+jwt      |
      | of the typ service+jwt |

  @LC-ISS-013 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer of another issuer opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                           |
      | without iss                     |
      | whose iss is another            |
      | whose iss has a slash more      |
      | whose iss has a letter less     |
      | whose iss is in capital letters |
      | whose iss is a list             |

  @LC-ISS-013 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer for another audience opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                               |
      | without aud                         |
      | for somebody else                   |
      | for its audience and somebody else  |
      | for its audience with a letter more |
      | for its audience with a slash more  |
      | for its audience in capital letters |
      | for a number                        |

  @LC-ISS-014 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer that does not say everything opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

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

  @LC-ISS-015 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer that lives too long opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                                              |
      | that lives a second longer than bearers do         |
      | that lives for a year                              |
      | issued an hour ago, for all that time and a minute |

  @LC-ISS-016 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer that was not issued by now opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                                                |
      | issued beyond the allowed difference of clocks ahead |
      | issued a year ahead                                  |

  @HT-RES-001 @needs-rotate @claims-takes-keys
  Scenario Outline: A bearer that says more than it has to opens: <form>
    Given an issuer that is given a key
    And a session
    When a bearer <form> is shown
    Then it opens each time

    Examples:
      | form                                                 |
      | without fault                                        |
      | with a header parameter that nobody knows            |
      | with claims that nobody knows                        |
      | issued within the allowed difference of clocks ahead |

  @LC-ISS-017
  Scenario Outline: A kid that no key of the issuer has opens nothing: <fault>
    Given a session
    When its bearer is forged, <fault>
    And its bearer opens where it belongs
    Then what was shown opens nothing

    Examples:
      | fault                               |
      | whose kid is nobody's               |
      | whose kid is a path                 |
      | whose kid is a piece of SQL         |
      | whose kid is the URL of its own key |
      | whose kid has 10000 characters      |

  @LC-ISS-017 @needs-rotate @claims-takes-keys
  Scenario Outline: The right key under no name, or another, opens nothing: <fault>
    Given an issuer that is given a key
    And a session
    When a bearer <fault> is shown
    And a bearer without fault is let in
    Then what was shown opens nothing

    Examples:
      | fault                               |
      | without kid                         |
      | whose kid is empty                  |
      | whose kid is a number               |
      | whose kid is null                   |
      | whose kid is a list                 |
      | whose kid has a letter more         |
      | whose kid is a name that nobody has |
