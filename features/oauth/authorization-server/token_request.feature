@oauth @authorization-server
Feature: The token request
  What a client asks with, and what its request may not be.

  @OA-AUS-001
  Scenario: A valid request gets a token
    Given a client of the server
    When it asks for a token
    Then it gets a token

  @OA-AUS-001
  Scenario Outline: A request gets a token in every form that it may have: <form>
    Given a client of the server
    When it asks for a token with <form>
    Then it gets a token

    Examples:
      | form                                                            |
      | its parameters in another order                                 |
      | a percent sign in the place of a letter                         |
      | the media type Application/X-WWW-Form-Urlencoded                |
      | the media type application/x-www-form-urlencoded; charset=UTF-8 |

  @OA-AUS-002
  Scenario Outline: Another method is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault             |
      | the method PUT    |
      | the method PATCH  |
      | the method DELETE |

  @OA-AUS-003
  Scenario Outline: Another method is answered 405: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal is a 405 that allows POST

    Examples:
      | fault            |
      | the method PUT   |
      | the method PATCH |

  @OA-AUS-004
  Scenario Outline: What stands in the URI is no parameter: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                         |
      | everything in the URI         |
      | everything in the URI, by GET |
      | grant_type in the URI         |

  @OA-AUS-004
  Scenario: A secret in the URI proves nothing
    Given a client with a secret
    When it asks for a token with the proof of the client in the URI
    And a request without the fault gets a token
    Then the request is refused

  @OA-AUS-005
  Scenario Outline: What nobody knows changes nothing: <parameter>
    Given a client of the server
    When it asks for a token with <parameter>
    Then it gets a token

    Examples:
      | parameter                                             |
      | a parameter that nobody knows                         |
      | a parameter that nobody knows, without a value        |
      | a parameter that differs from grant_type in case only |

  @OA-AUS-006
  Scenario Outline: A parameter without a value is as good as none: <name>
    Given a client of the server
    When it asks for a token with no <name>
    And it asks for a token with an empty <name>
    And a request without the fault gets a token
    Then both are answered alike

    Examples:
      | name             |
      | scope            |
      | grant_type       |
      | resource         |
      | client_assertion |

  @OA-AUS-006
  Scenario: An empty secret in the form is none
    Given a client with a secret
    When it asks for a token with an empty client_secret
    Then it gets a token

  @OA-AUS-007
  Scenario Outline: A parameter that stands twice is refused: <fault>
    Given <client>
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | client                 | fault                                   |
      | a client of the server | grant_type twice                        |
      | a client of the server | grant_type twice, with different values |
      | a client of the server | scope twice                             |
      | a client of the server | scope twice, with different values      |

    @claims-client-secret-post
    Examples:
      | client                             | fault                                      |
      | a client with a secret in the form | client_id twice                            |
      | a client with a secret in the form | client_secret twice                        |
      | a client with a secret in the form | client_secret twice, with different values |

    @claims-private-key-jwt
    Examples:
      | client              | fault                       |
      | a client that signs | client_assertion twice      |
      | a client that signs | client_assertion_type twice |

    @claims-jwt-bearer
    Examples:
      | client                                         | fault                                  |
      | an issuer of assertions that the server trusts | assertion twice                        |
      | an issuer of assertions that the server trusts | assertion twice, with different values |

  @OA-AUS-008
  Scenario Outline: What is no form is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                     |
      | the media type text/plain |
      | no media type             |
      | a body of JSON            |

  @OA-AUS-009
  Scenario: A request for no grant is refused
    Given a client of the server
    When it asks for a token with no grant_type
    And a request without the fault gets a token
    Then the request is refused

  @OA-AUS-010
  Scenario Outline: A grant that nobody knows is refused: <fault>
    Given a client of the server
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused with the error unsupported_grant_type

    Examples:
      | fault                          |
      | a grant_type that nobody knows |
      | a grant_type in capitals       |

  @OA-AUS-011
  Scenario: The password of a user gets no token
    Given a client of the server
    When it asks for a token with the password of a user
    And a request without the fault gets a token
    Then no token comes for a password

  @OA-AUS-012
  Scenario: A client that may not use the grant is refused
    Given a client that may not use the grant
    When it asks for a token
    And a request without the fault gets a token
    Then the request is refused with the error unauthorized_client
