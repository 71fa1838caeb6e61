//! `spec/pending.toml`: requirements that wait for their scenario, each with the reason.

use btx_spec::catalogue::RequirementId;
use serde::Deserialize;

use crate::catalogue::catalogue;
use crate::features::Features;
use crate::{no_complaints, spec};

/// The list. It is empty when everything is tested, and need not exist then.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    #[serde(default)]
    pending: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    reason: String,
}

impl Pending {
    pub(crate) fn read() -> Self {
        match std::fs::read_to_string(spec().join("pending.toml")) {
            Ok(text) => toml::from_str(&text).unwrap_or_else(|error| {
                panic!(
                    "spec/pending.toml: {error}\nan entry is written\n\n[[pending]]\n\
                     id = \"EX-ISS-014\"\nreason = \"...\"\n"
                )
            }),
            Err(_) => Self::default(),
        }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.pending.iter().any(|entry| entry.id == id)
    }
}

#[test]
fn no_entry_is_stale() {
    let features = Features::read();
    let mut complaints = Vec::new();
    for entry in Pending::read().pending {
        let Entry { id, reason } = entry;
        let requirement = id
            .parse::<RequirementId>()
            .ok()
            .and_then(|id| catalogue().get(&id));
        let complaint = match requirement {
            None => Some("no chapter has this requirement".to_owned()),
            Some(found) if found.retired || found.not_testable.is_some() => {
                Some("it is retired or not testable and waits for nothing".to_owned())
            }
            Some(_) if reason.trim().is_empty() => Some("give a reason".to_owned()),
            Some(_) => features
                .scenarios_of(&id)
                .into_iter()
                .next()
                .map(|scenario| format!("{scenario} tests it; remove the entry")),
        };
        complaints.extend(complaint.map(|what| format!("spec/pending.toml: {id}: {what}")));
    }
    no_complaints(&complaints);
}
