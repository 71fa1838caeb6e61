@exchange @initiator
Feature: What the initiator does with a token
  A token is used when the token call has succeeded, and not before, not otherwise, and nowhere else.

  @EX-INI-061
  Scenario: A token is not used before its call has succeeded
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the target uses what it holds
    And the issuer answers the call with 204
    And an exchange without the fault gets a token
    Then the token was not used before the answer to its call

  @EX-INI-062 @EX-INI-065
  Scenario Outline: A token whose call failed is not used: <answer>
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with <answer>
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

    Examples:
      | answer                           |
      | 200                              |
      | 201                              |
      | 203                              |
      | 205                              |
      | 206                              |
      | 304                              |
      | 404                              |
      | 429                              |
      | 503                              |
      | a redirect 307 to another origin |
      | 400                              |
      | 409                              |
      | 500                              |
      | 502                              |
      | 504                              |
      | a 103 and then 502               |

  @EX-INI-064
  Scenario: A success without a token issue is a failure
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer answers the call with 204
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then no token was used that was never issued

  @EX-INI-062 @EX-INI-064
  Scenario: A token that was held and refused does not come back
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with 502
    And the target is set off again
    And the issuer answers the call with 204
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

  @EX-INI-072
  Scenario Outline: A token whose fate is unknown is discarded: <answer>
    Given an issuer of which the target holds no token
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with <answer>
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

    Examples:
      | answer                         |
      | nothing, the connection closed |
      | nothing, the connection reset  |
      | half a status line             |
      | half a head of a 204           |
      | bytes that are not HTTP        |

  @EX-INI-063 @waits
  Scenario: A token is not used once it has expired
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with an expires_at in 2 seconds
    And the issuer answers the call with 204
    And the expiry has passed
    And the target uses what it holds
    And an exchange without the fault gets a token
    Then the token issue is accepted
    And its token is not used

  @EX-INI-066
  Scenario: A token is shown to its own issuer only
    Given two issuers that the target knows
    When an exchange without the fault gets a token
    And the target uses what it holds of the other issuer
    Then the other issuer has not seen the token

  @EX-INI-066 @HT-ANY-023
  Scenario Outline: A token is not shown where a redirect leads: <status>
    Given an issuer that the target knows
    When an exchange without the fault gets a token
    And its API answers with a redirect <status> to another origin
    And the target uses what it holds
    Then no token was shown where the redirect led

    Examples:
      | status |
      | 301    |
      | 302    |
      | 303    |
      | 307    |
      | 308    |

  @EX-INI-001
  Scenario: An API that names another server is not believed
    Given an issuer that the target knows
    When an exchange without the fault gets a token
    And its API answers with a 401 that names another server
    And the target uses what it holds
    And the target is set off again
    And the issuer answers the call with 503
    Then no request went to where the answer led


  @EX-INI-046
  Scenario Outline: An API that does not come to an end holds up no exchange: <answer>
    Given an issuer that the target knows
    When an exchange without the fault gets a token
    And its API answers with <answer>
    And the target has begun to use what it holds
    And its API answers with 200
    And the target is set off again
    And the issuer sends a token issue
    And the issuer answers the call with 204
    Then the token issue is accepted
    And the token is used

    Examples:
      | answer                        |
      | nothing, ever                 |
      | one byte at a time            |
      | a head without end            |
      | a 500 with a body without end |
