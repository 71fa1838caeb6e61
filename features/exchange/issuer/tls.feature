@exchange @issuer
Feature: TLS
  The token issue is the one message that carries the token, so the issuer has to know to whom it
  speaks before it says a word.

  @HT-ANY-041 @EX-ISS-065
  Scenario Outline: No token issue to an initiator whose certificate is <certificate>
    Given a registered initiator whose certificate is <certificate>
    When it makes a token call
    And an exchange with a sound initiator succeeds
    Then no byte of a token issue was sent to it
    And the call is refused

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @HT-ANY-040
  Scenario Outline: A handshake below TLS 1.2 is not completed: <version>
    When a client offers no more than <version> where token calls arrive
    Then the target does not go on with the handshake

    Examples:
      | version |
      | TLS 1.1 |
      | TLS 1.0 |
