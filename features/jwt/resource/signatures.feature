@jwt @jwt-resource
Feature: Who has signed a service JWT
  The resource takes a JWT that a key of the client's document has signed, by an algorithm of its own list.
  Nothing that stands in the JWT makes another key or another algorithm right.

  @JW-RES-001
  Scenario Outline: A service JWT that keeps the rules is taken: <form>
    Given a client that has registered nowhere
    When it shows a service JWT <form>
    Then the resource opens

    Examples:
      | form                                                   |
      | without fault                                          |
      | with a header parameter that nobody knows              |
      | with claims that nobody knows                          |
      | with times in fractions of a second                    |
      | that lives for 300 seconds                             |
      | that expired within the allowed difference of clocks   |
      | issued within the allowed difference of clocks ahead   |
      | with a jti of 16 characters                            |
      | with a jti of 128 characters                           |
      | as long as it may be                                   |

  @JW-RES-001
  Scenario: A service JWT is taken with each algorithm of the list
    Given a client with a key for each algorithm of the resource's list
    When it shows a service JWT of each of these keys
    Then the resource opens each time

  @JW-RES-002
  Scenario Outline: An algorithm that is not on the list opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                                           |
      | of the algorithm none                           |
      | of the algorithm nOnE                           |
      | of no algorithm, signed all the same            |
      | of HS256, keyed with the public key in PEM      |
      | of HS256, keyed with the public key as a JWK    |
      | of HS256, keyed with nothing                    |
      | under the name of another algorithm             |
      | without alg                                     |

  @JW-RES-002
  Scenario: A key of an algorithm that is not on the list opens nothing
    Given a client with a key of an algorithm that is not on the resource's list
    When it shows a service JWT of that key
    And a service JWT without fault is taken
    Then it opens nothing

  @JW-RES-005
  Scenario Outline: A kid that no key of the client has opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                          |
      | without kid                    |
      | whose kid is empty             |
      | whose kid is a number          |
      | whose kid is a list            |
      | whose kid is not its own       |
      | whose kid is a part of its own |
      | whose kid has 4000 characters  |
      | whose kid is a path            |
      | whose kid is a piece of SQL    |

  @JW-RES-006
  Scenario Outline: A key that the JWT brings or names is none: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing
    And nobody has asked for the key that the JWT names

    Examples:
      | fault                                 |
      | that brings its own key               |
      | that brings its own certificate       |
      | that names its own key by jku         |
      | that names its own certificate by x5u |
      | whose kid is the URL of its own key   |

  @JW-RES-007
  Scenario Outline: A signature that the key does not verify opens nothing: <fault>
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT <fault>
    Then it opens nothing

    Examples:
      | fault                      |
      | signed with another key    |
      | whose signature is altered |
      | whose signature is cut     |
      | whose signature is empty   |
      | whose claims were altered  |
      | whose header was altered   |
