//! What the tables of service JWTs in a target file have to be.

use super::{
    Control, Hook, PeerKind, Verb,
    check::{Checked, Checker},
    file::TargetFile,
    jwt::{Documents, Jwt, JwtClient, JwtPeer, JwtResource},
    jwt_file::{DocumentsTable, JwtClientTable, JwtPeerTable, JwtResourceTable},
    oauth::ServerPeer,
};
use btx_spec::jose::Algorithm;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use url::Url;

/// What reads the tables of service JWTs.
pub(super) struct JwtChecker<'a> {
    pub(super) checker: &'a Checker<'a>,
    pub(super) plain_http: bool,
}

/// Ports that are taken already, each with whom it is of.
type Ports = BTreeMap<u16, String>;

impl JwtChecker<'_> {
    /// What a target has of service JWTs.
    pub(super) fn jwt(
        &self,
        file: &TargetFile,
        servers: &[ServerPeer],
        control: Option<&Control>,
    ) -> Checked<Jwt> {
        let mut ports = ports_of(file, servers);
        let documents = file.documents.as_ref();
        let documents = documents.map(|table| self.documents(table, &mut ports));
        let resource = file.jwt_resource.as_ref();
        let client = file.jwt_client.as_ref();
        Ok(Jwt {
            documents: documents.transpose()?,
            resource: resource.map(|table| self.resource(table)).transpose()?,
            client: client
                .map(|table| self.client(table, control))
                .transpose()?,
            peers: self.peers(file, servers, ports)?,
        })
    }

    /// The hosts of documents: an origin, and the next ports after it.
    fn documents(&self, table: &DocumentsTable, ports: &mut Ports) -> Checked<Documents> {
        let main = self.origin("documents.url", &table.url)?;
        let first = main.port_or_known_default().unwrap_or_default();
        let mut next = (first..=u16::MAX).map(|port| {
            let mut url = main.clone();
            url.set_port(Some(port)).ok().map(|()| url)
        });
        let mut next = || match next.next().flatten() {
            Some(url) => Ok(url),
            None => self.checker.wrong(
                table.url.span(),
                "documents.url",
                &format!("\"{}\"", table.url.get_ref()),
                "a port after which there are six more",
            ),
        };
        let (main, elsewhere) = (next()?, next()?);
        let faulty = Documents::FAULTY.into_iter();
        let faulty = faulty.map(|kind| Ok((kind, next()?)));
        let faulty = faulty.collect::<Checked<Vec<_>>>()?;
        let stalled = next()?;
        let named = match &table.named {
            Some(named) => Some(self.named(named)?),
            None => None,
        };
        let several = [&main, &elsewhere, &stalled].into_iter();
        let several = several.chain(faulty.iter().map(|(_, url)| url));
        for url in several {
            self.take_port(url, &table.url, "documents.url", ports)?;
        }
        if let (Some(url), Some(text)) = (&named, &table.named) {
            self.take_port(url, text, "documents.named", ports)?;
        }
        Ok(Documents {
            main,
            elsewhere,
            faulty,
            stalled,
            named,
        })
    }

    fn named(&self, text: &Spanned<String>) -> Checked<Url> {
        let url = self.origin("documents.named", text)?;
        if url.domain().is_some() {
            return Ok(url);
        }
        self.checker.wrong(
            text.span(),
            "documents.named",
            &format!("\"{}\"", text.get_ref()),
            "a host with a name: each client has one of its own below it",
        )
    }

    fn take_port(
        &self,
        url: &Url,
        text: &Spanned<String>,
        key: &str,
        ports: &mut Ports,
    ) -> Checked<()> {
        let port = url.port_or_known_default().unwrap_or_default();
        match ports.insert(port, "the documents".to_owned()) {
            None => Ok(()),
            Some(other) => self.checker.wrong(
                text.span(),
                key,
                &format!("the port {port} of {other}"),
                "ports of their own: `url` and the six after it, and `named`",
            ),
        }
    }

    fn resource(&self, table: &JwtResourceTable) -> Checked<JwtResource> {
        let key = |name: &str| format!("jwt_resource.{name}");
        let one = |name: &str, url: &Option<Spanned<String>>| {
            let read = |url| self.checker.url(&key(name), url, self.plain_http);
            url.as_ref().map(read).transpose()
        };
        let read = self
            .checker
            .urls(&key("read"), &table.read, self.plain_http)?;
        let hands_out = match &table.hands_out {
            Some(urls) => self
                .checker
                .urls(&key("hands_out"), urls, self.plain_http)?,
            None => read.clone(),
        };
        one("server", &table.server)?;
        Ok(JwtResource {
            identifier: self
                .checker
                .identifier(&key("identifier"), &table.identifier)?,
            algorithms: self.algorithms(table)?,
            wants_token: one("wants_token", &table.wants_token)?,
            server: table.server.as_ref().map(|s| s.get_ref().clone()),
            read,
            hands_out,
        })
    }

    fn algorithms(&self, table: &JwtResourceTable) -> Checked<Vec<Algorithm>> {
        let Some(names) = &table.algorithms else {
            return Ok(vec![Algorithm::ES256]);
        };
        if names.get_ref().is_empty() {
            return self.checker.wrong(
                names.span(),
                "jwt_resource.algorithms",
                "an empty list",
                "one or more of ES256, EdDSA, PS256 and RS256",
            );
        }
        Ok(names.get_ref().iter().map(|name| (*name).into()).collect())
    }

    /// The client; what sets it off is a hook of its own, or a verb of the control.
    fn client(
        &self,
        table: &Spanned<JwtClientTable>,
        control: Option<&Control>,
    ) -> Checked<JwtClient> {
        let (span, table) = (table.span(), table.get_ref());
        let id = self
            .checker
            .url("jwt_client.id", &table.id, self.plain_http)?;
        let use_token = match &table.use_token {
            Some(hook) => self.checker.hook("jwt_client.use", hook)?,
            None if control.is_some_and(|c| c.verbs.contains(&Verb::Use)) => Hook::Verb,
            None => {
                return self.checker.wrong(
                    span,
                    "jwt_client.use",
                    "nothing",
                    "`use` here, or a table [control] whose verbs have \"use\": something has to set the client off",
                );
            }
        };
        Ok(JwtClient { id, use_token })
    }

    fn peers(
        &self,
        file: &TargetFile,
        servers: &[ServerPeer],
        taken: Ports,
    ) -> Checked<Vec<JwtPeer>> {
        let exchange = file.peer.iter().flat_map(|peers| peers.get_ref());
        let mut names: BTreeSet<&String> = exchange.map(|p| p.name.get_ref()).collect();
        names.extend(servers.iter().map(|server| &server.name));
        let mut ports: BTreeMap<u16, (String, PeerKind)> = taken
            .into_iter()
            .map(|(port, whose)| (port, (whose, PeerKind::Named)))
            .collect();
        let mut found = Vec::new();
        for table in &file.jwt_peer {
            let name = table.name.get_ref();
            if !names.insert(name) {
                return self.checker.wrong(
                    table.name.span(),
                    "jwt_peer.name",
                    &format!("a second peer \"{name}\""),
                    "a name of its own for each peer",
                );
            }
            let peer = self.peer(table)?;
            let port = peer.resource.port_or_known_default().unwrap_or_default();
            let good = PeerKind::Good;
            if let Some((other, kind)) = ports.get(&port)
                && (*kind != good || peer.kind != good)
            {
                return self.checker.wrong(
                    table.resource.span(),
                    "jwt_peer.resource",
                    &format!("the port of {other}"),
                    "a port that only good jwt peers share: a port shows one certificate",
                );
            }
            ports.insert(port, (format!("the peer \"{name}\""), peer.kind));
            found.push(peer);
        }
        Ok(found)
    }

    fn peer(&self, table: &JwtPeerTable) -> Checked<JwtPeer> {
        let kind = *table.kind.get_ref();
        if kind != PeerKind::Good && !kind.has_a_faulty_certificate() {
            return self.checker.wrong(
                table.kind.span(),
                "jwt_peer.kind",
                &format!("\"{}\"", kind.name()),
                "good, expired-cert, self-signed, wrong-name or other-ca",
            );
        }
        let key = "jwt_peer.resource";
        self.checker.identifier(key, &table.resource)?;
        Ok(JwtPeer {
            name: table.name.get_ref().clone(),
            resource: self.checker.url(key, &table.resource, false)?,
            flow: table.flow,
            kind,
        })
    }

    /// An https URL without anything after its host and port.
    fn origin(&self, key: &str, text: &Spanned<String>) -> Checked<Url> {
        let url = self.checker.url(key, text, false)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if bare && url.username().is_empty() {
            return Ok(url);
        }
        self.checker.wrong(
            text.span(),
            key,
            &format!("\"{}\"", text.get_ref()),
            "an https URL of scheme, host and port alone",
        )
    }
}

/// The ports of the exchange and of the authorization servers.
fn ports_of(file: &TargetFile, servers: &[ServerPeer]) -> Ports {
    let exchange = file.peer.iter().flat_map(|peers| peers.get_ref());
    let receives = exchange.map(|p| p.as_initiator.receives.get_ref());
    let exchange = receives
        .filter_map(|url| Url::parse(url).ok()?.port_or_known_default())
        .map(|port| (port, "the exchange".to_owned()));
    let servers = servers.iter().filter_map(|server| {
        let port = server.issuer.port_or_known_default()?;
        Some((port, format!("the peer \"{}\"", server.name)))
    });
    exchange.chain(servers).collect()
}
