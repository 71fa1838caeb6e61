@exchange @claims-control
Feature: Control stays where it belongs
  Who can command a party gets tokens in its name. What takes commands, in a laboratory, is not to be found
  where the protocol is spoken.

  @initiator @HT-ANY-050
  Scenario: An initiator takes no orders where it takes token issues
    Given an issuer that the target knows
    When an order to get a token is sent to where the protocol is spoken
    And an exchange without the fault gets a token
    Then no order was carried out

  @issuer @HT-ANY-050
  Scenario: An issuer takes no orders where it takes token calls
    Given a registered initiator
    When an order to register somebody is sent to where the protocol is spoken
    And an exchange without the fault succeeds
    Then no order was carried out
