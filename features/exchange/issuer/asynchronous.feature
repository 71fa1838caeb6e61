@exchange @issuer @waits
Feature: The asynchronous form
  Who asks with Prefer: respond-async is answered at once and looks for the outcome at a status URL.

  @EX-ISS-080
  Scenario: Nobody is answered 202 unasked
    Given a registered initiator
    When it makes a token call and holds the token issue for half the declared deadline
    And it answers the token issue with 204
    Then the call is not answered with 202

  @EX-ISS-080 @claims-async
  Scenario Outline: Another preference is not this one: <prefer>
    Given a registered initiator
    When it makes a token call with the preference <prefer>
    Then the call is not answered with 202

    Examples:
      | prefer                          |
      | foo="bar, respond-async, baz"   |
      | respond-asynchronously          |
      | wait=10                         |

  @EX-ISS-020 @EX-ISS-013 @claims-async
  Scenario: Exchanges that nobody waits for count as well
    Given a registered initiator
    When it has as many asynchronous exchanges open as the target declares
    And it makes a token call that asks for asynchrony
    And it accepts all of them
    And an exchange with a sound initiator succeeds
    Then the call is refused
    And no token issue was sent for it

  @EX-ISS-081 @claims-async
  Scenario: Who asks is answered 202
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the call is answered with 202

  @EX-ISS-081 @claims-async
  Scenario Outline: The preference is read as RFC 7240 writes it: <prefer>
    Given a registered initiator
    When it makes a token call with the preference <prefer>
    Then the call is answered with 202

    Examples:
      | prefer                       |
      | Respond-Async                |
      | wait=10, respond-async       |
      | respond-async; foo="a,b"     |
      | wait=10, and the preference respond-async |

  @EX-ISS-082 @claims-no-async
  Scenario: An issuer without the asynchronous form does as if nobody had asked
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the call succeeds

  @EX-ISS-083 @EX-ISS-013 @claims-async
  Scenario Outline: A faulty call is refused before any 202: <fault>
    Given a registered initiator
    When it makes a token call that asks for asynchrony, with <fault>
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it

    Examples:
      | fault                       |
      | an exchange_id in capitals  |
      | another issuer's identifier |
      | the identifier of a party that is not registered |

  @EX-ISS-084 @claims-async
  Scenario: The pending answer has its two members
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the pending answer has two members, each in its form

  @EX-ISS-085 @claims-async
  Scenario: Location says the same
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the Location of the pending answer is its status_url

  @EX-ISS-086 @claims-async
  Scenario: The pending answer says when to ask again
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the pending answer has a Retry-After in seconds

  @EX-ISS-087 @claims-async
  Scenario: The status URL has the origin of the URL that was called
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then the status_url has the origin of the URL that was called

  @EX-ISS-088 @claims-async
  Scenario: Status URLs cannot be guessed from one another
    Given a registered initiator
    When it makes 4 token calls one after the other that ask for asynchrony
    Then their status URLs have room for 128 random bits and differ in them

  @EX-ISS-089 @claims-async
  Scenario: The exchange is remembered beyond its deadline
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    Then exchange_expires_at is later than the declared deadline from now

  @EX-ISS-090 @claims-async
  Scenario: While the exchange is open, its status is the first answer again
    Given a registered initiator
    And it holds token issues
    When it makes a token call that asks for asynchrony
    And it asks for the status
    Then the status is pending with the body of the first answer

  @EX-ISS-062 @claims-async
  Scenario: The token of a pending exchange opens nothing
    Given a registered initiator
    And it holds token issues
    When it makes a token call that asks for asynchrony
    And the token issue has come
    Then its token opens nothing so far

  @EX-ISS-091 @claims-async
  Scenario: Once the token is live, the status is 204
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then the status is 204
    And its token opens the resource on every replica

  @EX-ISS-092 @claims-async
  Scenario: The status is not 204 before the token is live on every replica
    Given a registered initiator
    And it holds token issues
    When it makes a token call that asks for asynchrony
    And it asks for the status
    And it answers the token issue with 204
    And it asks for the status until it is final
    Then no status of 204 came before the acceptance
    And its token opens the resource on every replica

  @EX-ISS-093 @claims-async
  Scenario Outline: The status of a failed exchange is a refusal: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    And an exchange without the fault succeeds
    Then the status is a refusal
    And its token opens nothing

    Examples:
      | answer |
      | 200    |
      | 404    |
      | 500    |

  @EX-ISS-094 @claims-async
  Scenario Outline: The final status stays: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    And an exchange without the fault succeeds
    Then the status is the same when it is asked again

    Examples:
      | answer |
      | 204    |
      | 404    |

  @EX-ISS-095 @claims-async @replicas
  Scenario: Every replica knows the status
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then every replica gives the same status

  @EX-ISS-096 @claims-async
  Scenario: The status tells nothing of the token
    Given a registered initiator
    And it holds token issues
    When it makes a token call that asks for asynchrony
    And it asks for the status
    And it answers the token issue with 204
    And it asks for the status until it is final
    Then no answer to the status URL contains the token

  @EX-ISS-097 @claims-async
  Scenario: A status URL that was not handed out is refused
    Given a registered initiator
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then a status URL with other random bits is refused

  @EX-ISS-098 @claims-async
  Scenario Outline: HEAD is answered as GET, without content: <answer>
    Given a registered initiator
    And it answers token issues with <answer>
    When it makes a token call that asks for asynchrony
    And it asks for the status until it is final
    Then HEAD at the status URL has the same status and no content

    Examples:
      | answer |
      | 204    |
      | 404    |

  @EX-ISS-016 @EX-ISS-013 @claims-async
  Scenario: A repeat is refused in the asynchronous form as well
    Given a registered initiator
    And an exchange that is open
    When it makes a token call that asks for asynchrony, with every value of that exchange
    And an exchange without the fault succeeds
    Then the call is refused
    And no token issue was sent for it
    And the open exchange, once accepted, succeeds

  @EX-ISS-099 @claims-async
  Scenario: A silent initiator does not keep an exchange open for ever
    Given a registered initiator
    And it answers token issues with nothing, ever
    When it makes a token call that asks for asynchrony
    And it asks for the status until the declared deadline has passed
    And an exchange without the fault succeeds
    Then the status is a refusal
    And its token opens nothing
