//! Messages of the target, sent back to the target.

use super::{Stop, calls, initiator, issues, refusals, registry::steps};
use crate::{draft::Draft, wire::Fields, world::World};
use url::Url;

steps! {
    "its token call is sent to its own issuer" => |world| {
        let body = initiator::last_call(world)?.visit.request.body.clone();
        let url = world.replica(&world.issuer()?.token_call, 0)?;
        reflect(world, &url, body).await
    }
    "a token call with the id and the key of that call is made to its own issuer" => |world| {
        let theirs = initiator::values(&*initiator::last_call(world)?)?;
        let mut values = world.fresh_values(0)?;
        values.exchange_id = theirs.exchange_id;
        values.key = theirs.key;
        let draft = Draft::faultless(&values);
        let mut call = world.send(0, values, draft, 0)?;
        call.finish().await;
        world.call = Some(call);
        Ok(())
    }
    "its token issue is sent to the target's own initiator" => |world| {
        let body = issues::first(world).await?.request.body;
        let urls = initiator::as_issuer(world, 0)?.token_issue;
        let url = world.replica(&urls, 0)?;
        reflect(world, &url, body).await
    }
    "what was reflected is refused" => |world| {
        match &world.reflected {
            Some(answer) => refusals::refused(answer),
            None => Err(calls::unknown("reflection", "none")),
        }
    }
}

async fn reflect(world: &mut World, url: &Url, body: Vec<u8>) -> Result<(), Stop> {
    let fields = Fields::from([("content-type", "application/json")]);
    world.reflected = Some(world.ask(url, "POST", fields, body).await);
    Ok(())
}
