@jwt @jwt-resource
Feature: Nothing is fetched for a JWT that is wrong without a key
  Anybody can send a JWT that names any address. The resource looks at all that needs no key before it goes
  anywhere.

  @JW-RES-023
  Scenario Outline: A JWT that is wrong by itself leads nowhere: <fault>
    Given a client that has registered nowhere
    When it shows a service JWT <fault>
    And a service JWT without fault is taken
    Then nothing was fetched before that

    Examples:
      | fault                                                |
      | of the algorithm none                                |
      | of HS256, keyed with the public key as a JWK         |
      | of the typ JWT                                       |
      | with a critical parameter that nobody knows          |
      | without kid                                          |
      | without sub                                          |
      | whose sub is another client                          |
      | for somebody else                                    |
      | for its audience and somebody else                   |
      | that expired an hour ago                             |
      | without iat                                          |
      | issued a year ahead                                  |
      | that lives for 301 seconds                           |
      | without jti                                          |
      | with a jti of 129 characters                         |
      | with two audiences, the right one last               |
      | with kid twice                                       |
      | longer than it may be                                |
      | in four parts                                        |
      | with padding                                         |

  @JW-RES-023
  Scenario: A JWT that has expired leads to no address of its choice
    Given a client that has registered nowhere
    When it shows an expired service JWT of a client at another address of the same machine
    And a service JWT without fault is taken
    Then nobody has connected to that address
