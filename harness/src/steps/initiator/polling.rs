//! The asynchronous form with an initiator: pending answers, and what comes to their status URLs.

use super::{as_issuer, desk, last_call};
use crate::{
    lab::PeerAnswer,
    run::Absence,
    steps::{Blame, Failure, Stop, calls::unknown, issues::now, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use btx_spec::Timestamp;
use std::time::{Duration, Instant};
use url::Url;

/// How many seconds the harness tells an initiator to wait.
const RETRY_AFTER: u64 = 1;
/// How much earlier a poll may come than it was told: what clocks and machines are off.
const LENIENCE: Duration = Duration::from_millis(50);

steps! {
    "the issuer answers the call with a pending answer" => |world| {
        let url = status_url(world)?;
        desk(world, 0)?.set_poll_answers(vec![pending(&url, 3600)]);
        answer_pending(world, &url, 3600)
    }
    "the issuer answers the call with a pending answer that expires in {count} seconds" => |world, seconds| {
        let seconds = seconds.parse().map_err(|_| unknown("time", &seconds))?;
        let url = status_url(world)?;
        desk(world, 0)?.set_poll_answers(vec![pending(&url, seconds)]);
        answer_pending(world, &url, seconds)
    }
    "the issuer answers the call with a pending answer that expires in {count} seconds, and the status with {words}" => |world, seconds, answer| {
        let seconds = seconds.parse().map_err(|_| unknown("time", &seconds))?;
        let answer = super::in_words(world, &answer)?;
        let url = status_url(world)?;
        desk(world, 0)?.set_poll_answers(vec![answer]);
        answer_pending(world, &url, seconds)
    }
    "the issuer answers the call with a pending answer that sets a cookie" => |world| {
        let url = status_url(world)?;
        let mut answer = pending(&url, 3600);
        if let PeerAnswer::Respond(response) = &mut answer {
            response.fields.set("set-cookie", crate::lab::answers::COOKIE.to_owned());
        }
        desk(world, 0)?.set_poll_answers(vec![answer.clone()]);
        answer_with(world, answer, 3600)
    }
    "the issuer answers the call with a pending answer that is cut off {words}" => |world, place| {
        let url = status_url(world)?;
        desk(world, 0)?.set_poll_answers(vec![PeerAnswer::accept()]);
        let pending = pending(&url, 3600);
        let PeerAnswer::Respond(response) = &pending else {
            return Err(Stop::Harness("a pending answer is a response".to_owned()));
        };
        let whole = response.to_bytes();
        let left = match place.as_str() {
            "within its head" => (whole.len() - response.body.len()) / 2,
            "within its body" => whole.len() - response.body.len() / 2,
            _ => return Err(unknown("place", &place)),
        };
        let bytes = whole.get(..left).unwrap_or_default().to_vec();
        answer_with(world, PeerAnswer::Raw(bytes), 3600)
    }
    "the time of the exchange is over" => |world| {
        until_the_end(world, Duration::ZERO).await
    }
    "the exchange has ended as it was told" => |world| {
        // The end is told in whole seconds.
        until_the_end(world, Duration::from_millis(1500)).await
    }
    "the issuer answers the call with a pending answer whose status_url is {words}" => |world, place| {
        let url = match place.as_str() {
            "at another origin" => crate::steps::answers::elsewhere(world)?,
            "at another port" => {
                let mut url = as_issuer(world, 0)?.status();
                let port = url::Url::parse(&crate::steps::answers::elsewhere(world)?).ok().and_then(|u| u.port());
                let _ = url.set_port(port);
                let path = crate::steps::answers::elsewhere_path(world)?;
                url.set_path(&path);
                url.to_string()
            }
            "without a scheme" => crate::steps::answers::elsewhere(world)?.replacen("https:", "", 1),
            "with http" => status_url(world)?.replacen("https://", "http://", 1),
            "with userinfo" => status_url(world)?.replacen("https://", "https://shop:secret@", 1),
            _ => return Err(unknown("place", &place)),
        };
        desk(world, 0)?.set_poll_answers(vec![pending(&url, 3600)]);
        answer_pending(world, &url, 3600)
    }
    "the status becomes {count}" => |world, status| {
        let status = status.parse().map_err(|_| unknown("status", &status))?;
        let polls = desk(world, 0)?.polls().len();
        let mut answers = vec![PeerAnswer::status(status); polls + 1];
        // Whoever asks on in spite of it is told a success.
        answers.push(PeerAnswer::accept());
        desk(world, 0)?.set_poll_answers(answers);
        polled(world, polls + 1).await
    }
    "a later pending answer has a status_url at another origin" => |world| {
        let elsewhere = crate::steps::answers::elsewhere(world)?;
        desk(world, 0)?.set_poll_answers(vec![pending(&elsewhere, 3600), PeerAnswer::status(404)]);
        polled(world, 1).await?;
        // The next question goes where it went before, or the exchange has ended.
        let _ = desk(world, 0)?.wait_for(super::REACTION, |desk| (desk.polls().len() > 1).then_some(())).await;
        Ok(())
    }
    "the status becomes a redirect {count} to another origin" => |world, status| {
        let status = status.parse().map_err(|_| unknown("status", &status))?;
        let elsewhere = crate::steps::answers::elsewhere(world)?;
        let fields = Fields::from([("location", elsewhere.as_str())]);
        let redirect = PeerAnswer::Respond(Response::new(status, fields, b""));
        let polls = desk(world, 0)?.polls().len();
        let mut answers = vec![redirect; polls + 1];
        answers.push(PeerAnswer::accept());
        desk(world, 0)?.set_poll_answers(answers);
        polled(world, polls + 1).await
    }
    "the status is pending {count} times and then 204" => |world, count| {
        let count: usize = count.parse().map_err(|_| unknown("number", &count))?;
        let url = status_url(world)?;
        let told = world.initiation.retry_after.unwrap_or(RETRY_AFTER);
        let pending = super::patience::with_retry_after(pending(&url, 3600), &told.to_string());
        let mut answers = vec![pending; count];
        answers.push(PeerAnswer::accept());
        desk(world, 0)?.set_poll_answers(answers);
        polled(world, count + 1).await
    }
    "the status stays pending" => |world| {
        polled(world, 1).await
    }
    "each poll was a GET without credentials" => |world| {
        for poll in desk(world, 0)?.polls() {
            if poll.request.method != "GET" {
                return Err(Failure::new("GET", poll.request.method.clone(), Some(poll.event)).blaming(Blame::Only("EX-INI-086")).into());
            }
            super::judging::no_credentials(&poll.request, poll.event).map_err(|f| f.blaming(Blame::Only("EX-INI-087")))?;
        }
        Ok(())
    }
    "no poll had credentials" => |world| {
        for poll in desk(world, 0)?.polls() {
            super::judging::no_credentials(&poll.request, poll.event)?;
        }
        Ok(())
    }
    "no two polls were closer than their Retry-After" => |world| {
        let polls = desk(world, 0)?.polls();
        let seconds = world.initiation.retry_after.unwrap_or(RETRY_AFTER);
        let told = Duration::from_secs(seconds).saturating_sub(LENIENCE);
        for pair in polls.windows(2) {
            if let [one, other] = pair
                && other.at.duration_since(one.at) < told
            {
                let actual = format!("{:.2} s", other.at.duration_since(one.at).as_secs_f64());
                return Err(Failure::new(format!("{seconds} s between polls"), actual, Some(other.event)).into());
            }
        }
        Ok(())
    }
    "no poll came after the end of the exchange" => |world| {
        let Some(end) = world.initiation.pending_until else {
            return Err(Stop::Harness("no pending answer was given".to_owned()));
        };
        // The end is told in whole seconds, and one poll may be on its way.
        let end = end + Duration::from_millis(1500);
        world.wait(end.saturating_duration_since(Instant::now()), "exchange_expires_at").await;
        no_poll(world, Some(end))
    }
}

/// Judges that no poll came, now and until the end of the run.
pub(super) fn no_poll(world: &mut World, after: Option<Instant>) -> Result<(), Stop> {
    let lease = world.party(0)?.lease.clone();
    let polls = lease.desk.polls();
    if let Some(poll) = polls
        .iter()
        .find(|p| after.is_none_or(|after| p.at > after))
    {
        let expected = match after {
            Some(_) => "no poll after exchange_expires_at",
            None => "no request for the status",
        };
        return Err(Failure::new(expected, "a poll", Some(poll.event)).into());
    }
    world.absences.push(Absence::NoPoll { lease, after });
    Ok(())
}

pub(super) fn status_url(world: &World) -> Result<String, Stop> {
    let status: Url = as_issuer(world, 0)?.status();
    Ok(format!("{status}/{}", world.timeline.id().simple()))
}

pub(super) fn pending(url: &str, seconds: i64) -> PeerAnswer {
    let end = Timestamp::from_unix(now() + seconds).to_string();
    let body = serde_json::json!({ "status_url": url, "exchange_expires_at": end });
    let retry_after = RETRY_AFTER.to_string();
    let fields = Fields::from([
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("location", url),
        ("retry-after", retry_after.as_str()),
    ]);
    PeerAnswer::Respond(Response::new(202, fields, body.to_string().as_bytes()))
}

fn answer_pending(world: &mut World, url: &str, seconds: i64) -> Result<(), Stop> {
    answer_with(world, pending(url, seconds), seconds)
}

/// Answers the call with a pending answer, good for so many seconds.
pub(super) fn answer_with(world: &mut World, answer: PeerAnswer, seconds: i64) -> Result<(), Stop> {
    world.initiation.uses_before_answer = Some(desk(world, 0)?.uses().len());
    world.initiation.answered = true;
    let lasting = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    let now = Instant::now();
    world.initiation.pending_since = Some(now);
    world.initiation.pending_until = Some(now + lasting);
    last_call(world)?.answer(answer);
    Ok(())
}

/// Waits for the end that a pending answer has told, and for a while after it.
async fn until_the_end(world: &World, after: Duration) -> Result<(), Stop> {
    let told = world.initiation.pending_until;
    let end = told.ok_or_else(|| Stop::Harness("no pending answer was given".to_owned()))?;
    let left = (end + after).saturating_duration_since(Instant::now());
    world.wait(left, "exchange_expires_at").await;
    Ok(())
}

/// Waits until the status was asked for that often.
async fn polled(world: &World, times: usize) -> Result<(), Stop> {
    let patience = world.context.patience;
    let polled = desk(world, 0)?
        .wait_for(patience, |desk| (desk.polls().len() >= times).then_some(()))
        .await;
    polled.ok_or_else(|| Stop::Control("the target did not ask for the status".to_owned()))
}
