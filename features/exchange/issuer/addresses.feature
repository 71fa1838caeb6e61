@exchange @issuer
Feature: Where a token issue may go
  An issuer sends requests to places that others have typed in. It looks at the address that it is going to
  connect to, and not at the name that somebody has given it.

  @EX-ISS-005
  Scenario Outline: A name that leads to <place>
    Given a registered initiator whose name the lab resolves
    And its name leads to <place>
    When it makes a token call, for which its name is looked up
    And its name leads to a public address
    And an exchange without the fault succeeds
    Then no connection came to an address that is not public

    Examples:
      | place                                                        |
      | an address of loopback                                       |
      | the IPv6 address of loopback                                 |
      | an address of loopback within an IPv6 address                |
      | an address of loopback and a public one                      |
      | a public address at first, and one of loopback from then on  |

  @EX-ISS-005 @waits
  Scenario: What is sent again is not sent to where the name leads by then
    Given a registered initiator whose name the lab resolves
    And its name leads to a public address at first, and one of loopback from then on
    And it answers token issues with nothing, the connection closed
    When it makes a token call, for which its name is looked up
    And its name leads to a public address
    And an exchange without the fault succeeds
    Then no connection came to an address that is not public

  @EX-ISS-005
  Scenario: A registered URL with a special-use address in it is not called
    Given initiators that are registered at special-use addresses
    When each of them makes a token call
    And an exchange with a sound initiator succeeds
    Then none of these calls succeeded
    And no connection came to an address that is not public
