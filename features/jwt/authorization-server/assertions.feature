@jwt @jwt-authorization-server
Feature: Tokens for clients that nobody has registered
  A client shows an assertion that it has signed itself. The server looks at it as a resource looks at a service
  JWT, and gives a token for a resource.

  @JW-AUS-001
  Scenario: The metadata say that clients are known by their documents
    When the metadata of the server are asked for
    Then they say that clients are known by their documents
    And they name the grant for assertions

  @JW-AUS-002
  Scenario Outline: A client that nobody has registered gets a token: <form>
    Given a client of the authorization server
    When it asks for a token by an assertion <form>
    Then it is let in
    And a token that can be read is about the client, and for the resource

    Examples:
      | form                                      |
      | without fault                             |
      | with a header parameter that nobody knows |
      | with claims that nobody knows             |
      | that lives for 300 seconds                |
      | with a jti of 16 characters               |
      | with a jti of 128 characters              |

  @JW-AUS-002
  Scenario: Its own client_id beside the assertion does no harm
    Given a client of the authorization server
    When it asks for a token with its client_id beside the assertion
    Then it is let in

  @JW-AUS-003
  Scenario Outline: An assertion for another audience is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                              |
      | without aud                        |
      | for somebody else                  |
      | for a list of its audience alone   |
      | for its audience and somebody else |
      | for its audience with a slash more |
      | for its audience with a path       |
      | for the client itself              |

  @JW-AUS-004
  Scenario Outline: An assertion of another type is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                |
      | without typ                          |
      | of the typ JWT                       |
      | of the typ service+jwt               |
      | of the typ at+jwt                    |
      | of the typ client-authentication+jwt |

  @JW-AUS-005
  Scenario Outline: An assertion about somebody else is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                       |
      | without sub                 |
      | whose sub is another client |
      | whose sub has a slash more  |
      | whose sub is empty          |
      | whose sub is a list         |

  @JW-AUS-006
  Scenario Outline: An assertion that is not of now is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                     |
      | without exp                                               |
      | that expired just before the allowed difference of clocks |
      | that expired an hour ago                                  |
      | without iat                                               |
      | issued beyond the allowed difference of clocks ahead      |
      | issued a year ahead                                       |
      | that lives for 301 seconds                                |
      | that lives for a year                                     |

  @JW-AUS-007
  Scenario: An assertion gets one token
    Given a client of the authorization server
    When it asks for a token by the same assertion 3 times
    Then it is let in once, and not again

  @JW-AUS-007
  Scenario: Another assertion with the same jti gets none
    Given a client of the authorization server
    When it asks for tokens by two assertions with the same jti
    Then it is let in once, and not again

  @JW-AUS-008
  Scenario: There is no token for a resource of which the server knows nothing
    Given a client of the authorization server
    When it asks for a token for a resource of which the server knows nothing
    And another client without the fault is let in
    Then it is refused with invalid_target

  @JW-AUS-009
  Scenario: The client_id of another beside an assertion is refused
    Given a client of the authorization server
    When it asks for a token with the client_id of another beside the assertion
    And another client without the fault is let in
    Then it is not let in

  @JW-AUS-010
  Scenario Outline: What no key of the client has signed is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                        |
      | of the algorithm none                        |
      | of HS256, keyed with the public key in PEM   |
      | of HS256, keyed with the public key as a JWK |
      | under the name of another algorithm          |
      | signed with another key                      |
      | whose signature is altered                   |
      | whose signature is empty                     |
      | whose claims were altered                    |

  @JW-AUS-011
  Scenario Outline: An assertion that is wrong is answered with 400: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then each refusal is 400 with invalid_grant

    Examples:
      | fault                    |
      | signed with another key  |
      | that expired an hour ago |
      | for somebody else        |
      | whose kid is not its own |

  @JW-AUS-011
  Scenario Outline: A document that is of no use is answered with 400 or 503: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then each refusal is 400 with invalid_grant, or 503

    Examples:
      | fault                                    |
      | document comes as an error 404           |
      | document comes as an error 500           |
      | document says the client_id of another   |
      | keys come as a connection that is closed |

  @JW-AUS-012
  Scenario: A token comes without another to get more
    Given a client of the authorization server
    When it asks to be let in
    Then there is no refresh token

  @JW-AUS-013
  Scenario Outline: Nothing is fetched for an assertion that is wrong by itself: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then nothing had been fetched by then

    Examples:
      | fault                                       |
      | of the algorithm none                       |
      | of the typ JWT                              |
      | with a critical parameter that nobody knows |
      | without kid                                 |
      | whose sub is another client                 |
      | for somebody else                           |
      | that expired an hour ago                    |
      | that lives for 301 seconds                  |
      | without jti                                 |
      | with two audiences, the right one last      |

  @JW-AUS-014
  Scenario Outline: An assertion of another form is refused: <fault>
    Given a client of the authorization server
    When it asks for a token by an assertion <fault>
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                       |
      | without jti                                 |
      | with a jti of 15 characters                 |
      | with a jti of 129 characters                |
      | with a critical parameter that nobody knows |
      | with two audiences, the right one last      |
      | with jti twice                              |
      | with alg twice                              |
