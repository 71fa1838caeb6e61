@exchange @issuer
Feature: Acceptance and activation
  Only 204 accepts. A token is dead before it, dead for ever after any other answer, and alive
  everywhere once the token call is answered with 204.

  @EX-ISS-061 @EX-ISS-063 @EX-ISS-065
  Scenario Outline: An answer other than 204 refuses the token: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is refused
    And its token opens nothing

    Examples:
      | answer                             |
      | 200                                |
      | 200 and a page that says "ok"      |
      | 201                                |
      | 202                                |
      | 203                                |
      | 226                                |
      | 299                                |
      | 205                                |
      | 206                                |
      | 300                                |
      | 304                                |
      | 400                                |
      | 401                                |
      | 403                                |
      | 404                                |
      | 409                                |
      | 429                                |
      | 500                                |
      | 503                                |

  @EX-ISS-060
  Scenario Outline: An acceptance is taken in any form that HTTP allows: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    Then the call succeeds
    And its token opens the resource

    Examples:
      | answer                                  |
      | a 103 and then 204                      |
      | a 204 of HTTP/1.0                       |
      | a 204 with a media type                 |

  @EX-ISS-096
  Scenario Outline: The answer to the call tells nothing of the token: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    Then the answer does not contain the token

    Examples:
      | answer |
      | 204    |
      | 404    |

  @EX-ISS-061 @EX-ISS-063 @EX-ISS-065 @waits
  Scenario: A refusal of what was sent again is a refusal
    Given a registered initiator
    And it answers the first token issue with nothing, the connection closed, and the next with 404
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is refused
    And its token opens nothing

  @HT-ANY-023 @EX-ISS-061 @EX-ISS-063 @EX-ISS-065
  Scenario Outline: A redirect is not followed and refuses the token: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    And an exchange without the fault succeeds
    Then the redirect was not followed
    And the call is refused
    And its token opens nothing

    Examples:
      | answer                              |
      | a redirect 301 to another origin    |
      | a redirect 302 to another origin    |
      | a redirect 303 to another origin    |
      | a redirect 307 to another origin    |
      | a redirect 308 to another origin    |
      | a redirect 307 to a path beside     |

  @EX-ISS-062
  Scenario: A token opens nothing before it was accepted
    Given a registered initiator
    When it makes a token call and holds the token issue
    Then its token opens nothing so far
    And when it answers the token issue with 204, the call succeeds
    And its token opens the resource

  @EX-ISS-063
  Scenario: A token that was refused after it was held opens nothing
    Given a registered initiator
    When it makes a token call and holds the token issue
    And it answers the token issue with 500
    And an exchange without the fault succeeds
    Then its token opens nothing

  @EX-ISS-064
  Scenario: The token is live on every replica when the 204 arrives
    Given a registered initiator
    When it makes 8 token calls at once and uses each token on every replica as soon as its call succeeds
    Then every use opened the resource

  @EX-ISS-068 @waits
  Scenario Outline: The call is answered within the declared deadline, however slow the initiator is: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is answered within the declared deadline

    Examples:
      | answer                          |
      | nothing, ever                   |
      | one byte at a time              |
      | a head without end              |
      | a 103 over and over             |
      | a 500 with a body without end   |
      | nothing, the connection closed  |

  @EX-ISS-069 @EX-ISS-065 @waits
  Scenario Outline: A token whose fate is unknown at the deadline is dead: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call
    And an exchange without the fault succeeds
    Then the call is refused
    And its token opens nothing

    Examples:
      | answer                              |
      | nothing, ever                       |
      | nothing, the connection closed      |
      | nothing, the connection reset       |
      | half a status line                  |
      | bytes that are not HTTP             |

  @EX-ISS-069 @waits
  Scenario: An acceptance that comes after the deadline is too late
    Given a registered initiator
    When it makes a token call and holds the token issue beyond the declared deadline
    And it answers the token issue with 204
    And an exchange without the fault succeeds
    Then the call is refused
    And its token opens nothing

  @EX-ISS-068 @waits
  Scenario: An initiator whose TLS handshake hangs does not keep the caller waiting
    Given a registered initiator that leaves TLS handshakes hanging
    When it makes a token call
    And an exchange with a sound initiator succeeds
    Then the call is answered within the declared deadline
