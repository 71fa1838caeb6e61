@oauth @authorization-server @claims-revocation
Feature: Ending a token
  Who has a token can end it before its time, and nobody else.

  @OA-AUS-220
  Scenario Outline: A stranger ends nothing: <fault>
    Given a client whose access tokens are opaque
    And it has a token
    And the token is live
    When it revokes the token, with <fault>
    Then the revocation is refused
    And the token is live all the same
    And its own revocation ends the token

    Examples:
      | fault                          |
      | nothing that proves the client |
      | a wrong secret                 |
      | the id of nobody               |

  @OA-AUS-221
  Scenario: A token that was revoked opens nothing
    Given a client whose access tokens are opaque
    And it has a token
    And the token is live
    When it revokes the token
    Then the token has come to its end

  @OA-AUS-222
  Scenario: A revocation is answered with 200
    Given a client whose access tokens are opaque
    And it has a token
    And the token is live
    When it revokes the token
    Then the revocation is answered with 200

  @OA-AUS-223
  Scenario: A token that was never issued is as good as revoked
    Given a client whose access tokens are opaque
    When it revokes a token that was never issued
    Then the revocation is answered with 200

  @OA-AUS-224
  Scenario: A token is ended by nobody but its client
    Given a client whose access tokens are opaque
    And another client of the server
    And it has a token
    And the token is live
    When the other client revokes the token
    Then the token is live all the same
    And its own revocation ends the token

  @OA-AUS-225
  Scenario Outline: A hint may be wrong: <hint>
    Given a client whose access tokens are opaque
    And it has a token
    And the token is live
    When it revokes the token with the hint <hint>
    Then the token has come to its end

    Examples:
      | hint          |
      | access_token  |
      | refresh_token |
      | rutabaga      |
