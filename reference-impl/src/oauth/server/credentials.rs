//! What a request shows to prove which client sends it. Nothing of it is verified here.

use axum::http::{HeaderMap, header};
use btx_spec::oauth::basic;
use btx_spec::oauth::form::Form;
use zeroize::Zeroizing;

use super::refusal::Refusal;
use super::request::parameter;

/// The only kind of client assertion that is taken (RFC 7523 section 2.2).
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The proof in a request: one at the most.
pub enum Credentials<'a> {
    /// There is none, and no client is named.
    None,
    /// A secret.
    Secret(Secret),
    /// A token that the client has signed.
    Assertion {
        /// The client that the form names beside it.
        id: Option<&'a str>,
        /// The token.
        token: &'a str,
    },
}

/// A client id with a secret.
pub struct Secret {
    /// The client that it is said to be the secret of.
    pub id: String,
    /// The secret.
    pub secret: Zeroizing<String>,
    /// Whether it stood in the form.
    pub in_form: bool,
}

impl<'a> Credentials<'a> {
    /// Finds the proof in the header fields and in the form.
    ///
    /// # Errors
    /// The [`Refusal`] of a request that has more than one proof, or half of one.
    pub fn find(headers: &HeaderMap, form: &'a Form) -> Result<Self, Refusal> {
        let field = authorization(headers)?;
        let id = parameter(form, "client_id")?;
        let secret = parameter(form, "client_secret")?;
        let assertion = parameter(form, "client_assertion")?;
        let kind = parameter(form, "client_assertion_type")?;
        match (field, secret, assertion.or(kind)) {
            (Some(field), None, None) => in_field(field, id).map(Self::Secret),
            (None, Some(secret), None) => in_form(id, secret).map(Self::Secret),
            (None, None, Some(_)) => signed(id, assertion, kind),
            (None, None, None) if id.is_none() => Ok(Self::None),
            // No client here is so public that its name is enough.
            (None, None, None) => Err(Refusal::client("The client does not prove itself.")),
            // OA-AUS-027
            _ => Err(Refusal::request(
                "The client proves itself in more than one way.",
            )),
        }
    }
}

/// The one `Authorization` field (OA-AUS-030). Its octets may be any: what is not text is no secret.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let first = fields.next();
    if fields.next().is_some() {
        return Err(Refusal::request(
            "There is more than one Authorization field.",
        ));
    }
    Ok(first.map(|value| value.to_str().unwrap_or_default()))
}

/// OA-AUS-020, OA-AUS-021: another scheme than `Basic` proves no client.
fn in_field(field: &str, named: Option<&str>) -> Result<Secret, Refusal> {
    let (id, secret) = basic::decode(field)
        .map_err(|_| Refusal::client("The Authorization field holds no client id and secret."))?;
    if named.is_some_and(|named| named != id) {
        return Err(Refusal::client(
            "The form names another client than the Authorization field.",
        ));
    }
    Ok(Secret {
        id,
        secret,
        in_form: false,
    })
}

/// OA-AUS-029
fn in_form(id: Option<&str>, secret: &str) -> Result<Secret, Refusal> {
    let id = id.ok_or(Refusal::request(
        "There is a client_secret without a client_id.",
    ))?;
    Ok(Secret {
        id: id.to_owned(),
        secret: Zeroizing::new(secret.to_owned()),
        in_form: true,
    })
}

fn signed<'a>(
    id: Option<&'a str>,
    assertion: Option<&'a str>,
    kind: Option<&str>,
) -> Result<Credentials<'a>, Refusal> {
    let (Some(token), Some(kind)) = (assertion, kind) else {
        return Err(Refusal::request(
            "client_assertion and client_assertion_type belong together.",
        ));
    };
    // OA-AUS-117
    if kind != JWT_ASSERTION {
        return Err(Refusal::client("The client_assertion_type is not known."));
    }
    Ok(Credentials::Assertion { id, token })
}
