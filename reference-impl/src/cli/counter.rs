//! `btx-reference counter`: a shop that has a counter shown to it, in the three flows of JWTs between
//! services. Nobody has registered the shop anywhere: it is known by the document that it publishes.

mod narrator;
mod paper;
mod script;
mod village;

use btx_reference::jwt::client::Client;
use narrator::{Record, say};
use village::{Anything, Village};

use super::{Failed, block_on};

pub(super) fn run() -> Result<(), Failed> {
    block_on(async {
        let told = tell().await;
        told.map_err(|error| Failed::Broken(error.to_string()))
    })
}

async fn tell() -> Result<(), Anything> {
    let village = Village::new()?;
    let shop = village.open().await?;
    let record = village.record();
    say(script::OPENING);
    for act in script::ACTS {
        say(act.title);
        for scene in act.scenes {
            say(scene.before);
            call(&shop, &record, act.peer, &village.url(act.peer)?).await?;
            expect(&record, scene.messages)?;
            say(scene.after);
        }
    }
    say(script::CLOSING);
    Ok(())
}

async fn call(shop: &Client, record: &Record, peer: &str, url: &str) -> Result<(), Anything> {
    record.begin();
    let answer = shop.call(peer, url).await?;
    match answer.status {
        200 => Ok(()),
        other => Err(format!("{url} answered {other}").into()),
    }
}

/// The story is told only as long as it is true: these messages passed, and no others.
fn expect(record: &Record, messages: &[&str]) -> Result<(), Anything> {
    let passed = record.passed();
    if passed == messages {
        return Ok(());
    }
    Err(format!("expected {messages:?}, and what passed was {passed:?}").into())
}
