@exchange @issuer
Feature: HTTP
  Methods, media types, content codings, sizes, and the fields that change nothing.

  @HT-ANY-001 @EX-ISS-013
  Scenario Outline: Another method is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault            |
      | the method PUT   |
      | the method PATCH |
      | the method GET   |
      | the method DELETE |

  @HT-ANY-002
  Scenario: Another method is answered 405 with Allow
    Given a registered initiator
    When it makes a token call with the method PUT
    And an exchange without the fault succeeds
    Then the call is refused with 405 and method-not-allowed
    And the refusal allows POST

  @HT-ANY-001 @claims-async
  Scenario Outline: Another method at the status URL is refused: <method>
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then <method> at the status URL is refused

    Examples:
      | method |
      | POST   |
      | DELETE |

  @HT-ANY-003 @EX-ISS-013
  Scenario Outline: Another media type is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                                           |
      | the media type text/plain                       |
      | no media type                                   |
      | the media type application/problem+json         |
      | the media type application/x-www-form-urlencoded |
      | the media type application/jsonp                |

  @HT-ANY-004
  Scenario Outline: Another media type is answered 415 with Accept: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused with 415 and unsupported-media-type
    And the refusal accepts application/json

    Examples:
      | fault                     |
      | the media type text/plain |
      | no media type             |

  @HT-ANY-005
  Scenario Outline: The media type is taken in any spelling: <spelling>
    Given a registered initiator
    When it makes a token call with <spelling>
    Then the call succeeds

    Examples:
      | spelling                                          |
      | the media type Application/JSON                   |
      | the media type application/json; charset=utf-8    |
      | the media type application/json;charset="UTF-8"; x=y |

  @HT-ANY-006 @EX-ISS-013
  Scenario Outline: A content coding is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                               |
      | a content coding that nobody decodes |

  @HT-ANY-007
  Scenario: A content coding is answered 415
    Given a registered initiator
    When it makes a token call with a content coding that nobody decodes
    And an exchange without the fault succeeds
    Then the call is refused with 415 and unsupported-media-type

  @HT-ANY-014 @EX-ISS-013
  Scenario Outline: A message of more than 65536 bytes is refused: <fault>
    Given a registered initiator
    When it makes a token call with <fault>
    And an exchange without the fault succeeds
    Then the call is refused or cut off
    And no token issue was sent for it

    Examples:
      | fault                                     |
      | 65537 bytes of announced length           |
      | 65537 bytes in chunks of unannounced length |
      | 1000000 bytes of announced length         |

  @HT-ANY-015
  Scenario: A message that is too large is answered 413
    Given a registered initiator
    When it makes a token call with 65537 bytes of announced length
    And an exchange without the fault succeeds
    Then the call is refused with 413 and message-too-large

  @HT-ANY-016
  Scenario Outline: Credentials of other kinds change nothing: <case>
    Given a registered initiator
    When it makes a token call with <case>
    Then the call succeeds

    Examples:
      | case                         |
      | a Basic authorization        |
      | a Bearer token of nobody     |
      | a cookie                     |
