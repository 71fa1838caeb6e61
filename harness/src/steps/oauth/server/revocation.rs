//! Tokens that are ended before their time (RFC 7009).

use super::{
    granted::fail,
    introspection::{NEVER_ISSUED, is_live, request, the_token},
    parties::{Party, lacks, server, the_client},
    reading::{response, words},
};
use crate::{
    steps::{Stop, registry::steps},
    target::oauth::RegisteredClient,
    world::{Answer, World},
};

steps! {
    "it revokes the token" => |world| {
        revoke_own(world, None, "no fault").await
    }
    "it revokes the token, with {words}" => |world, fault| {
        revoke_own(world, None, &fault).await
    }
    "it revokes the token with the hint {words}" => |world, hint| {
        revoke_own(world, Some(&hint), "no fault").await
    }
    "it revokes a token that was never issued" => |world| {
        let client = the_client(world)?.clone();
        revoke(world, client, &[("token", NEVER_ISSUED)], "no fault").await
    }
    "the other client revokes the token" => |world| {
        let Some(Party::Client(other)) = world.oauth.server.second.clone() else {
            return Err(Stop::Harness("the scenario has no second client".to_owned()));
        };
        let token = the_token(world)?.to_owned();
        revoke(world, other, &[("token", &token)], "no fault").await
    }
    "the token is live" => |world| {
        let token = the_token(world)?.to_owned();
        match is_live(world, &token).await? {
            (true, _) => Ok(()),
            (false, answer) => Err(Stop::Control(format!("the token is not live: {}", words(&answer)))),
        }
    }
    "the token is live all the same" => |world| {
        let token = the_token(world)?.to_owned();
        match is_live(world, &token).await? {
            (true, _) => Ok(()),
            (false, answer) => fail("a live token", "one that opens nothing any more".to_owned(), &answer),
        }
    }
    "the token has come to its end" => |world| {
        let token = the_token(world)?.to_owned();
        match is_live(world, &token).await? {
            (false, _) => Ok(()),
            (true, answer) => fail("a token that opens nothing any more", "a live one".to_owned(), &answer),
        }
    }
    "the revocation is answered with 200" => |world| {
        let answer = the_revocation(world)?;
        let (response, _) = response(answer)?;
        if response.status == 200 {
            return Ok(());
        }
        fail("200", words(answer), answer)
    }
    "the revocation is refused" => |world| {
        let answer = the_revocation(world)?;
        let (response, _) = response(answer)?;
        if response.status >= 400 {
            return Ok(());
        }
        fail("a refusal: 4xx", words(answer), answer)
    }
    "its own revocation ends the token" => |world| {
        world.timeline.heading("the control: a revocation without the fault");
        revoke_own(world, None, "no fault").await?;
        let token = the_token(world)?.to_owned();
        match is_live(world, &token).await? {
            (false, _) => Ok(()),
            (true, answer) => Err(Stop::Control(format!("the token is live after its own client has revoked it: {}", words(&answer)))),
        }
    }
}

async fn revoke_own(world: &mut World, hint: Option<&str>, fault: &str) -> Result<(), Stop> {
    let client = the_client(world)?.clone();
    let token = the_token(world)?.to_owned();
    let mut parameters = vec![("token", token.as_str())];
    parameters.extend(hint.map(|hint| ("token_type_hint", hint)));
    revoke(world, client, &parameters, fault).await
}

async fn revoke(
    world: &mut World,
    client: RegisteredClient,
    parameters: &[(&str, &str)],
    fault: &str,
) -> Result<(), Stop> {
    let endpoint = server(world)?.revocation.clone();
    let endpoint = endpoint.ok_or_else(|| lacks("revocation in [authorization_server]"))?;
    let answer = request(world, endpoint, client, parameters, fault).await?;
    world.oauth.server.revocations.push(answer);
    Ok(())
}

/// The revocation that the scenario is about: the first, since its control comes later.
fn the_revocation(world: &World) -> Result<&Answer, Stop> {
    let first = world.oauth.server.revocations.first();
    first.ok_or_else(|| Stop::Harness("the scenario has revoked nothing yet".to_owned()))
}
