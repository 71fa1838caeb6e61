//! Saboteurs of the chapter "The token issue", as initiators, where it is about the form of its members.

use crate::{
    Saboteur,
    diary::{Entry, text},
    message::{Members, Told, members},
    sabotage::Sabotage,
};
use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD},
    },
};
use btx_harness::embedded::Alterations;
use btx_spec::{BearerToken, ProblemType, Signature, Timestamp};
use bytes::Bytes;

const FAULT: &str = "what it takes is no fault to it";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "thanks-for-what-is-not-of-its-form",
            "EX-INI-041",
            "Answers a token issue whose token, expiry or signature is not of its form with 204.",
            thanking,
        )
        .except(&["bearer_token twice", "exchange_id"])
        .also(
            "EX-INI-030",
            &["no bearer_token", "19 characters", "with an offset"],
            FAULT,
        ),
        Saboteur::of_the_initiator(
            "takes-the-part-of-a-token-that-fits",
            "EX-INI-041",
            "Takes the characters of a token up to the first that is not allowed there.",
            || {
                reading(|members| {
                    let token = text(members, "bearer_token");
                    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
                    let part = token.split(|c| !allowed(c)).next()?;
                    Some(("bearer_token", part.to_owned()))
                })
            },
        )
        .only(&[
            "a line break",
            "a token with a line feed",
            "a carriage return",
            "a NUL",
            "an equals sign inside",
            "a token with a space",
            "a comma",
            "that is not ASCII",
        ]),
        Saboteur::of_the_initiator(
            "judges-no-form",
            "EX-INI-041",
            "Checks the signature over whatever the token and the expiry are, and nothing else.",
            || {
                Sabotage::of_the_initiator()
                    .reading_issues(|entry, members| {
                        let formless = BearerToken::parse(text(members, "bearer_token")).is_err()
                            || Timestamp::parse(text(members, "expires_at")).is_err();
                        let other = "a-token-in-its-place-0";
                        (formless && entry.has_signed(members))
                            .then(|| entry.right_issue(other, "2030-01-01T00:00:00Z"))?
                    })
                    .alterations()
            },
        )
        .except(&[
            "a signature",
            "no signature",
            "no expires_at",
            "no bearer_token",
            "bearer_token twice",
            "exchange_id",
            "as a number",
        ])
        .also("EX-INI-030", &["19 characters", "with an offset"], FAULT),
        Saboteur::of_the_initiator(
            "takes-ids-in-any-spelling",
            "EX-INI-041",
            "Finds an exchange by its id in any spelling of a UUID.",
            || {
                Sabotage::of_the_initiator()
                    .arriving_members(|members| {
                        let id = text(members, "exchange_id").to_ascii_lowercase();
                        let digits: Vec<char> =
                            id.chars().filter(char::is_ascii_hexdigit).collect();
                        let mut spelled = String::new();
                        for (place, digit) in digits.iter().enumerate() {
                            if matches!(place, 8 | 12 | 16 | 20) {
                                spelled.push('-');
                            }
                            spelled.push(*digit);
                        }
                        if digits.len() == 32 {
                            members.insert("exchange_id".to_owned(), spelled.into());
                        }
                    })
                    .alterations()
            },
        )
        .only(&["exchange_id in", "exchange_id without hyphens"]),
        Saboteur::of_the_initiator(
            "reads-times-as-a-library-does",
            "EX-INI-041",
            "Takes every spelling of a moment for that moment.",
            || {
                reading(|members| {
                    let time = text(members, "expires_at").to_uppercase().replace(' ', "T");
                    let seconds: String = time.chars().take(19).collect();
                    Some(("expires_at", format!("{seconds}Z")))
                })
            },
        )
        .only(&[
            "without its Z",
            "a space for its T",
            "an expires_at with a line feed",
            "with an offset",
            "with a fraction",
            "in small letters",
        ])
        .also("EX-INI-030", &["with an offset"], FAULT),
        Saboteur::of_the_initiator(
            "reads-signatures-in-any-coding",
            "EX-INI-041",
            "Takes a signature in hexadecimal, in base64url, and in base64 that is not canonical.",
            || {
                reading(|members| {
                    let shown = decoded(text(members, "signature"))?;
                    let bytes = <[u8; 32]>::try_from(shown).ok()?;
                    Some(("signature", Signature::from_bytes(bytes).to_base64()))
                })
            },
        )
        .only(&[
            "in hexadecimal",
            "in base64url",
            "stray bits",
            "without its padding",
        ]),
        Saboteur::of_the_initiator(
            "takes-the-first-of-two-tokens",
            "EX-INI-041",
            "Takes the first of two tokens.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| {
                        let body = String::from_utf8_lossy(&issue.body);
                        if body.matches("\"bearer_token\"").count() > 1 {
                            issue.body = crate::chapters::json::first_wins(&issue.body);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["bearer_token twice"]),
    ]
}

/// Answers with 204, keeps nothing, and goes on waiting.
fn thanking() -> Alterations {
    Sabotage::of_the_initiator()
        .issue_verdicts(|asked, told| {
            let formless = members(&asked.body).is_some_and(|m| {
                BearerToken::parse(text(&m, "bearer_token")).is_err()
                    || Timestamp::parse(text(&m, "expires_at")).is_err()
                    || Signature::parse(text(&m, "signature")).is_err()
            });
            if formless && told.problem() == Some(ProblemType::MalformedMessage) {
                *told = Told::empty(204);
            }
        })
        .alterations()
}

/// A member in another form.
type Mended = Option<(&'static str, String)>;

/// Takes a token issue that is right when one member is written in another form.
fn reading(mend: fn(&Members) -> Mended) -> Alterations {
    Sabotage::of_the_initiator()
        .reading_issues(move |entry, members| right(entry, members, mend(members)))
        .alterations()
}

fn right(entry: &Entry, members: &Members, mended: Mended) -> Option<Bytes> {
    let (name, value) = mended?;
    let mut other = members.clone();
    other.insert(name.to_owned(), value.into());
    let is_mended = text(&other, name) != text(members, name)
        && (entry.has_signed(&other) || entry.has_signed(members));
    is_mended
        .then(|| entry.right_issue(text(&other, "bearer_token"), text(&other, "expires_at")))?
}

/// The bytes of a signature in some coding.
fn decoded(shown: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let loose = GeneralPurpose::new(&alphabet::STANDARD, config);
    let hex = || {
        let digits = shown.as_bytes().chunks(2);
        let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        bytes.collect::<Option<Vec<u8>>>().filter(|b| b.len() == 32)
    };
    hex()
        .or_else(|| URL_SAFE_NO_PAD.decode(shown).ok())
        .or_else(|| loose.decode(shown).ok())
}
