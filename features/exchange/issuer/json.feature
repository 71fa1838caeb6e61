@exchange @issuer
Feature: JSON
  Two parsers that read one message differently are a way in. So a message has one reading or none.

  @HT-ANY-008 @EX-ISS-013
  Scenario Outline: A body that is not one strict JSON object is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                |
      | a body that is not JSON              |
      | an empty body                        |
      | a body cut off in the middle         |
      | a comma after the last member        |
      | a comment in the body                |
      | single quotes in the body            |
      | a byte order mark before the body    |
      | a second object after the body       |
      | an array around the body             |
      | a byte that is not UTF-8 in an unknown member |
      | NaN in an unknown member             |

  @HT-ANY-009 @EX-ISS-013
  Scenario Outline: Two members of one name are refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                              |
      | exchange_id twice, with different values           |
      | initiator twice, with different values             |
      | hmac_key twice, with the same value                |
      | exchange_id twice, once with an escape in its name |
      | an unknown member twice                            |

  @HT-ANY-010 @EX-ISS-013
  Scenario Outline: A required member that is missing or not a string is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                    |
      | no exchange_id           |
      | no issuer                |
      | no initiator             |
      | no hmac_key              |
      | a null exchange_id       |
      | a null hmac_key          |
      | a number as exchange_id  |
      | an array as initiator    |
      | an object as issuer      |
      | true as hmac_key         |

  @HT-ANY-011 @EX-ISS-013
  Scenario Outline: Names are told apart by case: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                              |
      | exchange_id spelled Exchange_Id    |
      | hmac_key spelled HMAC_KEY          |

  @HT-ANY-012
  Scenario Outline: Unknown members are ignored: <case>
    Given a registered initiator
    When it makes a token call with <case>
    Then the call succeeds

    Examples:
      | case                                   |
      | an unknown member that is a string     |
      | an unknown member that is null         |
      | an unknown member nested 8 levels deep |
      | an unknown member with a name twice inside |
      | an unknown member that differs from exchange_id in case only |

  @HT-ANY-013
  Scenario: Deep nesting is refused
    Given a registered initiator
    When it makes a token call with an unknown member nested 1000 levels deep
    And an exchange without the fault succeeds
    Then the call is refused
