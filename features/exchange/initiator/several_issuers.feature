@exchange @initiator
Feature: Several issuers
  An initiator has many issuers, and some of them may be each other's enemies. What one says is about its own
  exchange only.

  @EX-INI-046 @EX-INI-066
  Scenario: Exchanges with several issuers at once are kept apart
    Given several issuers that the target knows
    When the target is set off with each of them at once
    And each issuer sends its token issue, the last one first
    And each call is answered with 204
    And the target uses what it holds of each
    Then each token issue is accepted
    And each issuer has seen its own token, and no other

  @EX-INI-011 @EX-INI-012
  Scenario: Exchanges with several issuers have ids and keys of their own
    Given several issuers that the target knows
    When the target is set off with each of them at once
    Then the calls to all of them have different ids and different keys

  @EX-INI-066
  Scenario: An API that names another issuer is not shown that one's token
    Given two issuers that the target knows
    When an exchange without the fault gets a token
    And an exchange with the other issuer gets a token
    And the API of the first answers with a 401 that names the other issuer
    And the target uses what it holds
    And the target uses what it holds
    Then the first issuer has not seen the token of the other

  @EX-INI-043 @EX-INI-050
  Scenario Outline: A token issue of one issuer for the exchange of another is refused: <signed>
    Given two issuers that the target knows
    When the target is set off
    And the target is set off with the other issuer as well
    And the other issuer sends a token issue for the exchange of the first, <signed>
    And each issuer then sends its own
    And each call is answered with 204
    Then the first token issue is refused
    And those of their own are accepted

    Examples:
      | signed                                                      |
      | signed with the key of its own                              |
      | in the name of the first, signed with the key of its own    |
