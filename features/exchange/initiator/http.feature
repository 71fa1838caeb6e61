@exchange @initiator
Feature: HTTP and JSON at the receive URL
  The rules that all receivers share, where token issues arrive.

  @HT-ANY-001 @EX-INI-047
  Scenario Outline: Another method is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault            |
      | the method PUT   |
      | the method GET   |
      | the method HEAD  |
      | the method PATCH |
      | the method DELETE |

  @HT-ANY-002
  Scenario: Another method is answered 405 with Allow
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with the method PUT
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 405 and method-not-allowed
    And the answer to it allows POST
    And the exchange went on with the right one

  @HT-ANY-003 @EX-INI-047
  Scenario Outline: Another media type is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                                            |
      | the media type text/plain                        |
      | no media type                                    |
      | the media type application/x-www-form-urlencoded |
      | the media type application/problem+json          |
      | the media type application/jsonp                 |

  @HT-ANY-004
  Scenario: Another media type is answered 415 with Accept
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with the media type text/plain
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 415 and unsupported-media-type
    And the answer to it accepts application/json
    And the exchange went on with the right one

  @HT-ANY-005
  Scenario Outline: The media type is taken in any spelling: <spelling>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <spelling>
    And the issuer answers the call with 204
    Then the token issue is accepted

    Examples:
      | spelling                                       |
      | the media type Application/JSON                |
      | the media type application/json; charset=utf-8 |

  @HT-ANY-006 @EX-INI-047
  Scenario: A content coding is refused
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a content coding that nobody decodes
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

  @HT-ANY-007
  Scenario: A content coding is answered 415
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a content coding that nobody decodes
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 415 and unsupported-media-type
    And the exchange went on with the right one

  @HT-ANY-008 @EX-INI-047
  Scenario Outline: A body that is not one strict JSON object is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                                         |
      | a body that is not JSON                       |
      | an empty body                                 |
      | a comma after the last member                 |
      | a comment in the body                         |
      | a byte order mark before the body             |
      | a second object after the body                |
      | an array around the body                      |
      | a byte that is not UTF-8 in an unknown member |

  @HT-ANY-009 @EX-INI-047
  Scenario Outline: Two members of one name are refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                                              |
      | exchange_id twice, with different values           |
      | initiator twice, with different values             |
      | exchange_id twice, once with an escape in its name |
      | an unknown member twice                            |

  @HT-ANY-010 @EX-INI-047
  Scenario Outline: A required member that is missing or not a string is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                 |
      | no version            |
      | no exchange_id        |
      | no issuer             |
      | no initiator          |
      | a null exchange_id    |
      | an array as initiator |
      | an object as issuer   |

  @HT-ANY-011 @EX-INI-047
  Scenario: Names are told apart by case
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with exchange_id spelled Exchange_Id
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

  @HT-ANY-012
  Scenario Outline: Unknown members are ignored: <case>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <case>
    And the issuer answers the call with 204
    Then the token issue is accepted

    Examples:
      | case                                   |
      | an unknown member that is a string     |
      | an unknown member nested 8 levels deep |
      | an unknown member with a name twice inside |
      | an unknown member that is a number of 5000 digits |

  @HT-ANY-013
  Scenario: Deep nesting is refused
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with an unknown member nested 1000 levels deep
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the exchange went on with the right one

  @HT-ANY-014 @EX-INI-047
  Scenario Outline: A message of more than 65536 bytes is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused or cut off
    And the right one is accepted

    Examples:
      | fault                                       |
      | 65537 bytes of announced length             |
      | 65537 bytes in chunks of unannounced length |

  @HT-ANY-015
  Scenario: A message that is too large is answered 413
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with 65537 bytes of announced length
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 413 and message-too-large
    And the exchange went on with the right one

  @HT-ANY-016
  Scenario Outline: Credentials of other kinds change nothing: <case>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <case>
    And the issuer answers the call with 204
    Then the token issue is accepted

    Examples:
      | case                     |
      | a Basic authorization    |
      | a Bearer token of nobody |
      | a cookie                 |

  @HT-ANY-030
  Scenario Outline: No answer may be kept by a cache: <case>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <case>
    And the issuer answers the call with 204
    Then the answer to it forbids to store it

    Examples:
      | case            |
      | no fault        |
      | no exchange_id  |

  @HT-ANY-031
  Scenario Outline: A refusal is a problem of the registry: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the answer to it is a problem of the registry
    And the exchange went on with the right one

    Examples:
      | fault                      |
      | no exchange_id             |
      | a signature by another key |

  @HT-ANY-032 @EX-INI-047
  Scenario Outline: A refusal gives nothing back of what was sent: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the answer to it contains nothing of what was sent
    And the right one is accepted

    Examples:
      | fault                            |
      | a marked value as exchange_id    |
      | a marked value as version        |
      | a marked value as issuer         |
      | a marked name of a member, twice |
      | a marked body that is not JSON   |
      | a marked media type              |

  @HT-ANY-034
  Scenario: No answer opens the door to a browser's script
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a foreign Origin
    And the issuer answers the call with 204
    Then the answer to it has no Access-Control-Allow-Origin field
