//! The verbs at the reference implementation's control: bodies of requests.
#![no_main]

use axum::http::Request;
use btx_fuzz::{
    INITIATOR, ISSUER, Peer,
    peer::{answer, parts},
    run,
};
use btx_reference::{
    control::{Roles, verbs},
    initiator::{self, Initiator},
    issuer::{self, Issuer},
};
use btx_spec::{
    Identifier,
    hooks::{HookAnswer, HookRequest, Order, Report},
};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    run(async {
        let peer = Peer::of_status(500);
        let identifier = |text| Identifier::parse(text).unwrap();
        let issuer = issuer::Config::new(identifier(ISSUER), Vec::new());
        let initiator = initiator::Config::new(identifier(INITIATOR), Vec::new());
        let roles = Roles {
            issuer: Some(Issuer::new(issuer, parts(peer.clone()))),
            initiator: Some(Initiator::new(initiator, parts(peer.clone()))),
            ..Roles::default()
        };
        let registered = roles.initiator.clone().unwrap();
        let router = verbs(roles, parts(peer.clone()));
        let request = Request::post("/").header("content-type", "application/json");
        let request = request.body(body.to_vec().into()).unwrap();
        let (head, answered) = answer(&router, request).await;
        let told: HookAnswer = serde_json::from_slice(&answered).unwrap();
        let order = serde_json::from_slice::<Value>(body).ok();
        let order = order.and_then(|order| HookRequest::deserialize(order).ok());
        if let Some(order) = &order {
            assert_eq!(told.id, order.id);
        }
        assert_eq!(head.status() == 200, order.is_some(), "{told:?}");
        let orders_peers = order.is_some_and(|r| matches!(r.order, Order::Peers { .. }));
        if let Report::Peers {
            registered,
            refused,
        } = &told.report
        {
            assert!(orders_peers, "{registered:?} {refused:?}");
        }
        for entry in registered.issuers() {
            assert!(
                orders_peers,
                "{} was registered by another verb",
                entry.name
            );
            let own = identifier(INITIATOR).origin();
            assert_eq!(
                entry.receives.origin(),
                own,
                "a receive URL of somebody else"
            );
        }
        assert!(
            peer.sent().is_empty(),
            "nobody is registered before the order"
        );
    });
});
