//! Saboteurs of the chapter "The signature", as initiators: what they believe.

use crate::{
    Saboteur,
    diary::{Diary, input, mac},
    message::{Members, members},
    sabotage::Sabotage,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;

const PARTIES: &str = "the scenario is about the parties as well";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_comparison();
    all.extend(of_what_is_signed());
    all
}

fn of_the_comparison() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "believes-any-signature",
            "EX-INI-050",
            "Does not look at the signature of a token issue.",
            || believing(|_, _, _| true),
        )
        .except(&[
            "refused: signed with the key of its own",
            "does not displace",
        ])
        .also(
            "EX-INI-033",
            &["answered 403"],
            "what is believed is not refused",
        )
        .also("EX-INI-043", &[], PARTIES),
        Saboteur::of_the_initiator(
            "compares-the-beginning-of-signatures",
            "EX-INI-050",
            "Compares 31 of the 32 bytes of a signature.",
            || believing(|key, input, shown| mac(key, input).get(..31) == shown.get(..31)),
        )
        .only(&["whose last byte is another"]),
        Saboteur::of_the_initiator(
            "takes-zeros-for-no-signature",
            "EX-INI-050",
            "Takes a signature of zeros for one that need not be looked at.",
            || believing(|_, _, shown| shown == [0; 32]),
        )
        .only(&["of zeros"]),
        Saboteur::of_the_initiator(
            "looks-at-the-first-signature-only",
            "EX-INI-050",
            "Answers a forged token issue with 204 when it holds a token already.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .issue_verdicts(move |asked, told| {
                        let id = asked.text("exchange_id").unwrap_or_default();
                        let holds = diary.by_id(&id).is_some_and(|entry| entry.issue.is_some());
                        if holds && told.problem() == Some(ProblemType::SignatureMismatch) {
                            *told = crate::message::Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["does not displace", "with another signature"])
        .also("EX-INI-071", &[], "the forged one has another token"),
    ]
}

fn of_what_is_signed() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "takes-the-text-of-the-key",
            "EX-INI-050",
            "Believes a signature by the base64 text of the key.",
            || believing(|key, input, shown| mac(STANDARD.encode(key).as_bytes(), input) == shown),
        )
        .only(&["the key's text"]),
        Saboteur::of_the_initiator(
            "takes-any-key",
            "EX-INI-050",
            "Believes a signature by the empty key.",
            || believing(|_, input, shown| mac(b"", input) == shown),
        )
        .only(&["without a key"]),
        Saboteur::of_the_initiator(
            "checks-the-token-only",
            "EX-INI-050",
            "Believes a signature over nothing but the token.",
            || {
                believing(|key, input, shown| {
                    let token = input.rsplit('\n').next().unwrap_or_default();
                    mac(key, token) == shown
                })
            },
        )
        .only(&["over the token only"]),
        Saboteur::of_the_initiator(
            "takes-any-label",
            "EX-INI-050",
            "Believes a signature over the label of another message.",
            || {
                believing(|key, input, shown| {
                    mac(key, &input.replacen("token-issue", "token-call", 1)) == shown
                })
            },
        )
        .only(&["another label"]),
        Saboteur::of_the_initiator(
            "ends-lines-as-it-likes",
            "EX-INI-050",
            "Believes a signature over lines with other ends.",
            || {
                believing(|key, input, shown| {
                    let others = [input.replace('\n', "\r\n"), format!("{input}\n")];
                    others.iter().any(|other| mac(key, other) == shown)
                })
            },
        )
        .only(&["CR LF", "a line feed at the end"]),
    ]
}

/// Whether a signature is believed: the key, what is to be signed, and the signature.
type Belief = fn(&[u8], &str, &[u8]) -> bool;

/// Takes a token issue that names the right parties if it believes the signature.
fn believing(belief: Belief) -> Alterations {
    Sabotage::of_the_initiator()
        .judging_issues(move |entry, issue| {
            let members: Members = members(&issue.to_json())?;
            let key = entry.call.hmac_key.as_bytes();
            let believed = belief(key, &input(&members), issue.signature.as_bytes());
            (believed && entry.is_between(issue))
                .then(|| entry.right_issue_like(issue))
                .flatten()
        })
        .alterations()
}
