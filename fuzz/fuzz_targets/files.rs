//! Files that somebody else may have written. The first byte says which: a target file, the results of an
//! implementation, or the configuration of the reference implementation.
#![no_main]

use btx_harness::{
    target::{self, TargetError},
    vectors::results::Results,
};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

/// The program's own modules, as the program has them: its library does not.
#[path = "../../reference-impl/src/cli"]
#[allow(dead_code, reason = "only what reads is used here")]
mod cli {
    mod config_error;
    mod config_file;
    mod oauth {
        pub(super) mod authorization_server;
        pub(super) mod client;
        pub(super) mod files;
        pub(super) mod resource_server;
    }
    mod jwt {
        pub(super) mod client;
        pub(super) mod resource;
        pub(super) mod verifier;
    }
    mod lifecycle {
        pub(super) mod caller;
        pub(super) mod issuer;
        pub(super) mod resource;

        use super::{config_error::ConfigError, config_file::Loaded};
        use toml::Spanned;

        fn realm(_: &Loaded, set: &Spanned<String>) -> Result<String, ConfigError> {
            Ok(set.get_ref().clone())
        }
    }
    mod store;
    mod values;

    use std::path::Path;

    /// What the section of the store needs of the program beyond reading.
    enum Failed {
        Unusable(String),
        Broken(String),
    }

    impl From<config_error::ConfigError> for Failed {
        fn from(error: config_error::ConfigError) -> Self {
            Self::Unusable(error.to_string())
        }
    }

    fn block_on(_: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
        Err(Failed::Broken("nothing is started here".to_owned()))
    }

    mod logging {
        pub(super) fn start(_: &super::config_file::Log) {}
    }

    /// What the messages about a configuration take their examples from.
    const EXAMPLE: &str = include_str!("../../reference-impl/reference.toml");

    /// Reads a configuration; what is said of it if it is none.
    pub(super) fn check_configuration(file: &Path, text: &str) -> Result<(), String> {
        let config = toml::from_str::<config_file::ConfigFile>(text)
            .map_err(|error| config_error::ConfigError::toml(file, text, &error).to_string())?;
        let limits = (config.issuer.limits(), config.initiator.limits());
        assert!(!limits.0.exchange_deadline.is_zero() && !limits.1.call_deadline.is_zero());
        for partner in &config.partner {
            if let Ok(partner) = partner.get_ref().partner() {
                assert_eq!(partner.receives.origin(), partner.identifier.origin());
            }
        }
        for issuer in &config.initiator.issuer {
            let _ = issuer.get_ref().entry();
        }
        if let Some(resource) = &config.resource_server {
            assert!(!resource.get_ref().limits().keys_deadline.is_zero());
        }
        if let Some(client) = &config.client {
            assert!(!client.limits().call_deadline.is_zero());
        }
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    match kind % 3 {
        0 => check_target(text),
        1 => check_results(text),
        _ => check_configuration(text),
    }
});

fn check_target(text: &str) {
    let file = Path::new("lab/target.toml");
    let read = |_: &Path, _| Ok::<_, TargetError>("PEM".to_owned());
    match target::of_text(text, file, read) {
        Ok(target) => {
            for peer in &target.peers {
                let _ = target.harness.place_of(peer);
            }
            assert!(!target.claims.is_empty(), "nothing would be examined");
        }
        Err(error) => check_words(&error.to_string(), "lab/target.toml", text),
    }
}

fn check_results(text: &str) {
    if let Ok(results) = Results::parse(text) {
        let written = serde_json::to_string(&results).unwrap();
        assert_eq!(Results::parse(&written), Ok(results));
    }
}

fn check_configuration(text: &str) {
    if let Err(words) = cli::check_configuration(Path::new("my.toml"), text) {
        check_words(&words, "my.toml", text);
    }
}

/// A mistake names the file, and if it names a line, the file has it.
fn check_words(words: &str, file: &str, text: &str) {
    assert!(words.starts_with(file) || words.contains(file), "{words}");
    let line = words.split("line ").nth(1).unwrap_or_default();
    let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
    let line: usize = digits.parse().unwrap_or(1);
    assert!(line <= text.matches('\n').count() + 1, "{words}");
}
