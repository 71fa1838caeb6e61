//! What the token issue looks like, and whether one was sent at all.

use super::{Blame, Failure, Stop, registry::steps};
use crate::{
    draft::Values,
    issue_draft::hmac,
    lab::Delivery,
    run::{Absence, Again},
    world::World,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use btx_spec::{Timestamp, TokenIssue, signature};
use serde_json::Value;

const NO_ISSUE: Blame = Blame::Only("EX-ISS-013");

steps! {
    "no token issue was sent for it" => |world| {
        no_issue(world).map_err(|f| Stop::from(f.blaming(NO_ISSUE)))?;
        let call = world.the_call()?;
        let (party, mailbox, before) = (call.party, call.mailbox.clone(), call.before);
        let lease = world.party(party)?.lease.clone();
        world.absences.push(Absence::NoIssue { again: Again::IsFine, mailbox, allowed: before, lease });
        Ok(())
    }
    "no token issue was sent for it so far" => |world| {
        if world.the_call()?.is_finished() {
            let answer = world.the_answer().await?;
            return Err(Failure::new("no answer before the last byte", answer.words(), Some(answer.event)).into());
        }
        no_issue(world).map_err(Stop::from)
    }
    "no byte of a token issue was sent to it" => |world| {
        no_issue(world).map_err(|f| Stop::from(f.blaming(Blame::Only("HT-ANY-041"))))?;
        let call = world.the_call()?;
        let (party, mailbox) = (call.party, call.mailbox.clone());
        let lease = world.party(party)?.lease.clone();
        // Whoever has not even connected has shown nothing about certificates.
        if lease.connections() == 0 {
            return Err(Stop::Control("the target has not connected to the peer at all".to_owned()));
        }
        world.absences.push(Absence::NoIssue { again: Again::IsFine, mailbox, allowed: 0, lease });
        Ok(())
    }
    "no token issue was sent anywhere but to the registered URL" => |world| {
        let expected = "the token issue at the registered URL only";
        let path = super::answers::elsewhere_path(world)?;
        if world.context.lab.was_reached_elsewhere(&path) {
            return Err(Failure::new(expected, "a request to the URL that the call named", None).into());
        }
        let party = world.the_call()?.party;
        if let Some(stray) = world.party(party)?.lease.strays().first() {
            return Err(Failure::new(expected, format!("a request to {}", stray.request.target), Some(stray.event)).into());
        }
        first(world).await.map(drop)
    }
    "at most {count} token issue(s) was/were sent for it" => |world, most| {
        let most: usize = most.parse().unwrap_or_default();
        first(world).await?;
        let call = world.the_call()?;
        let deliveries = call.deliveries();
        let (party, mailbox, before) = (call.party, call.mailbox.clone(), call.before);
        if deliveries.len() > most {
            let last = deliveries.last().map(|d| d.event);
            return Err(Failure::new(format!("at most {most}"), format!("{} token issues", deliveries.len()), last).into());
        }
        let lease = world.party(party)?.lease.clone();
        world.absences.push(Absence::NoIssue { again: Again::IsLate, mailbox, allowed: before + most, lease });
        Ok(())
    }
    "all token issues that were sent for it have the same body" => |world| {
        first(world).await?;
        let deliveries = world.the_call()?.deliveries();
        let mut bodies = deliveries.iter().map(|d| &d.request.body);
        let one = bodies.next();
        if bodies.all(|body| Some(body) == one) {
            return Ok(());
        }
        let last = deliveries.last().map(|d| d.event);
        Err(Failure::new("the body of the first token issue again", "another body", last).into())
    }
    "the token issue has seven members, each in its form" => |world| {
        let delivery = first(world).await?;
        match malformed(&delivery.request.body) {
            None => Ok(()),
            Some(why) => Err(fails(&delivery, "seven members, each a string in its form", why)),
        }
    }
    "the body of the token issue is one JSON object without repeated names" => |world| {
        use btx_spec::FormError::{DuplicateMember, NotAnObject, NotJson, TooDeep};
        let delivery = first(world).await?;
        match TokenIssue::parse(&delivery.request.body) {
            Err(error @ (NotJson { .. } | NotAnObject | DuplicateMember { .. } | TooDeep)) => {
                Err(fails(&delivery, "one JSON object of RFC 8259, each name once", error.to_string()))
            }
            _ => Ok(()),
        }
    }
    "the token issue repeats version, exchange_id, issuer and initiator of the call" => |world| {
        let delivery = first(world).await?;
        let values = world.the_call()?.values.clone();
        let expected = [
            ("version", btx_spec::VERSION),
            ("exchange_id", &values.exchange_id),
            ("issuer", &values.issuer),
            ("initiator", &values.initiator),
        ];
        for (name, value) in expected {
            let actual = member(&delivery, name).unwrap_or_default();
            if actual != value {
                return Err(fails(&delivery, &format!("{name} = \"{value}\""), format!("{name} = \"{actual}\"")));
            }
        }
        Ok(())
    }
    "the two token issues bring different tokens" => |world| {
        let second = first(world).await?;
        let earlier = super::calls::earlier(world)?.token();
        match (earlier, member(&second, "bearer_token")) {
            (Some(one), Some(other)) if one != other => Ok(()),
            (Some(_), Some(_)) => Err(fails(&second, "another token than that of the first exchange", "the same token".to_owned())),
            _ => Err(Stop::Control("one of the exchanges brought no token".to_owned())),
        }
    }
    "the token expires later than now" => |world| {
        let (delivery, expires_at) = expiry(world).await?;
        if expires_at.unix() > now() {
            return Ok(());
        }
        Err(fails(&delivery, "expires_at after now", expires_at.to_string()))
    }
    "the token expires within 24 hours" => |world| {
        let (delivery, expires_at) = expiry(world).await?;
        if expires_at.unix() - now() <= 24 * 3600 {
            return Ok(());
        }
        Err(fails(&delivery, "expires_at at most 24 hours after now", expires_at.to_string()))
    }
    "the signature of the token issue is right" => |world| {
        let delivery = first(world).await?;
        signature_is_right(&delivery, &world.the_call()?.values)
    }
    "the token issue is a POST" => |world| {
        let delivery = first(world).await?;
        match delivery.request.method.as_str() {
            "POST" => Ok(()),
            method => Err(fails(&delivery, "POST", method.to_owned())),
        }
    }
    "the token issue has the media type application\\/json" => |world| {
        let delivery = first(world).await?;
        let media_type = delivery.request.fields.get("content-type").unwrap_or("none").to_owned();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        Err(fails(&delivery, "Content-Type: application/json", media_type))
    }
    "the token issue has no content coding" => |world| {
        let delivery = first(world).await?;
        let coding = delivery.request.fields.get("content-encoding").map(str::to_owned);
        match coding.filter(|c| !c.eq_ignore_ascii_case("identity")) {
            None => Ok(()),
            Some(coding) => Err(fails(&delivery, "no Content-Encoding", coding)),
        }
    }
    "the token issue has neither an Authorization nor a Cookie field" => |world| {
        let delivery = first(world).await?;
        for name in ["authorization", "cookie"] {
            if delivery.request.fields.get(name).is_some() {
                return Err(fails(&delivery, "no credentials", format!("a field {name}")));
            }
        }
        Ok(())
    }
}

/// The first token issue of the call, without which nothing can be said about it.
pub(super) async fn first(world: &mut World) -> Result<Delivery, Stop> {
    let answer = world.the_answer().await?;
    let deliveries = world.the_call()?.deliveries();
    deliveries
        .into_iter()
        .next()
        .ok_or_else(|| Stop::Control(format!("no token issue came: {}", answer.words())))
}

/// The text of a member of a token issue, read leniently.
pub(super) fn member(delivery: &Delivery, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&delivery.request.body).ok()?;
    Some(body.get(name)?.as_str()?.to_owned())
}

/// Signed is what the initiator has stored; only what it cannot know comes from the message.
pub(super) fn signature_is_right(delivery: &Delivery, values: &Values) -> Result<(), Stop> {
    let text = |name: &str| member(delivery, name).unwrap_or_default();
    let input = [
        signature::LABEL,
        &values.issuer,
        &values.initiator,
        &values.exchange_id,
        &text("expires_at"),
        &text("bearer_token"),
    ]
    .join("\n");
    let shown = text("signature");
    let right = STANDARD.encode(hmac(&values.key, &input));
    if shown == right {
        return Ok(());
    }
    let expected = "the HMAC over the signing input, with the decoded key";
    let mistakes = mistakes(&values.key, &input);
    let mistake = mistakes.iter().find(|(_, value)| *value == shown);
    let actual = mistake.map_or("another value", |(name, _)| name);
    Err(fails(delivery, expected, actual.to_owned()))
}

/// The values that implementations come to by mistake, each with the mistake.
fn mistakes(key: &[u8; 32], input: &str) -> Vec<(&'static str, String)> {
    let text = STANDARD.encode(key);
    let encode = |mac: Vec<u8>| STANDARD.encode(mac);
    let right = hmac(key, input);
    let token = input.rsplit('\n').next().unwrap_or_default();
    vec![
        (
            "the HMAC with the text of the key, not its bytes",
            encode(hmac(text.as_bytes(), input)),
        ),
        ("the HMAC over the token only", encode(hmac(key, token))),
        (
            "the HMAC over an input with a line feed at its end",
            encode(hmac(key, &format!("{input}\n"))),
        ),
        (
            "the HMAC over lines that end with CR LF",
            encode(hmac(key, &input.replace('\n', "\r\n"))),
        ),
        (
            "the right bytes in hexadecimal",
            right.iter().map(|b| format!("{b:02x}")).collect(),
        ),
        (
            "the right bytes in base64url",
            URL_SAFE_NO_PAD.encode(&right),
        ),
        (
            "the right bytes without padding",
            STANDARD_NO_PAD.encode(&right),
        ),
    ]
}

fn fails(delivery: &Delivery, expected: &str, actual: String) -> Stop {
    Failure::new(expected, actual, Some(delivery.event)).into()
}

fn no_issue(world: &mut World) -> Result<(), Failure> {
    let Ok(call) = world.the_call() else {
        return Ok(());
    };
    let (party, before) = (call.party, call.before);
    let mut arrived = call.mailbox.deliveries_beyond(before);
    arrived.extend(
        world
            .party(party)
            .map(|p| p.lease.strays())
            .unwrap_or_default(),
    );
    match arrived.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(
            "no token issue",
            "a token issue",
            Some(first.event),
        )),
    }
}

/// What is wrong with the form of a token issue. The values that repeat the call are judged by their
/// form only: whether they are the right ones is another requirement.
fn malformed(body: &[u8]) -> Option<String> {
    use btx_spec::FormError::{DuplicateMember, NotAnObject, NotJson};
    match TokenIssue::parse(body) {
        Ok(_) | Err(NotJson { .. } | NotAnObject | DuplicateMember { .. }) => None,
        // Another version is one that does not repeat the call's.
        Err(btx_spec::FormError::UnsupportedVersion) if has_string(body, "version") => None,
        Err(error) => Some(error.to_string()),
    }
}

fn has_string(body: &[u8], name: &str) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|v| v.get(name).is_some_and(Value::is_string))
}

async fn expiry(world: &mut World) -> Result<(Delivery, Timestamp), Stop> {
    let delivery = first(world).await?;
    let text = member(&delivery, "expires_at").unwrap_or_default();
    match Timestamp::parse(&text) {
        Ok(expires_at) => Ok((delivery, expires_at)),
        Err(_) => Err(Stop::Control("expires_at is not of its form".to_owned())),
    }
}

/// Now, in seconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
