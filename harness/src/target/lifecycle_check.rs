//! What the tables of keys and sessions in a target file have to be.

use super::{
    Control, Hook, PeerKind, Verb,
    check::{Checked, Checker},
    file::TargetFile,
    jwt::Jwt,
    lifecycle::{
        Account, Lifecycle, SessionCaller, SessionIssuer, SessionPeer, SessionResource,
        SessionSigner,
    },
    lifecycle_file::{
        SessionCallerTable, SessionIssuerTable, SessionPeerTable, SessionResourceTable,
        SessionSignerTable,
    },
    oauth::ServerPeer,
};
use btx_spec::jose::Algorithm;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use url::Url;

/// What reads the tables of keys and sessions.
pub(super) struct LifecycleChecker<'a> {
    pub(super) checker: &'a Checker<'a>,
    pub(super) plain_http: bool,
}

/// Who shares a port: those alike in this do.
type Ports = BTreeMap<u16, &'static str>;

impl LifecycleChecker<'_> {
    /// What a target has of keys and sessions.
    pub(super) fn lifecycle(
        &self,
        file: &TargetFile,
        servers: &[ServerPeer],
        jwt: &Jwt,
        control: Option<&Control>,
    ) -> Checked<Lifecycle> {
        let mut names = names_of(file, servers, jwt);
        let mut ports = ports_of(file, servers, jwt);
        let resource = file.session_resource.as_ref();
        let caller = file.session_caller.as_ref();
        Ok(Lifecycle {
            issuers: self.issuers(file)?,
            accounts: self.accounts(file)?,
            resource: resource.map(|table| self.resource(table)).transpose()?,
            signers: self.signers(file, &mut names, &mut ports)?,
            caller: caller
                .map(|table| self.caller(table, control))
                .transpose()?,
            peers: self.peers(file, &mut names, &mut ports)?,
        })
    }

    fn issuers(&self, file: &TargetFile) -> Checked<Vec<SessionIssuer>> {
        let mut found: Vec<SessionIssuer> = Vec::new();
        for table in &file.session_issuer {
            let issuer = self.issuer(table)?;
            if found.iter().any(|f| f.identifier == issuer.identifier) {
                return self.checker.wrong(
                    table.identifier.span(),
                    "session_issuer.identifier",
                    &format!("a second issuer \"{}\"", issuer.identifier),
                    "an identifier of its own for each issuer",
                );
            }
            found.push(issuer);
        }
        Ok(found)
    }

    fn issuer(&self, table: &SessionIssuerTable) -> Checked<SessionIssuer> {
        let key = |name: &str| format!("session_issuer.{name}");
        let one = |name: &str, url: &Option<Spanned<String>>| {
            let read = |url| self.checker.url(&key(name), url, self.plain_http);
            url.as_ref().map(read).transpose()
        };
        let many = |name: &str, urls: &Spanned<Vec<Spanned<String>>>| {
            self.checker.urls(&key(name), urls, self.plain_http)
        };
        let login = table.login.as_ref().map(|urls| many("login", urls));
        let obtain = table.obtain.as_ref();
        let obtain = obtain.map(|hook| self.checker.hook(&key("obtain"), hook));
        let (login, obtain) = (login.transpose()?.unwrap_or_default(), obtain.transpose()?);
        if login.is_empty() && obtain.is_none() {
            return self.checker.wrong(
                table.identifier.span(),
                "session_issuer.login",
                "nothing",
                "`login`, or `obtain` where sessions begin elsewhere",
            );
        }
        let identifier = self
            .checker
            .identifier(&key("identifier"), &table.identifier)?;
        let audience = table.audience.as_ref();
        Ok(SessionIssuer {
            audience: audience.map_or_else(|| identifier.clone(), |text| text.get_ref().clone()),
            identifier,
            login,
            obtain,
            logout: many("logout", &table.logout)?,
            api: many("api", &table.api)?,
            missing: one("missing", &table.missing)?,
            key_set: one("key_set", &table.key_set)?,
            notify: one("notify", &table.notify)?,
            algorithm: table.algorithm,
            authorization_field: table.authorization_field,
        })
    }

    /// The accounts, each with a name and a password of its own: a scenario logs in with the password of another.
    fn accounts(&self, file: &TargetFile) -> Checked<Vec<Account>> {
        let mut found: Vec<Account> = Vec::new();
        for table in &file.account {
            let account = Account {
                name: table.name.get_ref().clone(),
                password: table.password.get_ref().0.clone(),
            };
            if found.iter().any(|other| other.name == account.name) {
                return self.checker.wrong(
                    table.name.span(),
                    "account.name",
                    &format!("a second account \"{}\"", account.name),
                    "a name of its own for each account",
                );
            }
            if let Some(other) = found.iter().find(|f| f.password == account.password) {
                return self.checker.wrong(
                    table.password.span(),
                    "account.password",
                    &format!("the password of the account \"{}\"", other.name),
                    "a password of its own for each account: a scenario logs in with that of another",
                );
            }
            found.push(account);
        }
        Ok(found)
    }

    fn resource(&self, table: &SessionResourceTable) -> Checked<SessionResource> {
        let key = "session_resource.identifier";
        Ok(SessionResource {
            identifier: self.checker.identifier(key, &table.identifier)?,
            read: self
                .checker
                .urls("session_resource.read", &table.read, self.plain_http)?,
        })
    }

    fn signers(
        &self,
        file: &TargetFile,
        names: &mut BTreeSet<String>,
        ports: &mut Ports,
    ) -> Checked<Vec<SessionSigner>> {
        let mut found = Vec::new();
        for table in &file.session_signer {
            self.take_name("session_signer.name", &table.name, names)?;
            let key = "session_signer.key_set";
            let key_set = self.checker.url(key, &table.key_set, false)?;
            self.take_port(key, &table.key_set, &key_set, "session signers", ports)?;
            found.push(SessionSigner {
                name: table.name.get_ref().clone(),
                identifier: self
                    .checker
                    .identifier("session_signer.identifier", &table.identifier)?,
                key_set,
                algorithms: self.algorithms(table)?,
            });
        }
        Ok(found)
    }

    fn algorithms(&self, table: &SessionSignerTable) -> Checked<Vec<Algorithm>> {
        let Some(names) = &table.algorithms else {
            return Ok(vec![Algorithm::ES256]);
        };
        if names.get_ref().is_empty() {
            return self.checker.wrong(
                names.span(),
                "session_signer.algorithms",
                "an empty list",
                "one or more of ES256, EdDSA, PS256 and RS256",
            );
        }
        Ok(names.get_ref().iter().map(|name| (*name).into()).collect())
    }

    /// The caller; what sets it off is a hook of its own, or a verb of the control.
    fn caller(
        &self,
        table: &Spanned<SessionCallerTable>,
        control: Option<&Control>,
    ) -> Checked<SessionCaller> {
        let use_token = match &table.get_ref().use_token {
            Some(hook) => self.checker.hook("session_caller.use", hook)?,
            None if control.is_some_and(|c| c.verbs.contains(&Verb::Use)) => Hook::Verb,
            None => {
                return self.checker.wrong(
                    table.span(),
                    "session_caller.use",
                    "nothing",
                    "`use` here, or a table [control] whose verbs have \"use\": something has to set the caller off",
                );
            }
        };
        Ok(SessionCaller { use_token })
    }

    fn peers(
        &self,
        file: &TargetFile,
        names: &mut BTreeSet<String>,
        ports: &mut Ports,
    ) -> Checked<Vec<SessionPeer>> {
        let mut found = Vec::new();
        for table in &file.session_peer {
            self.take_name("session_peer.name", &table.name, names)?;
            let peer = self.peer(table)?;
            let whose = match peer.kind {
                PeerKind::Good => "good session peers",
                kind => kind.name(),
            };
            self.take_port(
                "session_peer.issuer",
                &table.issuer,
                &peer.issuer,
                whose,
                ports,
            )?;
            found.push(peer);
        }
        Ok(found)
    }

    fn peer(&self, table: &SessionPeerTable) -> Checked<SessionPeer> {
        let kind = *table.kind.get_ref();
        if kind != PeerKind::Good && !kind.has_a_faulty_certificate() {
            return self.checker.wrong(
                table.kind.span(),
                "session_peer.kind",
                &format!("\"{}\"", kind.name()),
                "good, expired-cert, self-signed, wrong-name or other-ca",
            );
        }
        let key = "session_peer.issuer";
        self.checker.identifier(key, &table.issuer)?;
        Ok(SessionPeer {
            name: table.name.get_ref().clone(),
            issuer: self.checker.url(key, &table.issuer, false)?,
            account: table.account.clone(),
            password: table.password.0.clone(),
            kind,
        })
    }

    fn take_name(
        &self,
        key: &str,
        name: &Spanned<String>,
        names: &mut BTreeSet<String>,
    ) -> Checked<()> {
        if names.insert(name.get_ref().clone()) {
            return Ok(());
        }
        self.checker.wrong(
            name.span(),
            key,
            &format!("a second peer \"{}\"", name.get_ref()),
            "a name of its own for each peer",
        )
    }

    fn take_port(
        &self,
        key: &str,
        text: &Spanned<String>,
        url: &Url,
        whose: &'static str,
        ports: &mut Ports,
    ) -> Checked<()> {
        let port = url.port_or_known_default().unwrap_or_default();
        match ports.insert(port, whose) {
            None => Ok(()),
            Some(other) if other == whose => Ok(()),
            Some(other) => self.checker.wrong(
                text.span(),
                key,
                &format!("the port {port} of {other}"),
                "a port that only peers alike share: a port shows one certificate",
            ),
        }
    }
}

/// The names that are taken by peers of other profiles.
fn names_of(file: &TargetFile, servers: &[ServerPeer], jwt: &Jwt) -> BTreeSet<String> {
    let exchange = file.peer.iter().flat_map(|peers| peers.get_ref());
    let exchange = exchange.map(|peer| peer.name.get_ref().clone());
    let servers = servers.iter().map(|server| server.name.clone());
    let resources = jwt.peers.iter().map(|peer| peer.name.clone());
    exchange.chain(servers).chain(resources).collect()
}

/// The ports that are taken by peers of other profiles.
fn ports_of(file: &TargetFile, servers: &[ServerPeer], jwt: &Jwt) -> Ports {
    let exchange = file.peer.iter().flat_map(|peers| peers.get_ref());
    let exchange =
        exchange.filter_map(|peer| Url::parse(peer.as_initiator.receives.get_ref()).ok());
    let exchange = exchange.map(|url| (url, "the exchange"));
    let servers = servers.iter().map(|server| server.issuer.clone());
    let servers = servers.map(|url| (url, "the server peers"));
    let documents = jwt.documents.iter().flat_map(|documents| {
        let faulty = documents.faulty.iter().map(|(_, url)| url);
        [&documents.main, &documents.elsewhere, &documents.stalled]
            .into_iter()
            .chain(faulty)
            .chain(&documents.named)
    });
    let documents = documents.map(|url| (url.clone(), "the documents"));
    let resources = jwt.peers.iter().map(|peer| peer.resource.clone());
    let resources = resources.map(|url| (url, "the jwt peers"));
    exchange
        .chain(servers)
        .chain(documents)
        .chain(resources)
        .filter_map(|(url, whose)| Some((url.port_or_known_default()?, whose)))
        .collect()
}
