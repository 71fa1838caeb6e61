//! What header and claims say, rule by rule: all that a verifier judges before it fetches anything.

use super::finding::{Finding, Kind};
use super::telling::{instant, quoted};
use btx_spec::ObjectFault;
use btx_spec::jose::{Algorithm, SignedToken, TokenFault};
use btx_spec::jwt::{ClaimFault, ClientId, LARGEST_JWT, Role, ServiceClaims};
use serde_json::Value;

/// The difference of clocks that is allowed where nothing else is declared.
const SKEW: f64 = 60.0;

/// What is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// What the JWT is meant to be.
    pub kind: Kind,
    /// Whom it is meant for.
    pub audience: Option<&'a str>,
    /// Unix seconds.
    pub now: f64,
}

/// Takes the token apart.
///
/// # Errors
/// What is wrong with its form: then nothing else can be judged.
pub(super) fn form(text: &str, kind: Option<Kind>) -> Result<SignedToken<'_>, Finding> {
    let kind = kind.unwrap_or(Kind::Service);
    let of_form = kind.pick("JW-RES-020", "JW-RES-020");
    if text.len() > LARGEST_JWT {
        return Err(Finding::wrong(
            of_form,
            format!("it has {} characters", text.len()),
            format!("A JWT has {LARGEST_JWT} characters at the most: leave claims out."),
        ));
    }
    SignedToken::parse(text).map_err(|fault| match fault {
        TokenFault::Header(ObjectFault::RepeatedMember)
        | TokenFault::Payload(ObjectFault::RepeatedMember) => Finding::wrong(
            kind.pick("JW-RES-019", "JW-AUS-014"),
            fault.to_string(),
            "Write each name once: two readers would see two different JWTs.",
        ),
        TokenFault::NoSignature => Finding::wrong(
            kind.pick("JW-RES-007", "JW-AUS-010"),
            fault.to_string(),
            "Sign it: a JWT without a signature says nothing about anybody.",
        ),
        TokenFault::HeaderMember => Finding::wrong(
            of_form,
            "\"alg\" is missing, or \"alg\", \"kid\" or \"typ\" is no string",
            "Write these three members of the header as strings.",
        ),
        _ => Finding::wrong(
            of_form,
            fault.to_string(),
            "It has to be a JWS in compact form: header, claims and signature in base64url without \
             padding, with two dots between them. Look whether it was copied whole, without the word \
             Bearer.",
        ),
    })
}

/// Every rule that needs no key, in the order in which a verifier judges.
pub(super) fn rules(token: &SignedToken<'_>, facts: &Facts<'_>) -> Vec<Finding> {
    let faults = ServiceClaims::faults(token, facts.kind.typ());
    let mut findings: Vec<Finding> = ROWS
        .iter()
        .map(
            |row| match faults.iter().find(|fault| same_rule(**fault, *row)) {
                Some(ClaimFault::Subject) if faults.contains(&ClaimFault::Issuer) => Finding::open(
                    requirement(*row, facts.kind),
                    "sub: there is no iss to compare it with",
                ),
                Some(fault) => broken(*fault, token, facts.kind),
                None => kept(*row, token, facts, &faults),
            },
        )
        .collect();
    findings.extend(keys_in_header(token, facts.kind));
    findings
}

/// The client that the token says to be of.
pub(super) fn client(token: &SignedToken<'_>) -> Option<ClientId> {
    text(token, "iss").and_then(|issuer| ClientId::parse(issuer).ok())
}

/// The rules of header and claims, one fault of each.
const ROWS: [ClaimFault; 11] = [
    ClaimFault::Type,
    ClaimFault::Algorithm,
    ClaimFault::Critical,
    ClaimFault::KeyId,
    ClaimFault::Issuer,
    ClaimFault::Subject,
    ClaimFault::Audience,
    ClaimFault::IssuedAt,
    ClaimFault::ExpiresAt,
    ClaimFault::Life,
    ClaimFault::Id,
];

/// Two faults can be found with an issuer.
fn same_rule(fault: ClaimFault, row: ClaimFault) -> bool {
    fault == row || matches!((fault, row), (ClaimFault::ClientId(_), ClaimFault::Issuer))
}

fn broken(fault: ClaimFault, token: &SignedToken<'_>, kind: Kind) -> Finding {
    let says = match fault {
        ClaimFault::Type => match token.typ() {
            Some(typ) => format!("typ is {}, and not \"{}\"", quoted(typ), kind.typ()),
            None => format!("there is no typ; it has to be \"{}\"", kind.typ()),
        },
        ClaimFault::Algorithm => {
            let named = token.header().get("alg").and_then(Value::as_str);
            format!(
                "alg is {}, none of the four",
                quoted(named.unwrap_or_default())
            )
        }
        ClaimFault::ClientId(why) => format!("iss is no client id: {why}"),
        ClaimFault::Id => match text(token, "jti") {
            Some(id) => format!("jti has {} characters, not 16 to 128", id.chars().count()),
            None => "jti is missing or no string".to_owned(),
        },
        other => other.to_string().replace('"', ""),
    };
    Finding::wrong(requirement(fault, kind), says, advice(fault, kind))
}

/// The verifier's, or the client's where the verifier has none.
fn requirement(fault: ClaimFault, kind: Kind) -> Option<&'static str> {
    fault
        .requirement(kind.verifier())
        .or_else(|| fault.requirement(Role::Client))
}

fn advice(fault: ClaimFault, kind: Kind) -> String {
    let words = match fault {
        ClaimFault::Type => {
            let set = format!("Set typ to \"{}\" in the header", kind.typ());
            return set + "; most libraries leave it out or write \"JWT\".";
        }
        ClaimFault::Algorithm => "Sign with ES256, or with EdDSA, PS256 or RS256.",
        ClaimFault::Critical => "Leave crit out: no verifier understands any extension.",
        ClaimFault::KeyId => "Put the kid of the published key into the header.",
        ClaimFault::Issuer => "Put the client id, the URL of your document, into iss.",
        ClaimFault::ClientId(_) => {
            "iss has to be an https URL with a path, without query, fragment, user and dot segments, \
             its host in lower case."
        }
        ClaimFault::Subject => "Put the same string into sub as into iss.",
        ClaimFault::Audience => {
            "Write aud as one string, not as an array: many libraries have an option for that."
        }
        ClaimFault::IssuedAt => "Put the time into iat, as a number of seconds since 1970.",
        ClaimFault::ExpiresAt => {
            "Put the end into exp, as a number of seconds since 1970; a minute after iat is enough."
        }
        ClaimFault::Life => {
            "Let exp be at most 300 after iat; both count seconds, not milliseconds."
        }
        ClaimFault::Id => "Put a new UUID, or 16 random bytes and more in base64url, into jti.",
    };
    words.to_owned()
}

fn kept(
    row: ClaimFault,
    token: &SignedToken<'_>,
    facts: &Facts<'_>,
    faults: &[ClaimFault],
) -> Finding {
    let requirement = requirement(row, facts.kind);
    let right = |says: String| Finding::right(requirement, says);
    match row {
        ClaimFault::Type => right(format!("typ is \"{}\"", facts.kind.typ())),
        ClaimFault::Algorithm => algorithm(token, requirement),
        ClaimFault::Critical => right("the header has no crit".to_owned()),
        ClaimFault::KeyId => right("kid names the key".to_owned()),
        ClaimFault::Issuer | ClaimFault::ClientId(_) => right("iss is a client id".to_owned()),
        ClaimFault::Subject => right("sub is the same string as iss".to_owned()),
        ClaimFault::Audience => audience(token, facts, requirement),
        ClaimFault::IssuedAt => issue(token, facts),
        ClaimFault::ExpiresAt => expiry(token, facts),
        ClaimFault::Life => {
            let missing = |fault| faults.contains(&fault);
            if missing(ClaimFault::IssuedAt) || missing(ClaimFault::ExpiresAt) {
                return Finding::open(requirement, "how long it lives: it does not say both times");
            }
            right("exp is at most 300 seconds after iat".to_owned())
        }
        ClaimFault::Id => right("jti has 16 to 128 characters".to_owned()),
    }
}

fn algorithm(token: &SignedToken<'_>, requirement: Option<&'static str>) -> Finding {
    match token.algorithm() {
        Ok(Algorithm::ES256) => Finding::right(requirement, "alg is ES256, which everybody takes"),
        Ok(other) => Finding::open(
            requirement,
            format!("alg is {other}: ask whether the verifier has it on its list"),
        ),
        Err(_) => Finding::open(requirement, "alg"),
    }
}

fn audience(
    token: &SignedToken<'_>,
    facts: &Facts<'_>,
    requirement: Option<&'static str>,
) -> Finding {
    let found = text(token, "aud").unwrap_or_default();
    let whose = match facts.kind {
        Kind::Service => "the identifier of the resource",
        Kind::Grant => "the issuer identifier of the authorization server",
    };
    match facts.audience {
        None => Finding::open(
            requirement,
            format!("aud is one string; whether it is {whose}, --audience would tell"),
        ),
        Some(wanted) if wanted == found => {
            Finding::right(requirement, format!("aud is {}", quoted(wanted)))
        }
        Some(wanted) => Finding::wrong(
            requirement,
            format!("aud is {}, and not {}", quoted(found), quoted(wanted)),
            format!(
                "Put {whose} from your configuration into aud, character by character: no other \
                 slash, port, query or letter case, and nothing that an answer has said."
            ),
        ),
    }
}

/// A token without `exp` has been found out before.
fn expiry(token: &SignedToken<'_>, facts: &Facts<'_>) -> Finding {
    let ends = date(token, "exp");
    let requirement = facts.kind.pick("JW-RES-011", "JW-AUS-006");
    let now = instant(facts.now);
    if ends + SKEW > facts.now {
        return Finding::right(requirement, format!("at {now} it has not ended"));
    }
    let ago = (facts.now - ends).ceil();
    Finding::wrong(
        requirement,
        format!("it has ended {ago} seconds before {now}"),
        "Sign a new one for each request. To look at an old one, give its time with --at.",
    )
}

/// A token without `iat` has been found out before.
fn issue(token: &SignedToken<'_>, facts: &Facts<'_>) -> Finding {
    let made = date(token, "iat");
    let requirement = facts.kind.pick("JW-RES-012", "JW-AUS-006");
    if made <= facts.now + SKEW {
        return Finding::right(requirement, "iat is not in the future");
    }
    let later = (made - facts.now).ceil();
    Finding::wrong(
        requirement,
        format!("iat is {later} seconds after {}", instant(facts.now)),
        "Set the clock of the client; iat counts seconds in UTC, not milliseconds.",
    )
}

fn keys_in_header(token: &SignedToken<'_>, kind: Kind) -> Option<Finding> {
    const BROUGHT: [&str; 5] = ["jwk", "jku", "x5u", "x5c", "x5t"];
    let brought = BROUGHT
        .iter()
        .find(|name| token.header().contains_key(**name))?;
    Some(Finding::right(
        kind.pick("JW-RES-006", "JW-AUS-010"),
        format!("{brought} in the header is of no use: nobody looks at it"),
    ))
}

fn date(token: &SignedToken<'_>, name: &str) -> f64 {
    let claim = token.claims().get(name).and_then(Value::as_f64);
    claim.unwrap_or_default()
}

fn text<'t>(token: &'t SignedToken<'_>, name: &str) -> Option<&'t str> {
    token.claims().get(name).and_then(Value::as_str)
}
