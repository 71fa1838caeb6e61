@jwt @jwt-resource
Feature: What the document of a client says
  Document and keys decide who is believed. What has a fault is not used, nor is a part of it.

  @JW-ANY-011
  Scenario Outline: A document of another client id is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                             |
      | document says no client_id                                        |
      | document says the client_id of another                            |
      | document says its client_id with a slash more                     |
      | document says its client_id in capital letters                    |
      | document says its client_id with a query                          |
      | document says its client_id with the usual port of another scheme |
      | document says its client_id in a list                             |

  @JW-ANY-012
  Scenario Outline: A document says in one way what its keys are: <fault>
    Given a client of the resource
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
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                     |
      | key set has the private half of its key                   |
      | key set has a private key beside its own                  |
      | key set has a symmetric key beside its own                |
      | document has its keys, and the private half of its key    |
      | document has its keys, and a private key beside its own   |
      | document has its keys, and a symmetric key beside its own |

  @JW-ANY-015
  Scenario Outline: A set in which two keys have one name is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                               |
      | key set has a second key of its name                |
      | document has its keys, and a second key of its name |

  @JW-ANY-016
  Scenario Outline: A set with a key that is too weak, too large or none is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                                             |
      | key set has an RSA key of 1024 bits beside its own                |
      | key set has an RSA key of 8200 bits beside its own                |
      | key set has a point off its curve beside its own                  |
      | document has its keys, and an RSA key of 1024 bits beside its own |

  @JW-ANY-017
  Scenario Outline: A document with a secret is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                        |
      | document says a client_secret                |
      | document says the method client_secret_basic |
      | document says the method client_secret_post  |
      | document says the method client_secret_jwt   |

  @JW-ANY-018
  Scenario Outline: What says a name twice is not used: <fault>
    Given a client of the resource
    When its <fault>
    And it asks to be let in
    And another client without the fault is let in
    Then it is not let in

    Examples:
      | fault                                             |
      | document says two client_ids, the right one last  |
      | document says twice where its keys are            |
      | document says a name twice inside a member        |
      | key set has keys twice, the right ones last       |
      | key set has a name twice in its key               |

  @JW-ANY-036
  Scenario: A key of one client says nothing for another
    Given two clients that the resource has let in
    When it asks to be let in with the key of the other, which has the same name
    And the other is let in
    Then it is not let in
