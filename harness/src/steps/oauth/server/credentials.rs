//! The faults in how a client proves itself, by the words that scenarios have for them.

use super::{
    draft::{Draft, Proof, basic},
    faults::{Facts, swapped},
    parties::{Party, lacks},
};
use crate::{steps::Stop, target::oauth::ClientAuth};

/// The id of a client that nobody knows.
const NOBODY: &str = "nobody-of-that-name";
/// A secret that nobody has.
const WRONG: &str = "rutabaga-rutabaga-rutabaga-rutabaga";

/// Alters how the client proves itself, if the words are about that.
///
/// # Errors
/// When the target file lacks what they need, or the client proves itself otherwise.
pub(super) fn alter(draft: &mut Draft, words: &str, facts: &Facts) -> Result<bool, Stop> {
    if let Some(other) = words.strip_prefix("the scheme ") {
        let Proof::Basic { scheme, .. } = &mut draft.proof else {
            return Err(unfit());
        };
        other.clone_into(scheme);
        return Ok(true);
    }
    Ok(alter_secret(draft, words, facts)?
        || alter_id(draft, words)?
        || alter_ways(draft, words, facts)?
        || alter_beside(draft, words, facts)?)
}

fn alter_secret(draft: &mut Draft, words: &str, facts: &Facts) -> Result<bool, Stop> {
    let Some(own) = secret_of(draft).cloned() else {
        return Ok(false);
    };
    let secret = match words {
        "a wrong secret" => WRONG.to_owned(),
        "an empty secret" => String::new(),
        "the secret of another client" => other_secret(facts, &own)?,
        "its secret without the last character" => own
            .chars()
            .take(own.chars().count().saturating_sub(1))
            .collect(),
        "its secret with a character more" => format!("{own}x"),
        "its secret in other case" => different(swapped(&own), &own),
        _ => return Ok(false),
    };
    if let Proof::Basic { secret: place, .. } | Proof::Post { secret: place, .. } = &mut draft.proof
    {
        *place = secret;
    }
    Ok(true)
}

fn secret_of(draft: &Draft) -> Option<&String> {
    match &draft.proof {
        Proof::Basic { secret, .. } | Proof::Post { secret, .. } => Some(secret),
        _ => None,
    }
}

fn other_secret(facts: &Facts, own: &str) -> Result<String, Stop> {
    let other = facts.other.as_ref().and_then(|other| match &other.auth {
        ClientAuth::SecretBasic(secret) | ClientAuth::SecretPost(secret) => Some(secret),
        ClientAuth::PrivateKeyJwt(_) => None,
    });
    other
        .filter(|other| *other != own)
        .cloned()
        .ok_or_else(|| lacks("second [[authorization_server.client]] with a secret of its own"))
}

fn alter_id(draft: &mut Draft, words: &str) -> Result<bool, Stop> {
    let (Proof::Basic { id, .. } | Proof::Post { id, .. }) = &mut draft.proof else {
        return Ok(false);
    };
    *id = match words {
        "the id of nobody" => NOBODY.to_owned(),
        "its id in other case" => different(swapped(id), id),
        "its id followed by a space" => format!("{id} "),
        _ => return Ok(false),
    };
    Ok(true)
}

/// Another text, also where letters in other case make none.
fn different(other: String, own: &str) -> String {
    if other == own {
        return format!("{other}X");
    }
    other
}

fn alter_ways(draft: &mut Draft, words: &str, facts: &Facts) -> Result<bool, Stop> {
    match words {
        "nothing that proves the client" => draft.proof = Proof::None,
        "its client_id and nothing that proves it" => {
            draft.proof = Proof::None;
            draft.add("client_id", facts.party.subject());
        }
        "its secret in the form as well" => {
            let Proof::Basic { id, secret, .. } = draft.proof.clone() else {
                return Err(unfit());
            };
            draft.add("client_id", &id);
            draft.add("client_secret", &secret);
        }
        "a secret beside its assertion" => {
            draft.add("client_id", facts.party.subject());
            draft.add("client_secret", WRONG);
        }
        "a field of the scheme Basic beside its assertion" => {
            let field = basic("Basic", facts.party.subject(), WRONG);
            draft.fields.push("authorization", field);
        }
        "a wrong Authorization field before the right one" => {
            let field = basic("Basic", facts.party.subject(), WRONG);
            draft.fields.push("authorization", field);
        }
        "a wrong Authorization field after the right one" => {
            let field = basic("Basic", facts.party.subject(), WRONG);
            repeat_field(draft, Some(field))?;
        }
        "the Authorization field twice" => repeat_field(draft, None)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Shows the field of the client, and then another one or the same again.
fn repeat_field(draft: &mut Draft, other: Option<String>) -> Result<(), Stop> {
    let Proof::Basic { scheme, id, secret } = &draft.proof else {
        return Err(unfit());
    };
    let own = basic(scheme, id, secret);
    draft.fields.push("authorization", own.clone());
    draft.fields.push("authorization", other.unwrap_or(own));
    draft.proof = Proof::None;
    Ok(())
}

fn alter_beside(draft: &mut Draft, words: &str, facts: &Facts) -> Result<bool, Stop> {
    if let Some(other) = words.strip_prefix("the client_assertion_type ") {
        draft.set("client_assertion_type", other);
        return Ok(true);
    }
    match words {
        "its client_id beside its assertion" => draft.add("client_id", facts.party.subject()),
        "the client_id of another client" => {
            let other = facts.other.as_ref().map(|other| other.id.as_str());
            let other = other.ok_or_else(|| lacks("second [[authorization_server.client]]"))?;
            draft.add("client_id", other);
        }
        "a client_id that nobody knows" => draft.add("client_id", NOBODY),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Puts what proves the client into the query of the URL.
///
/// # Errors
/// When the client has no secret.
pub(super) fn into_the_query(draft: &mut Draft, facts: &Facts) -> Result<(), Stop> {
    let Party::Client(client) = &facts.party else {
        return Err(unfit());
    };
    let (ClientAuth::SecretBasic(secret) | ClientAuth::SecretPost(secret)) = &client.auth else {
        return Err(unfit());
    };
    draft.proof = Proof::None;
    draft.query = vec![
        ("client_id".to_owned(), client.id.clone()),
        ("client_secret".to_owned(), secret.clone()),
    ];
    Ok(())
}

/// Gives the client another name, where it shows one beside a secret.
pub(super) fn name(draft: &mut Draft, other: &str) {
    if let Proof::Basic { id, .. } | Proof::Post { id, .. } = &mut draft.proof {
        other.clone_into(id);
    }
}

fn unfit() -> Stop {
    Stop::NotExercised("the client of the target file proves itself otherwise".to_owned())
}
