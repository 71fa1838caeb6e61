@exchange @issuer
Feature: The token call
  What an issuer takes, what it refuses, and that a refused call has no effect at all.

  @EX-ISS-022 @EX-ISS-060
  Scenario: A token call without fault ends with a live token
    Given a registered initiator
    When it makes a token call
    Then the call succeeds
    And its token opens the resource on every replica

  @EX-ISS-022
  Scenario: A token call in chunks is taken
    Given a registered initiator
    When it makes a token call with a body in chunks
    Then the call succeeds

  @EX-ISS-022
  Scenario: A token call that comes in small pieces is taken
    Given a registered initiator
    When it makes a token call with a body in small pieces
    Then the call succeeds

  @EX-ISS-010
  Scenario: A token call of 4096 bytes is taken
    Given a registered initiator
    When it makes a token call padded to 4096 bytes with members that nobody knows
    Then the call succeeds

  @EX-ISS-011 @EX-ISS-013
  Scenario Outline: An exchange_id that is not of its form is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                |
      | an exchange_id in capitals           |
      | an exchange_id in braces             |
      | an exchange_id in parentheses        |
      | an exchange_id without hyphens       |
      | an exchange_id as a URN              |
      | an exchange_id of zeros              |
      | an exchange_id of f's                |
      | an exchange_id with a leading space  |
      | an exchange_id one digit short       |
      | an exchange_id that is empty         |
      | an exchange_id with a line feed      |

  @EX-ISS-012 @EX-ISS-013
  Scenario Outline: An hmac_key that is not 32 bytes in canonical base64 is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                |
      | an hmac_key of 31 bytes              |
      | an hmac_key of 33 bytes              |
      | an hmac_key of 64 bytes              |
      | an hmac_key that is empty            |
      | an hmac_key in base64url             |
      | an hmac_key without padding          |
      | an hmac_key with stray bits at its end |
      | an hmac_key in hexadecimal           |
      | an hmac_key with a line feed inside  |
      | an hmac_key with a space at its end  |
      | an hmac_key with a line feed at its end |

  @EX-ISS-014
  Scenario: Nothing is sent before the whole token call has arrived
    Given a registered initiator
    When it makes a token call and keeps the last byte back
    And an exchange without the fault succeeds
    Then no token issue was sent for it so far
    And when it sends the last byte, the call succeeds

  @EX-ISS-015
  Scenario Outline: Of several faults the first in judging order is answered: <faults>
    Given a registered initiator
    When it makes a token call with <faults>
    And an exchange without the fault succeeds
    Then the call is refused with <status> and <problem>

    Examples:
      | faults                                                               | status | problem                |
      | the method PUT, and the media type text/plain                        | 405    | method-not-allowed     |
      | the media type text/plain, and a body that is not JSON               | 415    | unsupported-media-type |
      | a body that is not JSON, and a version that nobody speaks            | 400    | malformed-message      |
      | a version that nobody speaks, and an exchange_id in capitals         | 400    | unsupported-version    |
      | an exchange_id in capitals, and another issuer's identifier          | 400    | malformed-message      |
      | another issuer's identifier, and the identifier of a party that is not registered | 400 | wrong-issuer |
