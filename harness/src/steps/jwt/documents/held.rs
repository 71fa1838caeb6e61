//! How long document and keys are held, and what is fetched anew when.

use super::super::{
    token::Token,
    verifier::{ask, facts, jwt, not_let_in, present, show},
};
use crate::{
    lab::jwt::{DocPlace, HostAnswer},
    steps::{Stop, jose::stranger, registry::steps},
    world::World,
};
use btx_spec::jose::{Algorithm, PublicKey, SigningKey};
use futures::future::{join, join_all};
use std::{sync::Arc, time::Duration};

/// A moment more than has to be waited.
const MOMENT: Duration = Duration::from_millis(200);
/// The longest that is waited for what is held to become too old.
const PATIENCE: Duration = Duration::from_secs(60);

steps! {
    "document and keys hold for {count} seconds" => |world, count| {
        let seconds = super::super::verifier::number(&count)?;
        for client in &world.jwt.clients {
            client.desk.max_age(Some(seconds as u64));
        }
        Ok(())
    }
    "its keys stand in its document" => |world| {
        world.published(0)?.desk.inline(true);
        Ok(())
    }
    "the first of its requests was let in" => |world| {
        let jwt = jwt(world, 0)?;
        let answer = present(world, &jwt).await?;
        super::super::verifier::let_in(world, &answer).map_err(|_| {
            Stop::Control(format!("it was not let in: {}", answer.words()))
        })
    }
    "its document was of no use at first" => |world| {
        let jwt = jwt(world, 0)?;
        let answer = present(world, &jwt).await?;
        not_let_in(world, &answer).map_err(|_| Stop::Control("it was let in at once".to_owned()))
    }
    "they are no longer fresh" => |world| {
        until_stale(world, Duration::ZERO).await;
        Ok(())
    }
    "they are no longer fresh after {count} seconds" => |world, count| {
        let seconds = super::super::verifier::number(&count)?;
        until_stale(world, Duration::from_secs(seconds as u64) + MOMENT).await;
        Ok(())
    }
    "they have been held for longer than the target declares" => |world| {
        let longest = world.context.target.limits.longest_stale;
        if longest > PATIENCE {
            let words = format!("the target goes on for {} s with what it holds", longest.as_secs());
            return Err(Stop::NotExercised(words));
        }
        until_stale(world, longest + MOMENT).await;
        Ok(())
    }
    "the interval for unknown keys is over" => |world| {
        let interval = world.context.target.limits.keys_interval;
        if interval > PATIENCE {
            let words = format!("the target looks for unknown keys every {} s", interval.as_secs());
            return Err(Stop::NotExercised(words));
        }
        world.wait(interval + MOMENT, "another look for unknown keys is due").await;
        Ok(())
    }
    "it puts another key in the place of its own" => |world| {
        let key = change(world, |_, new| vec![new])?;
        world.jwt.verifier.gone = Some(key);
        Ok(())
    }
    "it puts a new key beside its own" => |world| {
        change(world, |old, new| vec![old, new])?;
        Ok(())
    }
    "it asks to be let in with the key that is gone" => |world| {
        let mut facts = facts(world, 0)?;
        let old = world.jwt.verifier.gone.clone();
        facts.key = old.ok_or_else(|| Stop::Harness("no key is gone".to_owned()))?;
        let jwt = Token::faultless(&facts).text()?;
        show(world, &jwt).await
    }
    "it is let in with the key that is there" => |world| {
        super::super::verifier::control(world, 0).await
    }
    "the other asks with a key that nobody knows" => |world| {
        let jwt = Token::with("whose kid is not its own", &facts(world, 1)?)?.text()?;
        let answer = present(world, &jwt).await?;
        not_let_in(world, &answer)
    }
    "it asks to be let in with the key of the other, which has the same name" => |world| {
        let other = world.published(1)?.key.clone();
        let mut token = Token::faultless(&facts(world, 0)?);
        token.jws.key = other.into();
        let jwt = token.text()?;
        show(world, &jwt).await
    }
    "it asks to be let in {count} times, while its document is on its way" => |world, count| {
        let count = super::super::verifier::number(&count)?;
        on_its_way(world, count).await
    }
    "the other is let in" => |world| {
        super::super::verifier::control(world, 1).await
    }
    "it asks to be let in again" => |world| {
        ask(world, 0).await
    }
}

/// Waits until what has been fetched is no longer fresh: that long, or as long as the target holds everything.
async fn until_stale(world: &World, held: Duration) {
    let floor = world.context.target.limits.least_freshness;
    let wait = match floor {
        Duration::ZERO => held,
        floor => held.max(floor + MOMENT),
    };
    if wait > Duration::ZERO {
        world.wait(wait, "what is held becomes too old").await;
    }
}

/// Gives the first client another key, and publishes what is made of the old and the new one. Gives the old one.
fn change(
    world: &mut World,
    published: fn(PublicKey, PublicKey) -> Vec<PublicKey>,
) -> Result<Arc<SigningKey>, Stop> {
    let new = stranger::make(Algorithm::ES256, "k2")?.key;
    let client = world.jwt.clients.first_mut();
    let client = client.ok_or_else(|| Stop::Harness("the scenario has no client".to_owned()))?;
    let old = std::mem::replace(&mut client.key, new);
    client
        .desk
        .set_keys(published(old.public(), client.key.public()));
    Ok(old)
}

/// Shows JWTs at once, and lets the document come when the first of them is waiting and the others have had
/// time to wait as well.
async fn on_its_way(world: &mut World, count: usize) -> Result<(), Stop> {
    let desk = world.published(0)?.desk.clone();
    desk.set(DocPlace::Document, vec![HostAnswer::Held]);
    let jwts: Result<Vec<String>, Stop> = (0..count).map(|_| jwt(world, 0)).collect();
    let jwts = jwts?;
    let there: &World = world;
    let asking = join_all(jwts.iter().map(|jwt| present(there, jwt)));
    let letting = async {
        let began = |desk: &crate::lab::jwt::DocumentDesk| {
            (!desk.visits(DocPlace::Document).is_empty()).then_some(())
        };
        desk.wait_for(Duration::from_secs(1), began).await;
        there.wait(MOMENT, "the others come as well").await;
        desk.release();
    };
    let (answers, ()) = join(asking, letting).await;
    for answer in answers {
        world.jwt.verifier.answers.push(answer?);
    }
    Ok(())
}
