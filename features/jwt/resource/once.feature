@jwt @jwt-resource
Feature: A service JWT opens once
  Whoever sees a JWT on its way can send it again. The resource remembers which it has accepted, of which
  client, until they have expired; those that it has refused it forgets.

  @JW-RES-015
  Scenario: A service JWT that has opened does not open again
    Given a client that has registered nowhere
    When it shows a service JWT twice
    And the first of them was taken
    Then the second opens nothing

  @JW-RES-015
  Scenario: Another service JWT with a jti that has opened does not open
    Given a client that has registered nowhere
    When it shows two service JWTs of one jti
    And the first of them was taken
    Then the second opens nothing

  @JW-RES-016
  Scenario: Of copies that come at once, one opens
    Given a client of which the resource has taken a service JWT
    When 8 copies of a service JWT come at once over all replicas, 5 times
    Then each time exactly one of them opens

  @JW-RES-017
  Scenario: The same jti of another client opens
    Given two clients that have registered nowhere
    When both show a service JWT of the same jti
    Then the resource opens each time

  @JW-RES-018
  Scenario Outline: A jti of a JWT that was refused opens: <fault>
    Given a client that has registered nowhere
    When it shows a service JWT <fault>, and it is refused
    And it shows a service JWT without fault of that jti
    Then the resource opens

    Examples:
      | fault                     |
      | signed with another key   |
      | whose signature is cut    |
      | for somebody else         |
      | that expired an hour ago  |
      | of the typ JWT            |
      | whose kid is not its own  |

  @JW-RES-022 @waits
  Scenario: A service JWT that has expired, and might still open, has not been forgotten
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT that ends in a second, and again when it has ended
    And the first of them was taken
    Then the second opens nothing
