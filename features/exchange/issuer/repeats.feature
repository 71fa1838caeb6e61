@exchange @issuer
Feature: Repeats and parallel exchanges
  One exchange_id of one initiator begins one exchange. Different initiators do not get into each
  other's way, and neither do different exchanges.

  @EX-ISS-016 @EX-ISS-013
  Scenario Outline: The exchange_id of an exchange that has <ended> is refused: <repeat>
    Given a registered initiator
    And an exchange that has <ended>
    When it makes a token call with <repeat>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | ended     | repeat                                   |
      | succeeded | every value of that exchange             |
      | succeeded | the exchange_id of that exchange         |
      | failed    | every value of that exchange             |
      | failed    | the exchange_id of that exchange         |

  @EX-ISS-016 @EX-ISS-013
  Scenario Outline: An exchange_id is refused while its exchange is open: <repeat>
    Given a registered initiator
    And an exchange that is open
    When it makes a token call with <repeat>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it
    And the open exchange, once accepted, succeeds

    Examples:
      | repeat                           |
      | every value of that exchange     |
      | the exchange_id of that exchange |

  @EX-ISS-016 @EX-ISS-013
  Scenario: An exchange_id is not forgotten over two hundred others
    Given a registered initiator
    And an exchange that has succeeded
    When 200 other exchanges have succeeded
    And it makes a token call with every value of that exchange
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

  @EX-ISS-017
  Scenario: Of twenty simultaneous calls with one exchange_id, over all replicas, one begins an exchange
    Given a registered initiator
    When it makes the same token call 20 times at once, over all replicas
    And an exchange without the fault succeeds
    Then exactly one of the calls succeeds
    And exactly one token issue was sent for them

  @EX-ISS-018
  Scenario: An exchange_id that another initiator has open is free for this one
    Given two registered initiators
    And the second has an exchange open
    When the first makes a token call with the exchange_id of that exchange
    Then the call succeeds
    And the open exchange, once accepted, succeeds

  @EX-ISS-018
  Scenario: An exchange_id that another initiator has used is free for this one
    Given two registered initiators
    And the second has an exchange that has succeeded
    When the first makes a token call with the exchange_id of that exchange
    Then the call succeeds

  @EX-ISS-019
  Scenario: Four exchanges of one initiator go on side by side
    Given a registered initiator
    When it has 4 exchanges open at once
    And it accepts all of them
    Then all of them succeed

  @EX-ISS-020 @EX-ISS-013 @waits
  Scenario: More exchanges than declared are refused while those are open
    Given a registered initiator
    When it has as many exchanges open as the target declares
    And it makes a token call
    And it accepts all of them
    Then all of them succeed
    And the call is refused
    And no token issue was sent for it

  @EX-ISS-021 @waits
  Scenario: Slow initiators do not hold up a healthy one
    Given a registered initiator, and others up to eight
    When each of the others has as many exchanges open as the target declares
    And the first makes a token call
    Then the call succeeds long before the declared deadline
    And its token opens the resource

  @EX-ISS-020 @EX-ISS-021 @waits
  Scenario: A flood of calls in the name of one initiator is held down, and another notices nothing
    Given two registered initiators
    When the second makes 100 token calls at once and holds its token issues
    And the first makes a token call
    Then the call succeeds long before the declared deadline
    And no more of them were begun than the target declares

  @EX-ISS-066
  Scenario: A second token does not end the life of the first
    Given a registered initiator
    And an exchange that has succeeded
    When it makes a token call
    And the call succeeds
    Then the token of the earlier exchange opens the resource
    And its token opens the resource
