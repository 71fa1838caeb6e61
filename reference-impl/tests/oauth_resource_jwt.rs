//! The OAuth resource among JWTs and key sets of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::Method;
use futures::future::join_all;
use lab::NEW_YEAR;
use lab::desk::answered;
use lab::farm::{
    API, ASK, JWKS, PORTAL, PORTAL_JWKS, Told, claims, farm, farm_with_keys, jwt, key, published,
    sign,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_sound_jwt_opens_what_its_scope_covers() {
    let (farm, own, portal) = farm_with_keys();
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        let token = sign(&own, Some(typ), &claims());
        assert_eq!(farm.read(&token).await, 200, "{typ}");
    }
    let token = jwt(&own, &claims());
    let field = format!("bearer {token}");
    let fields = [("authorization", field.as_str())];
    let write = farm
        .ask(Method::POST, "/write-resource", &fields, "moo")
        .await;
    assert_eq!(write.status, 403);
    assert!(
        write
            .challenge
            .contains("error=\"insufficient_scope\", scope=\"write\""),
        "{write:?}"
    );
    // The portal is one more issuer, known by its own name and keys.
    let mut of_portal = claims();
    of_portal["iss"] = json!(PORTAL);
    of_portal["aud"] = json!(["https://other.example", API]);
    of_portal["scope"] = json!("write read");
    let token = jwt(&portal, &of_portal);
    let field = format!("Bearer {token}");
    let fields = [("authorization", field.as_str())];
    let written = farm
        .ask(Method::POST, "/write-resource", &fields, "moo")
        .await;
    assert_eq!(written.status, 200);
    let read = farm.get("/read-resource", &token).await;
    assert_eq!(read.body, r#"{"resource":"moo"}"#);
    assert_eq!(farm.desk.count(ASK), 0);
    // One fetch of each set does for all of that.
    assert_eq!(
        (farm.desk.count(JWKS), farm.desk.count(PORTAL_JWKS)),
        (1, 1)
    );
}

#[tokio::test]
async fn one_thing_amiss_in_a_jwt_and_it_is_refused() {
    let (farm, own, portal) = farm_with_keys();
    let sound = claims();
    let payload = sound.to_string();
    for header in [
        r#"{"alg":"ES256","typ":"at+jwt","kid":"k1","crit":["exp"],"exp":1}"#,
        r#"{"alg":"RS256","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#,
        r#"{"alg":"ES256","typ":"JWT","typ":"at+jwt","kid":"k1"}"#,
    ] {
        let token = own.sign_raw(header, &payload).unwrap();
        assert_eq!(farm.read(&token).await, 401, "{header}");
    }
    // None of them is worth a fetch.
    assert_eq!(farm.desk.count(JWKS), 0);
    let refused = Told::of(401, "invalid_token");
    for (name, value) in [
        ("iss", json!("https://other.example")),
        ("iss", json!(PORTAL)),
        ("iss", Value::Null),
        ("aud", json!("https://api.example/farmyard")),
        ("aud", json!("https://api.example")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(NEW_YEAR - 60)),
        ("exp", json!(NEW_YEAR.to_string())),
        ("exp", Value::Null),
        ("nbf", json!(NEW_YEAR + 61)),
        ("sub", Value::Null),
        ("client_id", Value::Null),
        ("client_id", json!(7)),
        ("iat", Value::Null),
        ("jti", Value::Null),
        ("scope", json!(["read"])),
    ] {
        let mut claims = sound.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
        let told = farm.get("/read-resource", &jwt(&own, &claims)).await;
        assert_eq!(told.outcome(), refused, "{name}: {value}");
        assert_eq!(told.body, "");
    }
    for typ in [
        None,
        Some("JWT"),
        Some("client-authentication+jwt"),
        Some("at+jwt "),
    ] {
        assert_eq!(farm.read(&sign(&own, typ, &sound)).await, 401, "{typ:?}");
    }
    let twice = payload.replacen('{', r#"{"aud":"https://other.example","#, 1);
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#;
    let token = own.sign_raw(header, &twice).unwrap();
    assert_eq!(farm.read(&token).await, 401);
    // Signed by another, under the same key id: a stranger's key in the header, or that of the portal.
    for stranger in [&portal, &key("k1")] {
        let jwk = stranger.public().to_jwk();
        let header = json!({
            "alg": "ES256", "typ": "at+jwt", "kid": "k1", "jwk": jwk, "jku": PORTAL_JWKS,
        });
        let token = stranger.sign_raw(&header.to_string(), &payload).unwrap();
        assert_eq!(farm.read(&token).await, 401);
    }
    // Fetched once, for the token that says it is of the portal.
    assert_eq!(farm.desk.count(PORTAL_JWKS), 1);
    // And the twin of them all.
    let token = jwt(&own, &sound);
    assert_eq!(farm.read(&token).await, 200);
    assert_eq!(farm.desk.count(JWKS), 1);
    farm.clock.advance(659);
    assert_eq!(farm.read(&token).await, 200);
    farm.clock.advance(1);
    assert_eq!(farm.read(&token).await, 401);
}

#[tokio::test]
async fn many_requests_wait_for_one_fetch() {
    let (farm, own, _) = farm_with_keys();
    farm.desk.set_open(false);
    let token = jwt(&own, &claims());
    let requests = join_all((0..20).map(|_| farm.read(&token)));
    let open = async {
        while farm.desk.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        farm.desk.set_open(true);
    };
    let (statuses, ()) = tokio::join!(requests, open);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(farm.desk.count(JWKS), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_anew_for_an_unknown_key_and_not_for_every_stranger() {
    let (first, second) = (key("k1"), key("k2"));
    let (before, after) = (published(&[&first]), published(&[&first, &second]));
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&fetches);
    let farm = farm(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => before.clone(),
        _ => after.clone(),
    });
    assert_eq!(farm.read(&jwt(&first, &claims())).await, 200);
    assert_eq!(farm.read(&jwt(&second, &claims())).await, 200);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    for number in 0..20 {
        let stranger = key(&format!("x{number}"));
        assert_eq!(farm.read(&jwt(&stranger, &claims())).await, 401);
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(farm.read(&jwt(&key("x"), &claims())).await, 401);
    assert_eq!(fetches.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn keys_do_for_a_bounded_time_and_an_error_is_never_kept() {
    let own = key("k1");
    let set = published(&[&own]);
    let farm = farm(|_| answered(404, ""));
    let token = jwt(&own, &claims());
    // OA-RES-034: whoever cannot be verified is refused, and each request tries anew.
    assert_eq!(farm.read(&token).await, 503);
    assert_eq!(farm.read(&token).await, 503);
    assert_eq!(farm.desk.count(JWKS), 2);
    let sound = set.clone();
    farm.desk.answer(move |_| sound.clone());
    assert_eq!(farm.read(&token).await, 200);
    assert_eq!(farm.desk.count(JWKS), 3);

    for body in ["", "<html>", r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
        tokio::time::advance(Duration::from_secs(300)).await;
        farm.desk.answer(move |_| answered(200, body));
        // The older keys go on, and there is one try in each interval.
        let before = farm.desk.count(JWKS);
        assert_eq!(farm.read(&token).await, 200, "{body}");
        assert_eq!(farm.read(&token).await, 200, "{body}");
        assert_eq!(farm.desk.count(JWKS), before + 1, "{body}");
    }
    tokio::time::advance(Duration::from_secs(3000)).await;
    assert_eq!(farm.read(&token).await, 503);
    farm.desk.answer(move |_| set.clone());
    assert_eq!(farm.read(&token).await, 200);
    // A key that is no longer published is no longer used once the set is old.
    let none = published(&[]);
    farm.desk.answer(move |_| none.clone());
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(farm.read(&token).await, 401);
}
