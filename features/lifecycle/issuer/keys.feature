@lifecycle @lifecycle-issuer
Feature: What a bearer says
  A bearer says what it is, which key has signed it, by whom and for whom it is made, whose it is, for which
  session, and until when. It does not say the session token, which would make one of the two out of both.

  @LC-ISS-001
  Scenario: A bearer has a type of its own and names its key
    Given an issuer
    When a session begins on each replica
    Then each bearer has the header of one

  @LC-ISS-002
  Scenario: A bearer says whose it is, for which session, by whom, for whom and until when
    Given an issuer
    When a session begins on each replica
    Then each bearer says all that it has to

  @LC-ISS-003
  Scenario: A bearer lives as long as declared at most
    Given an issuer
    When a session begins on each replica
    Then no bearer lives longer than declared

  @LC-ISS-004
  Scenario: Each login has a session of its own
    Given an issuer
    When 3 sessions begin on each replica
    Then each bearer names another session

  @LC-ISS-005
  Scenario: A bearer does not contain the session token
    Given an issuer
    When a session begins on each replica
    Then no bearer contains the session token that came with it
