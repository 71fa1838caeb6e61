@oauth @resource @claims-resource-metadata
Feature: Metadata of a resource
  The resource says of itself what a client has to know, at an address that is made from its identifier.

  @OA-RES-070
  Scenario: The metadata are a JSON object
    When a client asks for the metadata of the resource
    Then the answer is a JSON object

  @OA-RES-071
  Scenario: The metadata name the resource that they are asked for
    When a client asks for the metadata of the resource
    Then it names the resource

  @OA-RES-072
  Scenario Outline: The challenge leads to the metadata: <case>
    Given a live access token
    When a client shows <case>
    And a request without the fault is answered
    Then the challenge leads to the metadata

    Examples:
      | case                      |
      | no token                  |
      | a token of its own making |
