//! Requests for access tokens.

use super::super::{
    token::Token,
    verifier::{exchange, facts, jwt, number, present, server},
};
use crate::{
    steps::{Stop, registry::steps},
    world::World,
};

/// A resource for which nobody issues tokens.
const NO_RESOURCE: &str = "https://nothing.example/api";
/// A client that asks for nothing.
const NO_CLIENT: &str = "https://nothing.example/client.json";

steps! {
        "it asks for a token by an assertion {words}" => |world, fault| {
            let text = Token::with(&fault, &facts(world, 0)?)?.text()?;
            let answer = present(world, &text).await?;
            world.jwt.verifier.answers.push(answer);
            let desks = world.jwt.clients.iter().map(|client| &client.desk);
            world.jwt.server.fetched = desks.map(|desk| desk.all_visits().len()).sum();
            Ok(())
        }
        "it asks for a token for a resource of which the server knows nothing" => |world| {
            if server(world)?.resources.is_empty() {
                return Err(Stop::NotExercised("[authorization_server] has no resources".to_owned()));
            }
            with(world, &[("resource", NO_RESOURCE)]).await
        }
        "it asks for a token with the client_id of another beside the assertion" => |world| {
            with(world, &[("client_id", NO_CLIENT)]).await
        }
        "it asks for a token with its client_id beside the assertion" => |world| {
            let own = world.published(0)?.id.clone();
            with(world, &[("client_id", &own)]).await
        }
        "it asks for a token by the same assertion {count} times" => |world, count| {
            let text = jwt(world, 0)?;
            for _ in 0..number(&count)? {
                let answer = present(world, &text).await?;
                world.jwt.verifier.answers.push(answer);
            }
            Ok(())
        }
        "it asks for tokens by two assertions with the same jti" => |world| {
            let id = uuid::Uuid::new_v4().to_string();
            for fault in ["without fault", "that lives for 300 seconds"] {
                let text = Token::with(fault, &facts(world, 0)?)?.named(&id).text()?;
                let answer = present(world, &text).await?;
                world.jwt.verifier.answers.push(answer);
            }
            Ok(())
        }
}

/// Asks for a token with these parameters.
async fn with(world: &mut World, altered: &[(&str, &str)]) -> Result<(), Stop> {
    let text = jwt(world, 0)?;
    let answer = exchange(world, &text, altered).await?;
    world.jwt.verifier.answers.push(answer);
    Ok(())
}
