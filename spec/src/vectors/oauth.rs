//! What this crate says about the vectors of OAuth and of signed tokens.

use url::Url;

use super::{Refusal, Vector, body, same, text};
use crate::jose::{Algorithm, KeySet, SignedToken};
use crate::oauth::form::Form;
use crate::oauth::{Introspection, Scope, TokenAnswer, basic, challenge};

/// `token` is verified by one of `keys`, and its algorithm is one of `algorithms`.
pub(super) fn signed_token(vector: &Vector) -> Result<(), Refusal> {
    let keys =
        KeySet::parse(text(vector, "keys")?.as_bytes()).map_err(|_| Refusal::NoInput("keys"))?;
    let algorithms: Vec<Algorithm> = text(vector, "algorithms")?
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::NoInput("algorithms"))?;
    SignedToken::parse(text(vector, "token")?)
        .and_then(|token| keys.verify(&token, &algorithms))
        .map_err(|fault| Refusal::Fault(fault.class()))
}

/// `body` is a key set whose usable keys have the ids `ids`.
pub(super) fn key_set(vector: &Vector) -> Result<(), Refusal> {
    let set = KeySet::parse(&body(vector)?).map_err(|fault| Refusal::Fault(fault.class()))?;
    let ids: Vec<&str> = set.keys().iter().filter_map(|key| key.id()).collect();
    same(ids.join(" ").as_str(), text(vector, "ids")?)
}

/// The parameter `name` of the form `body` has the value `value`; without that input, it has none.
pub(super) fn form(vector: &Vector) -> Result<(), Refusal> {
    let form = Form::parse(&body(vector)?).map_err(|fault| Refusal::Fault(fault.class()))?;
    let value = form
        .get(text(vector, "name")?)
        .map_err(|_| Refusal::Fault("repeated"))?;
    same(value, vector.text("value"))
}

/// `field` proves the client `id` by `secret`.
pub(super) fn basic(vector: &Vector) -> Result<(), Refusal> {
    let (id, secret) =
        basic::decode(text(vector, "field")?).map_err(|fault| Refusal::Fault(fault.class()))?;
    same(id.as_str(), text(vector, "id")?)?;
    same(secret.as_str(), text(vector, "secret")?)
}

/// `text` is a scope, and its tokens by name are `tokens`.
pub(super) fn scope(vector: &Vector) -> Result<(), Refusal> {
    let scope =
        Scope::parse(text(vector, "text")?).map_err(|fault| Refusal::Fault(fault.class()))?;
    same(scope.to_string().as_str(), text(vector, "tokens")?)
}

/// `field` has a challenge of the scheme `scheme`, with those parameters that are other inputs.
pub(super) fn challenge(vector: &Vector) -> Result<(), Refusal> {
    let challenges =
        challenge::parse(text(vector, "field")?).map_err(|fault| Refusal::Fault(fault.class()))?;
    let scheme = text(vector, "scheme")?;
    let found = challenges
        .iter()
        .find(|challenge| challenge.is(scheme))
        .ok_or(Refusal::Fault("other"))?;
    let parameters = vector.input.iter();
    parameters
        .filter(|(name, _)| *name != "field" && *name != "scheme")
        .try_for_each(|(name, value)| same(found.get(name), Some(value.as_str())))
}

/// The metadata of `identifier`, of the well-known name `suffix`, are at `address`.
pub(super) fn well_known(vector: &Vector) -> Result<(), Refusal> {
    let identifier =
        Url::parse(text(vector, "identifier")?).map_err(|_| Refusal::NoInput("identifier"))?;
    let address = crate::oauth::well_known(&identifier, text(vector, "suffix")?);
    same(address.as_str(), text(vector, "address")?)
}

/// `body` is an answer with a bearer token.
pub(super) fn token_answer(vector: &Vector) -> Result<(), Refusal> {
    let answer = TokenAnswer::parse(&body(vector)?).map_err(Refusal::Form)?;
    same(answer.is_bearer(), true)
}

/// `body` says that a token is live.
pub(super) fn introspection(vector: &Vector) -> Result<(), Refusal> {
    let answer = Introspection::parse(&body(vector)?).map_err(Refusal::Form)?;
    same(answer.active, true)
}
