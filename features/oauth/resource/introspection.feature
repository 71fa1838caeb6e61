@oauth @resource
Feature: Tokens that the resource asks about
  The resource asks an authorization server whether a token is active, and believes nothing but a plain yes.

  @OA-RES-050 @claims-takes-opaque
  Scenario: A token that its server calls active is taken
    Given a token that the resource has to ask about
    When a client shows it
    Then the resource opens

  @OA-RES-050 @claims-takes-opaque
  Scenario Outline: What is said of an active token beside may have several forms: <words>
    Given a token that the resource has to ask about
    When the server says <words>
    And a client shows it
    Then the resource opens

    Examples:
      | words                                          |
      | more than anybody knows                        |
      | that it is for another resource and this one   |

  @OA-RES-051 @claims-takes-opaque
  Scenario Outline: A token that is not called active opens nothing: <words>
    Given a token that the resource has to ask about
    When the server says <words>
    And a client shows it
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | words                                            |
      | that it is not active                            |
      | that it is active as text                        |
      | that it is active as a number                    |
      | null in the place of whether it is active        |
      | an array in the place of whether it is active    |
      | everything but whether it is active              |

  @OA-RES-052 @claims-takes-opaque
  Scenario: Who asks about a token says who it is
    Given a token that the resource has to ask about
    When a client shows it
    Then every question was asked by somebody who proved who it was

  @OA-RES-053 @claims-takes-opaque
  Scenario Outline: While nobody can tell, a token opens nothing: <answer>
    Given a token that the resource has to ask about
    When the server answers <answer>
    And a client shows it
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | answer                                |
      | 204                                   |
      | 404                                   |
      | 500                                   |
      | 503                                   |
      | 500, and that it is active            |
      | an error of OAuth                     |
      | that the client is not known          |
      | nothing, the connection closed        |
      | bytes that are not HTTP               |
      | a page                                |
      | JSON that breaks off                  |
      | an array that says that it is active  |
      | an empty body                         |

  @OA-RES-053 @claims-takes-opaque @waits
  Scenario: While nobody answers, a token opens nothing
    Given a token that the resource has to ask about
    When the server answers nothing, ever
    And a client shows it
    And a request without the fault is answered
    Then it opens nothing

  @OA-RES-054 @claims-takes-opaque
  Scenario Outline: An active token for another audience opens nothing: <words>
    Given a token that the resource has to ask about
    When the server says <words>
    And a client shows it
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | words                                          |
      | that it is for another resource                |
      | that it is for others                          |
      | that it is for a resource with a longer name   |

  @OA-RES-055 @claims-takes-opaque
  Scenario Outline: An active token whose end has passed opens nothing: <words>
    Given a token that the resource has to ask about
    When the server says <words>
    And a client shows it
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | words                       |
      | that it has just expired    |
      | that it expired a year ago  |

  @OA-RES-056 @claims-takes-opaque
  Scenario: A token is asked about by POST
    Given a token that the resource has to ask about
    When a client shows it
    Then every question was asked by POST
