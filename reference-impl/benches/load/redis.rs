//! A Redis of a benchmark's own, ended by its id.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Anything;

/// How long it may take to start.
const START: Duration = Duration::from_secs(10);

/// A server that keeps nothing on the disk.
pub(crate) struct Redis {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Redis {
    pub(crate) fn start() -> Result<Self, Anything> {
        let folder = tempfile::tempdir()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port"])
            .arg(address.port().to_string())
            .args(["--save", "", "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server does not start: {error}"))?;
        let redis = Self {
            child,
            address,
            _folder: folder,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > START {
                return Err("redis-server does not listen".into());
            }
            std::thread::yield_now();
        }
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Empties it.
    pub(crate) fn empty(&self) -> Result<(), Anything> {
        Ok(redis::cmd("FLUSHALL").query(&mut self.connection()?)?)
    }

    /// How many scripts it has been sent: each is a round trip.
    pub(crate) fn round_trips(&self) -> Result<f64, Anything> {
        let info: String = redis::cmd("INFO")
            .arg("commandstats")
            .query(&mut self.connection()?)?;
        let sent = info
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        let sent = sent.and_then(|rest| rest.split(',').next()).unwrap_or("0");
        Ok(sent.parse()?)
    }

    /// How much memory its data takes, in octets.
    pub(crate) fn memory(&self) -> Result<u64, Anything> {
        let info: String = redis::cmd("INFO")
            .arg("memory")
            .query(&mut self.connection()?)?;
        let used = info
            .lines()
            .find_map(|line| line.strip_prefix("used_memory:"));
        Ok(used.unwrap_or("0").trim().parse()?)
    }

    fn connection(&self) -> Result<redis::Connection, Anything> {
        Ok(redis::Client::open(self.url())?.get_connection()?)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
