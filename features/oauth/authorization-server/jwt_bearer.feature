@oauth @authorization-server @claims-jwt-bearer
Feature: A service account
  An issuer that the server trusts says who somebody is, and the server gives a token for it.

  @OA-AUS-130
  Scenario: A valid assertion about an account gets a token
    Given an issuer of assertions that the server trusts
    When it asks for a token
    Then it gets a token

  @OA-AUS-130
  Scenario Outline: An assertion about an account may say more than it has to: <more>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <more>
    Then it gets a token

    Examples:
      | more                                        |
      | an assertion with a claim that nobody knows |
      | an assertion valid since a minute ago       |
      | an assertion of the typ JWT                 |

  @OA-AUS-131
  Scenario Outline: An issuer that nobody trusts is refused: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                    |
      | an assertion of an issuer that nobody trusts             |
      | an assertion in the name of an issuer that nobody trusts |
      | an assertion without iss                                 |

  @OA-AUS-132
  Scenario Outline: What no key of the issuer verifies is refused: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                   |
      | an assertion signed with another key    |
      | an assertion whose signature is altered |
      | an assertion whose signature is cut     |
      | an assertion whose signature is empty   |
      | an assertion without a third part       |
      | an assertion whose claims were altered  |
      | an assertion whose header was altered   |

  @OA-AUS-133
  Scenario Outline: An algorithm that is not the one of the issuer is refused: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                     |
      | an assertion of the algorithm none                        |
      | an assertion of the algorithm None                        |
      | an assertion of the algorithm nOnE                        |
      | an assertion of no algorithm, signed all the same         |
      | an assertion of HS256, keyed with the public key in PEM   |
      | an assertion of HS256, keyed with the public key as a JWK |
      | an assertion of HS256, keyed with nothing                 |
      | an assertion under the name of another algorithm          |
      | an assertion without alg                                  |

  @OA-AUS-134
  Scenario Outline: An assertion about an account brings no key for itself: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                              |
      | an assertion that brings its own key               |
      | an assertion that brings its own certificate       |
      | an assertion that names its own key by jku         |
      | an assertion that names its own certificate by x5u |
      | an assertion whose kid is the URL of its own key   |
      | an assertion whose kid is a path                   |
      | an assertion whose kid is a piece of SQL           |
      | an assertion whose kid has 10000 characters        |
      | an assertion whose kid is nobody's                 |

  @OA-AUS-143
  Scenario Outline: Nobody goes where an assertion about an account leads: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then nobody was asked for a key

    Examples:
      | fault                                              |
      | an assertion that names its own key by jku         |
      | an assertion that names its own certificate by x5u |
      | an assertion whose kid is the URL of its own key   |

  @OA-AUS-135
  Scenario Outline: An assertion about an account comes to its end: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                                  |
      | an assertion that expired an hour ago                                  |
      | an assertion that expired just before the allowed difference of clocks |
      | an assertion without exp                                               |
      | an assertion whose exp is a text                                       |

  @OA-AUS-136
  Scenario Outline: An assertion about an account for another server is refused: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                  |
      | an assertion without an audience                       |
      | an assertion for another server                        |
      | an assertion for several other servers                 |
      | an assertion whose audience is a number                |
      | an assertion whose audience is empty                   |
      | an assertion whose audience is a list of nothing       |
      | an assertion whose audience is an object               |
      | an assertion whose audience is a part of the right one |
      | an assertion whose audience begins like the right one  |
      | an assertion whose audience has capital letters        |
      | an assertion whose audience has a slash more           |

  @OA-AUS-137
  Scenario Outline: An account that nobody knows is refused: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                              |
      | an assertion without sub                           |
      | an assertion about an account that nobody knows    |
      | an assertion about an account in other case        |
      | an assertion about the empty name                  |
      | an assertion about an account whose name is a list |

  @OA-AUS-138
  Scenario: An assertion about an account is taken once
    Given an issuer of assertions that the server trusts
    When it asks for a token
    And it sends the same request again
    And a request without the fault gets a token
    Then the first gets a token, and the second is refused

  @OA-AUS-139
  Scenario Outline: A signed token of another kind speaks for no account: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                             |
      | an assertion of the typ at+jwt                    |
      | an assertion of the typ logout+jwt                |
      | an assertion of the typ client-authentication+jwt |

  @OA-AUS-140
  Scenario Outline: A refused assertion about an account is called invalid_grant: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the error invalid_grant

    Examples:
      | fault                                           |
      | an assertion signed with another key            |
      | an assertion of an issuer that nobody trusts    |
      | an assertion that expired an hour ago           |
      | an assertion for another server                 |
      | an assertion about an account that nobody knows |

  @OA-AUS-141
  Scenario Outline: Nothing is exchanged for nothing: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused with the error invalid_request

    Examples:
      | fault              |
      | no assertion       |
      | an empty assertion |

  @OA-AUS-142
  Scenario Outline: No scope is granted that the account may not have: <fault>
    Given an issuer of assertions that the server trusts
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then no scope is granted beyond its own

    Examples:
      | fault                                  |
      | a scope that nobody has                |
      | a scope that nobody has beside its own |
