//! Saboteurs of the chapter "Identifiers and registration", as initiators: which issuers they register, and
//! who commands them.

use crate::{
    Saboteur,
    chapters::registration::{each_registration, mended, said},
    inbound::{In, Out},
    message::{Asked, Told, edit_text, members, text},
    sabotage::Sabotage,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "registers-issuers-as-a-library-reads-them",
            "EX-ANY-001",
            "Registers an issuer under what a URL library makes of an identifier of a wrong form.",
            || {
                Sabotage::of_the_initiator()
                    .control(In(|asked: &mut Asked| {
                        each_registration(asked, |entry| {
                            edit_text(entry, "identifier", mended);
                            edit_text(entry, "token_call", mended);
                        });
                    }))
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "says-that-it-has-registered-every-issuer",
            "EX-ANY-003",
            "Says of a second issuer of an identifier that it is registered.",
            || {
                Sabotage::of_the_initiator()
                    .control(Out(Arc::new(|_: &Asked, told: &mut Told| {
                        told.edit(|answer| {
                            let refused = answer.get("refused").and_then(Value::as_array).cloned();
                            let taken: Vec<Value> = refused
                                .unwrap_or_default()
                                .into_iter()
                                .filter(|r| r.to_string().contains("already"))
                                .filter_map(|r| r.get("name").cloned())
                                .collect();
                            if !taken.is_empty() {
                                answer.insert("registered".to_owned(), json!(taken));
                                answer.insert("refused".to_owned(), json!([]));
                            }
                        });
                    })))
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "takes-orders-beside-token-issues",
            "HT-ANY-050",
            "Takes orders of a test control where it takes token issues.",
            || {
                Sabotage::of_the_initiator()
                    .instead(|asked| {
                        let order = members(&asked.body).filter(|o| o.contains_key("verb"))?;
                        Some(said(json!({ "id": order.get("id"), "outcome": "failed" })))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "takes-its-own-call-for-anothers",
            "EX-ISS-002",
            "As the issuer that it is too, takes every call that names itself as the initiator.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        let initiator = text(&members(&asked.body)?, "initiator")?;
                        let own = initiator.starts_with("https://initiator.");
                        (own && asked.is_call()).then(|| Told::empty(204))
                    })
                    .alterations()
            },
        ),
    ]
}
