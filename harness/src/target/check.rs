//! What the values of a target file have to be, beyond the form of its TOML.

use super::{
    Claim, Limits, Peer, TargetError,
    file::{LimitsTable, PeerTable, default_limits, example_of, peer_of},
    span::{Mistake, line_of},
};
use btx_spec::{Identifier, ReceiveUrl};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    ops::Range,
    time::Duration,
};
use toml::Spanned;
use url::{Host, Url};

type Checked<T> = Result<T, TargetError>;

/// The file that is being checked.
pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a str,
}

impl Checker<'_> {
    fn wrong<T>(&self, span: Range<usize>, key: &str, found: &str, expected: &str) -> Checked<T> {
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
        if !claims.get_ref().contains(&Claim::ExchangeIssuer) {
            let found = if claims.get_ref().is_empty() {
                "no claim"
            } else {
                "no role"
            };
            return self.wrong(
                claims.span(),
                "target.claims",
                found,
                "at least `exchange/issuer`: only what is claimed is examined",
            );
        }
        Ok(claims.get_ref().clone())
    }

    pub(super) fn limits(&self, table: &LimitsTable) -> Checked<Limits> {
        let mut limits = default_limits();
        if let Some(deadline) = &table.exchange_deadline {
            limits.exchange_deadline =
                self.duration("target.limits.exchange_deadline", deadline)?;
        }
        if let Some(skew) = &table.clock_skew {
            limits.clock_skew = self.duration("target.limits.clock_skew", skew)?;
        }
        if let Some(parallel) = &table.parallel_per_peer {
            limits.parallel_per_peer = *parallel.get_ref();
            if limits.parallel_per_peer < 4 {
                return self.wrong(
                    parallel.span(),
                    "target.limits.parallel_per_peer",
                    &limits.parallel_per_peer.to_string(),
                    "4 or more: EX-ISS-019 asks for four exchanges at the same time",
                );
            }
        }
        Ok(limits)
    }

    fn duration(&self, key: &str, text: &Spanned<String>) -> Checked<Duration> {
        let parsed = text
            .get_ref()
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|d| Duration::try_from(d).ok())
            .filter(|d| !d.is_zero() && *d <= Duration::from_secs(3600));
        match parsed {
            Some(duration) => Ok(duration),
            None => self.wrong(
                text.span(),
                key,
                &format!("\"{}\"", text.get_ref()),
                "a time between 1ms and 1h, with its unit",
            ),
        }
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

    fn url(&self, key: &str, text: &Spanned<String>, plain_http: bool) -> Checked<Url> {
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

    pub(super) fn peers(&self, peers: &Spanned<Vec<PeerTable>>) -> Checked<Vec<Peer>> {
        let tables = peers.get_ref();
        if !tables.iter().any(|p| p.kind == super::PeerKind::Good) {
            return self.wrong(
                peers.span(),
                "peer",
                "no peer of the kind good",
                "at least one, better sixteen",
            );
        }
        let mut names = BTreeSet::new();
        let mut identifiers = BTreeSet::new();
        let mut kinds: HashMap<Option<u16>, (String, bool)> = HashMap::new();
        let mut found = Vec::new();
        for table in tables {
            let name = table.name.get_ref();
            if !names.insert(name.clone()) {
                return self.wrong(
                    table.name.span(),
                    "peer.name",
                    &format!("a second peer \"{name}\""),
                    "a name of its own for each peer",
                );
            }
            let identifier = self.identifier("peer.identifier", &table.as_initiator.identifier)?;
            if !identifiers.insert(identifier) {
                return self.wrong(
                    table.as_initiator.identifier.span(),
                    "peer.identifier",
                    "the identifier of another peer",
                    "an identifier of its own for each peer",
                );
            }
            let receives = self.receives(table)?;
            let sound = table.kind.has_sound_certificate();
            let port = receives.port_or_known_default();
            if let Some((other, other_sound)) = kinds.get(&port)
                && (!sound || !other_sound)
            {
                return self.wrong(
                    table.as_initiator.receives.span(),
                    "peer.receives",
                    &format!("the port of the peer \"{other}\""),
                    "a port of its own for a peer with a faulty certificate: a port shows one certificate",
                );
            }
            kinds.insert(port, (name.clone(), sound));
            found.push(peer_of(table, receives));
        }
        Ok(found)
    }

    fn receives(&self, table: &PeerTable) -> Checked<Url> {
        let text = &table.as_initiator.receives;
        let same_origin = ReceiveUrl::parse(text.get_ref()).is_ok_and(|url| {
            Identifier::parse(table.as_initiator.identifier.get_ref())
                .is_ok_and(|identifier| identifier.origin() == url.origin())
        });
        match Url::parse(text.get_ref()) {
            Ok(url) if same_origin => Ok(url),
            _ => self.wrong(
                text.span(),
                "peer.receives",
                &format!("\"{}\"", text.get_ref()),
                "an https URL with the scheme, host and port of the peer's identifier",
            ),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Where the harness listens for a peer: its own address, and the port of the peer's URLs.
#[must_use]
pub(crate) fn listen_address(listen: SocketAddr, receives: &Url) -> SocketAddr {
    SocketAddr::new(
        listen.ip(),
        receives.port_or_known_default().unwrap_or(listen.port()),
    )
}
