@exchange @issuer
Feature: Errors
  That a call is refused is a duty of its own, tested elsewhere. Here is how a refusal should look,
  and what it must not give away.

  @EX-ISS-030
  Scenario Outline: A malformed call is answered 400: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused with 400 and malformed-message

    Examples:
      | fault                      |
      | a body that is not JSON    |
      | no hmac_key                |
      | an exchange_id in capitals |
      | an hmac_key of 31 bytes    |

  @EX-ISS-031
  Scenario: Another issuer's name is answered 400
    Given a registered initiator
    When it makes a token call with another issuer's identifier
    And an exchange without the fault succeeds
    Then the call is refused with 400 and wrong-issuer

  @EX-ISS-032
  Scenario: A stranger is answered 404
    Given a registered initiator
    When it makes a token call with the identifier of a party that is not registered
    And an exchange without the fault succeeds
    Then the call is refused with 404 and unknown-initiator

  @EX-ISS-033
  Scenario: A used exchange_id is answered 409
    Given a registered initiator
    And an exchange that has succeeded
    When it makes a token call with the exchange_id of that exchange
    And an exchange without the fault succeeds
    Then the call is refused with 409 and duplicate-exchange

  @EX-ISS-034 @HT-ANY-033 @waits
  Scenario: One call too many is answered 429
    Given a registered initiator
    When it has as many exchanges open as the target declares
    And it makes a token call
    And it accepts all of them
    Then all of them succeed
    And the call is refused with 429 and too-many-requests
    And the refusal says when to try again

  @EX-ISS-035
  Scenario: A refused token issue is answered 502
    Given a registered initiator
    And it answers token issues with 404
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is refused with 502 and token-issue-refused

  @EX-ISS-036
  Scenario: An initiator that cannot be reached is answered 502
    Given a registered initiator whose certificate is self-signed
    When it makes a token call
    And an exchange with a sound initiator succeeds
    Then the call is refused with 502 and initiator-unreachable

  @EX-ISS-037 @waits
  Scenario: A token issue without an answer is answered 504
    Given a registered initiator
    And it answers token issues with nothing, ever
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is refused with 504 and token-issue-timeout

  @EX-ISS-038 @claims-async
  Scenario: A status URL that was not handed out is answered 404
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then a status URL with other random bits is refused with 404 and unknown-exchange

  @HT-ANY-031
  Scenario Outline: A refusal is a problem of the registry: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the refusal is a problem of the registry

    Examples:
      | fault                                            |
      | no hmac_key                                      |
      | another issuer's identifier                      |
      | the identifier of a party that is not registered |
      | the media type text/plain                        |
      | a version that nobody speaks                     |

  @HT-ANY-032
  Scenario Outline: A refusal gives nothing back of what was sent: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the refusal contains nothing of what was sent

    Examples:
      | fault                                        |
      | a marked value as exchange_id                |
      | a marked value as hmac_key                   |
      | a marked value as version                    |
      | a marked value as issuer                     |
      | a marked value as initiator                  |
      | a marked name of a member, twice             |
      | a marked body that is not JSON               |
      | a marked media type                          |

  @HT-ANY-032
  Scenario: A refusal gives nothing back of what the initiator answered
    Given a registered initiator
    And it answers token issues with 404 and a marked body
    When it makes a token call
    And an exchange without the fault succeeds
    Then the refusal contains nothing of what was sent

  @HT-ANY-030
  Scenario Outline: No answer may be kept by a cache: <case>
    Given a registered initiator
    When it makes a token call with <case>
    Then the answer forbids to store it

    Examples:
      | case                        |
      | no fault                    |
      | no hmac_key                 |
      | another issuer's identifier |

  @HT-ANY-030 @claims-async
  Scenario: No status may be kept by a cache
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then every answer forbids to store it

  @HT-ANY-034
  Scenario Outline: No answer opens the door to a browser's script: <case>
    Given a registered initiator
    When it makes a token call with <case>
    Then the answer has no Access-Control-Allow-Origin field

    Examples:
      | case                                  |
      | a foreign Origin                      |
      | a foreign Origin and no hmac_key      |
      | the preflight request of a browser    |
