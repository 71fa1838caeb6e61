@exchange @initiator
Feature: Errors of the initiator
  How the refusal of a token issue should look.

  @EX-INI-030
  Scenario Outline: A malformed token issue is answered 400: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 400 and malformed-message
    And the exchange went on with the right one

    Examples:
      | fault                        |
      | a body that is not JSON      |
      | no bearer_token              |
      | a token of 19 characters     |
      | an expires_at with an offset |

  @EX-INI-031
  Scenario: A token issue for an unknown exchange is answered 404
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with another exchange_id
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 404 and unknown-exchange
    And the exchange went on with the right one

  @EX-INI-032
  Scenario Outline: A token issue that names other parties is answered 403: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 403 and exchange-mismatch
    And the exchange went on with the right one

    Examples:
      | fault                        |
      | another issuer, signed so    |
      | another initiator, signed so |

  @EX-INI-033
  Scenario: A token issue with a wrong signature is answered 403
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a signature by another key
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 403 and signature-mismatch
    And the exchange went on with the right one

  @EX-INI-034
  Scenario: A token issue that has expired is answered 400
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with an expires_at of an hour ago
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused with 400 and token-expired
    And the exchange went on with the right one

  @EX-INI-035
  Scenario: Another token for the same exchange is answered 409
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer then sends one with another token
    And the issuer answers the call with 204
    Then the token issue is accepted
    And the second one is refused with 409 and conflicting-issue

  @EX-INI-052
  Scenario Outline: An answer gives away neither the key nor the right signature: <case>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <case>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the answer to it contains neither the key nor the right signature
    And the exchange went on with the right one

    Examples:
      | case                       |
      | a signature by another key |
      | a signature of zeros       |
      | another issuer, signed so  |
