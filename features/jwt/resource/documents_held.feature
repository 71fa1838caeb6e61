@jwt @jwt-resource
Feature: How long document and keys are held
  What is fresh is not fetched again, what is new is found, what is gone is forgotten, and an hour without the
  host of a client is no hour without the client.

  @JW-ANY-026
  Scenario: What is fresh is not fetched again
    Given a client of the resource
    When it asks to be let in 5 times
    And the first of its requests was let in
    Then document and keys were fetched once

  @JW-ANY-026
  Scenario: A document with the keys in it is not fetched again
    Given a client of the resource
    And its keys stand in its document
    When it asks to be let in 5 times
    And the first of its requests was let in
    Then the document was fetched once

  @JW-ANY-027
  Scenario: One fetch is for all who come in the meantime
    Given a client of the resource
    When it asks to be let in 8 times, while its document is on its way
    Then it is let in each time
    And document and keys were fetched once

  @JW-ANY-028
  Scenario Outline: A fault is over when the next request comes: <fault>
    Given a client of the resource
    When its <fault>
    And its document was of no use at first
    And it asks to be let in
    Then it is let in

    Examples:
      | fault                                                      |
      | document comes as an error 404, and then as it should      |
      | document comes as an error 500, and then as it should      |
      | document comes as a page, and then as it should            |
      | keys come as an error 404, and then as they should         |
      | keys come as JSON that breaks off, and then as they should |

  @JW-ANY-029
  Scenario Outline: A key that is gone is not used when its set is no longer fresh: <freshness>
    Given a client of the resource
    And its keys come with Cache-Control: <freshness>
    And the first of its requests was let in
    When it puts another key in the place of its own
    And they are no longer fresh
    And it asks to be let in with the key that is gone
    And it is let in with the key that is there
    Then it is not let in

    Examples:
      | freshness |
      | max-age=0 |
      | no-store  |
      | no-cache  |

  @JW-ANY-029 @waits
  Scenario: A key that is gone is not used when its time is over
    Given a client of the resource
    And document and keys hold for 1 seconds
    And the first of its requests was let in
    When it puts another key in the place of its own
    And they are no longer fresh after 1 seconds
    And it asks to be let in with the key that is gone
    And it is let in with the key that is there
    Then it is not let in

  @JW-ANY-030
  Scenario: A key that is new is found at once
    Given a client that the resource has let in
    When it puts a new key beside its own
    And it asks to be let in
    Then it is let in

  @JW-ANY-030
  Scenario: A key that is new is found in the document too
    Given a client of the resource
    And its keys stand in its document
    And the first of its requests was let in
    When it puts a new key beside its own
    And it asks to be let in
    Then it is let in

  @JW-ANY-030
  Scenario: Unknown names of one client are not in the way of another
    Given two clients that the resource has let in
    When the other asks with a key that nobody knows
    And it puts a new key beside its own
    And it asks to be let in
    Then it is let in

  @JW-ANY-030 @waits
  Scenario: A key that is new is found after an unknown one
    Given a client that the resource has let in
    When it asks to be let in by a JWT whose kid is not its own
    And the interval for unknown keys is over
    And it puts a new key beside its own
    And it asks to be let in
    Then it is let in

  @JW-ANY-031
  Scenario: Names that nobody knows do not make it fetch more often
    Given a client that the resource has let in
    When it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    And it asks to be let in by a JWT whose kid is not its own
    Then it was looked for new keys no more often than once in the interval

  @JW-ANY-032
  Scenario Outline: What is held does while nothing else can be had: <fault>
    Given a client of the resource
    And document and keys hold for 0 seconds
    And the first of its requests was let in
    When nothing of it can be had any more: <fault>
    And they are no longer fresh
    And it asks to be let in
    Then it is let in

    Examples:
      | fault                          |
      | as an error 500                |
      | as an error 503                |
      | as a connection that is closed |

  @JW-ANY-033 @waits
  Scenario: What is held does not do for ever
    Given a client of the resource
    And document and keys hold for 0 seconds
    And the first of its requests was let in
    When nothing of it can be had any more: as an error 500
    And they have been held for longer than the target declares
    And it asks to be let in
    And everything can be had again
    And it is let in with the key that is there
    Then it is not let in
