@exchange @initiator
Feature: How the initiator judges a token issue
  Anyone can send a token issue. The initiator takes the one that answers its own call, and what it
  refuses changes nothing.

  @EX-INI-046
  Scenario: A token issue without fault is accepted, and its token used
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the token issue is accepted
    And the token is used

  @EX-INI-040
  Scenario Outline: A large token issue is accepted: <size>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <size>
    And the issuer answers the call with 204
    Then the token issue is accepted

    Examples:
      | size                                              |
      | a token of 4096 characters                        |
      | members that nobody knows, of 16384 bytes in all  |

  @EX-INI-046
  Scenario: A token issue in chunks is accepted
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a body in chunks
    And the issuer answers the call with 204
    Then the token issue is accepted

  @EX-INI-046
  Scenario: A token issue that comes in small pieces is accepted
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with a body in small pieces
    And the issuer answers the call with 204
    Then the token issue is accepted

  @EX-INI-046
  Scenario: Token issues of exchanges that are open at once are accepted
    Given an issuer that the target knows
    When the target is set off 3 times at once
    And each call gets its token issue, the last one first
    And each call is answered with 204
    And the target uses what it holds
    Then each token issue is accepted
    And one of the tokens is used

  @EX-INI-046
  Scenario: A token issue that has expired by less than the clock skew is accepted
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with an expires_at within the clock skew
    And the issuer answers the call with 204
    Then the token issue is accepted

  @EX-INI-041 @EX-INI-047
  Scenario Outline: A member that is not of its form is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                                   |
      | a token of 19 characters                |
      | a token of 4097 characters              |
      | a token with a line break and a field   |
      | an empty token                          |
      | a token with a carriage return          |
      | a token with a line feed at its end     |
      | a token with a NUL                      |
      | a token with an equals sign inside      |
      | a token with a space                    |
      | a token with a comma                    |
      | a token with a letter that is not ASCII |
      | an expires_at without its Z             |
      | an expires_at with a line feed at its end |
      | an expires_at with a space for its T    |
      | an expires_at with an offset            |
      | an expires_at with a fraction           |
      | an expires_at in small letters          |
      | an expires_at as a number               |
      | an expires_at on the 30th of February   |
      | a signature that is empty               |
      | a signature in hexadecimal              |
      | a signature in base64url                |
      | a signature with stray bits at its end  |
      | a signature without its padding         |
      | a signature with a line feed at its end |
      | a signature of 31 bytes                 |
      | a signature of 33 bytes                 |
      | no signature                            |
      | no expires_at                           |
      | no bearer_token                         |
      | bearer_token twice                      |
      | exchange_id in capitals, signed as stored |
      | exchange_id in braces, signed as stored   |
      | exchange_id without hyphens, signed as stored |

  @EX-INI-050 @EX-INI-047
  Scenario Outline: A wrong signature is refused, and the exchange goes on: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the first token issue is refused
    And the right one is accepted
    And no token of a refused token issue was used

    Examples:
      | fault                                           |
      | a signature by another key                      |
      | a signature by the key's text, not its bytes    |
      | a signature over the token only                 |
      | a signature over the token without its last character |
      | a signature over an expiry an hour later        |
      | a signature over another label                  |
      | a signature over lines that end with CR LF      |
      | a signature with a line feed at the end of what is signed |
      | a signature of zeros                            |
      | a signature whose last byte is another          |
      | a signature without a key                       |

  @EX-INI-042
  Scenario Outline: A token issue for an exchange that is not open is refused: <case>
    Given an issuer that the target knows
    When the target is set off
    And the issuer answers the call with <ended>
    And the issuer sends a token issue when the exchange has ended
    And an exchange without the fault gets a token
    Then the first token issue is refused

    Examples:
      | case                | ended |
      | after a refusal     | 502   |
      | after a refusal of its form | 400 |
      | after a conflict    | 409   |
      | after being put off | 503   |
      | after being held back | 429 |
      | after another success | 200 |
      | after a redirect    | a redirect 307 to another origin |
      | after a success without a token | 204 |

  @EX-INI-042 @EX-INI-071
  Scenario Outline: When the exchange has succeeded, no token issue is taken any more: <later>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer answers the call with 204
    And a later token issue arrives until it is refused: <later>
    And the target uses what it holds
    Then the token issue is accepted
    And the later one is refused
    And the token is used
    And no token of a refused token issue was used

    Examples:
      | later             |
      | the same          |
      | another token     |

  @EX-INI-047 @EX-INI-050
  Scenario: Several forged token issues lock nobody out
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends 12 token issues with a signature by another key
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then all but the last token issue are refused
    And the token is used
    And no token of a refused token issue was used

  @EX-INI-050
  Scenario: A token issue that came before is not taken with another signature
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the same token issue comes again with a signature by another key
    And the issuer answers the call with 204
    Then the token issue is accepted
    And the second one is refused

  @EX-INI-050 @EX-INI-071
  Scenario: A forged token issue does not displace the right one
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer sends a token issue with a signature by another key
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the token issue is accepted
    And the second one is refused
    And the token is used
    And no token of a refused token issue was used

  @EX-INI-042 @EX-INI-047
  Scenario: A token issue for an exchange that never was is refused
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with another exchange_id
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

  @EX-INI-043 @EX-INI-047
  Scenario Outline: A token issue that names other parties is refused, though it is signed so: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the first token issue is refused
    And the right one is accepted
    And no token of a refused token issue was used

    Examples:
      | fault                                    |
      | another issuer, signed so                |
      | another initiator, signed so             |
      | the parties changed about, signed so     |
      | another issuer, signed as stored         |
      | another initiator, signed as stored      |

  @EX-ANY-002 @EX-INI-043 @EX-INI-047
  Scenario Outline: Identifiers in a token issue are compared octet by octet: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    Then the first token issue is refused
    And the right one is accepted

    Examples:
      | fault                                              |
      | the issuer with a slash at its end, signed so      |
      | the issuer with its scheme in capitals, signed so  |
      | the initiator with a slash at its end, signed so   |
      | the issuer with a slash at its end, signed as stored |
      | the initiator with its scheme in capitals, signed as stored |

  @EX-INI-043 @EX-INI-044 @EX-INI-047
  Scenario Outline: A token call that was relayed yields nothing: <relay>
    Given two issuers that the target knows
    When the target is set off
    And a token issue arrives <relay>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the first token issue is refused
    And the right one is accepted
    And no token of a refused token issue was used

    Examples:
      | relay                                                      |
      | at the URL of the other issuer, in the name of the first   |
      | at the URL of the other issuer, in the name of the other   |
      | at the URL of the first issuer, in the name of the other   |

  @EX-INI-045 @EX-INI-047
  Scenario Outline: A token issue that has expired is refused: <fault>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue with <fault>
    And the issuer then sends the right one
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the first token issue is refused
    And the right one is accepted
    And no token of a refused token issue was used

    Examples:
      | fault                                     |
      | an expires_at of an hour ago              |
      | an expires_at just beyond the clock skew  |

  @EX-INI-070
  Scenario: The same token issue again is answered as the first time
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer sends the same token issue again
    And the issuer answers the call with 204
    And the target uses what it holds
    Then both token issues are accepted
    And the token is used

  @EX-INI-071
  Scenario Outline: Another token for the same exchange is refused, and the first one kept: <other>
    Given an issuer that the target knows
    When the target is set off
    And the issuer sends a token issue
    And the issuer then sends one with <other>
    And the issuer answers the call with 204
    And the target uses what it holds
    Then the token issue is accepted
    And the second one is refused
    And the token is used

    Examples:
      | other             |
      | another token     |
      | another expiry    |
