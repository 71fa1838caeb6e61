//! What the token of an exchange opens.

use super::{Blame, Failure, Stop, registry::steps};
use crate::{
    run::Absence,
    wire::Fields,
    world::{Answer, World},
};
use futures::future::join_all;

/// A token that lives although it must not says nothing about the answer to the call.
const LIVES: Blame = Blame::AllBut(&["EX-ISS-065", "HT-ANY-023"]);

steps! {
    "its token opens the resource" => |world| {
        opens(world, 1).await
    }
    "its token opens the resource on every replica" => |world| {
        let replicas = world.issuer()?.resource.len();
        opens(world, replicas).await
    }
    "its token opens nothing" => |world| {
        opens_nothing(world).await?;
        let token = token(world).await?;
        world.absences.push(Absence::DeadToken { token, timeline: world.timeline.clone() });
        Ok(())
    }
    "the answer does not contain the token" => |world| {
        let token = token(world).await?;
        let answer = world.the_answer().await?;
        let Some(response) = answer.response() else {
            return Err(Stop::Control(format!("the call was not answered: {}", answer.words())));
        };
        if String::from_utf8_lossy(&response.to_bytes()).contains(&token) {
            return Err(Failure::new("no token", "the bearer token", Some(answer.event)).into());
        }
        Ok(())
    }
    "its token opens nothing so far" => |world| {
        opens_nothing(world).await
    }
    "the token of the earlier exchange opens the resource" => |world| {
        let token = super::calls::earlier(world)?.token();
        let token = token.ok_or_else(|| Stop::Control("the earlier exchange brought no token".to_owned()))?;
        let answer = show(world, &token, 0).await?;
        opened(&answer)
    }
    "the token is live if the call succeeded, and dead if not" => |world| {
        let answer = world.the_answer().await?;
        let token = token(world).await?;
        let shown = show(world, &token, 0).await?;
        match (answer.status(), shown.status()) {
            (Some(204), Some(200..=299)) => Ok(()),
            (Some(204), _) => {
                Err(Failure::new("a live token after 204", shown.words(), Some(shown.event)).blaming(Blame::Only("EX-ISS-060")).into())
            }
            (_, Some(200..=299)) => {
                Err(Failure::new("a dead token after a failure", shown.words(), Some(shown.event)).blaming(Blame::Only("EX-ISS-069")).into())
            }
            _ => Ok(()),
        }
    }
    "it makes {count} token calls at once and uses each token on every replica as soon as its call succeeds" => |world, count| {
        let count: usize = count.parse().unwrap_or_default();
        let parallel = world.context.target.limits.parallel_per_peer;
        let mut left = count;
        while left > 0 {
            let batch = left.min(parallel);
            left -= batch;
            let mut exchanges = Vec::new();
            for replica in 0..batch {
                let values = world.fresh_values(0)?;
                let draft = crate::draft::Draft::faultless(&values);
                exchanges.push(world.send(0, values, draft, replica)?);
            }
            let world_ref = &*world;
            let uses = join_all(exchanges.iter_mut().map(async |exchange| {
                let answer = exchange.finish().await.clone();
                match (answer.status(), exchange.token()) {
                    (Some(204), Some(token)) => use_everywhere(world_ref, &token).await,
                    _ => Err(Stop::Control(format!("a call ended with {}", answer.words()))),
                }
            })).await;
            for shown in uses {
                world.shown.extend(shown?);
            }
        }
        Ok(())
    }
    "every use opened the resource" => |world| {
        match world.shown.iter().find(|(response, _)| !(200..300).contains(&response.status)) {
            None => Ok(()),
            Some((response, event)) => {
                Err(Failure::new("2xx for every token on every replica", crate::world::describe(response), Some(*event)).into())
            }
        }
    }
    "the token has expired" => |world| {
        let exchange = super::calls::earlier(world)?;
        let delivery = exchange.deliveries().into_iter().next();
        let expires_at = delivery
            .and_then(|d| super::issues::member(&d, "expires_at"))
            .and_then(|text| btx_spec::Timestamp::parse(&text).ok())
            .ok_or_else(|| Stop::Control("the earlier exchange brought no expiry".to_owned()))?;
        let left = expires_at.unix() - super::issues::now();
        if left > 30 {
            return Err(Stop::NotExercised(format!("the token lives {left} s more: a peer of the kind short-lived gets tokens that live at most 30 s")));
        }
        // Until the second after it, and no longer: the wait is what the target itself declared.
        let millis = jiff::Timestamp::new(expires_at.unix(), 0)
            .map_or(0, |end| end.duration_since(jiff::Timestamp::now()).as_millis())
            .clamp(0, 31_000);
        let left = std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0) + 20);
        world.wait(left, "expires_at").await;
        Ok(())
    }
    "it opens nothing any more" => |world| {
        let token = super::calls::earlier(world)?.token().unwrap_or_default();
        let answer = show(world, &token, 0).await?;
        shut(&answer, Blame::All)
    }
}

/// Shows a token at a replica of the resource.
pub(super) async fn show(world: &World, token: &str, replica: usize) -> Result<Answer, Stop> {
    let url = world.replica(&world.issuer()?.resource, replica)?;
    let bearer = format!("Bearer {token}");
    Ok(world
        .ask(
            &url,
            "GET",
            Fields::from([("authorization", bearer.as_str())]),
            Vec::new(),
        )
        .await)
}

async fn use_everywhere(
    world: &World,
    token: &str,
) -> Result<Vec<(crate::wire::Response, usize)>, Stop> {
    let replicas = world.issuer()?.resource.len();
    let answers = join_all((0..replicas).map(|replica| show(world, token, replica))).await;
    answers
        .into_iter()
        .flatten()
        .map(|answer| match answer.response() {
            Some(response) => Ok((response.clone(), answer.event)),
            None => Err(Failure::new(
                "an answer of the resource",
                answer.words(),
                Some(answer.event),
            )
            .into()),
        })
        .collect()
}

/// The token of the call; without one, nothing can be said about it.
async fn token(world: &mut World) -> Result<String, Stop> {
    super::issues::first(world).await?;
    world
        .the_call()?
        .token()
        .ok_or_else(|| Stop::Control("the token issue brought no token".to_owned()))
}

async fn opens(world: &mut World, replicas: usize) -> Result<(), Stop> {
    let token = token(world).await?;
    for replica in 0..replicas {
        opened(&show(world, &token, replica).await?)?;
    }
    Ok(())
}

fn opened(answer: &Answer) -> Result<(), Stop> {
    match answer.status() {
        Some(200..=299) => Ok(()),
        _ => Err(Failure::new("2xx to a live token", answer.words(), Some(answer.event)).into()),
    }
}

async fn opens_nothing(world: &mut World) -> Result<(), Stop> {
    let delivery = {
        let mailbox = world.the_call()?.mailbox.clone();
        mailbox.deliveries().into_iter().next()
    };
    if delivery.is_none() {
        let answer = world.the_answer().await?;
        return Err(Stop::Control(format!(
            "no token issue came: {}",
            answer.words()
        )));
    }
    let token = world
        .the_call()?
        .token()
        .ok_or_else(|| Stop::Control("the token issue brought no token".to_owned()))?;
    for replica in 0..world.issuer()?.resource.len() {
        shut(&show(world, &token, replica).await?, LIVES)?;
    }
    Ok(())
}

fn shut(answer: &Answer, blames: Blame) -> Result<(), Stop> {
    match answer.status() {
        Some(400..=499) => Ok(()),
        _ => Err(Failure::new(
            "4xx to a token that is not live",
            answer.words(),
            Some(answer.event),
        )
        .blaming(blames)
        .into()),
    }
}
