@exchange @initiator
Feature: Version negotiation of the initiator
  A refusal may name versions. The initiator follows it once, and never to a version of which its own
  configuration knows nothing.

  @EX-INI-100
  Scenario: The first call has the version that the target prefers
    Given an issuer that the target knows
    When the target is set off
    Then the call has a version of this specification

  @EX-INI-101
  Scenario: A version is refused over and over
    Given an issuer that the target knows
    When the target is set off
    And the issuer refuses every call with the versions ["BTX-1"]
    And an exchange without the fault gets a token
    Then at most 2 calls came before it

  @EX-INI-102
  Scenario Outline: A version that the target does not have is no way out: <versions>
    Given an issuer that the target knows
    When the target is set off
    And the issuer refuses every call with the versions <versions>
    And an exchange without the fault gets a token
    Then no call had a version of that list

    Examples:
      | versions                |
      | ["CRTE-PUBLIC-DRAFT-1"] |
      | ["BTX-0", "BTX-9"]      |

  @EX-INI-103
  Scenario Outline: A list that is none is a failure: <versions>
    Given an issuer that the target knows
    When the target is set off
    And the issuer refuses every call with the versions <versions>
    And an exchange without the fault gets a token
    Then at most 1 call came before it

    Examples:
      | versions           |
      | "BTX-1"            |
      | ["BTX-1", "BTX-1"] |
      | [1]                |
      | null               |
