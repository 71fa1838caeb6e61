//! The configuration file: what may stand in it, and reading it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use btx_reference::issuer::Partner;
use btx_reference::outbound::address::Network;
use btx_reference::{initiator, issuer};
use btx_spec::{HttpsUrl, Identifier, Origin};
use serde::Deserialize;
use toml::Spanned;

use super::config_error::ConfigError;
use super::oauth::{authorization_server, client, resource_server};
use super::store;
use super::values::{Checked, Count};
use super::{jwt, lifecycle};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) identifier: Checked<Identifier>,
    pub(super) listen: Listen,
    pub(super) tls: Tls,
    pub(super) control: Option<Control>,
    #[serde(default)]
    pub(super) store: store::Section,
    #[serde(default)]
    pub(super) log: Log,
    #[serde(default)]
    pub(super) outbound: Outbound,
    #[serde(default)]
    pub(super) issuer: IssuerSection,
    #[serde(default)]
    pub(super) partner: Vec<Spanned<PartnerEntry>>,
    #[serde(default)]
    pub(super) initiator: InitiatorSection,
    pub(super) authorization_server: Option<Spanned<authorization_server::Section>>,
    pub(super) resource_server: Option<Spanned<resource_server::Section>>,
    pub(super) client: Option<client::Section>,
    pub(super) jwt_resource: Option<jwt::resource::Section>,
    pub(super) jwt_client: Option<jwt::client::Section>,
    pub(super) session_issuer: Option<lifecycle::issuer::Section>,
    pub(super) session_resource: Option<lifecycle::resource::Section>,
    pub(super) session_caller: Option<lifecycle::caller::Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listen {
    pub(super) protocol: Checked<SocketAddr>,
    pub(super) admin: Option<Checked<SocketAddr>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Control {
    pub(super) listen: Spanned<Checked<SocketAddr>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) certificate: Spanned<PathBuf>,
    pub(super) key: Spanned<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) format: LogFormat,
    pub(super) level: LogLevel,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Outbound {
    pub(super) system_trust: bool,
    pub(super) trust: Vec<Spanned<PathBuf>>,
    pub(super) public_networks: Vec<Checked<Network>>,
    pub(super) nameservers: Vec<Checked<SocketAddr>>,
    pub(super) resolve: BTreeMap<String, Checked<SocketAddr>>,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            system_trust: true,
            trust: Vec::new(),
            public_networks: Vec::new(),
            nameservers: Vec::new(),
            resolve: BTreeMap::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IssuerSection {
    pub(super) asynchronous: bool,
    pub(super) origins: Vec<Checked<Origin>>,
    pub(super) realm: Spanned<String>,
    pub(super) partners_file: Option<Spanned<PathBuf>>,
    limits: IssuerLimits,
}

impl Default for IssuerSection {
    fn default() -> Self {
        Self {
            asynchronous: false,
            origins: Vec::new(),
            realm: Spanned::new(0..0, "btx".to_owned()),
            partners_file: None,
            limits: IssuerLimits::default(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct IssuerLimits {
    exchange_deadline: Option<Checked<Duration>>,
    attempt_timeout: Option<Checked<Duration>>,
    parallel_per_partner: Option<Count>,
    open_exchanges: Option<Count>,
    remembered_exchanges: Option<Count>,
    retention: Option<Checked<Duration>>,
    token_lifetime: Option<Checked<Duration>>,
}

impl IssuerSection {
    /// The limits, those that are not set as they are by default.
    pub(super) fn limits(&self) -> issuer::Limits {
        let (set, usual) = (&self.limits, issuer::Limits::default());
        issuer::Limits {
            exchange_deadline: or(&set.exchange_deadline, usual.exchange_deadline),
            attempt_timeout: or(&set.attempt_timeout, usual.attempt_timeout),
            parallel_per_partner: count(set.parallel_per_partner, usual.parallel_per_partner),
            open_exchanges: count(set.open_exchanges, usual.open_exchanges),
            remembered_exchanges: count(set.remembered_exchanges, usual.remembered_exchanges),
            retention: or(&set.retention, usual.retention),
            token_lifetime: or(&set.token_lifetime, usual.token_lifetime),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct InitiatorSection {
    pub(super) asynchronous: bool,
    pub(super) issuers_file: Option<Spanned<PathBuf>>,
    limits: InitiatorLimits,
    pub(super) issuer: Vec<Spanned<IssuerEntry>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct InitiatorLimits {
    call_deadline: Option<Checked<Duration>>,
    pending_deadline: Option<Checked<Duration>>,
    longest_pause: Option<Checked<Duration>>,
    clock_skew: Option<Checked<Duration>>,
    renew_ahead: Option<Checked<Duration>>,
}

impl InitiatorSection {
    /// The limits, those that are not set as they are by default.
    pub(super) fn limits(&self) -> initiator::Limits {
        let (set, usual) = (&self.limits, initiator::Limits::default());
        initiator::Limits {
            call_deadline: or(&set.call_deadline, usual.call_deadline),
            pending_deadline: or(&set.pending_deadline, usual.pending_deadline),
            longest_pause: or(&set.longest_pause, usual.longest_pause),
            clock_skew: or(&set.clock_skew, usual.clock_skew),
            renew_ahead: or(&set.renew_ahead, usual.renew_ahead),
        }
    }
}

/// A duration that may be set.
pub(super) fn or(set: &Option<Checked<Duration>>, usual: Duration) -> Duration {
    set.as_ref().map_or(usual, |duration| duration.0)
}

fn count(set: Option<Count>, usual: usize) -> usize {
    set.map_or(usual, |count| count.0)
}

/// A partner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerEntry {
    /// For people only.
    #[serde(rename = "name")]
    _name: Option<String>,
    identifier: Checked<Identifier>,
    receives: Checked<HttpsUrl>,
    token_lifetime: Option<Checked<Duration>>,
}

impl PartnerEntry {
    /// The registration, or why there can be none (EX-ISS-001).
    pub(super) fn partner(&self) -> Result<Partner, String> {
        let mut partner = Partner::new(self.identifier.0.clone(), self.receives.0.clone())
            .map_err(|wrong| wrong.to_string())?;
        partner.token_lifetime = self.token_lifetime.as_ref().map(|lifetime| lifetime.0);
        Ok(partner)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerEntry {
    name: String,
    identifier: Checked<Identifier>,
    token_call: Checked<HttpsUrl>,
    receives: Checked<HttpsUrl>,
    asynchronous: Option<bool>,
}

impl IssuerEntry {
    pub(super) fn entry(&self) -> initiator::IssuerEntry {
        initiator::IssuerEntry {
            name: self.name.clone(),
            identifier: self.identifier.0.clone(),
            token_call: self.token_call.0.clone(),
            receives: self.receives.0.clone(),
            asynchronous: self.asynchronous,
        }
    }
}

/// A file that was read, with what is needed to say where a mistake is.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) config: ConfigFile,
}

impl Loaded {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|error| {
            ConfigError::general(path, format!("the file cannot be read: {error}"))
        })?;
        let config =
            toml::from_str(&text).map_err(|error| ConfigError::toml(path, &text, &error))?;
        Ok(Self {
            path: path.to_owned(),
            text,
            config,
        })
    }

    /// A mistake at something that was read.
    pub(super) fn mistake<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> ConfigError {
        ConfigError::at(&self.path, &self.text, at.span(), message)
    }

    /// A path in the file, seen from where the file is.
    pub(super) fn relative(&self, path: &Path) -> PathBuf {
        self.path
            .parent()
            .map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }

    /// The bytes of another file that this one names.
    pub(super) fn bytes(&self, path: &Spanned<PathBuf>) -> Result<Vec<u8>, ConfigError> {
        let file = self.relative(path.get_ref());
        fs::read(&file).map_err(|error| {
            self.mistake(path, format!("{} cannot be read: {error}", file.display()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::EXAMPLE;

    fn mistake(from: &str, to: &str) -> String {
        assert!(EXAMPLE.contains(from), "{from}");
        let text = EXAMPLE.replacen(from, to, 1);
        match toml::from_str::<ConfigFile>(&text) {
            Ok(_) => panic!("{to} was read"),
            Err(error) => ConfigError::toml(Path::new("my.toml"), &text, &error).to_string(),
        }
    }

    #[test]
    fn the_commented_configuration_can_be_read_and_sets_the_defaults() {
        let config: ConfigFile = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(config.issuer.limits(), issuer::Limits::default());
        assert_eq!(config.initiator.limits(), initiator::Limits::default());
        let (resource, client) = (config.resource_server.unwrap(), config.client.unwrap());
        assert_eq!(resource.get_ref().limits(), Default::default());
        assert_eq!(client.limits(), Default::default());
        let (resource, client) = (config.jwt_resource.unwrap(), config.jwt_client.unwrap());
        let limits = jwt::verifier::config(&[], &resource.limits).limits;
        assert_eq!(limits, Default::default());
        assert_eq!(client.limits(), Default::default());
        let issuer = config.session_issuer.unwrap();
        assert_eq!(issuer.lifetimes(), Default::default());
        assert_eq!(issuer.login(), Default::default());
        let (resource, caller) = (config.session_resource, config.session_caller);
        assert_eq!(resource.unwrap().limits(), Default::default());
        let usual = btx_reference::lifecycle::caller::Config::default();
        assert_eq!(caller.unwrap().deadline(), usual.deadline);
        assert_eq!(
            config.issuer.realm.get_ref(),
            IssuerSection::default().realm.get_ref()
        );
        let mut partners = config.partner.iter();
        assert!(partners.all(|entry| entry.get_ref().partner().is_ok()));
    }

    #[test]
    fn a_mistake_names_file_line_key_expectation_and_example() {
        let text = mistake("exchange_deadline = \"10s\"", "exchange_deadline = 10");
        assert!(text.starts_with("my.toml, line "), "{text}");
        assert!(text.contains("key `exchange_deadline`"), "{text}");
        assert!(
            text.contains("expected a duration such as \"500ms\""),
            "{text}"
        );
        assert!(
            text.contains("example: exchange_deadline = \"10s\""),
            "{text}"
        );
    }

    #[test]
    fn unknown_and_missing_keys_are_refused() {
        let unknown = mistake("realm = \"btx\"", "relam = \"btx\"");
        assert!(unknown.contains("unknown field `relam`"), "{unknown}");
        assert!(unknown.contains("`realm`"), "{unknown}");
        let missing = mistake("identifier = \"https://issuer.example\"", "");
        assert!(missing.contains("missing field `identifier`"), "{missing}");
        assert!(missing.contains("example: identifier = "), "{missing}");
    }

    #[test]
    fn values_of_another_form_are_refused() {
        for (from, to) in [
            ("parallel_per_partner = 4", "parallel_per_partner = 0"),
            (
                "\"https://initiator.example\"",
                "\"http://initiator.example\"",
            ),
            ("public_networks = []", "public_networks = [\"lab\"]"),
            ("format = \"text\"", "format = \"xml\""),
            ("\"127.0.0.1:8443\"", "\"8443\""),
            ("scopes = \"read write\"", "scopes = \"read  write\""),
            ("algorithms = [\"ES256\"]", "algorithms = [\"none\"]"),
            ("sha256 = \"2c26", "sha256 = \"2c2g"),
            ("sha256 = \"2c26", "sha256 = \"2c2"),
            ("jwks = \"https", "jwks = \"http"),
            (
                "id = \"https://issuer.example/services",
                "id = \"https://Issuer.example/services",
            ),
            ("longest_stale = \"1h\"", "longest_stale = 1"),
        ] {
            assert!(
                mistake(from, to).contains("expected"),
                "{to}: {}",
                mistake(from, to)
            );
        }
    }
}
