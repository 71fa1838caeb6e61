//! The program in a process of its own, on a store that outlives it.

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::chance::Chance;
use crate::lab::Lab;

/// How long the program may take until it can be connected to, on a machine with other things to do.
const LONGEST_START: Duration = Duration::from_secs(10);

/// Where the files of the program are.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    role: &'static str,
    /// What it listens at last.
    ready_at: SocketAddr,
}

impl Home {
    pub(crate) fn new(role: &'static str, ready_at: SocketAddr) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            role,
            ready_at,
        }
    }

    /// Writes the configuration, and what it names: a certificate for `host`, the authority, the peers.
    pub(crate) fn furnish(&self, lab: &Lab, host: &str, peers: &str, config: &str) {
        let (certificate, key) = lab.ca.issue_pem(&[host]).unwrap();
        for (name, text) in [
            ("certificate.pem", certificate.as_str()),
            ("key.pem", key.as_str()),
            ("ca.pem", lab.ca.pem()),
            ("peers.json", peers),
            ("my.toml", config),
        ] {
            std::fs::write(self.file(name), text).unwrap();
        }
    }

    /// Runs another command of the program with this configuration, to its end.
    #[allow(dead_code, reason = "for the runs over several replicas")]
    pub(crate) fn once(&self, command: &[&str]) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_btx-reference"));
        program
            .args(command)
            .arg("--config")
            .arg(self.file("my.toml"));
        assert!(
            program.status().unwrap().success(),
            "{command:?} has failed"
        );
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the program, and waits until it can be connected to.
    pub(crate) async fn start(&self) -> Program {
        let begun = Instant::now();
        let mut program = Program::spawn(self.role, &self.file("my.toml"), self.log());
        while TcpStream::connect(self.ready_at).await.is_err() {
            let ended = program.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < LONGEST_START,
                "the program did not come up on the store that a SIGKILL left: {ended:?}, it says\n{}",
                std::fs::read_to_string(self.file("log")).unwrap()
            );
            sleep(Duration::from_millis(2)).await;
        }
        program.ready_after = begun.elapsed();
        program
    }

    fn log(&self) -> File {
        let mut appending = OpenOptions::new();
        appending.create(true).append(true);
        appending.open(self.file("log")).unwrap()
    }
}

/// The program, until it is killed or dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) ready_after: Duration,
}

impl Program {
    fn spawn(role: &str, config: &Path, log: File) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_btx-reference"))
            .args([role, "--config"])
            .arg(config)
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            ready_after: Duration::ZERO,
        }
    }

    /// SIGKILL, on Unix.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only a test that has failed leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free address that no connection takes while nobody listens there: its port is below those that
/// operating systems give to clients.
pub(crate) fn lasting_address(chance: &mut Chance) -> SocketAddr {
    loop {
        let port = u16::try_from(20_000 + chance.below(12_000)).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
