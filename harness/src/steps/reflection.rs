//! Messages of the target, sent back to the target.

use super::{Stop, calls, initiator, issues, refusals, registry::steps};
use crate::{wire::Fields, world::World};
use url::Url;

steps! {
    "its token call is sent to its own issuer" => |world| {
        let body = initiator::last_call(world)?.visit.request.body.clone();
        let url = world.replica(&world.issuer()?.token_call, 0)?;
        reflect(world, &url, body).await
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
