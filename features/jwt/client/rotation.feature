@jwt @jwt-client
Feature: The client changes its key
  First the new key is published, and then it signs. The old one stays as long as somebody may still have to look it up.

  @JW-CLI-003 @needs-rotate
  Scenario: A new key is published when its first JWT arrives
    Given a resource that takes service JWTs
    When the client calls the resource
    And the client is told to change its key
    And the client calls the resource, and its published keys are fetched before the answer
    And a call with another key than at first has come
    Then each service JWT is verified by the published key that it names

  @JW-CLI-041 @needs-rotate
  Scenario: The old key stays published as long as a JWT of it lives
    Given a resource that takes service JWTs
    When the client calls the resource
    And the client is told to change its key
    And the client calls the resource again
    And a call with another key than at first has come
    And the keys of the client are fetched
    Then the key of each service JWT that still lives is published
