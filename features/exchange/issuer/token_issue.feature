@exchange @issuer
Feature: The token issue
  What the issuer sends to the initiator: each member in its form, the values of the call repeated,
  and a signature that the initiator can compute from what it knows itself.

  @EX-ISS-040
  Scenario: Each member is there and in its form
    Given a registered initiator
    When it makes a token call
    Then the token issue has seven members, each in its form

  @EX-ISS-041
  Scenario: The values of the call are repeated
    Given a registered initiator
    When it makes a token call
    Then the token issue repeats version, exchange_id, issuer and initiator of the call

  @EX-ISS-042
  Scenario: Each exchange has a token of its own
    Given a registered initiator
    When it makes a token call
    And it makes another token call
    Then the two token issues bring different tokens

  @EX-ISS-044
  Scenario: The token expires later than now
    Given a registered initiator
    When it makes a token call
    Then the token expires later than now

  @EX-ISS-045
  Scenario: The token does not live longer than a day
    Given a registered initiator
    When it makes a token call
    Then the token expires within 24 hours

  @EX-ISS-050
  Scenario: The signature is right
    Given a registered initiator
    When it makes a token call
    Then the signature of the token issue is right

  @EX-ISS-050
  Scenario: Each exchange is signed with its own key, also side by side
    Given a registered initiator
    When it has 4 exchanges open at once
    And it accepts all of them
    Then the signature of each token issue is right

  @HT-ANY-025
  Scenario: The token issue is sent by POST
    Given a registered initiator
    When it makes a token call
    Then the token issue is a POST

  @HT-ANY-020
  Scenario: The token issue is sent as application/json
    Given a registered initiator
    When it makes a token call
    Then the token issue has the media type application/json

  @HT-ANY-021
  Scenario: The token issue is not compressed
    Given a registered initiator
    When it makes a token call
    Then the token issue has no content coding

  @HT-ANY-022
  Scenario: The token issue carries no credentials
    Given a registered initiator
    When it makes a token call
    Then the token issue has neither an Authorization nor a Cookie field

  @HT-ANY-024
  Scenario: The token issue is one strict JSON object
    Given a registered initiator
    When it makes a token call
    Then the body of the token issue is one JSON object without repeated names
