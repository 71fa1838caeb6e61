@lifecycle @lifecycle-caller
Feature: How a caller logs in
  Name and password go to one place, in one way, and not twice unasked. What comes back has to be what a caller can
  work with.

  @LC-CLI-001
  Scenario: Name and password go by POST, and stand in no URL
    Given an issuer that the caller knows
    When the caller calls the API
    Then the login came by POST, with name and password in its body alone

  @LC-CLI-022
  Scenario Outline: A refused login is not tried again: <answer>
    Given an issuer that the caller knows
    When the login is answered with <answer>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then name and password have come once

    Examples:
      | answer                    |
      | 401                       |
      | 401 and no challenge      |
      | 400                       |

  @LC-CLI-023 @waits
  Scenario: During the pause that the issuer asks for nobody logs in
    Given an issuer that the caller knows
    When the login is answered with 429 for 2 seconds
    And the caller calls the API
    And the caller calls the API again
    And the pause of the issuer is over
    And a call of the caller without the fault is granted
    Then name and password have come once

  @LC-CLI-024
  Scenario Outline: The answer to a login has both tokens, or is none: <answer>
    Given an issuer that the caller knows
    When the login brings <answer>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then the API was shown nothing

    Examples:
      | answer                          |
      | no session_token                |
      | no bearer_token                 |
      | a session_token that is a number |
      | a bearer_token that is null     |
      | an empty session_token          |
      | more than 64 KiB                |
      | no JSON                         |

  @LC-CLI-020
  Scenario Outline: A redirect is not followed with name and password: <status> to <place>
    Given an issuer that the caller knows
    When the login is answered with a redirect <status> to <place>
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then no secret came to where the redirect led

    Examples:
      | status | place          |
      | 302    | another origin |
      | 307    | another origin |
      | 308    | another origin |
      | 307    | a path beside  |

  @LC-CLI-021
  Scenario Outline: Nobody logs in where the certificate is <certificate>
    Given an issuer that the caller knows, whose certificate is <certificate>
    When the caller is told to call the API
    And a call of a sound issuer is granted
    Then no byte of a request came to the issuer

    Examples:
      | certificate          |
      | expired              |
      | self-signed          |
      | for another name     |
      | of another authority |

  @LC-CLI-025 @waits
  Scenario: A login that is not answered is given up
    Given an issuer that the caller knows
    When the login is never answered
    And the caller calls the API
    And a call of the caller without the fault is granted
    Then the call was given up in time
