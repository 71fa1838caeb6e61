//! Misdeeds against the parties of the market, by messages.

use std::time::Duration;

use btx_reference::initiator::Outcome;
use btx_reference::outbound::OutboundRequest;
use btx_spec::{ExchangeId, HmacKey, TokenCall, Version};
use bytes::Bytes;
use futures::future::join_all;
use tokio::time::{Instant, timeout};

use super::market::{Farm, Market};
use super::rude::{self, Manner, Server};
use crate::chance::Chance;

/// More calls than an initiator may have open.
const FLOOD: usize = 20;
/// Longer than the issuer takes for anything.
const PATIENCE: Duration = Duration::from_secs(20);
/// When somebody who hangs up does so.
const HANG_UP: Duration = Duration::from_millis(30);

/// One misdeed. What it may come to is asserted.
pub(crate) async fn misbehave(market: &Market, chance: &mut Chance) {
    match chance.below(8) {
        0..3 => call_for_somebody_rude(market, chance).await,
        3..6 => call_somebody_rude(market, chance).await,
        6 => repeat_and_hang_up(market, chance).await,
        _ => flood(market, chance).await,
    }
}

/// A token call whose token issue goes to somebody rude. With `Prefer`, nobody ever asks for the outcome.
async fn call_for_somebody_rude(market: &Market, chance: &mut Chance) {
    let farm = &market.farms[usize::from(chance.once_in(2))];
    let server = &market.rude.servers[pick(chance, market.rude.servers.len())];
    let never_asks = chance.once_in(3);
    let request = token_call(farm, server, chance);
    let request = match never_asks {
        true => request.with("prefer", "respond-async"),
        false => request,
    };
    let answered = rude::status(market.outbound.post(request).await);
    let expected: &[u16] = match (never_asks, server.manner) {
        (true, _) => &[202, 429],
        (false, Manner::Answers(204)) => &[204, 429],
        (false, _) => &[502, 504, 429],
    };
    assert!(
        answered.is_some_and(|status| expected.contains(&status)),
        "a token call for an initiator that {:?} is answered {answered:?}, expected one of {expected:?}",
        server.manner
    );
}

/// An exchange of the reference with an issuer that is rude.
async fn call_somebody_rude(market: &Market, chance: &mut Chance) {
    let shop = &market.shops[usize::from(chance.once_in(2))];
    let issuer = &shop.rude[pick(chance, shop.rude.len())];
    let outcome = shop.initiator.exchange(issuer).await;
    assert!(
        matches!(outcome, Outcome::Failed(_)),
        "an exchange with {} came to {outcome:?}",
        issuer.name
    );
}

/// The same call twice, one after the other; then one whose caller does not wait for the answer.
async fn repeat_and_hang_up(market: &Market, chance: &mut Chance) {
    let farm = &market.farms[usize::from(chance.once_in(2))];
    let willing = of_manner(market, Manner::Answers(204));
    let call = token_call(farm, willing, chance);
    let first = rude::status(market.outbound.post(call.clone()).await);
    if first == Some(204) {
        let second = rude::status(market.outbound.post(call).await);
        assert_eq!(second, Some(409), "an id is used twice");
    }
    let silent = of_manner(market, Manner::Silent);
    let calling = market.outbound.post(token_call(farm, silent, chance));
    let _ = timeout(HANG_UP, calling).await;
}

/// More calls at once than there is room for: some are refused, and none is lost.
async fn flood(market: &Market, chance: &mut Chance) {
    let farm = &market.farms[usize::from(chance.once_in(2))];
    let slow = of_manner(market, Manner::Silent);
    let calls = (0..FLOOD).map(|_| token_call(farm, slow, chance));
    let calls: Vec<_> = calls.map(|call| market.outbound.post(call)).collect();
    let answers: Vec<_> = join_all(calls)
        .await
        .into_iter()
        .map(rude::status)
        .collect();
    assert!(
        answers.contains(&Some(429)),
        "{FLOOD} calls at once are answered {answers:?}, and none with 429"
    );
}

fn of_manner(market: &Market, manner: Manner) -> &Server {
    let mut servers = market.rude.servers.iter();
    servers.find(|server| server.manner == manner).unwrap()
}

fn pick(chance: &mut Chance, of: usize) -> usize {
    usize::try_from(chance.below(of as u64)).unwrap()
}

fn token_call(farm: &Farm, caller: &Server, chance: &mut Chance) -> OutboundRequest {
    let call = TokenCall {
        version: Version,
        exchange_id: ExchangeId::from_random(chance.bytes()),
        issuer: farm.identifier.clone(),
        initiator: caller.identifier.clone(),
        hmac_key: HmacKey::from_bytes(chance.bytes()),
    };
    let url = format!("{}/btx/token-call", farm.identifier);
    let body = Bytes::from_owner(call.to_json());
    OutboundRequest::json(url, body, Instant::now() + PATIENCE)
}
