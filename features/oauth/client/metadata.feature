@oauth @client
Feature: How the client finds the server
  Metadata say where a server wants the secrets of its clients. So whose they are has to be certain.

  @OA-CLI-060 @claims-client-discovery
  Scenario Outline: Metadata of another issuer are not used: <issuer>
    Given a server that the client finds by its metadata
    When the metadata name as issuer <issuer>
    And the client is told to get a token
    And a token without the fault is got and shown
    Then no credentials came to any endpoint of the metadata

    Examples:
      | issuer                        |
      | another server                |
      | the own one with a slash more |
      | the own one with a path more  |
      | nobody                        |

  @OA-CLI-061 @claims-client-discovery
  Scenario: The metadata are looked for where the identifier leads
    Given a server that the client finds by its metadata
    When the client is told to get a token
    Then it was asked for its metadata where the issuer identifier leads
