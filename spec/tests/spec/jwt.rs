//! Client documents, key sets and service JWTs: what is published is read, and each fault has its requirement.

use btx_spec::catalogue::{Catalogue, RequirementId};
use btx_spec::jose::{Algorithm, KeyFault, KeySet, SignedToken};
use btx_spec::jwt::{
    ClaimFault, ClientDocument, ClientId, DocumentFault, GRANT_TYPE_JWT, KeySetFault, Keys,
    LARGEST_DOCUMENT, LARGEST_KEY_SET, Role, SERVICE_TYPE, ServiceClaims, key_set,
};
use btx_spec::{HttpsUrl, ObjectFault};
use serde_json::{Map, Value, json};

use crate::jose::{key, keys};

pub(crate) const CLIENT: &str = "https://shop.example/services/orders.json";
const KEYS: &str = "https://shop.example/services/orders-keys.json";

pub(crate) fn client() -> ClientId {
    ClientId::parse(CLIENT).unwrap()
}

pub(crate) fn service_claims() -> Map<String, Value> {
    let claims = json!({
        "iss": CLIENT, "sub": CLIENT, "aud": "https://stock.farm.example",
        "iat": 1_795_348_800, "exp": 1_795_348_860, "jti": "57506b98-cf6f-42bc-be2f-891a08dbc179"
    });
    claims.as_object().cloned().unwrap()
}

#[test]
fn what_is_published_is_read() {
    let at = HttpsUrl::parse(KEYS).unwrap();
    let document = ClientDocument::with_keys_at(&client(), &at).to_string();
    let read = ClientDocument::parse(document.as_bytes(), &client()).unwrap();
    assert_eq!((read.keys(), read.name()), (&Keys::At(at), None));

    let inline = KeySet::of(vec![key(Algorithm::EdDSA).public()]);
    let mut document = ClientDocument::with_keys(&client(), &inline);
    document["client_name"] = "Orders".into();
    let read = ClientDocument::parse(document.to_string().as_bytes(), &client()).unwrap();
    assert_eq!(read.name(), Some("Orders"));
    assert_eq!(read.into_keys(), Keys::Inline(inline));

    let all = keys().to_json().to_string();
    assert_eq!(key_set(all.as_bytes()), Ok(keys()));
}

#[test]
fn the_document_of_one_client_is_not_that_of_another() {
    let document = ClientDocument::with_keys_at(&client(), KEYS).to_string();
    let other = ClientId::parse("https://shop.example/services/news.json").unwrap();
    assert_eq!(
        ClientDocument::parse(document.as_bytes(), &other),
        Err(DocumentFault::ClientId)
    );
}

#[test]
fn size_is_judged_before_anything_is_read() {
    let bytes = vec![b'['; LARGEST_DOCUMENT + 1];
    assert_eq!(
        ClientDocument::parse(&bytes, &client()),
        Err(DocumentFault::TooLarge)
    );
    let bytes = vec![b'['; LARGEST_KEY_SET + 1];
    assert_eq!(key_set(&bytes), Err(KeySetFault::TooLarge));
}

#[test]
fn a_service_jwt_says_what_it_was_signed_to_say() {
    for algorithm in Algorithm::ALL {
        let token = key(algorithm)
            .sign(Some(SERVICE_TYPE), &service_claims())
            .unwrap();
        let token = SignedToken::parse(&token).unwrap();
        let claims = ServiceClaims::read(&token, SERVICE_TYPE).unwrap();
        assert_eq!(claims.client, client());
        assert_eq!(claims.audience, "https://stock.farm.example");
        assert_eq!(claims.issued_at.seconds(), 1_795_348_800.0);
        assert_eq!(claims.expires_at.seconds(), 1_795_348_860.0);
        assert_eq!(claims.id, "57506b98-cf6f-42bc-be2f-891a08dbc179");
        assert_eq!(claims.key_id, algorithm.name());
        assert_eq!(claims.algorithm, algorithm);
        assert_eq!(
            ServiceClaims::read(&token, GRANT_TYPE_JWT),
            Err(ClaimFault::Type)
        );
    }
}

#[test]
fn every_fault_is_told_and_the_first_one_is_the_error() {
    let nothing = key(Algorithm::EdDSA)
        .sign_raw(r#"{"alg":"none","crit":[]}"#, "{}")
        .unwrap();
    let token = SignedToken::parse(&nothing).unwrap();
    let faults = ServiceClaims::faults(&token, SERVICE_TYPE);
    use ClaimFault as F;
    let all = [
        F::Type,
        F::Algorithm,
        F::Critical,
        F::KeyId,
        F::Issuer,
        F::Subject,
        F::Audience,
        F::IssuedAt,
        F::ExpiresAt,
        F::Id,
    ];
    assert_eq!(faults, all);
    assert_eq!(ServiceClaims::read(&token, SERVICE_TYPE), Err(F::Type));
}

/// A client that is told of a requirement can look it up.
#[test]
fn requirements_that_faults_name_are_in_the_catalogue() {
    use ClaimFault as F;
    let claims = [
        F::Type,
        F::Algorithm,
        F::Critical,
        F::KeyId,
        F::Issuer,
        F::Subject,
        F::Audience,
        F::IssuedAt,
        F::ExpiresAt,
        F::Life,
        F::Id,
    ];
    let roles = [Role::Client, Role::Resource, Role::AuthorizationServer];
    let of_claims = claims
        .iter()
        .flat_map(|fault| roles.iter().filter_map(|role| fault.requirement(*role)));
    let of_documents = [
        DocumentFault::TooLarge,
        DocumentFault::Json(ObjectFault::RepeatedMember),
        DocumentFault::Json(ObjectFault::NotJson),
        DocumentFault::ClientId,
        DocumentFault::Secret,
        DocumentFault::SecretMethod,
        DocumentFault::KeysTwice,
        DocumentFault::NoKeys,
        DocumentFault::OtherOrigin,
        DocumentFault::Keys(KeySetFault::TooManyKeys),
        DocumentFault::Keys(KeySetFault::Key(KeyFault::Private)),
        DocumentFault::Keys(KeySetFault::Key(KeyFault::RepeatedId)),
        DocumentFault::Keys(KeySetFault::Key(KeyFault::Weak)),
    ];
    let of_documents = of_documents
        .iter()
        .map(|fault| fault.requirement().unwrap());
    let Ok(catalogue) = Catalogue::embedded() else {
        panic!("the catalogue has errors; see the test catalogue::it_can_be_read");
    };
    for id in of_claims.chain(of_documents) {
        let id: RequirementId = id.parse().unwrap();
        assert!(catalogue.get(&id).is_some(), "{id}");
    }
}
