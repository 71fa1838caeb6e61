@jwt @jwt-resource
Feature: Fetching the document of a client
  Strangers tell the resource where to go. It goes nowhere but to that place, takes what comes in one form and
  of one size, and waits for nobody longer than it has said.

  @JW-ANY-001
  Scenario Outline: A client id of another form leads nowhere: <form>
    Given a client of the resource
    When it asks to be let in under its client id <form>
    And another client without the fault is let in
    Then it is not let in
    And nothing was fetched for it

    Examples:
      | form                               |
      | with a query                       |
      | with an empty query                |
      | with a fragment                    |
      | with user information              |
      | with dot segments                  |
      | with a dot segment that is encoded |
      | with its scheme in capital letters |
      | without https                      |
      | with a space before it             |
      | of 513 characters                  |

  @JW-ANY-002
  Scenario: Document and keys are fetched by GET, without credentials
    Given a client of the resource
    When its document comes with a cookie
    And its keys come with a cookie
    And it asks to be let in 2 times
    Then document and keys were fetched by GET, without credentials

  @JW-ANY-003
  Scenario Outline: A redirect is not followed: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has come to the other origin

    Examples:
      | fault                                                |
      | document comes as a redirect 301 to the other origin |
      | document comes as a redirect 302 to the other origin |
      | document comes as a redirect 303 to the other origin |
      | document comes as a redirect 307 to the other origin |
      | document comes as a redirect 308 to the other origin |
      | keys come as a redirect 302 to the other origin      |
      | keys come as a redirect 307 to the other origin      |

  @JW-ANY-003
  Scenario Outline: A redirect to a place beside is not followed: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                              |
      | document comes as a redirect 302 to a place beside |
      | keys come as a redirect 302 to a place beside      |

  @JW-ANY-005
  Scenario Outline: What comes with another status is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                              |
      | document comes with the status 201 |
      | document comes with the status 203 |
      | document comes with the status 206 |
      | document comes with the status 404 |
      | document comes with the status 500 |
      | keys come with the status 203      |
      | keys come with the status 404      |

  @JW-ANY-006
  Scenario Outline: What is not said to be JSON is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                     |
      | document comes as the media type text/html                |
      | document comes as the media type text/json                |
      | document comes as the media type application/octet-stream |
      | document comes as the media type application/jsonp        |
      | document comes without a media type                       |
      | keys come as the media type text/html                     |
      | keys come as the media type text/json                     |
      | keys come without a media type                            |

  @JW-ANY-007
  Scenario: A document of 5120 octets is taken
    Given a client of the resource
    When its document has 5120 octets
    And it asks to be let in
    Then it is let in

  @JW-ANY-008
  Scenario Outline: A longer document is not used: <octets> octets
    Given a client of the resource
    When its document has <octets> octets
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | octets |
      | 5121   |
      | 60000  |

  @JW-ANY-009
  Scenario Outline: A key set of the largest size is taken: <size>
    Given a client of the resource
    When its key set has <size>
    And it asks to be let in
    Then it is let in

    Examples:
      | size         |
      | 16 keys      |
      | 16384 octets |

  @JW-ANY-010
  Scenario Outline: A larger key set is not used: <size>
    Given a client of the resource
    When its key set has <size>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | size         |
      | 17 keys      |
      | 16385 octets |

  @JW-ANY-013
  Scenario Outline: Keys at another origin are not fetched: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has come to the other origin

    Examples:
      | fault                                                       |
      | document says that the keys are at another origin           |
      | document says that the keys are at an address without https |

  @JW-ANY-019
  Scenario Outline: What is encoded is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                             |
      | document comes compressed                         |
      | document comes said to be compressed, and not     |
      | document comes with the Content-Encoding identity |
      | keys come compressed                              |
      | keys come said to be compressed, and not          |
      | keys come with the Content-Encoding identity      |

  @JW-ANY-020
  Scenario Outline: Nothing comes from a server that proves nothing: <certificate>
    Given a client of the resource
    And a client whose server has <certificate>
    When it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has asked for a document or for keys

    Examples:
      | certificate                                     |
      | an expired certificate                          |
      | a certificate that it signed itself             |
      | a certificate for another name                  |
      | a certificate of an authority that nobody knows |

  @JW-ANY-021
  Scenario Outline: No document is fetched at an address of special use: <place>
    Given a client of the resource
    When it asks to be let in under a client id at <place>
    And another client without the fault is let in
    Then it is not let in
    And nobody has connected to that address

    Examples:
      | place                                         |
      | an address of loopback                        |
      | the IPv6 address of loopback                  |
      | an address of loopback within an IPv6 address |

  @JW-ANY-021
  Scenario Outline: No name leads to an address of special use: <place>
    Given a client of the resource
    And a client at a host with a name that leads to <place>
    When it asks to be let in
    And another client without the fault is let in
    And its name was looked up
    Then it is not let in
    And nobody has connected to that address

    Examples:
      | place                                         |
      | an address of loopback                        |
      | the IPv6 address of loopback                  |
      | an address of loopback within an IPv6 address |

  @JW-ANY-023
  Scenario: A name that leads elsewhere in between leads nobody there
    Given a client of the resource
    And a client at a host with a name that leads to a public address for the document, and one of loopback from then on
    When it asks to be let in
    And another client without the fault is let in
    And its name was looked up
    Then nobody has connected to that address

  @JW-ANY-024 @waits
  Scenario Outline: An answer is there in time, however slowly the rest comes: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then the answer came within the deadline for documents

    Examples:
      | fault                             |
      | document comes never              |
      | document comes one byte at a time |
      | document comes without end        |
      | keys come never                   |
      | keys come shorter than they say   |

  @JW-ANY-024 @waits
  Scenario: An answer is there in time, although the handshake is never over
    Given a client of the resource
    And a client at a host that never goes through with the handshake
    When it asks to be let in
    And another client without the fault is let in
    Then the answer came within the deadline for documents

  @JW-ANY-025
  Scenario: Fifty documents that do not come are in nobody's way
    Given a client of the resource
    When it asks to be let in, while the documents of 50 others do not come
    Then it did not have to wait for them
