//! Saboteurs of what holds after a rotation.

use super::{
    super::sessions::requests::{is_api, refusal, token},
    known::{Issuer, Known, Session},
    mend::{Shown, blind},
};
use crate::{
    Saboteur,
    chapters::oauth::resource::opened::Opened,
    inbound::Out,
    message::{Asked, Told},
};
use btx_harness::embedded::Alterations;
use btx_spec::lifecycle::RingKey;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_windows();
    all.extend(of_older_keys());
    all.extend(of_replicas());
    all
}

fn of_windows() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "keeps-the-previous-key-for-ever",
            "LC-ISS-022",
            "Takes what the previous key has signed until the next rotation.",
            || {
                blind(|shown| {
                    let issuer = shown.signed_by()?;
                    let ring = issuer.ring()?;
                    let previous = ring.previous.as_ref()?;
                    let over = previous.until <= shown.opened.now;
                    Some(issuer).filter(|_| over && previous.key.id() == shown.opened.head("kid"))
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "does-not-look-when-the-previous-key-signed",
            "LC-ISS-023",
            "Takes what the previous key signs after the rotation.",
            || {
                blind(|shown| {
                    let issuer = shown.signed_by()?;
                    let ring = issuer.ring()?;
                    let previous = ring.previous.as_ref()?;
                    let issued = shown.opened.claims.get("iat").and_then(Value::as_i64)?;
                    let later = issued > previous.retired_at;
                    let own = previous.key.id() == shown.opened.head("kid");
                    Some(issuer).filter(|_| later && own)
                })
            },
        ),
    ]
}

fn of_older_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "keeps-all-keys-that-it-had",
            "LC-ISS-024",
            "Takes what any key has signed that it had, but for those that an emergency has ended.",
            || {
                blind(|shown| {
                    let issuer = shown.signed_by()?;
                    let ring = issuer.ring()?;
                    // After an emergency there is no previous key.
                    let previous = ring.previous.as_ref()?;
                    let kid = shown.opened.head("kid");
                    let older = ring.current.id() != kid && previous.key.id() != kid;
                    Some(issuer).filter(|_| older)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "keeps-the-window-in-an-emergency",
            "LC-ISS-025",
            "Takes what earlier keys have signed after an emergency.",
            || blind(of_before_the_emergency),
        )
        .also(
            "LC-ISS-040",
            &["does not bring a key back"],
            "it was never gone",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "treats-an-emergency-as-any-rotation",
            "LC-ISS-025",
            "Leaves a window after an emergency.",
            || {
                Known::default()
                    .rotating(|rotation| rotation.urgent = false)
                    .alterations()
            },
        )
        .only(&["a bearer of the key before"])
        .also(
            "LC-ISS-034",
            &["After an emergency"],
            "what counts for a while is published for as long",
        )
        .also(
            "LC-ISS-040",
            &["does not bring a key back"],
            "it was never gone",
        ),
    ]
}

/// A bearer of a key that an emergency has ended.
fn of_before_the_emergency(shown: &mut Shown) -> Option<Arc<Issuer>> {
    let issuer = shown.signed_by()?;
    let ring = issuer.ring()?;
    let gone = ring.previous.is_none() && ring.current.id() != shown.opened.head("kid");
    shown.opened.say("exp", json!(shown.opened.now + 1));
    Some(issuer).filter(|_| gone)
}

fn of_replicas() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "refuses-bearers-of-the-previous-key-at-a-replica",
            "LC-ISS-021",
            "Has no window at one of its replicas.",
            || at_the_second_replica(is_of_the_previous_key),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "hears-late-of-rotations-at-a-replica",
            "LC-ISS-027",
            "Refuses at one replica what another has signed with a new key.",
            || at_the_second_replica(is_news),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "calls-keys-by-the-same-name",
            "LC-ISS-026",
            "Gives a key the name of the one before.",
            names_again,
        ),
    ]
}

/// Calls a key as the one before it, unless one of these has signed anything that a login brought.
fn names_again() -> Alterations {
    let known = Known::default();
    let there = known.clone();
    let naming = move |_: &Asked, told: &mut Told| {
        let again = || {
            let issuer = there.with_key(&told.text("kid")?)?;
            let (past, sessions) = (issuer.past(), issuer.sessions());
            let has_signed = |key: &RingKey| sessions.iter().any(|one| one.key_id == key.id());
            let [.., older, last] = past.as_slice() else {
                return None;
            };
            let unused = !has_signed(older) && !has_signed(last);
            unused.then(|| last.id().to_owned())
        };
        if let Some(name) = again() {
            told.edit(|members| {
                members.insert("kid".to_owned(), json!(name));
            });
        }
    };
    known
        .sabotage()
        .control(Out(Arc::new(naming)))
        .alterations()
}

/// Refuses some bearers at the second replica.
fn at_the_second_replica(which: fn(&Shown) -> Option<bool>) -> Alterations {
    let known = Known::default();
    let there = known.clone();
    let refuses = move |asked: &Asked| {
        let text = token(asked).filter(|_| is_api(asked) && asked.replica == 1)?;
        let shown = Shown {
            text,
            opened: Opened::of(text)?,
            known: &there,
            with_session: false,
        };
        which(&shown)?.then(refusal)
    };
    known.sabotage().instead(refuses).alterations()
}

/// Whether the key before the current one has signed it.
fn is_of_the_previous_key(shown: &Shown) -> Option<bool> {
    let ring = shown.signed_by()?.ring()?;
    Some(ring.previous.as_ref()?.key.id() == shown.opened.head("kid"))
}

/// Whether another replica has signed it, as the first one after a rotation of those that began, one after the other,
/// at all replicas. Another scenario may have had the account before, and the issuer may have rotated since.
fn is_news(shown: &Shown) -> Option<bool> {
    let mut all = shown.signed_by()?.sessions();
    let is_own = |one: &Session| one.claims.session == shown.opened.claim("sid");
    let subject = all.iter().find(|one| is_own(one))?.claims.subject.clone();
    all.retain(|one| one.claims.subject == subject);
    Some(all.windows(3).any(|three| match three {
        [before, own, after] => {
            let rotated = before.key_id != own.key_id && own.key_id == after.key_id;
            is_own(own) && rotated && (own.replica, after.replica) == (0, 1)
        }
        _ => false,
    }))
}
