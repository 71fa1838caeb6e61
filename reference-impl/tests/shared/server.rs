//! A Redis of a test's own: on a free port, in a folder that goes with it, ended by its id.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);

/// A server, and the folder that it writes to.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    port: u16,
    durable: bool,
    copy_of: Option<u16>,
}

impl Server {
    /// One that forgets everything when it ends.
    pub(crate) fn forgetful() -> Self {
        Self::started(false, None)
    }

    /// One that has written down whatever it has acknowledged.
    pub(crate) fn durable() -> Self {
        Self::started(true, None)
    }

    /// A copy of another, which has all of it.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let copy = Self::started(true, Some(other.port));
        let started = Instant::now();
        while !copy
            .order(&["INFO", "replication"])
            .contains("master_link_status:up")
        {
            assert!(started.elapsed() < START, "the copy does not come up");
            std::thread::yield_now();
        }
        copy
    }

    fn started(durable: bool, copy_of: Option<u16>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = start(port, &folder, durable, copy_of);
        let server = Self {
            child,
            folder,
            port,
            durable,
            copy_of,
        };
        server.wait();
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it, without a chance to say goodbye.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it was killed.
    pub(crate) fn start_again(&mut self) {
        self.child = start(self.port, &self.folder, self.durable, self.copy_of);
        self.wait();
    }

    /// Gives it an order, and what it answers.
    pub(crate) fn order(&self, words: &[&str]) -> String {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut order = redis::cmd(words[0]);
        for word in &words[1..] {
            order.arg(*word);
        }
        let answer: redis::Value = order.query(&mut connection).unwrap();
        format!("{answer:?}")
    }

    fn wait(&self) {
        let started = Instant::now();
        loop {
            let there = TcpStream::connect_timeout(&self.address(), START).is_ok();
            if there
                && redis::Client::open(self.url())
                    .unwrap()
                    .get_connection()
                    .is_ok()
            {
                return;
            }
            assert!(started.elapsed() < START, "redis-server does not start");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(port: u16, folder: &TempDir, durable: bool, copy_of: Option<u16>) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--daemonize", "no"])
        .args(["--repl-diskless-sync-delay", "0"])
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if durable {
        command.args(["--appendonly", "yes", "--appendfsync", "always"]);
    }
    if let Some(port) = copy_of {
        command.args(["--replicaof", "127.0.0.1", &port.to_string()]);
    }
    command.spawn().expect("redis-server is installed")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
