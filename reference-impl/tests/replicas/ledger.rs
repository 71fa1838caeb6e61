//! What became of every exchange, and what is owed to it from then on.

use std::time::Duration;

use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use futures::future::join_all;
use tokio::time::{Instant, sleep};

use crate::calls::{Call, Fate, Issuer};
use crate::cluster::EXCHANGE_DEADLINE;

/// Longer than any replica takes to answer, whatever has failed.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long the replicas may take to decide everything again when nothing fails any more.
const RECOVERY: Duration = Duration::from_secs(20);

/// What a resource says to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Opens,
    Refuses,
    /// 503 with `Retry-After`, or no answer at all.
    Undecided,
}

/// An exchange that has ended, and its token.
pub(crate) struct Entry {
    call: Call,
    /// From when on nothing can happen to it any more that nobody was told of.
    over_at: Instant,
    /// It was seen to be dead, so it must not be seen alive again.
    is_dead: bool,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    /// How many questions were asked.
    pub(crate) asked: usize,
    /// How many of them could not be decided.
    pub(crate) undecided: usize,
}

impl Ledger {
    /// Writes down how an exchange has ended.
    pub(crate) fn add(&mut self, call: Call) {
        let is_dead = call.fate_among_faults() == Fate::Dead;
        let over_at = Instant::now() + EXCHANGE_DEADLINE;
        self.entries.push(Entry {
            call,
            over_at,
            is_dead,
        });
    }

    /// How many there are of each fate: live, dead, either.
    pub(crate) fn fates(&self) -> [usize; 3] {
        [Fate::Live, Fate::Dead, Fate::Either].map(|fate| {
            let entries = self.entries.iter();
            entries
                .filter(|entry| entry.call.fate_among_faults() == fate)
                .count()
        })
    }

    /// Shows the latest tokens to every replica, while something may still fail: none that is dead opens
    /// anything, and what cannot be decided is said to be so.
    pub(crate) async fn look(&mut self, replicas: &[std::sync::Arc<Issuer>], latest: usize) {
        let from = self.entries.len().saturating_sub(latest);
        for entry in &mut self.entries[from..] {
            let said = join_all(replicas.iter().map(|replica| ask(&entry.call, replica))).await;
            self.asked += said.len();
            self.undecided += said.iter().filter(|said| **said == Said::Undecided).count();
            entry.judge(&said);
        }
    }

    /// Nothing fails any more: every replica decides on every token, and they agree.
    pub(crate) async fn settle(&mut self, replicas: &[std::sync::Arc<Issuer>], may_lose: bool) {
        for entry in &mut self.entries {
            let mut decided = Vec::new();
            for replica in replicas {
                decided.push(decide(&entry.call, replica).await);
            }
            self.asked += decided.len();
            entry.judge(&decided);
            let agree = decided.iter().all(|said| *said == decided[0]);
            assert!(
                agree,
                "the replicas do not agree on {}: {decided:?}",
                entry.call.told()
            );
            let kept = may_lose
                || entry.call.fate_among_faults() != Fate::Live
                || decided[0] == Said::Opens;
            assert!(kept, "what was acknowledged is lost: {}", entry.call.told());
        }
    }
}

impl Entry {
    fn judge(&mut self, said: &[Said]) {
        let opens = said.contains(&Said::Opens);
        assert!(
            !(opens && self.is_dead),
            "a dead token opens: {}",
            self.call.told()
        );
        // What was refused once by who knows is refused for ever, of whatever fate it may be. Until the deadline an
        // activation may still be on its way.
        let is_over = Instant::now() >= self.over_at;
        self.is_dead |= is_over && said.contains(&Said::Refuses) && !opens;
    }
}

/// Asks until it is decided.
async fn decide(call: &Call, replica: &Issuer) -> Said {
    let started = Instant::now();
    loop {
        match ask(call, replica).await {
            Said::Undecided => {}
            decided => return decided,
        }
        assert!(
            started.elapsed() < RECOVERY,
            "nothing is decided although nothing fails any more"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

async fn ask(call: &Call, replica: &Issuer) -> Said {
    let Some(token) = call.awaited.token() else {
        return Said::Refuses;
    };
    let url = format!("{}/api/whoami", replica.identifier);
    let request = OutboundRequest::bare(url, Instant::now() + PATIENCE)
        .with("authorization", format!("Bearer {}", token.expose()));
    match replica.outbound.get(request).await {
        OutboundOutcome::Answered(answer) => match answer.status {
            200 => Said::Opens,
            401 => Said::Refuses,
            503 => {
                assert!(answer.retry_after.is_some(), "503 without Retry-After");
                Said::Undecided
            }
            other => panic!("the resource answers {other}; {}", call.told()),
        },
        OutboundOutcome::NoAnswer(_) | OutboundOutcome::Unreachable(_) => Said::Undecided,
    }
}
