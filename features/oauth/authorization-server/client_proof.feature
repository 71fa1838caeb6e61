@oauth @authorization-server
Feature: How a client proves itself
  By an id and a secret, in one way at a time.

  @OA-AUS-020
  Scenario: Id and secret are encoded as in a form
    Given a client whose id and secret have characters that a form encodes
    When it asks for a token
    Then it gets a token

  @OA-AUS-021
  Scenario Outline: The scheme is read in any letter case: <scheme>
    Given a client with a secret
    When it asks for a token with the scheme <scheme>
    Then it gets a token

    Examples:
      | scheme |
      | basic  |
      | BASIC  |

  @OA-AUS-022
  Scenario Outline: A wrong secret is refused: <fault>
    Given <client>
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | client                 | fault                                 |
      | a client with a secret | a wrong secret                        |
      | a client with a secret | an empty secret                       |
      | a client with a secret | the secret of another client          |
      | a client with a secret | its secret without the last character |
      | a client with a secret | its secret with a character more      |
      | a client with a secret | its secret in other case              |

    @claims-client-secret-post
    Examples:
      | client                             | fault                                 |
      | a client with a secret in the form | a wrong secret                        |
      | a client with a secret in the form | an empty secret                       |
      | a client with a secret in the form | its secret without the last character |

  @OA-AUS-023
  Scenario Outline: A client that nobody knows is refused: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                      |
      | the id of nobody           |
      | its id in other case       |
      | its id followed by a space |

  @OA-AUS-024
  Scenario Outline: Who proves nothing is refused: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                    |
      | nothing that proves the client           |
      | its client_id and nothing that proves it |

  @OA-AUS-025
  Scenario Outline: A proof that fails is called invalid_client: <fault>
    Given <client>
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal has the error invalid_client

    Examples:
      | client                 | fault                                    |
      | a client with a secret | a wrong secret                           |
      | a client with a secret | an empty secret                          |
      | a client with a secret | the id of nobody                         |
      | a client with a secret | nothing that proves the client           |
      | a client with a secret | its client_id and nothing that proves it |

    @claims-client-secret-post
    Examples:
      | client                             | fault            |
      | a client with a secret in the form | a wrong secret   |
      | a client with a secret in the form | the id of nobody |

  @OA-AUS-026
  Scenario Outline: A field that fails is answered with a challenge: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the refusal is a 401 with a challenge of the scheme Basic

    Examples:
      | fault            |
      | a wrong secret   |
      | an empty secret  |
      | the id of nobody |

  @OA-AUS-027
  Scenario Outline: A client that proves itself twice is refused: <fault>
    Given <client>
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | client                 | fault                          |
      | a client with a secret | its secret in the form as well |

    @claims-private-key-jwt
    Examples:
      | client              | fault                                            |
      | a client that signs | a secret beside its assertion                    |
      | a client that signs | a field of the scheme Basic beside its assertion |

  @OA-AUS-028
  Scenario: Nobody learns which clients there are
    Given a client with a secret
    When it asks for a token with a wrong secret
    And it asks for a token with the id of nobody
    And a request without the fault gets a token
    Then the two refusals are alike

  @OA-AUS-029 @claims-client-secret-post
  Scenario: Id and secret are taken from the form
    Given a client with a secret in the form
    When it asks for a token
    Then it gets a token

  @OA-AUS-030
  Scenario Outline: Two Authorization fields are refused: <fault>
    Given a client with a secret
    When it asks for a token with <fault>
    And a request without the fault gets a token
    Then the request is refused

    Examples:
      | fault                                            |
      | a wrong Authorization field before the right one |
      | a wrong Authorization field after the right one  |
      | the Authorization field twice                    |
