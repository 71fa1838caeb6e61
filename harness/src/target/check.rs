//! What the values of a target file have to be, beyond the form of its TOML.

use super::{
    AsIssuer, Channel, Claim, Control, Hook, Initiator, Issuer, Limits, Peer, PeerKind,
    TargetError, Verb,
    file::{
        ControlTable, HarnessTable, HookTable, InitiatorTable, IssuerTable, LimitsTable, PeerTable,
        TargetFile, example_of, peer_of,
    },
    oauth::Oauth,
    oauth_claims,
    span::{Mistake, line_of},
};
use btx_spec::{Identifier, ReceiveUrl};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
    path::Path,
    time::Duration,
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
    pub(super) fn roles(&self, file: &TargetFile, oauth: &Oauth) -> Checked<()> {
        let claims = &file.target.claims;
        for claim in claims.get_ref() {
            if let Some((table, what)) = missing_for(*claim, file, oauth) {
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

    /// A command; a program that is named by its path is looked for from where the target file is.
    fn command(&self, words: &[String]) -> Vec<String> {
        let mut words = words.to_vec();
        if let Some(program) = words.first_mut().filter(|p| p.contains('/')) {
            *program = self.folder.join(&*program).display().to_string();
        }
        words
    }

    pub(super) fn control(&self, table: &Spanned<ControlTable>) -> Checked<Control> {
        let control = table.get_ref();
        let channel = match (&control.url, &control.command) {
            (Some(url), None) => Channel::Http(self.control_url(url)?),
            (None, Some(command)) if !command.is_empty() => Channel::Command(self.command(command)),
            _ => {
                return self.wrong(
                    table.span(),
                    "control",
                    "not one of the two",
                    "either a url or a command, with its arguments",
                );
            }
        };
        Ok(Control {
            channel,
            verbs: control.verbs.clone(),
        })
    }

    /// Whoever can reach the control can command the target, so it is on loopback, or behind TLS.
    fn control_url(&self, text: &Spanned<String>) -> Checked<Url> {
        match Url::parse(text.get_ref()) {
            Ok(url) if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) => {
                Ok(url)
            }
            _ => self.wrong(
                text.span(),
                "control.url",
                &format!("\"{}\"", text.get_ref()),
                "an http URL on loopback, or an https URL",
            ),
        }
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

    pub(super) fn hook(&self, key: &str, hook: &Spanned<HookTable>) -> Checked<Hook> {
        let table = hook.get_ref();
        let expected = "either a url, with method, fields and body, or a command";
        match (&table.url, &table.command) {
            (Some(url), None) => Ok(Hook::Request {
                method: table.method.clone().unwrap_or_else(|| "POST".to_owned()),
                url: url.clone(),
                fields: table.fields.clone(),
                body: table.body.clone(),
            }),
            (None, Some(command))
                if !command.is_empty()
                    && table.method.is_none()
                    && table.body.is_none()
                    && table.fields.is_empty() =>
            {
                Ok(Hook::Command(self.command(command)))
            }
            (Some(_), Some(_)) => {
                self.wrong(hook.span(), key, "both a url and a command", expected)
            }
            _ => self.wrong(
                hook.span(),
                key,
                "neither a url nor a command alone",
                expected,
            ),
        }
    }

    pub(super) fn limits(&self, table: &LimitsTable) -> Checked<Limits> {
        let mut limits = Limits::default();
        if let Some(deadline) = &table.exchange_deadline {
            limits.exchange_deadline =
                self.duration("target.limits.exchange_deadline", deadline)?;
        }
        if let Some(skew) = &table.clock_skew {
            limits.clock_skew = self.duration("target.limits.clock_skew", skew)?;
        }
        if let Some(deadline) = &table.call_deadline {
            limits.call_deadline = self.duration("target.limits.call_deadline", deadline)?;
        }
        if let Some(pause) = &table.longest_pause {
            limits.longest_pause = self.duration("target.limits.longest_pause", pause)?;
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

    pub(super) fn peers(
        &self,
        peers: &Spanned<Vec<PeerTable>>,
        plain_http: bool,
    ) -> Checked<Vec<Peer>> {
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
        let mut kinds: HashMap<(Option<u16>, Option<String>), (String, bool)> = HashMap::new();
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
            let shares = table.kind.shares_its_port();
            // The others all listen at one address.
            let address = receives.host_str().map(str::to_owned);
            let address = address.filter(|_| table.kind == PeerKind::SpecialUse);
            let port = (receives.port_or_known_default(), address);
            if let Some((other, other_shares)) = kinds.get(&port)
                && (!shares || !other_shares)
            {
                return self.wrong(
                    table.as_initiator.receives.span(),
                    "peer.receives",
                    &format!("the port of the peer \"{other}\""),
                    "a port of its own for a peer of that kind: a port shows one certificate, and what comes to it has to be told apart",
                );
            }
            kinds.insert(port, (name.clone(), shares));
            let as_issuer = self.as_issuer(table, &receives, plain_http)?;
            found.push(peer_of(table, receives, as_issuer));
        }
        Ok(found)
    }

    /// What a peer is as an issuer: at the same place as its receive URL.
    fn as_issuer(
        &self,
        table: &PeerTable,
        receives: &Url,
        plain_http: bool,
    ) -> Checked<Option<AsIssuer>> {
        let Some(issuer) = &table.as_issuer else {
            return Ok(None);
        };
        let token_call = self.url("peer.token_call", &issuer.token_call, false)?;
        if token_call.origin() != receives.origin() {
            return self.wrong(
                issuer.token_call.span(),
                "peer.as_issuer",
                &format!("\"{token_call}\""),
                "a URL with the scheme, host and port of the peer's receive URL",
            );
        }
        let token_issue = table.token_issue.iter();
        let token_issue: Checked<Vec<Url>> = token_issue
            .map(|url| self.url("peer.token_issue", url, plain_http))
            .collect();
        let token_issue = token_issue?;
        if token_issue.is_empty() {
            return self.wrong(
                issuer.token_call.span(),
                "peer.token_issue",
                "nothing",
                "the target's URLs for the token issues of this peer, one for each replica",
            );
        }
        Ok(Some(AsIssuer {
            identifier: self.identifier("peer.as_issuer", &issuer.identifier)?,
            token_call,
            token_issue,
        }))
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

/// The canary among the IPv4 addresses of loopback: special use, and nobody else's.
pub(crate) const CANARY_4: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 1);

fn is_loopback(url: &Url) -> bool {
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
    oauth: &Oauth,
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
    let of_oauth = || oauth_claims::missing_for(claim, oauth);
    let missing = table
        .map(|(_, table, what)| (table, what))
        .or_else(of_oauth);
    let needs_harness = || !(file.peer.is_none() && file.server_peer.is_empty());
    missing.or_else(|| {
        let missing = file.harness.is_none() && needs_harness();
        missing.then_some(("harness", "a table [harness]: the peers listen there"))
    })
}
