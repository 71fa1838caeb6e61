//! Servers whose certificates nobody is to believe, from the beginning or from some moment on.

use super::visits;
use crate::{
    steps::{Failure, Stop, calls::faulty_certificate, registry::steps},
    target::oauth::Access,
    world::World,
};

steps! {
    "a server that the client knows, whose certificate is {words}" => |world, fault| {
        world.lease_server_for(faulty_certificate(&fault)?, Access::Secret, 1).await
    }
    "a server that the client knows, whose certificate becomes {words} later" => |world, fault| {
        world.lease_server_for(faulty_certificate(&fault)?, Access::Secret, 1).await?;
        world.server(0)?.lease.show_sound_certificate(true);
        Ok(())
    }
    "the certificate of the server is {words} from now on" => |world, fault| {
        let server = world.server(0)?;
        if server.peer.kind != faulty_certificate(&fault)? {
            return Err(Stop::Harness(format!("the server of the scenario has no certificate that is {fault}")));
        }
        server.lease.show_sound_certificate(false);
        world.oauth.client.connections = server.lease.connections();
        super::acting::mark(world)
    }
    "no byte of a request came to the server" => |world| {
        nothing(world)
    }
    "no byte of a request came to the server from then on" => |world| {
        nothing(world)
    }
}

/// Nothing came on a connection whose certificate is wrong, though there was one. Whoever has not even
/// connected has shown nothing about certificates.
fn nothing(world: &World) -> Result<(), Stop> {
    let later = visits(world, 0)?.into_iter().nth(world.oauth.client.mark);
    if let Some((_, visit)) = later {
        let expected = "no request on a connection whose certificate is wrong";
        return Err(Failure::new(expected, "a request", Some(visit.event)).into());
    }
    match world.server(0)?.lease.connections() > world.oauth.client.connections {
        true => Ok(()),
        false => Err(Stop::Control(
            "the client has not connected to the server at all".to_owned(),
        )),
    }
}
