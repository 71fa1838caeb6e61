@oauth @resource
Feature: Tokens that the resource reads itself
  A JWT access token opens the resource if an issuer that the resource trusts has signed it, as an access
  token, for this resource and for now. One thing is wrong with each of the others.

  @OA-RES-020 @claims-takes-jwt
  Scenario Outline: A valid JWT access token is taken: <form>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <form>
    Then the resource opens

    Examples:
      | form                                                   |
      | no fault                                               |
      | the typ application/at+jwt                             |
      | an audience that is an array with the resource and another |
      | an audience that is an array with the resource alone   |
      | claims that nobody knows                               |
      | header parameters that nobody knows                    |
      | an nbf that has passed                                 |
      | an exp with a fraction                                 |

  @OA-RES-021 @claims-takes-jwt
  Scenario Outline: A token whose signature is none of its issuer's opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                                   |
      | a signature of somebody else            |
      | other claims than were signed           |
      | a later exp than was signed             |
      | a header parameter more than was signed |
      | a signature cut short                   |
      | an empty signature                      |
      | a signature of zeros                    |
      | a signature of ones                     |
      | no signature at all                     |

  @OA-RES-021 @claims-takes-jwt
  Scenario Outline: A key id that leads to no key opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                              |
      | a kid that nobody knows            |
      | a kid that is a path               |
      | a kid that is a query of a database |
      | a kid that is a command            |
      | a kid of ten kilobytes             |
      | a kid that is a number             |
      | a kid that is an array             |

  @OA-RES-022 @claims-takes-jwt
  Scenario Outline: A token of an algorithm that its issuer does not use opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                                                      |
      | no signature and the algorithm none                        |
      | no signature and the algorithm None                        |
      | no signature and the algorithm NONE                        |
      | no signature and the algorithm nOnE                        |
      | the algorithm none                                         |
      | an HMAC keyed with the public key as PEM                   |
      | an HMAC keyed with the public key as PEM without its last line feed |
      | an HMAC keyed with the public key as DER                   |
      | an HMAC keyed with the text of the JWK                     |
      | an HMAC keyed with the text of the key set                 |
      | an HMAC keyed with the first coordinate of the JWK         |
      | an HMAC keyed with nothing                                 |
      | the algorithm PS256                                        |
      | the algorithm RS256                                        |
      | the algorithm EdDSA                                        |
      | the algorithm ES384                                        |
      | its algorithm in small letters                             |
      | no algorithm                                               |
      | an algorithm that is a number                              |

  @OA-RES-023 @claims-takes-jwt
  Scenario Outline: A key that the token itself brings or names opens nothing: <fault>
    Given two issuers that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                       |
      | its own key in jwk          |
      | its own key in x5c          |
      | its own key at a URL in jku |
      | its own key at a URL in x5u |
      | its own key at a URL in kid |

  @OA-RES-011 @claims-takes-jwt
  Scenario Outline: Nobody goes where a token leads: <fault>
    Given two issuers that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then nobody has asked for the key that it names

    Examples:
      | fault                       |
      | its own key at a URL in jku |
      | its own key at a URL in x5u |
      | its own key at a URL in kid |

  @OA-RES-024 @claims-takes-jwt
  Scenario Outline: A JWT that is no access token opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                              |
      | the typ JWT                        |
      | the typ client-authentication+jwt  |
      | the typ logout+jwt                 |
      | the typ secevent+jwt               |
      | the typ dpop+jwt                   |
      | the typ application/jwt            |
      | the typ at+jwt+jwt                 |
      | no typ                             |
      | an empty typ                       |
      | a typ that is a number             |
      | a typ that is an array             |

  @OA-RES-025 @claims-takes-jwt
  Scenario Outline: A token of an issuer that is not trusted opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                                |
      | an issuer that nobody knows          |
      | an issuer with a slash more          |
      | an issuer with its letters in capitals |
      | an issuer that is a number           |
      | an issuer that is an array           |
      | no claim iss                         |

  @OA-RES-026 @claims-takes-jwt
  Scenario Outline: A token for another audience opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                               |
      | the audience of another resource    |
      | an audience with a letter less      |
      | an audience with a letter more      |
      | an audience with more of a path     |
      | an audience that is its issuer      |
      | an audience that is an array of others |
      | an audience that is an empty array  |
      | an audience that is empty           |
      | an audience that is a number        |
      | an audience that is null            |
      | an audience that is an object       |
      | no claim aud                        |

  @OA-RES-026 @claims-takes-jwt
  Scenario: A Host that names another resource makes its audience no better
    Given an issuer that the resource trusts
    When a client shows a JWT access token for another resource, with its name as Host
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-027 @claims-takes-jwt
  Scenario Outline: A token that has expired opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                         |
      | an exp that has just passed   |
      | an exp of a year ago          |
      | an exp of a year ago, as text |
      | an exp of 1970                |
      | an exp before 1970            |

  @OA-RES-028 @claims-takes-jwt
  Scenario Outline: A token that is not valid yet opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                  |
      | an nbf that lies ahead |
      | an nbf of next year    |

  @OA-RES-029 @claims-takes-jwt
  Scenario Outline: A token with a critical extension that nobody knows opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                                     |
      | a critical extension that nobody knows    |
      | two critical extensions that nobody knows |
      | a critical extension that is not there    |

  @OA-RES-030 @claims-takes-jwt
  Scenario: One issuer does not sign in the name of another
    Given two issuers that the resource trusts
    When a client shows a JWT access token with the name of the other issuer
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-030 @claims-takes-jwt
  Scenario: One issuer does not sign in the name of another, with a key id of the other
    Given two issuers that the resource trusts
    When a client shows a JWT access token with the name and the key id of the other issuer
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-031 @claims-takes-jwt
  Scenario Outline: A token with two members of one name opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault                                            |
      | two claims aud, the second of another resource   |
      | two claims aud, the first of another resource    |
      | two claims exp, the second of which has passed   |
      | two claims exp, the first of which has passed    |
      | two claims sub                                   |
      | two header parameters typ                        |
      | two header parameters alg                        |

  @OA-RES-035 @claims-takes-jwt
  Scenario Outline: A token without a claim that every one has opens nothing: <fault>
    Given an issuer that the resource trusts
    When a client shows a JWT access token with <fault>
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | fault              |
      | no claim exp       |
      | an exp that is null |
      | no claim sub       |
      | no claim client_id |
      | no claim iat       |
      | no claim jti       |
