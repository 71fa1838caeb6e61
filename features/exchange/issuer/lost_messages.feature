@exchange @issuer
Feature: Lost messages
  When an answer is lost, the issuer may send the same token issue again, and nothing else.

  @EX-ISS-070
  Scenario Outline: A token issue that was answered is not sent again: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    And an exchange without the fault succeeds
    Then at most 1 token issue was sent for it

    Examples:
      | answer |
      | 204    |
      | 404    |
      | 429    |
      | 500    |
      | 503    |

  @EX-ISS-071 @waits
  Scenario: A token issue without an answer is sent at most three times
    Given a registered initiator
    And it answers token issues with nothing, the connection closed
    When it makes a token call
    And an exchange without the fault succeeds
    Then at most 3 token issues were sent for it

  @EX-ISS-072 @waits
  Scenario: What is sent again is the same, byte for byte
    Given a registered initiator
    And it answers token issues with nothing, the connection closed
    When it makes a token call
    And an exchange without the fault succeeds
    Then all token issues that were sent for it have the same body

  @EX-ISS-060 @EX-ISS-069 @EX-ISS-065 @waits
  Scenario: An answer that was lost once leaves no doubt
    Given a registered initiator
    And it answers the first token issue with nothing, the connection closed, and the next with 204
    When it makes a token call
    And an exchange without the fault succeeds
    Then the token is live if the call succeeded, and dead if not

  @EX-ISS-013
  Scenario Outline: A token call that is cut off begins nothing: <cut>
    Given a registered initiator
    When it makes a token call that is cut off <cut>
    And an exchange without the fault succeeds
    Then no token issue was sent for it

    Examples:
      | cut              |
      | within its head  |
      | within its body  |

  @EX-ISS-016 @EX-ISS-013
  Scenario: A caller that has lost its answer does not get a second exchange with the same id
    Given a registered initiator
    When it makes a token call, and hangs up while the token issue is held
    And it answers the token issue with 204
    And it makes the same token call again
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

  @claims-async @EX-ISS-016 @EX-ISS-013
  Scenario: A caller that has lost its pending answer does not get a second exchange with the same id
    Given a registered initiator
    When it makes a token call that asks for asynchrony, and hangs up before it has read the answer
    And the token issue has come
    And it makes the same token call again
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

  @claims-async @EX-ISS-063
  Scenario: A token that was refused dies although nobody has read the pending answer
    Given a registered initiator
    And it answers token issues with 404
    When it makes a token call that asks for asynchrony, and hangs up before it has read the answer
    And the token issue has come
    And an exchange without the fault succeeds
    Then its token opens nothing
