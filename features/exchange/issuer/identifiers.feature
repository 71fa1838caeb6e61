@exchange @issuer
Feature: Identifiers
  Who calls and who is called is decided by identifiers alone: by their octets, and by what was
  registered beforehand. Nothing that a message says can move a token to another place.

  @EX-ANY-002 @EX-ISS-013
  Scenario Outline: The issuer's own identifier is compared octet by octet: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                            |
      | the issuer's identifier with capital letters in it |
      | the issuer's identifier with a slash at its end   |
      | the issuer's identifier with its port spelled out |
      | the issuer's identifier followed by a space       |

  @EX-ANY-002 @EX-ISS-013
  Scenario Outline: The initiator's identifier is compared octet by octet: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                                |
      | the initiator's identifier with capital letters in it |
      | the initiator's identifier with a slash at its end   |
      | the initiator's identifier followed by a space       |

  @EX-ISS-002 @EX-ISS-013
  Scenario Outline: A token call that names another issuer is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                        |
      | another issuer's identifier                  |
      | the initiator's own identifier as the issuer |

  @EX-ISS-003 @EX-ISS-013
  Scenario: A token call of a stranger is refused
    Given a registered initiator
    When it makes a token call with the identifier of a party that is not registered
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

  @EX-ISS-004
  Scenario Outline: A token issue goes to the registered URL only, whatever the call says: <steering>
    Given a registered initiator
    When it makes a token call with <steering>
    And an exchange without the fault succeeds
    Then no token issue was sent anywhere but to the registered URL
    And the call succeeds

    Examples:
      | steering                                 |
      | members that name another receive URL    |
      | fields that name another receive URL     |

  @EX-ISS-003 @EX-ISS-013
  Scenario: A stranger is not called back, though it could be reached
    Given a registered initiator
    When a stranger at its side makes a token call
    And an exchange without the fault succeeds
    Then the call is refused
    And nothing was sent to the stranger
