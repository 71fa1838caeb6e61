//! What a scenario about service JWTs publishes and plays.

use crate::{
    lab::jwt::{Host, JwtPeerLease, Published},
    steps::Stop,
    target::{
        PeerKind,
        jwt::{Documents, Flow, JwtPeer},
    },
    world::World,
};
use btx_spec::jose::{Algorithm, SigningKey};
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

/// A resource that the scenario plays.
pub struct JwtParty {
    /// The peer of the target file.
    pub peer: JwtPeer,
    /// What has reached it, and what it answers.
    pub lease: Arc<JwtPeerLease>,
}

/// A scenario that looks at connections without a request, alone until this is dropped.
pub struct Watch {
    /// How many connections there had been to the canaries before.
    before: usize,
    _permit: OwnedSemaphorePermit,
}

impl World {
    /// Publishes a client with a key of its own at a host, and gives its place among the clients of the
    /// scenario. At a host where connections without a request matter, the scenario is alone from then on.
    ///
    /// # Errors
    /// When the target file has no such host.
    pub async fn publish(&mut self, host: Host) -> Result<usize, Stop> {
        let documents = self.documents()?.clone();
        if matches!(host, Host::Stalled | Host::Named) {
            self.watch_canaries().await?;
        }
        let segment = uuid::Uuid::new_v4().simple().to_string();
        let base = base_of(&documents, host, &segment)?;
        let elsewhere = match host {
            Host::Elsewhere => &documents.main,
            _ => &documents.elsewhere,
        };
        let pem = rcgen::KeyPair::generate()
            .map_err(|e| Stop::Harness(format!("no key can be made: {e}")))?
            .serialize_pem();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "k1", &pem)
            .map_err(|e| Stop::Harness(format!("a key that was made cannot be used: {e}")))?;
        if let Some(name) = base.host_str().filter(|_| host == Host::Named) {
            let listen = self.context.target.harness.listen.ip();
            self.context.lab.names().lead(name, vec![vec![listen]]);
        }
        let timeline = self.timeline.clone();
        let published = Published::new(timeline, host, [&base, elsewhere], &segment, key);
        let hosts = self.context.lab.hosts();
        hosts.publish(host, &segment, &published.desk);
        self.jwt.clients.push(published);
        Ok(self.jwt.clients.len() - 1)
    }

    /// A client of the scenario, counted from 0.
    ///
    /// # Errors
    /// When no step has published it.
    pub fn published(&self, index: usize) -> Result<&Published, Stop> {
        let missing = || Stop::Harness("the scenario has not published that client".to_owned());
        self.jwt.clients.get(index).ok_or_else(missing)
    }

    /// Where the target file lets the harness publish documents.
    ///
    /// # Errors
    /// When it has no such place.
    pub fn documents(&self) -> Result<&Documents, Stop> {
        let documents = self.context.target.jwt.documents.as_ref();
        documents.ok_or_else(|| Stop::NotExercised("the target file has no [documents]".to_owned()))
    }

    /// Watches from now on that nobody comes to an address that a verifier must not connect to, alone among all
    /// scenarios, and gives these addresses. They have the ports of the hosts of documents.
    ///
    /// # Errors
    /// When it cannot be watched anywhere.
    pub async fn watch_canaries(&mut self) -> Result<Vec<SocketAddr>, Stop> {
        let hosts = self.context.lab.hosts().clone();
        let addresses = hosts.canaries();
        if addresses.is_empty() {
            let words = "[harness] canaries has no address at which this machine can listen";
            return Err(Stop::NotExercised(words.to_owned()));
        }
        if self.jwt.watch.is_none() {
            let permit = hosts.alone().await.map_err(Stop::Harness)?;
            self.jwt.watch = Some(Watch {
                before: hosts.touched(),
                _permit: permit,
            });
        }
        Ok(addresses)
    }

    /// Whether anybody has come to one of these addresses since it is watched.
    #[must_use]
    pub fn canary_touched(&self) -> bool {
        let watch = self.jwt.watch.as_ref();
        watch.is_some_and(|watch| self.context.lab.hosts().touched() > watch.before)
    }

    /// Leases that many resources of a sort, as those of the scenario.
    ///
    /// # Errors
    /// When the target file has fewer of them.
    pub async fn lease_jwt_peers(
        &mut self,
        flow: Flow,
        kind: PeerKind,
        count: usize,
    ) -> Result<(), Stop> {
        let leases = self.context.lease_jwt_peers(kind, flow, count).await;
        for lease in leases.map_err(Stop::NotExercised)? {
            let peer = lease.peer().clone();
            let server = self.context.lab.jwt_peers().server(&peer.name);
            let server = server
                .ok_or_else(|| Stop::Harness(format!("the peer {} has no desk", peer.name)))?;
            self.jwt.peers.push(JwtParty {
                lease: server.lease(self.timeline.clone()),
                peer,
            });
            self.jwt.leases.push(lease);
        }
        Ok(())
    }

    /// A resource of the scenario, counted from 0.
    ///
    /// # Errors
    /// When no step has brought it in.
    pub fn jwt_peer(&self, index: usize) -> Result<&JwtParty, Stop> {
        let missing = || Stop::Harness("the scenario has not brought in that resource".to_owned());
        self.jwt.peers.get(index).ok_or_else(missing)
    }
}

/// The origin of a client at a host; below a name that the lab leads each has a name of its own.
fn base_of(documents: &Documents, host: Host, segment: &str) -> Result<Url, Stop> {
    let missing = |what: &str| Stop::NotExercised(format!("[documents] has no {what}"));
    match host {
        Host::Main => Ok(documents.main.clone()),
        Host::Elsewhere => Ok(documents.elsewhere.clone()),
        Host::Stalled => Ok(documents.stalled.clone()),
        Host::Faulty(kind) => {
            let mut faulty = documents.faulty.iter();
            let found = faulty.find(|(k, _)| *k == kind);
            found
                .map(|(_, url)| url.clone())
                .ok_or_else(|| missing(kind.name()))
        }
        Host::Named => {
            let named = documents.named.clone();
            let hint = "`named`: the target can be told to ask the harness for names";
            let mut url = named.ok_or_else(|| missing(hint))?;
            let label: String = segment.chars().take(12).collect();
            let name = format!("d{label}.{}", url.host_str().unwrap_or_default());
            url.set_host(Some(&name))
                .map_err(|e| Stop::Harness(format!("no name: {e}")))?;
            Ok(url)
        }
    }
}
