@jwt @jwt-authorization-server
Feature: The documents of clients at the authorization server
  The authorization server is a verifier as well: it fetches, judges and holds documents by the same rules.

  @JW-ANY-001
  Scenario Outline: A client id of another form leads nowhere: <form>
    Given a client of the authorization server
    When it asks to be let in under its client id <form>
    And another client without the fault is let in
    Then it is not let in
    And nothing was fetched for it

    Examples:
      | form              |
      | with a query      |
      | with dot segments |
      | of 513 characters |

  @JW-ANY-002
  Scenario: Document and keys are fetched by GET, without credentials
    Given a client of the authorization server
    When its document comes with a cookie
    And its keys come with a cookie
    And it asks to be let in 2 times
    Then document and keys were fetched by GET, without credentials

  @JW-ANY-003
  Scenario Outline: A redirect is not followed: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has come to the other origin

    Examples:
      | fault                                                |
      | document comes as a redirect 302 to the other origin |
      | keys come as a redirect 308 to the other origin      |

  @JW-ANY-005
  Scenario Outline: What comes with another status is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                              |
      | document comes with the status 203 |
      | keys come with the status 404      |

  @JW-ANY-006
  Scenario Outline: What is not said to be JSON is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                |
      | document comes as the media type text/html           |
      | keys come as the media type application/octet-stream |

  @JW-ANY-007
  Scenario: A document of 5120 octets is taken
    Given a client of the authorization server
    When its document has 5120 octets
    And it asks to be let in
    Then it is let in

  @JW-ANY-008
  Scenario Outline: A longer document is not used: <octets> octets
    Given a client of the authorization server
    When its document has <octets> octets
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | octets |
      | 5121   |

  @JW-ANY-009
  Scenario Outline: A key set of the largest size is taken: <size>
    Given a client of the authorization server
    When its key set has <size>
    And it asks to be let in
    Then it is let in

    Examples:
      | size         |
      | 16 keys      |
      | 16384 octets |

  @JW-ANY-010
  Scenario Outline: A larger key set is not used: <size>
    Given a client of the authorization server
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
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has come to the other origin

    Examples:
      | fault                                             |
      | document says that the keys are at another origin |

  @JW-ANY-019
  Scenario Outline: What is encoded is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                     |
      | document comes compressed |

  @JW-ANY-020
  Scenario Outline: Nothing comes from a server that proves nothing: <certificate>
    Given a client of the authorization server
    And a client whose server has <certificate>
    When it asks to be let in
    And another client without the fault is let in
    Then it is not let in
    And nobody has asked for a document or for keys

    Examples:
      | certificate                                     |
      | a certificate of an authority that nobody knows |

  @JW-ANY-021
  Scenario Outline: No document is fetched at an address of special use: <place>
    Given a client of the authorization server
    When it asks to be let in under a client id at <place>
    And another client without the fault is let in
    Then it is not let in
    And nobody has connected to that address

    Examples:
      | place                  |
      | an address of loopback |

  @JW-ANY-021
  Scenario Outline: No name leads to an address of special use: <place>
    Given a client of the authorization server
    And a client at a host with a name that leads to <place>
    When it asks to be let in
    And another client without the fault is let in
    And its name was looked up
    Then it is not let in
    And nobody has connected to that address

    Examples:
      | place                  |
      | an address of loopback |

  @JW-ANY-023
  Scenario: A name that leads elsewhere in between leads nobody there
    Given a client of the authorization server
    And a client at a host with a name that leads to a public address for the document, and one of loopback from then on
    When it asks to be let in
    And another client without the fault is let in
    And its name was looked up
    Then nobody has connected to that address

  @JW-ANY-024 @waits
  Scenario Outline: An answer is there in time, however slowly the rest comes: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then the answer came within the deadline for documents

    Examples:
      | fault                             |
      | document comes one byte at a time |

  @JW-ANY-025
  Scenario: Fifty documents that do not come are in nobody's way
    Given a client of the authorization server
    When it asks to be let in, while the documents of 50 others do not come
    Then it did not have to wait for them

  @JW-ANY-011
  Scenario Outline: A document of another client id is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                  |
      | document says the client_id of another |

  @JW-ANY-012
  Scenario Outline: A document says in one way what its keys are: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                  |
      | document says where its keys are, and has them as well |
      | document says nothing of its keys                      |

  @JW-ANY-014
  Scenario Outline: A set with a key that is no public one is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                   |
      | key set has the private half of its key |

  @JW-ANY-015
  Scenario Outline: A set in which two keys have one name is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                |
      | key set has a second key of its name |

  @JW-ANY-016
  Scenario Outline: A set with a key that is too weak, too large or none is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                              |
      | key set has an RSA key of 1024 bits beside its own |

  @JW-ANY-017
  Scenario Outline: A document with a secret is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                         |
      | document says a client_secret |

  @JW-ANY-018
  Scenario Outline: What says a name twice is not used: <fault>
    Given a client of the authorization server
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                            |
      | document says two client_ids, the right one last |
      | key set has keys twice, the right ones last      |

  @JW-ANY-036
  Scenario: A key of one client says nothing for another
    Given two clients that the authorization server has let in
    When it asks to be let in with the key of the other, which has the same name
    And the other is let in
    Then it is not let in

  @JW-ANY-026
  Scenario: What is fresh is not fetched again
    Given a client of the authorization server
    When it asks to be let in 5 times
    And the first of its requests was let in
    Then document and keys were fetched once

  @JW-ANY-027
  Scenario: One fetch is for all who come in the meantime
    Given a client of the authorization server
    When it asks to be let in 8 times, while its document is on its way
    Then it is let in each time
    And document and keys were fetched once

  @JW-ANY-028
  Scenario Outline: A fault is over when the next request comes: <fault>
    Given a client of the authorization server
    When its <fault>
    And its document was of no use at first
    And it asks to be let in
    Then it is let in

    Examples:
      | fault                                                 |
      | document comes as an error 404, and then as it should |

  @JW-ANY-029
  Scenario Outline: A key that is gone is not used when its set is no longer fresh: <freshness>
    Given a client of the authorization server
    And its keys come with Cache-Control: <freshness>
    And the first of its requests was let in
    When it puts another key in the place of its own
    And they are no longer fresh
    And it asks to be let in with the key that is gone
    And it is let in with the key that is there
    Then it is not let in

    Examples:
      | freshness |
      | max-age=0 |

  @JW-ANY-030
  Scenario: A key that is new is found at once
    Given a client that the authorization server has let in
    When it puts a new key beside its own
    And it asks to be let in
    Then it is let in

  @JW-ANY-031
  Scenario: Names that nobody knows do not make it fetch more often
    Given a client that the authorization server has let in
    When it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    Then it was looked for new keys no more often than once in the interval

  @JW-ANY-032
  Scenario Outline: What is held does while nothing else can be had: <fault>
    Given a client of the authorization server
    And document and keys hold for 0 seconds
    And the first of its requests was let in
    When nothing of it can be had any more: <fault>
    And they are no longer fresh
    And it asks to be let in
    Then it is let in

    Examples:
      | fault           |
      | as an error 500 |

  @JW-ANY-033 @waits
  Scenario: What is held does not do for ever
    Given a client of the authorization server
    And document and keys hold for 0 seconds
    And the first of its requests was let in
    When nothing of it can be had any more: as an error 500
    And they have been held for longer than the target declares
    And it asks to be let in
    And everything can be had again
    And it is let in with the key that is there
    Then it is not let in
