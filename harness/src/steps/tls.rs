//! Handshakes that a server must not complete.

use super::{Failure, Stop, calls::unknown, initiator, registry::steps};
use crate::{
    tls_probe::{Handshake, Version, offer},
    world::World,
};
use url::Url;

steps! {
    "a client offers no more than {words} where token calls arrive" => |world, version| {
        let url = world.replica(&world.issuer()?.token_call, 0)?;
        shake_hands(world, &url, &version).await
    }
    "a client offers no more than {words} where token issues arrive" => |world, version| {
        let urls = initiator::as_issuer(world, 0)?.token_issue;
        let url = world.replica(&urls, 0)?;
        shake_hands(world, &url, &version).await
    }
    "the target does not go on with the handshake" => |world| {
        match &world.handshake {
            Some((Handshake::GoesOn, event)) => {
                Err(Failure::new("an alert, or the end of the connection", "ServerHello", Some(*event)).into())
            }
            Some((Handshake::Refused(_), _)) => Ok(()),
            None => Err(Stop::Harness("the scenario has offered nothing".to_owned())),
        }
    }
}

/// Offers a version of TLS at a URL, and keeps what came of it.
async fn shake_hands(world: &mut World, url: &Url, version: &str) -> Result<(), Stop> {
    let version = match version {
        "TLS 1.0" => Version::Tls10,
        "TLS 1.1" => Version::Tls11,
        _ => return Err(unknown("version of TLS", version)),
    };
    if url.scheme() == "http" {
        return Err(Stop::NotExercised(
            "the target is examined over plain HTTP".to_owned(),
        ));
    }
    let reached = world.context.caller.reach(url).await;
    let stream = reached.map_err(|e| Stop::Control(e.to_string()))?;
    let offered = format!("ClientHello of {version}");
    let sent = world.timeline.note("a client", "target", offered);
    let host = url.host_str().unwrap_or_default();
    let handshake = offer(stream, version, host).await;
    let words = handshake.to_string();
    world.timeline.note("target", "a client", words);
    world.handshake = Some((handshake, sent + 1));
    Ok(())
}
