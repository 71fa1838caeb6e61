@exchange @issuer @initiator
Feature: A target in both roles
  Who is issuer and initiator at once must not take its own messages for those of somebody else.

  @EX-ISS-002
  Scenario: Its own token call, sent back to it, begins nothing
    Given an issuer that the target knows
    When the target is set off
    And its token call is sent to its own issuer
    And the issuer sends a token issue
    And the issuer answers the call with 204
    Then what was reflected is refused
    And the token issue is accepted

  @EX-INI-042
  Scenario: Its own token issue, sent back to it, is for no exchange of its own
    Given a registered initiator
    When it makes a token call
    And its token issue is sent to the target's own initiator
    And an exchange without the fault succeeds
    Then what was reflected is refused

  @EX-INI-043
  Scenario: Its own token issue, for an id and a key that it has open itself, is not for it
    Given an issuer that the target knows
    When the target is set off
    And a token call with the id and the key of that call is made to its own issuer
    And its token issue is sent to the target's own initiator
    And the issuer sends a token issue
    And the issuer answers the call with 204
    Then what was reflected is refused
    And the token issue is accepted
