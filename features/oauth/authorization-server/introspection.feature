@oauth @authorization-server @claims-introspection
Feature: Asking about a token
  A resource that cannot read a token asks the server that issued it.

  @OA-AUS-200
  Scenario Outline: A stranger is told nothing: <fault>
    Given a client of the server
    And it has a token
    When a resource asks about the token, with <fault>
    And a resource without the fault is told that the token is live
    Then the question is refused

    Examples:
      | fault                          |
      | nothing that proves the client |
      | a wrong secret                 |
      | the id of nobody               |

  @OA-AUS-201
  Scenario: A live token is called live
    Given a client of the server
    And it has a token
    When a resource asks about the token
    Then it is told that the token is live

  @OA-AUS-202
  Scenario Outline: A token that was never issued is not live: <token>
    Given a client of the server
    And it has a token
    When a resource asks about <token> in its place
    And a resource without the fault is told that the token is live
    Then it is told that the token is not live

    Examples:
      | token                                      |
      | a token that was never issued              |
      | the token without its last character       |
      | the token with its first character changed |
      | the token with a character more            |

  @OA-AUS-202 @waits
  Scenario: A token that has expired is not live
    Given a client whose tokens live briefly
    And it has a token
    And a resource without the fault is told that the token is live
    When the lifetime of the token is over
    And a resource asks about the token
    Then it is told that the token is not live

  @OA-AUS-202 @claims-revocation
  Scenario: A token that was revoked is not live
    Given a client whose access tokens are opaque
    And it has a token
    And a resource without the fault is told that the token is live
    When it revokes the token
    And a resource asks about the token
    Then it is told that the token is not live

  @OA-AUS-203
  Scenario: Of a token that is not live nothing is told
    Given a client of the server
    And it has a token
    When a resource asks about a token that was never issued in its place
    And a resource without the fault is told that the token is live
    Then it is told nothing more

  @OA-AUS-203 @claims-revocation
  Scenario: Of a token that was revoked nothing is told
    Given a client whose access tokens are opaque
    And it has a token
    And a resource without the fault is told that the token is live
    When it revokes the token
    And a resource asks about the token
    Then it is told nothing more

  @OA-AUS-204
  Scenario: Of a live token it is told what a resource needs
    Given a client of the server
    And it has a token
    When a resource asks about the token
    Then it is told whose token it is, for which scope and until when

  @OA-AUS-205
  Scenario Outline: A question about nothing is refused: <fault>
    Given a client of the server
    And it has a token
    When a resource asks about the token, with <fault>
    And a resource without the fault is told that the token is live
    Then the question is refused with 400 and invalid_request

    Examples:
      | fault          |
      | no token       |
      | an empty token |

  @OA-AUS-206
  Scenario: A token does not belong into a URI
    Given a client of the server
    And it has a token
    When a resource asks about the token, with everything in the URI, by GET
    And a resource without the fault is told that the token is live
    Then the question is refused

  @OA-AUS-207
  Scenario: No cache may keep what was told
    Given a client of the server
    And it has a token
    When a resource asks about the token
    Then the answer to the question is not to be stored
