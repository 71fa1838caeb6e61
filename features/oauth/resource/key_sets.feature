@oauth @resource
Feature: The keys of an issuer
  The resource fetches the key set of an issuer from where its configuration says, keeps it, and looks again
  for a key that it does not know. Without a key it believes nobody.

  @OA-RES-032 @claims-takes-jwt
  Scenario: The key set is not fetched for every request
    Given an issuer that the resource trusts
    When a client shows 10 JWT access tokens
    And all of them are answered
    Then the key set was fetched at most 3 times

  @OA-RES-033 @claims-takes-jwt
  Scenario: A key that is new in the key set is found
    Given an issuer that the resource trusts
    And a JWT access token of the issuer was taken
    When the issuer puts a new key beside the old one
    And a client shows a JWT access token of the new key
    And a request without the fault is answered
    Then the resource opens

  @OA-RES-034 @claims-takes-jwt
  Scenario Outline: While the keys are out of reach, nobody is believed: <answer>
    Given two issuers that the resource trusts
    When the issuer answers for its key set with <answer>
    And a client shows a JWT access token of the new key
    And a JWT access token of the other issuer is answered
    And a request without the fault is answered
    Then it opens nothing

    Examples:
      | answer                             |
      | 404                                |
      | 500                                |
      | nothing, the connection closed     |
      | bytes that are not HTTP            |
      | a page                             |
      | JSON that breaks off               |
      | a JSON object without keys         |
      | an empty key set                   |

  @OA-RES-034 @claims-takes-jwt @waits
  Scenario: While the keys do not come, nobody is believed
    Given two issuers that the resource trusts
    When the issuer answers for its key set with nothing, ever
    And a client shows a JWT access token of the new key
    And a JWT access token of the other issuer is answered
    And a request without the fault is answered
    Then it opens nothing
