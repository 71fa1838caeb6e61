//! How often and how a caller asks again, and for how long it waits.

use super::{bearer, session_token, since_mark};
use crate::{
    lab::{Visit, lifecycle::SessionPlace},
    steps::{Failure, Stop, registry::steps},
    wire::Request,
    world::World,
};
use serde_json::Value;
use std::time::Duration;
use url::form_urlencoded;

/// What a busy machine may take beyond the deadline that the target declares.
const BUSY: Duration = Duration::from_millis(1500);

steps! {
    "the login came by POST, with name and password in its body alone" => |world| {
        let logins = since_mark(world, SessionPlace::Login)?;
        if logins.is_empty() {
            return Err(Stop::Control("the caller has not logged in".to_owned()));
        }
        let peer = &world.session_peer(0)?.peer;
        let secrets = [peer.account.as_str(), peer.password.as_str()];
        for visit in &logins {
            let said: Value = serde_json::from_slice(&visit.request.body).unwrap_or_default();
            let told = ["username", "password"].map(|name| said.get(name).and_then(Value::as_str));
            if visit.request.method != "POST" || told != secrets.map(Some) {
                let expected = "POST, with username and password in its body";
                return Err(Failure::new(expected, visit.request.method.clone(), Some(visit.event)).into());
            }
        }
        let all = super::visits(world, 0)?;
        match all.iter().find(|(_, visit)| names(&visit.request, &secrets)) {
            None => Ok(()),
            Some((_, visit)) => {
                let expected = "a URL without name and password";
                Err(Failure::new(expected, visit.request.target.clone(), Some(visit.event)).into())
            }
        }
    }
    "name and password have come once" => |world| {
        let logins = since_mark(world, SessionPlace::Login)?;
        match logins.as_slice() {
            [] => Err(Stop::Control("the caller has not logged in".to_owned())),
            [_] => Ok(()),
            [_, again, ..] => {
                let came = format!("{} times", logins.len());
                Err(Failure::new("one login", came, Some(again.event)).into())
            }
        }
    }
    "the API was shown nothing" => |world| {
        let shown = since_mark(world, SessionPlace::Api)?;
        let shown = shown.iter().find(|visit| {
            visit.request.fields.get("authorization").is_some() || session_token(&visit.request).is_some()
        });
        match shown {
            None => Ok(()),
            Some(visit) => Err(Failure::new("no token at the API", "one", Some(visit.event)).into()),
        }
    }
    "the same request came once more, with the same bearer and the session token" => |world| {
        let calls = since_mark(world, SessionPlace::Api)?;
        let [first, second] = calls.as_slice() else {
            let event = calls.last().map(|visit| visit.event);
            return Err(Failure::new("two requests", calls.len().to_string(), event).into());
        };
        let (one, two) = (&first.request, &second.request);
        let same = (&one.method, &one.target, &one.body) == (&two.method, &two.target, &two.body);
        let event = Some(second.event);
        match (same, bearer(one) == bearer(two), session_token(two).is_some()) {
            (true, true, true) => Ok(()),
            (false, ..) => Err(Failure::new("the same request", "another one", event).into()),
            (_, false, _) => Err(Failure::new("the same bearer", "another one, or none", event).into()),
            (.., false) => Err(Failure::new("the session token in X-Session-Token", "none", event).into()),
        }
    }
    "the request has come no more than {count} times" => |world, count| {
        let most = super::number(&count)?;
        let calls = since_mark(world, SessionPlace::Api)?;
        match (calls.first(), calls.get(most)) {
            (None, _) => Err(Stop::Control("the caller has not called the API".to_owned())),
            (_, None) => Ok(()),
            (_, Some(visit)) => {
                let expected = format!("{most} requests at most");
                Err(Failure::new(expected, calls.len().to_string(), Some(visit.event)).into())
            }
        }
    }
    "the caller has logged in anew, and shown neither of the old tokens since" => |world| {
        anew(world)
    }
    "one of them had the session token, and the others the new bearer" => |world| {
        let calls = since_mark(world, SessionPlace::Api)?;
        let old = world.lifecycle.caller_seen.old.as_deref();
        let with_session: Vec<&Visit> = calls.iter().filter(|v| session_token(&v.request).is_some()).collect();
        match with_session.as_slice() {
            [_] => {}
            [] => return Err(Failure::new("one request with the session token", "none", None).into()),
            [_, more, ..] => {
                let came = format!("{} of them", with_session.len());
                return Err(Failure::new("one request with the session token", came, Some(more.event)).into());
            }
        }
        let refreshed = calls.iter().filter(|v| session_token(&v.request).is_none() && bearer(&v.request) != old);
        match refreshed.count() {
            4 => Ok(()),
            other => {
                let came = format!("{other} of them");
                Err(Failure::new("4 requests with the new bearer", came, calls.last().map(|v| v.event)).into())
            }
        }
    }
    "the call was given up in time" => |world| {
        let most = world.context.target.limits.call_deadline + BUSY;
        let seen = &world.lifecycle.caller_seen;
        let before = seen.before_control.as_ref().map_or(seen.reports.len(), |(_, reports)| *reports);
        let took = before.checked_sub(1).and_then(|last| seen.reports.get(last)).map(|(_, took)| *took);
        match took {
            Some(took) if took <= most => Ok(()),
            Some(took) => {
                let came = format!("it took {:.1} s", took.as_secs_f64());
                Err(Failure::new(format!("no more than {:.1} s", most.as_secs_f64()), came, None).into())
            }
            None => Err(Stop::Harness("the caller has not called".to_owned())),
        }
    }
}

/// Whether one of these stands in the URL of a request.
fn names(request: &Request, secrets: &[&str]) -> bool {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let in_query = form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| secrets.contains(&&*name) || secrets.contains(&&*value));
    in_query || path.split('/').any(|segment| secrets.contains(&segment))
}

/// Judges that after two refusals there is a login, and that what was refused is not shown again.
fn anew(world: &World) -> Result<(), Stop> {
    let calls = since_mark(world, SessionPlace::Api)?;
    let [first, second, later @ ..] = calls.as_slice() else {
        return Err(Stop::Control("the caller has not asked twice".to_owned()));
    };
    let session = session_token(&second.request);
    let is_old = |visit: &&Visit| {
        bearer(&visit.request) == bearer(&first.request)
            || session.is_some() && session_token(&visit.request) == session
    };
    if let Some(visit) = later.iter().find(is_old) {
        let expected = "none of the tokens that were refused";
        return Err(Failure::new(expected, "one of them", Some(visit.event)).into());
    }
    match since_mark(world, SessionPlace::Login)?.is_empty() {
        false => Ok(()),
        true => Err(Failure::new("a login", "none", None).into()),
    }
}
