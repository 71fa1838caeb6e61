@lifecycle @lifecycle-resource
Feature: Who has signed a bearer
  A resource elsewhere shares no secret with the issuer. It takes a bearer that a key of the issuer's published set
  has signed, by the algorithm of that key. Nothing that stands in the bearer makes another key or another
  algorithm right.

  @LC-RES-001 @HT-RES-001
  Scenario Outline: A bearer that keeps the rules is taken: <form>
    Given an issuer of bearers that the resource trusts
    When the resource is shown a bearer <form>
    Then the resource opens

    Examples:
      | form                                                 |
      | without fault                                        |
      | with a header parameter that nobody knows            |
      | with claims that nobody knows                        |
      | issued within the allowed difference of clocks ahead |

  @HT-RES-001 @LC-RES-001
  Scenario: A bearer is taken as often as it is shown
    Given an issuer of bearers that the resource trusts
    When the resource is shown one bearer 5 times
    Then the resource opens each time

  @LC-RES-001 @HT-RES-001
  Scenario: A bearer is taken at every replica
    Given an issuer of bearers that the resource trusts
    When each replica of the resource is shown a bearer
    Then the resource opens each time

  @LC-RES-001
  Scenario: A bearer is taken with each algorithm that the issuer may use
    Given an issuer with a key of each of its algorithms
    When the resource is shown a bearer of each of these keys
    Then the resource opens each time

  @LC-RES-002
  Scenario Outline: A signature that the key does not verify opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                      |
      | signed with another key    |
      | whose signature is altered |
      | whose signature is cut     |
      | whose signature is empty   |
      | whose claims were altered  |
      | whose header was altered   |

  @LC-RES-002
  Scenario Outline: A kid that no key of the issuer has opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                    |
      | without kid              |
      | whose kid is empty       |
      | whose kid is a number    |
      | whose kid is nobody's    |
      | whose kid is a path      |

  @LC-RES-002
  Scenario: The key of another issuer verifies nothing, whatever it is called
    Given two issuers whose bearers the resource takes
    When the second issuer has a key of the same name
    And the resource is shown a bearer of the first issuer that the second one has signed
    Then it opens nothing

  @LC-RES-003
  Scenario Outline: An algorithm that is not that of the key opens nothing: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing

    Examples:
      | fault                                          |
      | of the algorithm none                          |
      | of the algorithm nOnE                          |
      | of no algorithm, signed all the same           |
      | of HS256, keyed with the public key in PEM     |
      | of HS256, keyed with the public key as a JWK   |
      | of HS256, keyed with nothing                   |
      | under the name of another algorithm            |
      | without alg                                    |

  @LC-RES-018
  Scenario Outline: A key that the bearer brings or names is none: <fault>
    Given an issuer whose bearers the resource takes
    When the resource is shown a bearer <fault>
    Then it opens nothing
    And nobody has asked for the key that the bearer names

    Examples:
      | fault                                 |
      | that brings its own key               |
      | that brings its own certificate       |
      | that names its own key by jku         |
      | that names its own certificate by x5u |
      | whose kid is the URL of its own key   |
