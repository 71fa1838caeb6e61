@exchange @issuer
Feature: Version negotiation
  A version that the issuer does not speak is refused, and the refusal says which ones it does.

  @EX-ISS-100 @EX-ISS-013
  Scenario Outline: A version that is not spoken is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                           |
      | a version that nobody speaks    |
      | the version of the ancestor     |
      | no version                      |
      | a version in small letters      |
      | a version followed by a space   |
      | an empty version                |

  @EX-ISS-101
  Scenario Outline: The refusal lists the versions that are spoken: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the refusal lists distinct versions, BTX-1 among them

    Examples:
      | fault                        |
      | a version that nobody speaks |
      | no version                   |

  @EX-ISS-102
  Scenario Outline: A version that is not spoken is answered 400: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused with 400 and unsupported-version

    Examples:
      | fault                        |
      | a version that nobody speaks |
      | no version                   |
