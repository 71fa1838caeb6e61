@oauth @authorization-server @claims-private-key-jwt
Feature: A client that signs
  In the place of a secret it shows an assertion about itself.

  @OA-AUS-100
  Scenario: A valid assertion proves its client
    Given a client that signs
    When it asks for a token
    Then it gets a token

  @OA-AUS-100
  Scenario Outline: An assertion may say more than it has to: <more>
    Given a client that signs
    When it asks for a token with <more>
    Then it gets a token

    Examples:
      | more                                                   |
      | its client_id beside its assertion                     |
      | an assertion with a claim that nobody knows            |
      | an assertion with a header parameter that nobody knows |
      | an assertion valid since a minute ago                  |

  @OA-AUS-101
  Scenario Outline: What the key of the client does not verify is refused: <fault>
    Given a client that signs
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

  @OA-AUS-102
  Scenario Outline: An algorithm that is not the one of the client is refused: <fault>
    Given a client that signs
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

  @OA-AUS-103
  Scenario Outline: An assertion brings no key for itself: <fault>
    Given a client that signs
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

  @OA-AUS-118
  Scenario Outline: Nobody goes where an assertion leads: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then nobody was asked for a key

    Examples:
      | fault                                              |
      | an assertion that names its own key by jku         |
      | an assertion that names its own certificate by x5u |
      | an assertion whose kid is the URL of its own key   |

  @OA-AUS-104
  Scenario Outline: An assertion comes to its end: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                                  |
      | an assertion that expired an hour ago                                  |
      | an assertion that expired just before the allowed difference of clocks |
      | an assertion without exp                                               |
      | an assertion whose exp is a text                                       |

  @OA-AUS-105
  Scenario: An assertion has a beginning
    Given a client that signs
    When it asks for a token with an assertion that is not valid yet
    And a request without the fault gets a token
    Then the request is refused

  @OA-AUS-106
  Scenario Outline: An assertion for another is refused: <fault>
    Given a client that signs
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

  @OA-AUS-107
  Scenario Outline: An assertion is for the issuer and nobody else: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                               |
      | an assertion for the token endpoint                 |
      | an assertion for this server and another            |
      | an assertion for another server and this one        |
      | an assertion for this server and its token endpoint |

  @OA-AUS-108
  Scenario Outline: An assertion is of its client and about it: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                    |
      | an assertion whose iss is another client |
      | an assertion whose sub is another client |
      | an assertion without iss                 |
      | an assertion without sub                 |
      | an assertion whose iss is a list         |

  @OA-AUS-109
  Scenario Outline: A client_id beside an assertion is the same: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                           |
      | the client_id of another client |
      | a client_id that nobody knows   |

  @OA-AUS-110
  Scenario: An assertion is taken once
    Given a client that signs
    When it asks for a token
    And it sends the same request again
    And a request without the fault gets a token
    Then the first gets a token, and the second is refused

  @OA-AUS-111
  Scenario: An assertion is short-lived
    Given a client that signs
    When it asks for a token with an assertion valid for a year
    And a request without the fault gets a token
    Then the request is refused

  @OA-AUS-112
  Scenario Outline: The type of an assertion is said, or left out: <type>
    Given a client that signs
    When it asks for a token with <type>
    Then it gets a token

    Examples:
      | type                                              |
      | an assertion of the typ client-authentication+jwt |
      | an assertion without typ                          |

  @OA-AUS-113
  Scenario Outline: A signed token of another kind proves nobody: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                |
      | an assertion of the typ at+jwt       |
      | an assertion of the typ logout+jwt   |
      | an assertion of the typ secevent+jwt |

  @OA-AUS-114
  Scenario Outline: What is critical and not understood is refused: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                    |
      | an assertion with a critical parameter that nobody knows |
      | an assertion with a critical parameter that is not there |
      | an assertion whose crit is no list                       |

  @OA-AUS-115
  Scenario Outline: Two members of one name are refused: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                |
      | an assertion with two audiences, the right one first |
      | an assertion with two audiences, the right one last  |
      | an assertion with sub twice                          |
      | an assertion with alg twice                          |

  @OA-AUS-116
  Scenario Outline: A refused assertion is called invalid_client: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the error invalid_client

    Examples:
      | fault                                 |
      | an assertion signed with another key  |
      | an assertion of the algorithm none    |
      | an assertion that expired an hour ago |
      | an assertion for another server       |

  @OA-AUS-117
  Scenario Outline: The type of client_assertion is known, or it is none: <fault>
    Given a client that signs
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                                                              |
      | the client_assertion_type urn:ietf:params:oauth:client-assertion-type:saml2-bearer |
      | the client_assertion_type jwt-bearer                                               |
      | no client_assertion_type                                                           |
