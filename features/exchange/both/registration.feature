@exchange @needs-peers
Feature: What is registered, and what is not
  Who may alter a registration receives tokens. So there is little that a party can be registered with, and
  nothing that two programs could read differently.

  @issuer @EX-ANY-001
  Scenario Outline: An initiator is not registered <fault>
    Given a registered initiator
    When an initiator is to be registered <fault>
    And the same is registered without the fault, and gets a token
    Then the faulty registration was refused

    Examples:
      | fault                                  |
      | with a scheme that is not https        |
      | with capital letters in its scheme     |
      | with user information                  |
      | with a query                           |
      | with a fragment                        |
      | with a backslash                       |
      | with a space                           |
      | with a letter that is not ASCII        |
      | of 513 octets                          |
      | with a dot at the end of its host      |
      | with a leading zero in its port        |
      | with capital letters in its host       |
      | with the default port written out      |
      | with a percent sign in its host        |
      | with a full-width dot in its host      |
      | with an A-label in capitals            |
      | with a label that is no A-label        |
      | with an octal number in its host       |
      | with a decimal number as its host      |
      | with a hexadecimal number as its host  |

  @initiator @EX-ANY-001
  Scenario Outline: An issuer is not registered <fault>
    Given an issuer that the target knows
    When an issuer is to be registered <fault>
    And the target is set off for what was not registered
    And the same is registered without the fault, and issues a token
    Then the faulty registration was refused
    And nothing was sent to where the faulty registration led

    Examples:
      | fault                               |
      | with a scheme that is not https     |
      | with capital letters in its scheme  |
      | with user information               |
      | with a query                        |
      | with a decimal number as its host   |

  @issuer @EX-ISS-001
  Scenario Outline: A receive URL that is not the initiator's own is not registered: <fault>
    Given a registered initiator
    When an initiator is to be registered <fault>
    And the same is registered without the fault, and gets a token
    Then the faulty registration was refused

    Examples:
      | fault                                 |
      | with a receive URL at another port    |
      | with a receive URL at another host    |
      | with a receive URL that is not https  |

  @issuer @EX-ANY-003
  Scenario: A second initiator is not registered under the identifier of the first
    Given a registered initiator
    When an initiator is to be registered under the identifier of another
    And an exchange without the fault succeeds
    Then the faulty registration was refused
    And nothing was sent to where the faulty registration led

  @initiator @EX-ANY-003
  Scenario: A second issuer is not registered under the identifier of the first
    Given an issuer that the target knows
    When an issuer is to be registered under the identifier of another
    And an exchange without the fault gets a token
    Then the faulty registration was refused
    And nothing was sent to where the faulty registration led

  @issuer @EX-ISS-007
  Scenario: The token of an initiator whose registration was removed opens nothing
    Given an initiator that was registered just now, with a token
    When its registration is removed
    And an exchange without the fault succeeds
    Then the token opens nothing any more, at no replica

  @issuer @EX-ISS-007
  Scenario: A new registration does not revive the tokens of an old one
    Given an initiator that was registered just now, with a token
    When its registration is removed
    And it is registered anew
    And an exchange without the fault succeeds
    Then the token opens nothing any more, at no replica

  @issuer @EX-ISS-007
  Scenario: An exchange that is open when its initiator is removed yields no token
    Given an initiator that was registered just now, with a token
    When its registration is removed while it holds a token issue
    And an exchange without the fault succeeds
    Then the token opens nothing any more, at no replica
