//! The file of peers: a JSON array of registrations, as `btx init` writes it. The issuer takes the
//! initiators from it, and the initiator the issuers.

use std::path::{Path, PathBuf};

use btx_reference::registration::RegistrationError;
use btx_spec::hooks::Registration;
use serde::Deserialize;
use toml::Spanned;

use super::config_error::ConfigError;
use super::config_file::Loaded;

/// An entry, in which no member is unknown: one that is misspelt would silently mean nothing.
#[derive(Deserialize)]
#[serde(remote = "Registration", deny_unknown_fields)]
struct Strict {
    #[serde(default)]
    name: String,
    identifier: String,
    #[serde(default)]
    receives: Option<String>,
    #[serde(default)]
    asynchronous: Option<bool>,
    #[serde(default)]
    token_lifetime: Option<String>,
    #[serde(default)]
    token_call: Option<String>,
    #[serde(default)]
    token_issue: Vec<String>,
}

#[derive(Deserialize)]
struct Entry(#[serde(with = "Strict")] Registration);

/// Reads the file, and adds what each entry makes. `make` gives nothing for an entry that does not concern
/// the role, and `add` says what is wrong with one that does.
pub(super) fn read<T>(
    loaded: &Loaded,
    path: &Spanned<PathBuf>,
    make: impl Fn(&Registration) -> Result<Option<T>, RegistrationError>,
    mut add: impl FnMut(T) -> Result<(), String>,
) -> Result<(), ConfigError> {
    let file = loaded.relative(path.get_ref());
    let entries = parse(&file, &loaded.bytes(path)?)?;
    for (place, Entry(registration)) in entries.iter().enumerate() {
        let made = make(registration).map_err(|why| why.to_string());
        let added = made.and_then(|made| made.map_or(Ok(()), &mut add));
        added.map_err(|why| ConfigError::general(&file, format!("entry {}: {why}", place + 1)))?;
    }
    Ok(())
}

fn parse(file: &Path, bytes: &[u8]) -> Result<Vec<Entry>, ConfigError> {
    serde_json::from_slice(bytes).map_err(|error| ConfigError::general(file, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"[{"name":"shop","identifier":"https://shop.example",
        "receives":"https://shop.example/in","token_lifetime":"4s","asynchronous":false,
        "token_call":"https://shop.example/call","token_issue":["https://own.example/in"]}]"#;

    fn parsed(text: &str) -> Result<Vec<Entry>, String> {
        let parsed = parse(Path::new("peers.json"), text.as_bytes());
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn an_entry_with_all_members_is_read() {
        let entries = parsed(WHOLE).unwrap();
        assert_eq!(entries[0].0.token_issue, ["https://own.example/in"]);
        assert_eq!(parsed("[]").unwrap().len(), 0);
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let told = parsed(&WHOLE.replace("receives", "recieves")).err();
        let told = told.unwrap_or_default();
        assert!(told.contains("unknown field `recieves`"), "{told}");
        assert!(told.contains("peers.json"), "{told}");
    }
}
