//! Saboteurs of what a bearer says.

use super::{
    super::sessions::requests::{Shown as Bearer, brought, refusal},
    known::Issuer,
    mend::{LIFETIME, Shown, blind},
};
use crate::{Saboteur, ledger::lock, sabotage::LcIssuerSabotage};
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Beyond the difference of clocks that the issuer allows, in seconds.
const SKEW: i64 = 60;
/// Types that no reader of JWTs gets as far as to compare.
const NO_TEXT: &[&str] = &["whose typ is a number", "whose typ is a list"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_sound_ones();
    all.extend(of_faults());
    all
}

fn of_sound_ones() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "wants-to-know-all-of-its-own-bearers",
            "HT-RES-001",
            "Refuses a bearer with a header parameter or a claim that it does not know.",
            || {
                refusing(|shown| {
                    shown.header.contains_key("rutabagas") || shown.claims.contains_key("rutabagas")
                })
            },
        )
        .only(&["that nobody knows"]),
        Saboteur::of_the_lifecycle_issuer(
            "allows-its-replicas-no-difference-of-clocks",
            "HT-RES-001",
            "Refuses a bearer of a replica whose clock is ahead.",
            || {
                LcIssuerSabotage::new()
                    .config(|config| config.clock_skew = Duration::ZERO)
                    .alterations()
            },
        )
        .only(&["within the allowed difference"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-what-it-has-handed-out-alone",
            "HT-RES-001",
            "Refuses a bearer that it has not handed out, whoever has signed it.",
            handed_out_alone,
        )
        .only(&["says more than it has to"]),
    ]
}

/// An issuer that refuses some bearers with which nothing is wrong.
fn refusing(which: fn(&Bearer) -> bool) -> Alterations {
    LcIssuerSabotage::new()
        .instead(move |asked| {
            let shown = Bearer::of(asked)?;
            which(&shown).then(refusal)
        })
        .alterations()
}

/// An issuer that knows its bearers by heart.
fn handed_out_alone() -> Alterations {
    let known: Arc<Mutex<HashSet<String>>> = Arc::default();
    let noted = known.clone();
    LcIssuerSabotage::new()
        .told(move |_, told| {
            let brought = brought(told, "bearer_token");
            lock(&noted).extend(told.text("bearer_token").or(brought));
        })
        .instead(move |asked| {
            let shown = Bearer::of(asked)?;
            (!lock(&known).contains(&shown.text)).then(refusal)
        })
        .alterations()
}

fn of_faults() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-any-type",
            "LC-ISS-012",
            "Does not look at the type of a bearer.",
            || {
                blind(|shown| {
                    let wrong = shown.opened.header.get("typ") != Some(&json!("bearer+jwt"));
                    shown.signed_by().filter(|_| wrong)
                })
            },
        )
        .except(NO_TEXT),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-whose-type-is-no-text",
            "LC-ISS-012",
            "Does not look at the type of a bearer that is no text.",
            || {
                blind(|shown| {
                    let no_text = shown
                        .opened
                        .header
                        .get("typ")
                        .is_some_and(|typ| !typ.is_string());
                    shown.issuer().filter(|_| no_text)
                })
            },
        )
        .only(NO_TEXT),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-any-issuer",
            "LC-ISS-013",
            "Does not look at the issuer of a bearer.",
            || blind(|shown| addressed(shown, "iss")),
        )
        .only(&["of another issuer"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-for-everybody",
            "LC-ISS-013",
            "Does not look at the audience of a bearer.",
            || blind(|shown| addressed(shown, "aud")),
        )
        .only(&["for another audience"]),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-that-say-too-little",
            "LC-ISS-014",
            "Takes for granted what a bearer does not say.",
            || blind(completed),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-any-length",
            "LC-ISS-015",
            "Does not mind how long a bearer lives.",
            || {
                blind(|shown| {
                    let life = time(shown, "exp")? - time(shown, "iat")?;
                    shown.renew();
                    shown.signed_by().filter(|_| life > LIFETIME)
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-the-future",
            "LC-ISS-016",
            "Does not mind when a bearer was issued.",
            || {
                blind(|shown| {
                    let issued = time(shown, "iat")?;
                    let ahead = issued > shown.opened.now + SKEW;
                    let short = time(shown, "exp")? - issued <= LIFETIME;
                    shown.renew();
                    shown.signed_by().filter(|_| ahead && short)
                })
            },
        ),
    ]
}

/// Puts the right issuer or audience into a bearer. Whether there was another.
fn addressed(shown: &mut Shown, claim: &str) -> Option<Arc<Issuer>> {
    let issuer = shown.signed_by()?;
    let right = json!(issuer.identifier);
    let wrong = shown.opened.claims.get(claim) != Some(&right);
    shown.opened.say(claim, right);
    Some(issuer).filter(|_| wrong)
}

/// Adds what a bearer lacks: of its session what its login told.
fn completed(shown: &mut Shown) -> Option<Arc<Issuer>> {
    let issuer = shown.signed_by()?;
    let said = |name: &str| shown.opened.claim(name);
    let texts = [said("sub"), said("sid")]
        .iter()
        .all(|text| !text.is_empty());
    if texts && time(shown, "iat").is_some() && time(shown, "exp").is_some() {
        return None;
    }
    let (subject, name) = (said("sub"), said("sid"));
    let sessions = issuer.sessions();
    let session = sessions
        .iter()
        .rev()
        .find(|session| session.claims.subject == subject || session.claims.session == name)?;
    shown.opened.say("sub", json!(session.claims.subject));
    shown.opened.say("sid", json!(session.claims.session));
    shown.renew();
    Some(issuer)
}

/// A time in a bearer.
fn time(shown: &Shown, name: &str) -> Option<i64> {
    shown.opened.claims.get(name).and_then(Value::as_i64)
}
