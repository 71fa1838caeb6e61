@lifecycle @lifecycle-caller
Feature: New bearers that a caller is given
  An answer may bring a new bearer. The caller goes on with it, if it is about the same session and no worse than the
  one that it has.

  @LC-CLI-010
  Scenario: The bearer of a refresh is used from then on
    Given an issuer that the caller has logged in to
    When the API refreshes the bearer
    And the caller calls the API
    And the caller calls the API again
    And the caller calls the API once more
    Then the later requests had the new bearer

  @LC-CLI-010
  Scenario: A bearer that comes unasked is used from then on
    Given an issuer that the caller has logged in to
    When the API brings a new bearer
    And the caller calls the API
    And the caller calls the API again
    And the caller calls the API once more
    Then the later requests had the new bearer

  @LC-CLI-010
  Scenario: A bearer that comes after a rotation is used from then on
    Given an issuer that the caller has logged in to
    When the issuer of the caller rotates its key
    And the caller calls the API
    And the caller calls the API again
    And the caller calls the API once more
    Then the later requests had the new bearer

  @LC-CLI-011
  Scenario Outline: A bearer about something else is not taken: <fault>
    Given an issuer that the caller has logged in to
    When the API brings a new bearer <fault>
    And the caller calls the API
    And the caller calls the API again
    And a sound new bearer is taken
    Then the later requests had the old bearer

    Examples:
      | fault                  |
      | whose sub is another   |
      | whose sid is another   |
      | without sub            |
      | without sid            |

  @LC-CLI-012
  Scenario: A bearer that ends earlier is not taken
    Given an issuer that the caller has logged in to
    When the API brings a new bearer that ends a second earlier
    And the caller calls the API
    And the caller calls the API again
    And a sound new bearer is taken
    Then the later requests had the old bearer

  @LC-CLI-013
  Scenario Outline: A bearer that cannot be read changes nothing: <fault>
    Given an issuer that the caller has logged in to
    When the API brings a new bearer <fault>
    And the caller calls the API
    And the caller calls the API again
    And a sound new bearer is taken
    Then the later requests had the old bearer

    Examples:
      | fault                      |
      | of two words               |
      | in one part                |
      | whose claims are no JSON   |
      | without exp                |
      | that is empty              |
      | twice in one field         |
      | in two fields              |

  @LC-CLI-014
  Scenario Outline: A bearer that comes with another status is not taken: <status>
    Given an issuer that the caller has logged in to
    When the API brings a new bearer with the status <status>
    And the caller calls the API
    And the caller calls the API again
    And a sound new bearer is taken
    Then the later requests had the old bearer

    Examples:
      | status |
      | 304    |
      | 401    |
      | 403    |
      | 404    |
      | 500    |

  @LC-CLI-015 @claims-no-reads-authorization-field
  Scenario: A bearer in an Authorization field is not taken
    Given an issuer that the caller has logged in to
    When the API brings a new bearer in an Authorization field
    And the caller calls the API
    And the caller calls the API again
    And a sound new bearer is taken
    Then the later requests had the old bearer

  @LC-CLI-016 @claims-reads-authorization-field
  Scenario: A bearer in an Authorization field is used from then on
    Given an issuer that the caller has logged in to
    When the API brings a new bearer in an Authorization field
    And the caller calls the API
    And the caller calls the API again
    Then the later requests had the new bearer
