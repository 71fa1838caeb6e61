@exchange @initiator
Feature: TLS of the initiator
  Each request of the initiator has something in it that is for one server only: the key, the question for an
  outcome, the token. And where its token issues arrive, it is a server itself.

  @HT-ANY-041
  Scenario Outline: No token call to an issuer whose certificate is <certificate>
    Given an issuer that the target knows, whose certificate is <certificate>
    When the target is set off in vain
    And an exchange with a sound issuer gets a token
    Then no byte of a token call was sent to it

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @claims-async @waits @HT-ANY-041
  Scenario Outline: Nobody is asked for the status whom the certificate does not name any more: <certificate>
    Given an issuer that the target knows, whose certificate becomes <certificate> later
    When an exchange without the fault gets a token
    And the target is set off and asks for asynchrony
    And its certificate is <certificate> from now on
    And the issuer answers the call with a pending answer that expires in 3 seconds
    And the time of the exchange is over
    Then no byte of a request was sent to it from then on

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @HT-ANY-041
  Scenario Outline: A token is not shown to whom the certificate does not name any more: <certificate>
    Given an issuer that the target knows, whose certificate becomes <certificate> later
    When an exchange without the fault gets a token
    And its certificate is <certificate> from now on
    And the target uses what it holds
    Then no byte of a request was sent to it from then on

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @HT-ANY-040
  Scenario Outline: A handshake below TLS 1.2 is not completed where token issues arrive: <version>
    Given an issuer that the target knows
    When a client offers no more than <version> where token issues arrive
    Then the target does not go on with the handshake

    Examples:
      | version |
      | TLS 1.1 |
      | TLS 1.0 |
