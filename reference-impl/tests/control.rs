//! The verbs, over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use btx_reference::Parts;
use btx_reference::control::{Roles, verbs};
use btx_reference::initiator::{self, Initiator};
use btx_reference::issuer::{self, Issuer};
use btx_reference::serve;
use btx_reference::store::memory::MemoryStore;
use btx_spec::Identifier;
use lab::TestClock;
use lab::wire::Wire;
use serde_json::{Value, json};

const FARM: &str = "https://farm.example";
const SHOP: &str = "https://shop.example";

/// A farm and a shop that do not know each other, under one control.
struct Village {
    wire: Arc<Wire>,
    control: SocketAddr,
}

impl Village {
    async fn new() -> Self {
        let wire = Wire::new();
        let parts = |wire: &Arc<Wire>| Parts {
            clock: TestClock::new(),
            ..Parts::new(Arc::new(MemoryStore::new()), wire.clone())
        };
        let identifier = |text| Identifier::parse(text).unwrap();
        let config = issuer::Config::new(identifier(FARM), Vec::new());
        let farm = Issuer::new(config, parts(&wire));
        let config = initiator::Config::new(identifier(SHOP), Vec::new());
        let shop = Initiator::new(config, parts(&wire));
        wire.put(FARM, farm.router());
        wire.put(SHOP, shop.router());
        let roles = Roles {
            issuer: Some(farm),
            initiator: Some(shop),
            ..Roles::default()
        };
        let control = serve_control(roles, parts(&wire)).await;
        Self { wire, control }
    }

    /// What is answered to this order.
    async fn told(&self, order: Value) -> Value {
        let (status, answer) = post(self.control, &order.to_string()).await;
        assert_eq!(status, 200, "{order}: {answer}");
        answer
    }

    async fn acquaint(&self) {
        let answer = self
            .told(json!({ "id": 1, "verb": "peers", "register": [shop(), farm()] }))
            .await;
        let expected = json!({ "id": 1, "registered": ["shop", "farm"], "refused": [] });
        assert_eq!(answer, expected);
    }
}

async fn serve_control(roles: Roles, parts: Parts) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let forever = std::future::pending::<()>();
    let running = serve::http(verbs(roles, parts), listener, forever).await;
    running.unwrap().address()
}

async fn post(control: SocketAddr, body: &str) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(format!("http://{control}/"))
        .header("content-type", "application/json; charset=utf-8")
        .body(body.to_owned());
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

fn shop() -> Value {
    json!({
        "name": "shop",
        "identifier": SHOP,
        "receives": "https://shop.example/receive",
        "token_lifetime": "4s",
    })
}

fn farm() -> Value {
    json!({
        "name": "farm",
        "identifier": FARM,
        "asynchronous": false,
        "token_call": "https://farm.example/btx/token-call",
        "token_issue": ["https://shop.example/receive"],
    })
}

fn start(id: u64) -> Value {
    json!({
        "id": id,
        "verb": "start",
        "peer": "farm",
        "issuer": FARM,
        "token_call": "https://farm.example/btx/token-call",
    })
}

fn whoami(id: u64, url: &str) -> Value {
    json!({ "id": id, "verb": "use", "peer": "farm", "issuer": FARM, "url": url })
}

const WHOAMI: &str = "https://farm.example/api/whoami";

#[tokio::test]
async fn a_token_is_got_and_used_as_it_is_told() {
    let village = Village::new().await;
    village.acquaint().await;
    let without = village.told(whoami(2, WHOAMI)).await;
    assert_eq!(
        without,
        json!({ "id": 2, "token_sent": false, "status": 401 })
    );

    let started = village.told(start(3)).await;
    assert_eq!(started, json!({ "id": 3, "outcome": "active" }));
    let used = village.told(whoami(4, WHOAMI)).await;
    assert_eq!(used, json!({ "id": 4, "token_sent": true, "status": 200 }));
    // Once each, and nothing on its own account.
    assert_eq!(village.wire.sent_to(WHOAMI), 2);
    assert_eq!(village.wire.sent_to("https://shop.example/receive"), 1);
}

#[tokio::test]
async fn a_token_goes_to_its_issuer_only() {
    let village = Village::new().await;
    village.acquaint().await;
    village.told(start(2)).await;
    for url in [
        "https://evil.example/api/whoami",
        "https://farm.example:8443/api/whoami",
        "http://farm.example/api/whoami",
        "https://farm.example@evil.example/",
        "",
    ] {
        let answer = village.told(whoami(3, url)).await;
        let expected = json!({ "id": 3, "error": "the URL is not one of that issuer" });
        assert_eq!(answer, expected, "{url}");
    }
}

#[tokio::test]
async fn a_removed_party_is_gone_on_both_sides() {
    let village = Village::new().await;
    village.acquaint().await;
    village.told(start(2)).await;
    let removal = json!({ "id": 3, "verb": "peers", "remove": [SHOP, "no identifier"] });
    let expected = json!({ "id": 3, "registered": [], "refused": [] });
    assert_eq!(village.told(removal).await, expected);
    // The shop still shows its token, and the farm does not take it.
    let used = village.told(whoami(4, WHOAMI)).await;
    assert_eq!(used, json!({ "id": 4, "token_sent": true, "status": 401 }));
    let expected = json!({
        "id": 5,
        "outcome": "failed",
        "reason": "the issuer answered 404, unknown-initiator",
    });
    assert_eq!(village.told(start(5)).await, expected);

    // Removed and registered by one order, it begins anew.
    let renewal = json!({ "id": 6, "verb": "peers", "register": [farm()], "remove": [FARM] });
    let expected = json!({ "id": 6, "registered": ["farm"], "refused": [] });
    assert_eq!(village.told(renewal).await, expected);
    let used = village.told(whoami(7, WHOAMI)).await;
    assert_eq!(used, json!({ "id": 7, "token_sent": false, "status": 401 }));

    let removal = json!({ "id": 8, "verb": "peers", "remove": [FARM] });
    village.told(removal).await;
    let unknown = json!({ "id": 9, "error": "no issuer of that name is registered" });
    assert_eq!(village.told(start(9)).await, unknown);
}

#[tokio::test]
async fn what_may_not_be_registered_is_refused_and_the_rest_is_not() {
    let village = Village::new().await;
    let with = |of: Value, member: &str, value: Value| {
        let mut of = of;
        of[member] = value;
        of
    };
    let refused = [
        with(shop(), "identifier", json!("https://Shop.example")),
        with(shop(), "receives", json!("https://other.example/receive")),
        with(shop(), "receives", json!("https://shop.example/receive#x")),
        with(shop(), "token_lifetime", json!("soon")),
        with(farm(), "token_call", json!("http://farm.example/")),
        with(farm(), "token_issue", json!([])),
        with(farm(), "token_issue", json!(["https://other.example/in"])),
        with(farm(), "name", json!("")),
        json!({ "name": "nobody", "identifier": "https://nobody.example" }),
    ];
    for registration in refused {
        let order = json!({ "id": 1, "verb": "peers", "register": [&registration] });
        let answer = village.told(order).await;
        assert_eq!(answer["registered"], json!([]), "{registration}");
        assert_eq!(answer["refused"][0]["name"], registration["name"]);
        let reason = answer["refused"][0]["reason"].as_str().unwrap();
        assert!(!reason.is_empty());
    }

    // Both parts or none: the name of the second is taken, so the first is undone.
    village.acquaint().await;
    let mut mill = farm();
    mill["identifier"] = json!("https://mill.example");
    mill["receives"] = json!("https://mill.example/in");
    let order = json!({ "id": 1, "verb": "peers", "register": [&mill, shop()] });
    let answer = village.told(order).await;
    assert_eq!(answer["registered"], json!([]));
    assert_eq!(answer["refused"].as_array().unwrap().len(), 2);
    mill["name"] = json!("mill");
    let order = json!({ "id": 1, "verb": "peers", "register": [mill] });
    let answer = village.told(order).await;
    assert_eq!(answer["registered"], json!(["mill"]), "{answer}");
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let village = Village::new().await;
    for (body, id, error) in [
        ("", 0, "that is no JSON"),
        ("{\"id\":7,", 0, "that is no JSON"),
        ("[]", 0, "HookRequest"),
        (r#"{"id":7}"#, 7, "verb"),
        (r#"{"id":7,"verb":0}"#, 7, "unknown verb"),
        (r#"{"id":7,"verb":"dance"}"#, 7, "unknown verb"),
        (r#"{"id":-7,"verb":"dance"}"#, 0, "unknown verb"),
        (r#"{"id":7,"verb":"start","issuer":"x"}"#, 7, "`peer`"),
        (r#"{"verb":"peers"}"#, 0, "`id`"),
    ] {
        let (status, answer) = post(village.control, body).await;
        assert_eq!((status, &answer["id"]), (400, &json!(id)), "{body}");
        let told = answer["error"].as_str().unwrap();
        assert!(told.contains(error), "{body}: {told}");
    }
}

#[tokio::test]
async fn only_a_post_of_json_is_listened_to() {
    let village = Village::new().await;
    let url = format!("http://{}/", village.control);
    let client = reqwest::Client::new();
    let order = json!({ "id": 1, "verb": "peers", "register": [shop()] }).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = client.post(&url).header("content-type", media_type);
        let answer = request.body(order.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 415, "{media_type}");
    }
    let bare = client.post(&url).body(order).send().await.unwrap();
    assert_eq!(bare.status(), 415);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 405);
    let elsewhere = client.post(format!("{url}start")).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
    // Nobody was registered by any of this.
    village.acquaint().await;
}

#[tokio::test]
async fn a_role_that_is_not_played_is_told_so() {
    let wire = Wire::new();
    let parts = Parts::new(Arc::new(MemoryStore::new()), wire.clone());
    let control = serve_control(Roles::default(), parts).await;
    for order in [start(1), whoami(1, WHOAMI)] {
        let (status, answer) = post(control, &order.to_string()).await;
        let expected = json!({ "id": 1, "error": "there is no initiator here" });
        assert_eq!((status, answer), (200, expected));
    }
    let order = json!({ "id": 1, "verb": "peers", "register": [shop(), farm()] });
    let (_, answer) = post(control, &order.to_string()).await;
    assert_eq!(answer["refused"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(wire.sent().len(), 0);
}
