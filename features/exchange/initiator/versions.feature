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

  @EX-INI-011 @EX-INI-012 @EX-INI-073
  Scenario Outline: What follows a refused version has an id and a key of its own: <versions>
    Given an issuer that the target knows
    When the target is set off
    And the issuer refuses every call with the versions <versions>
    And the target is set off again
    Then all calls have different ids and different keys

    Examples:
      | versions                         |
      | ["BTX-1"]                        |
      | ["CRTE-PUBLIC-DRAFT-1", "BTX-1"] |

  @EX-INI-104 @EX-INI-047
  Scenario Outline: A token issue of another version is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                        |
      | a version that nobody speaks |
      | the version of the ancestor  |
      | a version in small letters   |
      | no version                   |

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
