@exchange @initiator
Feature: Lost messages, as the initiator sees them
  Each message can be lost before it has had an effect or after. What was told may be told again; what nobody
  can know has failed; and no token is used of which its issuer has not said that it is live.

  @EX-INI-047
  Scenario Outline: A token issue that is cut off changes nothing: <cut>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue that is cut off <cut>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the right one is accepted after it was cut off
    And the token is used

    Examples:
      | cut                       |
      | within its head           |
      | within its body           |

  @EX-INI-070
  Scenario: An acceptance that was lost is given again
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue and does not wait for its answer
    And the issuer sends the same token issue again
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the token issue that was sent again is accepted
    And the token is used

  @EX-INI-011 @EX-INI-012 @EX-INI-073
  Scenario Outline: What follows a lost answer is a new exchange: <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with <answer>
    And the target is set off again
    Then all calls have different ids and different keys

    Examples:
      | answer                         |
      | nothing, the connection closed |
      | nothing, the connection reset  |

  @EX-INI-042
  Scenario Outline: A token issue that comes after the answer was lost comes too late: <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <answer>
    And the issuer sends a token issue when the exchange has ended
    And an exchange without the fault gets a token
    Then the first token issue is refused

    Examples:
      | answer                         |
      | nothing, the connection closed |
      | half a status line             |
      | half a head of a 204           |

  @EX-INI-067 @waits
  Scenario Outline: An exchange whose call is never answered has an end: <answer>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <answer>
    And the declared time limit of the target has passed
    And the issuer sends a token issue
    And an exchange without the fault gets a token
    Then the first token issue is refused

    Examples:
      | answer              |
      | nothing, ever       |
      | one byte at a time  |
      | a head without end  |
      | a 103 over and over |

  @EX-INI-072 @waits
  Scenario: A token whose call is never answered is not used
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with nothing, ever
    And the declared time limit of the target has passed
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

  @EX-INI-067 @EX-INI-072 @waits
  Scenario: A success that comes after the time limit comes too late
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the declared time limit of the target has passed
    And the issuer answers the call with 204
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

  @EX-INI-067 @waits
  Scenario: A TLS handshake that hangs is given up
    Given an issuer that leaves TLS handshakes hanging
    When the target is set off in vain
    And an exchange with a sound issuer gets a token
    Then it gave the handshake up within its declared time limit

  @EX-INI-016 @waits
  Scenario: The initiator waits as long as the issuer has declared to need
    Given an issuer that the target knows
    When the target is set off
    And the issuer takes all the time that it has declared
    And the issuer sends a token issue
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the token issue is accepted
    And the token is used

  @claims-async @EX-INI-072
  Scenario Outline: A token whose pending answer is lost is not used: <cut>
    Given an issuer of which the target holds no token
    When the target is set off and asks for asynchrony
    And the issuer sends a token issue
    And the issuer answers the call with a pending answer that is cut off <cut>
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

    Examples:
      | cut              |
      | within its head  |
      | within its body  |
