//! Logouts, and what is demanded of them.

use super::{
    answered, fields, granted, is_success, issuer, newest, replicas, seen, seen_mut, session, show,
    shows::MADE_UP,
};
use crate::{
    steps::{Failure, Stop, calls::unknown, registry::steps},
    wire::Fields,
    world::{Answer, World, describe},
};
use btx_spec::lifecycle::SESSION_FIELD;

steps! {
    "it logs out" => |world| {
        logs_out(world, 0, "alone").await
    }
    "it logs out {words}" => |world, extent| {
        logs_out(world, 0, &extent).await
    }
    "the other logs out" => |world| {
        logs_out(world, 1, "alone").await
    }
    "its own session is over" => |world| {
        is_over(world, 0).await
    }
    "the session of the other is over" => |world| {
        is_over(world, 1).await
    }
    "the other logs out, and its session is over" => |world| {
        logs_out(world, 1, "alone").await?;
        is_over(world, 1).await
    }
    "somebody logs out everywhere with the session token of the other" => |world| {
        let token = session(world, 1)?.token.clone();
        let answer = log_out(world, &[&token], "everywhere", 0).await?;
        answered(answer)?;
        Ok(())
    }
    "somebody logs out with {words}" => |world, words| {
        let token = session(world, 0)?.token.clone();
        let bearer = newest(world, 0)?;
        let longer = format!("{token}A");
        let tokens: Vec<&str> = match words.as_str() {
            "no session token" => Vec::new(),
            "no session token, but its bearer in Authorization" => {
                let fields = fields(&bearer.text, &[]);
                answered(post(world, fields, "alone", 0).await?)?;
                return Ok(());
            }
            "its bearer as session token" => vec![&bearer.text],
            "the name of its session as session token" => vec![bearer.claim("sid").unwrap_or_default()],
            "a session token of its own making" => vec![MADE_UP],
            "a session token with a letter more" => vec![&longer],
            _ => return Err(unknown("way to log out", &words)),
        };
        answered(log_out(world, &tokens, "alone", 0).await?)?;
        Ok(())
    }
    "the other opens on each replica" => |world| {
        let bearer = newest(world, 1)?;
        for replica in 0..replicas(world)? {
            let (response, event) = show(world, &bearer.text, &[], replica).await?;
            if !is_success(&response) {
                return Err(Failure::new("2xx to the other session", describe(&response), Some(event)).into());
            }
        }
        Ok(())
    }
    "its session had not ended before" => |world| {
        match world.shown.iter().find(|(response, _)| !is_success(response)) {
            None => Ok(()),
            Some((response, event)) => {
                Err(Failure::new("2xx to its bearer", describe(response), Some(*event)).into())
            }
        }
    }
    "the logout was answered 204" => |world| {
        match seen(world).logouts.iter().find(|(response, _)| response.status != 204) {
            None => Ok(()),
            Some((response, event)) => Err(Failure::new("204", describe(response), Some(*event)).into()),
        }
    }
}

/// Logs a session out, at the replica after that of its login.
async fn logs_out(world: &mut World, index: usize, extent: &str) -> Result<(), Stop> {
    let token = session(world, index)?.token.clone();
    let answer = log_out(world, &[&token], extent, index + 1).await?;
    let shown = answered(answer)?;
    granted(&shown.0)?;
    seen_mut(world).logouts.push(shown);
    Ok(())
}

/// Logs out with session tokens, at a replica counted from 0, around.
pub(super) async fn log_out(
    world: &World,
    tokens: &[&str],
    extent: &str,
    replica: usize,
) -> Result<Answer, Stop> {
    let mut fields = Fields::default();
    for token in tokens {
        fields.push(SESSION_FIELD, *token);
    }
    post(world, fields, extent, replica).await
}

async fn post(
    world: &World,
    mut fields: Fields,
    extent: &str,
    replica: usize,
) -> Result<Answer, Stop> {
    let body = match extent {
        "alone" => Vec::new(),
        "everywhere" => {
            fields.push("content-type", "application/json");
            br#"{"everywhere":true}"#.to_vec()
        }
        _ => return Err(unknown("extent of a logout", extent)),
    };
    let url = world.replica(&issuer(world)?.logout, replica)?;
    Ok(world.ask(&url, "POST", fields, body).await)
}

/// The control of a scenario: the logout has ended what it should.
async fn is_over(world: &World, index: usize) -> Result<(), Stop> {
    let bearer = newest(world, index)?;
    let (response, _) = show(world, &bearer.text, &[], 0).await?;
    match is_success(&response) {
        false => Ok(()),
        true => Err(Stop::Control(
            "the logout has not ended its session".to_owned(),
        )),
    }
}
