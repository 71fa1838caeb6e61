@oauth @authorization-server @claims-server-metadata
Feature: What a server tells about itself
  Where everything is, and what it can.

  @OA-AUS-240
  Scenario: The metadata are a JSON object
    When the metadata of the server are asked for
    Then they come as a JSON object

  @OA-AUS-241
  Scenario: The metadata are those of the issuer
    When the metadata of the server are asked for
    Then they name the issuer of the server

  @OA-AUS-242
  Scenario: The metadata name the token endpoint
    When the metadata of the server are asked for
    Then they name the token endpoint of the server

  @OA-AUS-243
  Scenario: The metadata name the grants
    When the metadata of the server are asked for
    Then they name every grant that it claims

  @OA-AUS-244
  Scenario: The metadata name the ways of authentication
    When the metadata of the server are asked for
    Then they name every way of authentication that it claims

  @OA-AUS-245
  Scenario: The metadata name the algorithms of assertions
    When the metadata of the server are asked for
    Then they name the algorithms for signed assertions

  @OA-AUS-246
  Scenario: No algorithm of the metadata is none
    When the metadata of the server are asked for
    Then no algorithm among them is none
