//! What the values of a target file have to be, beyond the form of its TOML.

use super::{
    Claim, Control, Hook, Initiator, Issuer, TargetError, Verb,
    file::{HarnessTable, InitiatorTable, IssuerTable, TargetFile, example_of},
    jwt::Jwt,
    jwt_claims,
    lifecycle::Lifecycle,
    lifecycle_claims,
    oauth::Oauth,
    oauth_claims,
    span::{Mistake, line_of},
};
use btx_spec::Identifier;
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
    path::Path,
};
use toml::Spanned;
use url::{Host, Url};

pub(super) type Checked<T> = Result<T, TargetError>;

/// The file that is being checked.
pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a str,
    /// The folder that its paths are relative to.
    pub(super) folder: &'a Path,
}

/// What a target has of the profiles beside the exchange, and how it is controlled.
pub(super) struct Profiles<'a> {
    pub(super) oauth: &'a Oauth,
    pub(super) jwt: &'a Jwt,
    pub(super) lifecycle: &'a Lifecycle,
    pub(super) control: Option<&'a Control>,
}

impl Checker<'_> {
    pub(super) fn wrong<T>(
        &self,
        span: Range<usize>,
        key: &str,
        found: &str,
        expected: &str,
    ) -> Checked<T> {
        Err(TargetError::Wrong(Box::new(Mistake {
            file: self.file.to_owned(),
            line: line_of(self.text, &span),
            key: key.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
            example: example_of(key).to_owned(),
        })))
    }

    pub(super) fn claims(&self, claims: &Spanned<Vec<Claim>>) -> Checked<Vec<Claim>> {
        if !claims.get_ref().iter().any(|c| Claim::ROLES.contains(c)) {
            let found = if claims.get_ref().is_empty() {
                "no claim"
            } else {
                "no role"
            };
            return self.wrong(
                claims.span(),
                "target.claims",
                found,
                "a role, such as `exchange/issuer` or `oauth/resource`: only what is claimed is examined",
            );
        }
        Ok(claims.get_ref().clone())
    }

    /// What is claimed has the tables that say where it is.
    pub(super) fn roles(&self, file: &TargetFile, profiles: &Profiles<'_>) -> Checked<()> {
        let claims = &file.target.claims;
        for claim in claims.get_ref() {
            if let Some((table, what)) = missing_for(*claim, file, profiles) {
                let expected = format!("{what}, since `{claim}` is claimed");
                return self.wrong(claims.span(), table, "nothing of the kind", &expected);
            }
        }
        Ok(())
    }

    pub(super) fn issuer(&self, table: &IssuerTable, plain_http: bool) -> Checked<Issuer> {
        Ok(Issuer {
            identifier: self.identifier("issuer.identifier", &table.identifier)?,
            token_call: self.urls("issuer.token_call", &table.token_call, plain_http)?,
            resource: self.urls("issuer.resource", &table.resource, plain_http)?,
        })
    }

    /// The initiator; what sets it off is a hook of its own, or a verb of the control.
    pub(super) fn initiator(
        &self,
        table: &InitiatorTable,
        control: Option<&Control>,
    ) -> Checked<Initiator> {
        let verb = |verb| {
            control
                .filter(|c| c.verbs.contains(&verb))
                .map(|_| Hook::Verb)
        };
        let start = match &table.start {
            Some(hook) => Some(self.hook("initiator.start", hook)?),
            None => verb(Verb::Start),
        };
        let Some(start) = start else {
            return self.wrong(
                table.identifier.span(),
                "initiator.start",
                "nothing",
                "`start` here, or a table [control] whose verbs have \"start\": something has to set the initiator off",
            );
        };
        Ok(Initiator {
            identifier: self.identifier("initiator.identifier", &table.identifier)?,
            start,
            use_token: match &table.use_token {
                Some(hook) => Some(self.hook("initiator.use", hook)?),
                None => verb(Verb::Use),
            },
        })
    }

    /// The networks that the target takes for public: without a word, the address of `listen`.
    pub(super) fn public_networks(&self, table: &HarnessTable) -> Checked<Vec<IpNet>> {
        let Some(networks) = &table.public_networks else {
            return Ok(vec![IpNet::from(table.listen.ip())]);
        };
        let parse = |text: &Spanned<String>| {
            let network = text.get_ref().parse::<IpNet>();
            let alone = text.get_ref().parse::<IpAddr>().map(IpNet::from);
            match network.or(alone) {
                Ok(network) => Ok(network),
                Err(_) => self.wrong(
                    text.span(),
                    "harness.public_networks",
                    &format!("\"{}\"", text.get_ref()),
                    "a network such as \"127.0.1.0/24\"",
                ),
            }
        };
        networks.iter().map(parse).collect()
    }

    /// The addresses at which the harness watches that nobody comes. Those of loopback mean something
    /// only to a target on the same machine.
    pub(super) fn canaries(&self, table: &HarnessTable, public: &[IpNet]) -> Checked<Vec<IpAddr>> {
        let Some(canaries) = &table.canaries else {
            let usual = [IpAddr::V4(CANARY_4), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let loopback = table.listen.ip().is_loopback();
            let watched = usual.into_iter().filter(|_| loopback);
            return Ok(watched
                .filter(|a| !public.iter().any(|n| n.contains(a)))
                .collect());
        };
        for canary in canaries {
            let address = canary.get_ref();
            let expected = if public.iter().any(|n| n.contains(address)) {
                "an address outside of the networks that the target takes for public"
            } else if btx_spec::address::is_special_use(*address) {
                continue;
            } else {
                "a special-use address, which no token issue may go to"
            };
            return self.wrong(
                canary.span(),
                "harness.canaries",
                &format!("\"{address}\""),
                expected,
            );
        }
        Ok(canaries.iter().map(|c| *c.get_ref()).collect())
    }

    pub(super) fn identifier(&self, key: &str, text: &Spanned<String>) -> Checked<String> {
        match Identifier::parse(text.get_ref()) {
            Ok(identifier) => Ok(identifier.as_str().to_owned()),
            Err(error) => self.wrong(
                text.span(),
                key,
                &format!("\"{}\": {error}", text.get_ref()),
                "an identifier: an https URL without query, fragment and userinfo, as EX-ANY-001 describes it",
            ),
        }
    }

    pub(super) fn urls(
        &self,
        key: &str,
        urls: &Spanned<Vec<Spanned<String>>>,
        plain_http: bool,
    ) -> Checked<Vec<Url>> {
        if urls.get_ref().is_empty() {
            return self.wrong(
                urls.span(),
                key,
                "an empty list",
                "one URL for each replica",
            );
        }
        urls.get_ref()
            .iter()
            .map(|url| self.url(key, url, plain_http))
            .collect()
    }

    pub(super) fn url(&self, key: &str, text: &Spanned<String>, plain_http: bool) -> Checked<Url> {
        let found = format!("\"{}\"", text.get_ref());
        match Url::parse(text.get_ref()) {
            Ok(url) if url.scheme() == "https" => Ok(url),
            Ok(url) if url.scheme() == "http" && plain_http && is_loopback(&url) => Ok(url),
            Ok(url) if url.scheme() == "http" && plain_http => self.wrong(
                text.span(), key, &found,
                "an https URL: plain_http is for servers on loopback only",
            ),
            Ok(url) if url.scheme() == "http" => self.wrong(
                text.span(), key, &found,
                "an https URL, or `plain_http = true` under [target] for a development server on loopback",
            ),
            _ => self.wrong(text.span(), key, &found, "an https URL"),
        }
    }

    pub(super) fn connect(
        &self,
        map: &BTreeMap<String, Spanned<String>>,
    ) -> Checked<BTreeMap<String, String>> {
        map.iter()
            .map(|(name, to)| {
                if !name.contains(':') || !to.get_ref().contains(':') {
                    return self.wrong(
                        to.span(),
                        "target.connect",
                        &format!("\"{name}\" = \"{}\"", to.get_ref()),
                        "a host with its port on both sides",
                    );
                }
                Ok((name.clone(), to.get_ref().clone()))
            })
            .collect()
    }
}

/// The canary among the IPv4 addresses of loopback: special use, and nobody else's.
pub(crate) const CANARY_4: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 1);

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What has to be in the file for a claim, and is not.
fn missing_for(
    claim: Claim,
    file: &TargetFile,
    profiles: &Profiles<'_>,
) -> Option<(&'static str, &'static str)> {
    let tables = match claim {
        Claim::ExchangeIssuer => [
            (file.issuer.is_some(), "issuer", "a table [issuer]"),
            (file.peer.is_some(), "peer", "a table [[peer]]"),
        ],
        Claim::ExchangeInitiator => [
            (file.initiator.is_some(), "initiator", "a table [initiator]"),
            (file.peer.is_some(), "peer", "a table [[peer]]"),
        ],
        _ => [(true, "", ""); 2],
    };
    let table = tables.into_iter().find(|(there, ..)| !there);
    let of_oauth = || oauth_claims::missing_for(claim, profiles.oauth);
    let missing = table
        .map(|(_, table, what)| (table, what))
        .or_else(of_oauth)
        .or_else(|| jwt_claims::missing_for(claim, profiles.oauth, profiles.jwt))
        .or_else(|| lifecycle_claims::missing_for(claim, profiles.lifecycle, profiles.control));
    let needs_harness = || {
        file.peer.is_some()
            || !file.server_peer.is_empty()
            || !file.jwt_peer.is_empty()
            || file.documents.is_some()
            || !file.session_signer.is_empty()
            || !file.session_peer.is_empty()
    };
    missing.or_else(|| {
        let missing = file.harness.is_none() && needs_harness();
        missing.then_some(("harness", "a table [harness]: the peers listen there"))
    })
}
