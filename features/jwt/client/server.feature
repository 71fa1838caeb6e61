@jwt @jwt-client
Feature: The way to an authorization server
  A challenge says when a token is wanted. Whom the client asks for it, it has from its configuration.

  @JW-CLI-060 @claims-asks-servers
  Scenario: The metadata of the resource say which server to ask
    Given a resource that wants tokens of a server
    When the client calls the resource
    Then the client has fetched the metadata of the resource before it asked the server
    And the resource was shown an access token of its server

  @JW-CLI-060 @claims-asks-servers
  Scenario: A server that is allowed is found behind one that is not
    Given a resource that wants tokens of a server
    When the metadata of the resource name a server that nobody knows before the own one
    And the client calls the resource
    Then the client has fetched the metadata of the resource before it asked the server
    And the resource was shown an access token of its server

  @JW-CLI-064 @claims-asks-servers
  Scenario: Metadata of a resource are not fetched at another origin
    Given a resource that wants tokens of a server
    When the resource answers with a challenge that names metadata at another origin
    And the client calls the resource
    And a call without the fault is granted
    Then nothing was fetched at the other origin

  @JW-CLI-061 @claims-asks-servers
  Scenario Outline: Metadata of another resource are not used: <resource>
    Given two resources that want tokens of a server
    When the metadata of the resource name as resource <resource>
    And the client calls the resource
    And a call without the fault is granted
    Then no assertion came to any server

    Examples:
      | resource                       |
      | the second resource            |
      | the own one with a slash more  |
      | the own one in capital letters |
      | nobody                         |

  @JW-CLI-062 @claims-asks-servers
  Scenario Outline: A server that is not allowed for the resource is not asked: <server>
    Given two resources that want tokens of a server
    When the metadata of the resource name as server <server>
    And the client calls the resource
    And a call without the fault is granted
    Then no server that is not allowed was asked for anything

    Examples:
      | server                            |
      | one that nobody knows             |
      | the server of the second resource |

  @JW-CLI-063 @claims-asks-servers
  Scenario Outline: Metadata of another issuer are not used: <issuer>
    Given a resource that wants tokens of a server
    When the metadata of the server of the resource name as issuer <issuer>
    And the client calls the resource
    And a call without the fault is granted
    Then no assertion came to any server

    Examples:
      | issuer                        |
      | another server                |
      | the own one with a slash more |
      | nobody                        |

  @JW-CLI-067 @claims-asks-servers
  Scenario Outline: A parameter iss of a challenge names no server: <server>
    Given two resources that want tokens of a server
    When the resource answers with a challenge that names as iss <server>
    And the client calls the resource
    And a call without the fault is granted
    Then no server that is not allowed was asked for anything

    Examples:
      | server                            |
      | one that nobody knows             |
      | the server of the second resource |

  @JW-CLI-065 @claims-asks-servers
  Scenario: It asks by the JWT bearer grant, for the resource
    Given a resource that wants tokens of a server
    When the client calls the resource
    Then each request for a token is the grant of an assertion, for the resource

  @JW-CLI-066 @claims-asks-servers
  Scenario: The assertion is one, and for the server alone
    Given a resource that wants tokens of a server
    When the client calls the resource
    Then each assertion has the type and the audience of one, and the claims of a service JWT

  @JW-CLI-068 @claims-asks-servers
  Scenario: A token serves for several calls
    Given a resource that wants tokens of a server
    When the client calls the resource
    And the client calls the resource again
    Then the server was asked for a token once
    And the resource was shown an access token of its server twice

  @JW-CLI-069 @claims-asks-servers
  Scenario: A token of the server is not shown to another resource
    Given two resources that want tokens of a server
    When the client calls the resource
    And the client calls the second resource
    And the client calls the resource again
    And the client calls the second resource again
    Then neither resource has seen a token of the other
