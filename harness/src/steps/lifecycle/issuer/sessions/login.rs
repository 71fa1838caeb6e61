//! Logins by the dozen, and what is demanded of their answers.

use super::{
    Seen, answered, is_success, issuer,
    messages::{log_in, log_in_wrongly, nobody},
    seen, seen_mut, session,
};
use crate::{
    lenient::Members,
    steps::{Failure, Stop, calls::unknown, registry::steps, resource::challenge},
    timeline::EventId,
    wire::Response,
    world::{Answer, World, describe},
};
use futures::future::join_all;
use std::{collections::HashSet, time::Duration};

/// How long after the pause somebody logs in again.
const AFTER: Duration = Duration::from_millis(100);
/// The longest pause that is waited for.
const LONGEST: Duration = Duration::from_secs(60);

steps! {
    "its account logs in with a wrong password as often as the issuer allows, over all replicas" => |world| {
        let name = session(world, 0)?.account.name.clone();
        for replica in 0..allowed(world) {
            let answer = log_in_wrongly(world, &name, replica).await?;
            refused(&answer)?;
        }
        Ok(())
    }
    "its account logs in with a wrong password as often as the issuer allows, all at once" => |world| {
        let name = session(world, 0)?.account.name.clone();
        let there: &World = world;
        let logins = (0..allowed(world)).map(|replica| log_in_wrongly(there, &name, replica));
        for answer in join_all(logins).await {
            refused(&answer?)?;
        }
        Ok(())
    }
    "its account and a name that nobody has log in with a wrong password too often" => |world| {
        let name = session(world, 0)?.account.name.clone();
        let nobody = nobody();
        let mut last = Vec::new();
        for replica in 0..=allowed(world) {
            last.clear();
            for name in [&name, &nobody] {
                last.push(answered(log_in_wrongly(world, name, replica).await?)?);
            }
        }
        seen_mut(world).logins = last;
        Ok(())
    }
    "its account logs in with its password, on each replica" => |world| {
        let answers = on_each_replica(world, 0).await?;
        seen_mut(world).logins.extend(answers);
        Ok(())
    }
    "the other account logs in with its password, on each replica" => |world| {
        let answers = on_each_replica(world, 1).await?;
        seen_mut(world).others.extend(answers);
        Ok(())
    }
    "its account logs in {count} times more, over all replicas" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let account = session(world, 0)?.account.clone();
        for replica in 0..count {
            let shown = answered(log_in(world, &account, replica).await?)?;
            seen_mut(world).logins.push(shown);
        }
        Ok(())
    }
    "the pause is over, and its account is let in" => |world| {
        let pause = world.context.target.limits.login_pause;
        if pause > LONGEST {
            return Err(Stop::NotExercised(format!("the declared pause is longer than {} s", LONGEST.as_secs())));
        }
        world.wait(pause + AFTER, "the pause ends").await;
        let account = session(world, 0)?.account.clone();
        match log_in(world, &account, 0).await?.status() {
            Some(200..=299) => Ok(()),
            _ => Err(Stop::Control("the account is not let in after the pause".to_owned())),
        }
    }
    "the login was answered with both tokens and their lifetimes" => |world| {
        let (response, event) = begun(world)?;
        let expected = "200 with session_token, session_expires_in, bearer_token and expires_in";
        let members = Members::read(&response.body);
        let missing: Vec<&str> = match &members {
            Some(members) => {
                let text = ["session_token", "bearer_token"].into_iter().filter(|name| members.text(name).is_none());
                let numbers = ["session_expires_in", "expires_in"];
                let numbers = numbers.into_iter().filter(|name| members.number(name).is_none_or(|n| n == 0));
                text.chain(numbers).collect()
            }
            None => vec!["a JSON object"],
        };
        if response.status == 200 && missing.is_empty() {
            return Ok(());
        }
        let came = format!("{}, without {}", describe(&response), missing.join(", "));
        Err(Failure::new(expected, came, Some(event)).into())
    }
    "the answer to the login forbids that it is stored" => |world| {
        let (response, event) = begun(world)?;
        match response.fields.lists("cache-control", "no-store") {
            true => Ok(()),
            false => {
                let came = response.fields.get("cache-control").unwrap_or("no Cache-Control");
                Err(Failure::new("Cache-Control: no-store", came, Some(event)).into())
            }
        }
    }
    "the login lets nobody in" => |world| {
        each(&seen(world).logins, "a refusal: 4xx or 5xx, and no token", |response| {
            (400..600).contains(&response.status) && token(response).is_none()
        })
    }
    "the other account is let in each time" => |world| {
        each(&seen(world).others, "2xx with a session token", |response| {
            is_success(response) && token(response).is_some()
        })
    }
    "the login is answered 401 with a challenge" => |world| {
        each(&seen(world).logins, "401 with WWW-Authenticate", |response| {
            response.status == 401 && challenge(response).is_some()
        })
    }
    "the login is answered 429 with Retry-After" => |world| {
        each(&seen(world).logins, "429 with Retry-After", |response| {
            response.status == 429 && response.fields.get("retry-after").is_some()
        })
    }
    "both logins are answered alike" => |world| {
        let Seen { logins, .. } = seen(world);
        let [(one, _), (other, event)] = logins.as_slice() else {
            return Err(Stop::Harness("there are not two logins to compare".to_owned()));
        };
        match difference(one, other) {
            None => Ok(()),
            Some(what) => Err(Failure::new("one answer for both", format!("they differ in {what}"), Some(*event)).into()),
        }
    }
    "each session token has the form of one and is another" => |world| {
        let (first, _) = begun(world)?;
        let mut tokens = HashSet::new();
        let firsts = std::iter::once((&first, None));
        let others = seen(world).logins.iter().map(|(response, event)| (response, Some(*event)));
        for (response, event) in firsts.chain(others) {
            let token = token(response).unwrap_or_default();
            if !is_token(&token) {
                let came = format!("one of {} characters, or of others", token.len());
                return Err(Failure::new("a token of 22 to 4096 characters", came, event).into());
            }
            if !tokens.insert(token) {
                return Err(Failure::new("another token for each login", "one that came before", event).into());
            }
        }
        Ok(())
    }
}

/// How many refused logins the issuer allows.
fn allowed(world: &World) -> usize {
    world.context.target.limits.login_attempts
}

/// Logs in without fault on each replica.
async fn on_each_replica(world: &World, index: usize) -> Result<Vec<(Response, EventId)>, Stop> {
    let account = session(world, index)?.account.clone();
    let mut answers = Vec::new();
    for replica in 0..issuer(world)?.login.len() {
        answers.push(answered(log_in(world, &account, replica).await?)?);
    }
    Ok(answers)
}

/// A wrong password that is taken says nothing about too many of them.
fn refused(answer: &Answer) -> Result<(), Stop> {
    match answer.status() {
        Some(400..=499) => Ok(()),
        _ => Err(Stop::Control(format!(
            "a wrong password was answered {}",
            answer.words()
        ))),
    }
}

/// The answer to the login that began the first session.
fn begun(world: &World) -> Result<(Response, EventId), Stop> {
    let missing = || Stop::Harness("nobody has logged in".to_owned());
    answered(seen(world).begun.clone().ok_or_else(missing)?)
}

fn token(response: &Response) -> Option<String> {
    Members::read(&response.body)?.text("session_token")
}

/// In what two answers differ. How long somebody has to wait may differ by the second in which he came.
fn difference(one: &Response, other: &Response) -> Option<&'static str> {
    let fields = |response: &Response| {
        let named = response.fields.iter().map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let compared = !matches!(name.as_str(), "date" | "retry-after");
            (
                name,
                if compared {
                    value.to_owned()
                } else {
                    String::new()
                },
            )
        });
        let mut all: Vec<_> = named.collect();
        all.sort();
        all
    };
    if one.status != other.status {
        return Some("status");
    }
    if fields(one) != fields(other) {
        return Some("header fields");
    }
    (one.body != other.body).then_some("body")
}

/// Whether a text has the form of RFC 6750 section 2.1, and a length of session tokens.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    (22..=4096).contains(&text.len()) && !body.is_empty() && body.chars().all(of_a_token)
}

fn each(
    answers: &[(Response, EventId)],
    expected: &str,
    fits: fn(&Response) -> bool,
) -> Result<(), Stop> {
    if answers.is_empty() {
        return Err(Stop::Harness("nobody has logged in".to_owned()));
    }
    match answers.iter().find(|(response, _)| !fits(response)) {
        None => Ok(()),
        Some((response, event)) => {
            Err(Failure::new(expected, describe(response), Some(*event)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Fields;

    #[test]
    fn answers_are_compared_but_for_what_the_clock_says() {
        let answer = |status, date: &str, body: &str| {
            let fields = Fields::from([("Date", date), ("Retry-After", date), ("X", "1")]);
            Response::new(status, fields, body.as_bytes())
        };
        let one = answer(401, "now", "no");
        assert_eq!(difference(&one, &answer(401, "then", "no")), None);
        assert_eq!(difference(&one, &answer(403, "now", "no")), Some("status"));
        assert_eq!(difference(&one, &answer(401, "now", "NO")), Some("body"));
        let bare = Response::new(401, Fields::default(), b"no");
        assert_eq!(difference(&one, &bare), Some("header fields"));
    }

    #[test]
    fn a_session_token_has_a_form_and_a_length() {
        assert!(is_token("abcdefghijklmnopqrstuv"));
        assert!(!is_token("abcdefghijklmnopqrstu"));
        assert!(!is_token("abcdefghijkl,mnopqrstuv"));
        assert!(!is_token(&"a".repeat(4097)));
    }
}
