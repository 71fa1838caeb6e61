@jwt @jwt-resource @claims-wants-tokens
Feature: A resource that wants tokens of an authorization server
  Where a service JWT alone is not enough, the resource says whom to ask for more: its challenge names its
  metadata, and these name the server.

  @JW-RES-050
  Scenario: The challenge says where the metadata are
    When a client asks without a token where one of a server is wanted
    Then the answer is 401 and names metadata

  @JW-RES-051
  Scenario: The metadata name the resource and its server
    When a client asks without a token where one of a server is wanted
    And fetches the metadata that the challenge names
    Then they name the resource and its authorization server

  @JW-RES-052
  Scenario: A service JWT does not do where a token of a server is wanted
    Given a client of which the resource has taken a service JWT
    When it shows a service JWT where a token of a server is wanted
    Then it opens nothing
