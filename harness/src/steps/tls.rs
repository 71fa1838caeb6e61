//! Handshakes that a server must not complete.

use super::{Failure, Stop, calls::unknown, registry::steps};
use crate::tls_probe::{Handshake, Version, offer};

steps! {
    "a client offers no more than {words}" => |world, version| {
        let version = match version.as_str() {
            "TLS 1.0" => Version::Tls10,
            "TLS 1.1" => Version::Tls11,
            _ => return Err(unknown("version of TLS", &version)),
        };
        let url = world.replica(&world.issuer()?.token_call, 0)?;
        if url.scheme() == "http" {
            return Err(Stop::NotExercised("the target is examined over plain HTTP".to_owned()));
        }
        let stream = world.context.caller.reach(&url).await.map_err(|e| Stop::Control(e.to_string()))?;
        let sent = world.timeline.note("a client", "target", format!("ClientHello of {version}"));
        let host = url.host_str().unwrap_or_default();
        let handshake = offer(stream, version, host).await;
        world.timeline.note("target", "a client", handshake.to_string());
        world.handshake = Some((handshake, sent + 1));
        Ok(())
    }
    "the issuer does not go on with the handshake" => |world| {
        match &world.handshake {
            Some((Handshake::GoesOn, event)) => {
                Err(Failure::new("an alert, or the end of the connection", "ServerHello", Some(*event)).into())
            }
            Some((Handshake::Refused(_), _)) => Ok(()),
            None => Err(Stop::Harness("the scenario has offered nothing".to_owned())),
        }
    }
}
