//! What the process has at this moment.

use std::fs;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// Memory and files are known where there is a /proc.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    /// Resident memory in bytes.
    pub(crate) memory: Option<u64>,
    files: Option<usize>,
    tasks: usize,
}

impl Level {
    pub(crate) fn now() -> Self {
        Self {
            memory: resident(),
            // The folder that is being read is a file itself.
            files: fs::read_dir("/proc/self/fd")
                .ok()
                .map(|open| open.count() - 1),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }

    fn is_back_to(&self, before: Self) -> bool {
        self.files <= before.files && self.tasks <= before.tasks
    }
}

/// Waits until files and tasks are back to what they were.
pub(crate) async fn settled(before: Level, patience: Duration) {
    let deadline = Instant::now() + patience;
    loop {
        let now = Level::now();
        if now.is_back_to(before) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "files or tasks are left over when all deadlines have passed: before {before:?}, now {now:?}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
