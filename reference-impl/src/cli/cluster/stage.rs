//! What the show needs: a store, replicas that are processes of their own, and a client.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::clock::SystemClock;
use btx_reference::lifecycle::caller::{self, Caller, Password, Peer};
use btx_reference::lifecycle::issuer::{HashCost, Password as Hash};
use btx_reference::lifecycle::keys::{SealingKey, SharedKeys};
use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::random::{Random as _, SystemRandom};
use btx_reference::store::shared::{self, SharedStore};
use btx_spec::lifecycle::RingAlgorithm;
use btx_spec::{HttpsUrl, Identifier};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::balancer::Balancer;
use super::show::Show;
use super::{Anything, Options};

/// What the client calls the issuer.
pub(super) const PEER: &str = "farm";
/// The name of all replicas.
const HOST: &str = "farm.example";
/// Who logs in.
const ACCOUNT: &str = "anna";
/// How long a replica works with its copy of the keys.
const LEASE: Duration = Duration::from_millis(500);
/// How long the previous key verifies.
const WINDOW: Duration = Duration::from_secs(3);
/// How long a process may take to listen.
const START: Duration = Duration::from_secs(10);
/// A try of the password is to cost little here.
const COST: HashCost = HashCost {
    memory: 64,
    passes: 1,
};

/// Everything, until it is dropped.
pub(super) struct Stage {
    folder: TempDir,
    ca: LocalCa,
    store: String,
    sealing: [u8; 32],
    password: String,
    ports: Vec<u16>,
    replicas: Vec<Option<Ended>>,
    _server: Option<Ended>,
}

/// A process that ends with the show.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    /// Builds it, and starts everybody.
    pub(super) async fn build(options: &Options) -> Result<Self, Anything> {
        let folder = tempfile::Builder::new().prefix("btx-cluster-").tempdir()?;
        let (store, server) = match &options.store {
            Some(store) => (store.clone(), None),
            None => {
                let port = free_port()?;
                let server = redis(&options.program, port, folder.path())?;
                listening(port).await?;
                (format!("redis://127.0.0.1:{port}/0"), Some(server))
            }
        };
        let mut sealing = [0; 32];
        SystemRandom.fill(&mut sealing)?;
        let mut octets = [0; 16];
        SystemRandom.fill(&mut octets)?;
        let mut stage = Self {
            ca: LocalCa::new("cluster")?,
            store,
            sealing,
            password: URL_SAFE_NO_PAD.encode(octets),
            ports: (0..options.replicas)
                .map(|_| free_port())
                .collect::<io::Result<_>>()?,
            replicas: (0..options.replicas).map(|_| None).collect(),
            folder,
            _server: server,
        };
        stage.write()?;
        stage.shared()?.begin_anew().await?;
        for replica in 0..options.replicas {
            stage.start(replica).await?;
        }
        Ok(stage)
    }

    /// The files of the replicas.
    fn write(&self) -> Result<(), Anything> {
        let file = |name: &str, text: &str| fs::write(self.folder.path().join(name), text);
        let (certificate, key) = self.ca.issue_pem(&[HOST])?;
        file("certificate.pem", &certificate)?;
        file("key.pem", &key)?;
        file("ring.key", &URL_SAFE_NO_PAD.encode(self.sealing))?;
        let hash = Hash::of(&self.password, COST, &SystemRandom)?;
        for (replica, port) in self.ports.iter().enumerate() {
            let config = configuration(*port, &self.store, &self.name(), &hash.to_string());
            file(&format!("replica-{replica}.toml"), &config)?;
        }
        Ok(())
    }

    /// What all that they have in the store begins with: a store that is there already may have other things.
    fn name(&self) -> String {
        let name = self.folder.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn shared(&self) -> Result<SharedStore, Anything> {
        Ok(SharedStore::new(shared::Config::new(
            self.store.clone(),
            self.name(),
        ))?)
    }

    /// The keys of the cluster, in the hands of who rotates them.
    pub(super) fn keys(&self) -> Result<SharedKeys, Anything> {
        Ok(SharedKeys::new(
            self.shared()?,
            RingAlgorithm::ES256,
            WINDOW,
            LEASE,
            SealingKey::new(self.sealing),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        ))
    }

    /// Where the client calls.
    pub(super) fn api(&self) -> String {
        format!("https://{HOST}/api/whoami")
    }

    /// The client.
    pub(super) fn caller(&self, show: &Show) -> Result<Caller, Anything> {
        let trust = Trust::only(self.ca.pem());
        let way = |port: &u16| -> Result<HttpsOutbound, Anything> {
            let there = SocketAddr::from(([127, 0, 0, 1], *port));
            let resolve = Overrides::from([(format!("{HOST}:443"), there)]);
            let loopback = vec!["127.0.0.0/8".parse()?];
            Ok(HttpsOutbound::new(&trust, &resolve, loopback)?)
        };
        let ways = self.ports.iter().map(way).collect::<Result<_, _>>()?;
        let origin = format!("https://{HOST}");
        let config = caller::Config {
            peers: vec![Peer {
                name: PEER.to_owned(),
                issuer: Identifier::parse(&origin)?,
                login: HttpsUrl::parse(&format!("{origin}/login"))?,
                api: vec![HttpsUrl::parse(&format!("{origin}/api"))?],
                account: ACCOUNT.to_owned(),
                password: Password::new(self.password.clone()),
            }],
            ..caller::Config::default()
        };
        let parts = caller::Parts::new(Arc::new(Balancer::new(ways, show.clone())));
        Ok(Caller::new(config, parts))
    }

    /// Starts a replica, and waits until it listens.
    pub(super) async fn start(&mut self, replica: usize) -> Result<(), Anything> {
        let (Some(place), Some(port)) = (self.replicas.get_mut(replica), self.ports.get(replica))
        else {
            return Ok(());
        };
        let log = self.folder.path().join(format!("replica-{replica}.log"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let config = self.folder.path().join(format!("replica-{replica}.toml"));
        let child = Command::new(std::env::current_exe()?)
            .args(["session-issuer", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        *place = Some(Ended(child));
        listening(*port).await
    }

    /// Ends a replica without a chance to say goodbye.
    pub(super) fn kill(&mut self, replica: usize) -> io::Result<()> {
        if let Some(Some(mut running)) = self.replicas.get_mut(replica).map(Option::take) {
            running.0.kill()?;
        }
        Ok(())
    }
}

fn configuration(port: u16, store: &str, name: &str, hash: &str) -> String {
    let lease = LEASE.as_millis();
    let window = WINDOW.as_secs();
    format!(
        r#"identifier = "https://{HOST}"
[listen]
protocol = "127.0.0.1:{port}"
[tls]
certificate = "certificate.pem"
key = "key.pem"
[store.shared]
url = "{store}"
name = "{name}"
[session_issuer]
algorithm = "ES256"
sealing_key_file = "ring.key"
lease = "{lease}ms"
password_cost = {{ memory = {}, passes = {} }}
[session_issuer.limits]
bearer_lifetime = "4s"
refresh_window = "4s"
rotation_window = "{window}s"
[[session_issuer.account]]
name = "{ACCOUNT}"
password_hash = "{hash}"
"#,
        COST.memory, COST.passes
    )
}

/// A Redis that keeps nothing.
fn redis(program: &Path, port: u16, folder: &Path) -> Result<Ended, Anything> {
    let child = Command::new(program)
        .args(["--bind", "127.0.0.1", "--port"])
        .arg(port.to_string())
        .args(["--save", "", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.map(Ended).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!(
            "there is no {}: install Redis or Valkey (Debian: apt install redis-server), name the program with \
             --program, or a running one with --store redis://127.0.0.1:6379/0",
            program.display()
        )
        .into(),
        _ => error.into(),
    })
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

async fn listening(port: u16) -> Result<(), Anything> {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if began.elapsed() > START {
            return Err(format!("nobody listens at 127.0.0.1:{port}").into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
