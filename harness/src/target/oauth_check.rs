//! What the values of the OAuth tables have to be, beyond the form of their TOML.

use super::{
    Control, Hook, PeerKind, TargetError, Verb,
    check::{Checked, Checker},
    file::{HookTable, PeerTable, TargetFile},
    oauth::{
        ApiKeys, AuthorizationServer, Client, ClientAuth, Oauth, PeerAuth, PeerClient,
        RegisteredClient, ResourceServer, ServerPeer, TrustedIssuer,
    },
    oauth_file::{
        AuthMethod, AuthorizationServerTable, ClientTable, KeyTable, RegisteredClientTable,
        ResourceServerTable, ServerPeerTable, TrustedIssuerTable,
    },
};
use btx_spec::jose::{KeySet, SigningKey};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use toml::Spanned;
use url::Url;

/// Reads a file that the target file names, with a hint for whoever misses it.
pub(super) type Read<'a> = &'a dyn Fn(&Path, &'static str) -> Result<String, TargetError>;

/// What reads the OAuth tables: the checker of the file, and what reads the files that it names.
pub(super) struct OauthChecker<'a> {
    pub(super) checker: &'a Checker<'a>,
    pub(super) read: Read<'a>,
    pub(super) plain_http: bool,
}

impl OauthChecker<'_> {
    /// The OAuth side of a target.
    pub(super) fn oauth(&self, file: &TargetFile, control: Option<&Control>) -> Checked<Oauth> {
        let server = file.authorization_server.as_ref();
        let resource = file.resource_server.as_ref();
        let client = file.client.as_ref();
        Ok(Oauth {
            server: server.map(|table| self.server(table)).transpose()?,
            resource: resource.map(|table| self.resource(table)).transpose()?,
            client: client
                .map(|table| self.client(table, control))
                .transpose()?,
            peers: self.peers(&file.server_peer, file.peer.as_ref())?,
        })
    }

    fn server(&self, table: &AuthorizationServerTable) -> Checked<AuthorizationServer> {
        let key = |name: &str| format!("authorization_server.{name}");
        let mut names = BTreeSet::new();
        let mut clients = Vec::new();
        for client in &table.client {
            if !names.insert(client.name.get_ref()) {
                return self.checker.wrong(
                    client.name.span(),
                    &key("client.name"),
                    &format!("a second client \"{}\"", client.name.get_ref()),
                    "a name of its own for each client",
                );
            }
            clients.push(self.registered_client(client)?);
        }
        let trusted = table.trusted_issuer.iter().map(|issuer| {
            Ok(TrustedIssuer {
                client: self.client_beside(issuer, &clients)?,
                issuer: issuer.issuer.get_ref().clone(),
                key: self.key(
                    "authorization_server.trusted_issuer.key",
                    &issuer.key,
                    issuer.issuer.get_ref(),
                )?,
                account: issuer.account.clone(),
                scopes: self
                    .scopes("authorization_server.trusted_issuer.scopes", &issuer.scopes)?,
            })
        });
        let trusted_issuers = trusted.collect::<Checked<_>>()?;
        let one = |name: &str, url: &Option<Spanned<String>>| self.one_url(&key(name), url);
        Ok(AuthorizationServer {
            issuer: match &table.issuer {
                Some(issuer) => {
                    self.checker.url(&key("issuer"), issuer, self.plain_http)?;
                    Some(issuer.get_ref().clone())
                }
                None => None,
            },
            token: self
                .checker
                .urls(&key("token"), &table.token, self.plain_http)?,
            introspection: one("introspection", &table.introspection)?,
            revocation: one("revocation", &table.revocation)?,
            metadata: one("metadata", &table.metadata)?,
            resources: table.resources.clone(),
            opens: table
                .opens
                .iter()
                .map(|url| self.checker.url(&key("opens"), url, self.plain_http))
                .collect::<Checked<_>>()?,
            clients,
            trusted_issuers,
        })
    }

    /// The client that is named to prove itself beside the assertions of an issuer.
    fn client_beside(
        &self,
        issuer: &TrustedIssuerTable,
        clients: &[RegisteredClient],
    ) -> Checked<Option<RegisteredClient>> {
        let Some(name) = &issuer.client else {
            return Ok(None);
        };
        match clients.iter().find(|client| client.name == *name.get_ref()) {
            Some(client) => Ok(Some(client.clone())),
            None => self.checker.wrong(
                name.span(),
                "authorization_server.trusted_issuer.client",
                &format!("\"{}\"", name.get_ref()),
                "the name of an [[authorization_server.client]] of this file",
            ),
        }
    }

    fn registered_client(&self, table: &RegisteredClientTable) -> Checked<RegisteredClient> {
        let key = "authorization_server.client";
        let auth = match (table.auth.get_ref(), &table.secret, &table.key) {
            (AuthMethod::ClientSecretBasic, Some(secret), None) => {
                ClientAuth::SecretBasic(secret.get_ref().clone())
            }
            (AuthMethod::ClientSecretPost, Some(secret), None) => {
                ClientAuth::SecretPost(secret.get_ref().clone())
            }
            (AuthMethod::PrivateKeyJwt, None, Some(signing)) => {
                let name = table.name.get_ref();
                ClientAuth::PrivateKeyJwt(self.key(&format!("{key}.key"), signing, name)?)
            }
            (method, ..) => {
                let (missing, expected) = match method {
                    AuthMethod::PrivateKeyJwt => {
                        ("key", "a `key` and no `secret`: the client signs")
                    }
                    _ => ("secret", "a `secret` and no `key`"),
                };
                return self.checker.wrong(
                    table.auth.span(),
                    &format!("{key}.{missing}"),
                    "not what that way of proving itself needs",
                    expected,
                );
            }
        };
        Ok(RegisteredClient {
            name: table.name.get_ref().clone(),
            id: table.id.clone(),
            auth,
            kind: table.kind,
            scopes: self.scopes(&format!("{key}.scopes"), &table.scopes)?,
            jwt_tokens: table.jwt_tokens,
        })
    }

    fn resource(&self, table: &ResourceServerTable) -> Checked<ResourceServer> {
        let key = |name: &str| format!("resource_server.{name}");
        let one = |name: &str, url: &Option<Spanned<String>>| self.one_url(&key(name), url);
        let scope = |name: &str, scope: &Option<Spanned<String>>| match scope {
            Some(scope) => self.scope(&key(name), scope).map(Some),
            None => Ok(None),
        };
        if let Some(identifier) = &table.identifier
            && Url::parse(identifier.get_ref()).is_err()
        {
            return self.checker.wrong(
                identifier.span(),
                &key("identifier"),
                &format!("\"{}\"", identifier.get_ref()),
                "an absolute URI: it is the audience of tokens",
            );
        }
        Ok(ResourceServer {
            identifier: table.identifier.as_ref().map(|i| i.get_ref().clone()),
            tokens: *table.tokens.get_ref(),
            read: self
                .checker
                .urls(&key("read"), &table.read, self.plain_http)?,
            read_scope: scope("read_scope", &table.read_scope)?,
            write: one("write", &table.write)?,
            write_scope: scope("write_scope", &table.write_scope)?,
            users_only: one("users_only", &table.users_only)?,
            metadata: one("metadata", &table.metadata)?,
            api_keys: table.api_keys.as_ref().map(|keys| ApiKeys {
                field: keys.field.clone(),
                live: keys.live.clone(),
                revoked: keys.revoked.clone(),
            }),
        })
    }

    /// The client; what sets it off is a hook of its own, or a verb of the control.
    fn client(&self, table: &Spanned<ClientTable>, control: Option<&Control>) -> Checked<Client> {
        let hook = |name: &str, hook: &Option<Spanned<HookTable>>, verb: Verb| {
            let key = format!("client.{name}");
            if let Some(hook) = hook {
                return self.checker.hook(&key, hook);
            }
            if control.is_some_and(|c| c.verbs.contains(&verb)) {
                return Ok(Hook::Verb);
            }
            self.checker.wrong(
                table.span(),
                &key,
                "nothing",
                &format!("`{name}` here, or a table [control] whose verbs have \"{name}\": something has to set the client off"),
            )
        };
        Ok(Client {
            start: hook("start", &table.get_ref().start, Verb::Start)?,
            use_token: hook("use", &table.get_ref().use_token, Verb::Use)?,
        })
    }

    fn peers(
        &self,
        tables: &[ServerPeerTable],
        others: Option<&Spanned<Vec<PeerTable>>>,
    ) -> Checked<Vec<ServerPeer>> {
        let others = others.map(|o| o.get_ref().as_slice()).unwrap_or_default();
        let mut names: BTreeSet<&String> = others.iter().map(|p| p.name.get_ref()).collect();
        let receives = others.iter().map(|p| p.as_initiator.receives.get_ref());
        let taken = receives.filter_map(|url| Url::parse(url).ok()?.port_or_known_default());
        let mut ports: BTreeMap<u16, (String, PeerKind)> = taken
            .map(|port| (port, ("the exchange".to_owned(), PeerKind::Named)))
            .collect();
        let mut found = Vec::new();
        for table in tables {
            let name = table.name.get_ref();
            if !names.insert(name) {
                return self.checker.wrong(
                    table.name.span(),
                    "server_peer.name",
                    &format!("a second peer \"{name}\""),
                    "a name of its own for each peer",
                );
            }
            let peer = self.peer(table)?;
            let shares = |kind: PeerKind| kind == PeerKind::Good;
            let port = peer.issuer.port_or_known_default().unwrap_or_default();
            if let Some((other, kind)) = ports.get(&port)
                && !(shares(*kind) && shares(peer.kind))
            {
                return self.checker.wrong(
                    table.issuer.span(),
                    "server_peer.issuer",
                    &format!("the port of {other}"),
                    "a port that only good server peers share: a port shows one certificate",
                );
            }
            ports.insert(port, (format!("the peer \"{name}\""), peer.kind));
            found.push(peer);
        }
        Ok(found)
    }

    fn peer(&self, table: &ServerPeerTable) -> Checked<ServerPeer> {
        let kind = *table.kind.get_ref();
        if kind != PeerKind::Good && !kind.has_a_faulty_certificate() {
            return self.checker.wrong(
                table.kind.span(),
                "server_peer.kind",
                &format!("\"{}\"", kind.name()),
                "good, expired-cert, self-signed, wrong-name or other-ca",
            );
        }
        let issuer = self
            .checker
            .url("server_peer.issuer", &table.issuer, false)?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return self.checker.wrong(
                table.issuer.span(),
                "server_peer.issuer",
                &format!("\"{issuer}\""),
                "a URL without query and fragment, as RFC 8414 section 2 has it",
            );
        }
        let client = table.client.get_ref();
        let auth = match (&client.secret, &client.jwks) {
            (Some(secret), None) => PeerAuth::Secret(secret.clone()),
            (None, Some(file)) => PeerAuth::PrivateKeyJwt(Arc::new(self.key_set(file)?)),
            _ => {
                return self.checker.wrong(
                    table.client.span(),
                    "server_peer.client",
                    "not one of the two",
                    "either a `secret`, or the file `jwks` with the public keys of the client",
                );
            }
        };
        Ok(ServerPeer {
            name: table.name.get_ref().clone(),
            kind,
            issuer,
            client: PeerClient {
                id: client.id.clone(),
                auth,
            },
            discovery: table.discovery,
            introspection: table.introspection,
            key: self.key("server_peer.key", &table.key, table.name.get_ref())?,
        })
    }

    fn key(&self, key: &str, table: &KeyTable, name: &str) -> Checked<Arc<SigningKey>> {
        let path = self.checker.folder.join(table.file.get_ref());
        let pem = (self.read)(
            &path,
            "a private key in PEM, as PKCS #8: `openssl genpkey` writes one",
        )?;
        let kid = table.kid.as_deref().unwrap_or(name);
        match SigningKey::from_pkcs8_pem(table.algorithm.into(), kid, &pem) {
            Ok(signing) => Ok(Arc::new(signing)),
            Err(error) => self.checker.wrong(
                table.file.span(),
                key,
                &error.to_string(),
                "a private key for that algorithm, in PEM as PKCS #8",
            ),
        }
    }

    fn key_set(&self, file: &Spanned<std::path::PathBuf>) -> Checked<KeySet> {
        let path = self.checker.folder.join(file.get_ref());
        let text = (self.read)(
            &path,
            "[[server_peer]] client.jwks: the public keys of the client",
        )?;
        match KeySet::parse(text.as_bytes()) {
            Ok(keys) => Ok(keys),
            Err(error) => self.checker.wrong(
                file.span(),
                "server_peer.client",
                &error.to_string(),
                "a JWK set of public keys",
            ),
        }
    }

    fn one_url(&self, key: &str, url: &Option<Spanned<String>>) -> Checked<Option<Url>> {
        let read = |url| self.checker.url(key, url, self.plain_http);
        url.as_ref().map(read).transpose()
    }

    fn scopes(&self, key: &str, scopes: &[Spanned<String>]) -> Checked<Vec<String>> {
        scopes.iter().map(|scope| self.scope(key, scope)).collect()
    }

    fn scope(&self, key: &str, scope: &Spanned<String>) -> Checked<String> {
        let text = scope.get_ref();
        let allowed = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
        if text.is_empty() || !text.bytes().all(allowed) {
            return self.checker.wrong(
                scope.span(),
                key,
                &format!("\"{text}\""),
                "one scope token, as RFC 6749 section 3.3 has it",
            );
        }
        Ok(text.clone())
    }
}
