//! Parties that are registered, and removed, while everything runs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use btx_reference::Parts;
use btx_reference::initiator::{self, Failure, Initiator, IssuerEntry, Outcome};
use btx_reference::issuer::{self, Issuer, Partner};
use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{HttpsOutbound, Outbound, OutboundRequest, Overrides, Trust};
use btx_reference::registration::RegistrationError;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{Store, StoreError};
use btx_spec::{BearerToken, HttpsUrl, Identifier, ProblemType};
use lab::TestClock;
use lab::late::Late;
use lab::wire::{BROKEN, Wire};
use tokio::time::Instant;

const FARM: &str = "https://farm.example";
/// The other replica of the farm.
const BARN: &str = "https://barn.example";
const SHOP: &str = "https://shop.example";

fn identifier(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

fn url(text: &str) -> HttpsUrl {
    HttpsUrl::parse(text).unwrap()
}

fn shop_as_partner() -> Partner {
    Partner::new(identifier(SHOP), url("https://shop.example/receive")).unwrap()
}

fn farm_as_issuer() -> IssuerEntry {
    IssuerEntry {
        name: "farm".to_owned(),
        identifier: identifier(FARM),
        token_call: url("https://farm.example/btx/token-call"),
        receives: url("https://shop.example/receive"),
        asynchronous: None,
    }
}

fn parts(wire: &Arc<Wire>, store: Arc<dyn Store>) -> Parts {
    Parts {
        clock: TestClock::new(),
        ..Parts::new(store, wire.clone())
    }
}

/// A farm in two replicas, and a shop; the farm does not know the shop yet.
struct Village {
    wire: Arc<Wire>,
    farm: Issuer,
    barn: Issuer,
    shop: Initiator,
}

impl Village {
    fn new() -> Self {
        Self::with_store(Arc::new(MemoryStore::new()), false)
    }

    fn with_store(store: Arc<dyn Store>, asynchronous: bool) -> Self {
        let wire = Wire::new();
        let mut config = issuer::Config::new(identifier(FARM), Vec::new());
        config.asynchronous = true;
        let farm = Issuer::new(config.clone(), parts(&wire, store.clone()));
        let barn = Issuer::new(config, parts(&wire, store));
        let mut config = initiator::Config::new(identifier(SHOP), vec![farm_as_issuer()]);
        config.asynchronous = asynchronous;
        let shop = Initiator::new(config, parts(&wire, Arc::new(MemoryStore::new())));
        wire.put(FARM, farm.router());
        wire.put(BARN, barn.router());
        wire.put(SHOP, shop.router());
        Self {
            wire,
            farm,
            barn,
            shop,
        }
    }

    async fn exchange(&self) -> Outcome {
        self.shop.exchange(&farm_as_issuer()).await
    }

    async fn token(&self) -> BearerToken {
        self.shop.token_for(&identifier(FARM)).await.unwrap()
    }

    /// What both replicas answer to whoever shows this token.
    async fn open(&self, token: &BearerToken) -> [u16; 2] {
        let mut statuses = [0; 2];
        for (status, origin) in statuses.iter_mut().zip([FARM, BARN]) {
            let request = OutboundRequest::bare(format!("{origin}/api/whoami"), Instant::now())
                .with("authorization", format!("Bearer {}", token.expose()));
            *status = match self.wire.get(request).await {
                btx_reference::outbound::OutboundOutcome::Answered(answer) => answer.status,
                other => panic!("no answer: {other:?}"),
            };
        }
        statuses
    }
}

fn refused(outcome: &Outcome) -> Option<ProblemType> {
    match outcome {
        Outcome::Failed(Failure::Refused { problem, .. }) => *problem,
        _ => None,
    }
}

#[tokio::test]
async fn a_registration_at_one_replica_counts_at_all() {
    let village = Village::new();
    let stranger = village.exchange().await;
    assert_eq!(refused(&stranger), Some(ProblemType::UnknownInitiator));

    // Registered at one, called and used at the other.
    village.barn.register(shop_as_partner()).await.unwrap();
    let outcome = village.exchange().await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    assert_eq!(village.open(&village.token().await).await, [200, 200]);
}

#[tokio::test]
async fn whoever_is_removed_has_no_token_even_if_it_comes_back() {
    let village = Village::new();
    village.farm.register(shop_as_partner()).await.unwrap();
    village.exchange().await;
    let token = village.token().await;
    assert_eq!(village.open(&token).await, [200, 200]);

    assert_eq!(village.barn.remove(&identifier(SHOP)).await, Ok(true));
    assert_eq!(village.open(&token).await, [401, 401]);
    let stranger = village.exchange().await;
    assert_eq!(refused(&stranger), Some(ProblemType::UnknownInitiator));
    assert_eq!(village.farm.remove(&identifier(SHOP)).await, Ok(false));

    village.farm.register(shop_as_partner()).await.unwrap();
    assert_eq!(village.open(&token).await, [401, 401]);
    let outcome = village.exchange().await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    assert_eq!(village.open(&village.token().await).await, [200, 200]);
    assert_eq!(village.open(&token).await, [401, 401]);
}

/// A shop that has itself removed, and maybe registered again, before it answers a token issue.
fn fickle(village: &Village, comes_back: bool, answer: StatusCode) -> Router {
    let (barn, shop) = (village.barn.clone(), village.shop.router());
    let receive = async move |request: axum::extract::Request| {
        use tower::ServiceExt as _;
        let accepted = shop.oneshot(request).await.unwrap();
        assert_eq!(accepted.status(), StatusCode::NO_CONTENT);
        barn.remove(&identifier(SHOP)).await.unwrap();
        if comes_back {
            barn.register(shop_as_partner()).await.unwrap();
        }
        answer
    };
    Router::new().route("/receive", post(receive))
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_is_open_fails_with_the_removal() {
    for (comes_back, asynchronous) in [(false, false), (true, false), (true, true)] {
        let village = Village::with_store(Arc::new(MemoryStore::new()), asynchronous);
        village.farm.register(shop_as_partner()).await.unwrap();
        let fickle = fickle(&village, comes_back, StatusCode::NO_CONTENT);
        village.wire.put(SHOP, fickle);
        let outcome = village.exchange().await;
        let problem = Some(ProblemType::TemporarilyUnavailable);
        assert_eq!(refused(&outcome), problem, "{comes_back} {asynchronous}");
        let metrics = village.farm.metrics();
        assert_eq!(metrics.exchanges_not_activated.get(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_of_an_exchange_is_its_last() {
    // The shop refuses the token issue, but it was removed before.
    let village = Village::with_store(Arc::new(MemoryStore::new()), true);
    village.farm.register(shop_as_partner()).await.unwrap();
    let fickle = fickle(&village, true, StatusCode::NOT_FOUND);
    village.wire.put(SHOP, fickle);
    let outcome = village.exchange().await;
    let problem = Some(ProblemType::TemporarilyUnavailable);
    assert_eq!(refused(&outcome), problem);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_to_whoever_is_removed() {
    for comes_back in [false, true] {
        let village = Village::new();
        village.farm.register(shop_as_partner()).await.unwrap();
        let fickle = fickle(&village, comes_back, BROKEN);
        village.wire.put(SHOP, fickle);
        let outcome = village.exchange().await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
        let sent = village.wire.sent_to("https://shop.example/receive");
        assert_eq!(sent, 1, "{comes_back}");
    }
}

#[tokio::test]
async fn a_call_that_was_admitted_just_before_the_removal_gets_nothing() {
    let store = Arc::new(Late::default());
    let village = Village::with_store(store.clone(), false);
    village.farm.register(shop_as_partner()).await.unwrap();
    let barn = village.barn.clone();
    store.before_the_next(async move {
        barn.remove(&identifier(SHOP)).await.unwrap();
        barn.register(shop_as_partner()).await.unwrap();
    });
    let outcome = village.exchange().await;
    let problem = Some(ProblemType::TemporarilyUnavailable);
    assert_eq!(refused(&outcome), problem);
    assert_eq!(village.wire.sent_to("https://shop.example/receive"), 0);
    // The registration that came after it is a good one.
    let outcome = village.exchange().await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_store_that_cannot_take_tokens_back_has_nobody_registered() {
    // What does not forget at the initiator's side is the same store.
    let (village, shop) = lonely_shop(Arc::new(Late::default()));
    let refused = shop.register(farm_as_issuer()).await;
    let expected = RegistrationError::Store(StoreError::NotOffered);
    assert_eq!(refused, Err(expected));
    assert_eq!(shop.issuers().len(), 0);

    // Nor is a token used that cannot be forgotten.
    village.farm.register(shop_as_partner()).await.unwrap();
    let config = initiator::Config::new(identifier(SHOP), vec![farm_as_issuer()]);
    let shop = Initiator::new(config, parts(&village.wire, Arc::new(Late::default())));
    village.wire.put(SHOP, shop.router());
    let outcome = shop.exchange(&farm_as_issuer()).await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    let removed = shop.remove(&identifier(FARM)).await;
    assert_eq!(removed, Err(StoreError::NotOffered));
    assert!(shop.token_for(&identifier(FARM)).await.is_none());
}

#[tokio::test]
async fn an_issuer_refuses_what_it_may_not_register() {
    let village = Village::new();
    village.farm.register(shop_as_partner()).await.unwrap();
    let elsewhere = Partner {
        receives: url("https://shop.example/elsewhere"),
        ..shop_as_partner()
    };
    for again in [shop_as_partner(), elsewhere] {
        let refused = village.barn.register(again).await;
        assert_eq!(refused, Err(RegistrationError::Taken));
    }
    let foreign = Partner {
        identifier: identifier("https://other.example"),
        ..shop_as_partner()
    };
    let refused = village.farm.register(foreign).await;
    assert!(matches!(refused, Err(RegistrationError::WrongOrigin(_))));
    // The first registration stands.
    let outcome = village.exchange().await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_receive_url_at_a_special_address_is_registered_only_where_it_is_public() {
    let ca = LocalCa::new("nobody").unwrap();
    let partner = |address: &str| {
        let origin = format!("https://{address}");
        Partner::new(identifier(&origin), url(&format!("{origin}/in"))).unwrap()
    };
    let public = vec!["127.0.1.0/24".parse().unwrap()];
    let https = HttpsOutbound::new(&Trust::only(ca.pem()), &Overrides::new(), public).unwrap();
    let parts = Parts::new(Arc::new(MemoryStore::new()), Arc::new(https));
    let issuer = Issuer::new(issuer::Config::new(identifier(FARM), Vec::new()), parts);
    for address in [
        "127.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.1.1]",
    ] {
        let refused = issuer.register(partner(address)).await;
        let is_refused = matches!(refused, Err(RegistrationError::Address(_)));
        assert!(is_refused, "{address}: {refused:?}");
    }
    assert_eq!(issuer.register(partner("127.0.1.1")).await, Ok(()));
    // A name is looked up when it is called, not here.
    assert_eq!(issuer.register(partner("localhost")).await, Ok(()));
}

/// A farm that was restarted over this store.
fn restarted(path: &Path, partners: Vec<Partner>) -> (Village, Issuer) {
    let village = Village::new();
    let store = DurableStore::open(path).unwrap();
    let config = issuer::Config::new(identifier(FARM), partners);
    let farm = Issuer::new(config, parts(&village.wire, Arc::new(store)));
    village.wire.put(FARM, farm.router());
    village.wire.put(BARN, farm.router());
    (village, farm)
}

#[tokio::test]
async fn tokens_of_a_removed_initiator_are_dead_after_a_restart() {
    for is_removed in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.redb");
        let token = {
            let village = Village::with_store(Arc::new(DurableStore::open(&path).unwrap()), false);
            village.farm.register(shop_as_partner()).await.unwrap();
            village.exchange().await;
            let token = village.token().await;
            assert_eq!(village.open(&token).await, [200, 200]);
            if is_removed {
                village.farm.remove(&identifier(SHOP)).await.unwrap();
            }
            village.wire.clear();
            token
        };
        if is_removed {
            let (village, _) = restarted(&path, vec![shop_as_partner()]);
            assert_eq!(village.open(&token).await, [401, 401]);
        } else {
            // Left out of the configuration, then registered by its next owner.
            let (village, farm) = restarted(&path, Vec::new());
            farm.register(shop_as_partner()).await.unwrap();
            assert_eq!(village.open(&token).await, [401, 401]);
        }
    }
}

/// A shop that knows nobody, and a farm that knows the shop.
fn lonely_shop(store: Arc<dyn Store>) -> (Village, Initiator) {
    let village = Village::new();
    let config = initiator::Config::new(identifier(SHOP), Vec::new());
    let shop = Initiator::new(config, parts(&village.wire, store));
    village.wire.put(SHOP, shop.router());
    (village, shop)
}

#[tokio::test]
async fn an_initiator_gets_tokens_from_whom_it_registers_and_from_nobody_else() {
    let (village, shop) = lonely_shop(Arc::new(MemoryStore::new()));
    village.farm.register(shop_as_partner()).await.unwrap();
    let farm = farm_as_issuer();
    let unknown = Outcome::Failed(Failure::NotRegistered);
    assert_eq!(shop.exchange(&farm).await, unknown);
    assert_eq!(village.wire.sent().len(), 0);

    // The router was made before; the receive URL is served all the same.
    shop.register(farm.clone()).await.unwrap();
    assert_eq!(shop.issuers().as_slice(), std::slice::from_ref(&farm));
    let outcome = shop.exchange(&farm).await;
    assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
    assert!(shop.token_for(&farm.identifier).await.is_some());

    assert_eq!(shop.remove(&farm.identifier).await, Ok(true));
    assert_eq!(shop.remove(&farm.identifier).await, Ok(false));
    assert_eq!(shop.exchange(&farm).await, unknown);
    shop.register(farm.clone()).await.unwrap();
    assert!(shop.token_for(&farm.identifier).await.is_none());
}

#[tokio::test]
async fn an_initiator_refuses_what_it_may_not_register() {
    let village = Village::new();
    let farm = farm_as_issuer;
    let mill = || IssuerEntry {
        name: "mill".to_owned(),
        identifier: identifier("https://mill.example"),
        ..farm()
    };
    let called_mill = IssuerEntry {
        name: "mill".to_owned(),
        ..farm()
    };
    let called_farm = IssuerEntry {
        name: "farm".to_owned(),
        ..mill()
    };
    let foreign = IssuerEntry {
        receives: url("https://other.example/receive"),
        ..mill()
    };
    for (entry, expected) in [
        (farm(), RegistrationError::Taken),
        (called_mill, RegistrationError::Taken),
        (called_farm, RegistrationError::NameTaken),
        (foreign, RegistrationError::WrongOrigin(issuer::WrongOrigin)),
    ] {
        assert_eq!(village.shop.register(entry).await, Err(expected));
    }
    assert_eq!(village.shop.register(mill()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_exchange_fails_when_its_issuer_is_removed() {
    let (village, shop) = lonely_shop(Arc::new(MemoryStore::new()));
    let remover = shop.clone();
    let call = async move || {
        remover.remove(&identifier(FARM)).await.unwrap();
        std::future::pending::<StatusCode>().await
    };
    let farm = Router::new().route("/btx/token-call", post(call));
    village.wire.put(FARM, farm);
    shop.register(farm_as_issuer()).await.unwrap();
    // The call itself is never answered.
    let farm = farm_as_issuer();
    let exchange = tokio::time::timeout(Duration::from_secs(60), shop.exchange(&farm));
    let not_registered = Outcome::Failed(Failure::NotRegistered);
    assert_eq!(exchange.await, Ok(not_registered));
    shop.idle().await;
}

#[tokio::test]
async fn tokens_of_a_removed_issuer_are_gone_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.redb");
    {
        let (village, shop) = lonely_shop(Arc::new(DurableStore::open(&path).unwrap()));
        village.farm.register(shop_as_partner()).await.unwrap();
        shop.register(farm_as_issuer()).await.unwrap();
        let outcome = shop.exchange(&farm_as_issuer()).await;
        assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
        shop.remove(&identifier(FARM)).await.unwrap();
        village.wire.clear();
    }
    let store: Arc<dyn Store> = Arc::new(DurableStore::open(&path).unwrap());
    assert_eq!(store.in_use(identifier(FARM)).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn each_issuer_may_be_asked_in_its_own_way() {
    for (usual, own, asked) in [
        (true, None, true),
        (true, Some(false), false),
        (false, Some(true), true),
        (false, None, false),
    ] {
        let village = Village::with_store(Arc::new(MemoryStore::new()), usual);
        village.farm.register(shop_as_partner()).await.unwrap();
        village.shop.remove(&identifier(FARM)).await.unwrap();
        let farm = IssuerEntry {
            asynchronous: own,
            ..farm_as_issuer()
        };
        village.shop.register(farm.clone()).await.unwrap();
        let outcome = village.shop.exchange(&farm).await;
        assert!(matches!(outcome, Outcome::Active { .. }), "{outcome:?}");
        let call = village.wire.sent().remove(0);
        assert_eq!(call.prefer.is_some(), asked, "{usual} {own:?}");
    }
}
