//! What fails, again and again, in the middle of exchanges.

use std::sync::Arc;
use std::time::Duration;

use btx_reference::store::shared::Keeps;
use futures::future::join_all;
use tokio::time::sleep;

use crate::calls::Call;
use crate::chance::Chance;
use crate::cluster::{Cluster, REPLICAS};
use crate::ledger::Ledger;
use crate::link::Way;
use crate::shop::Manner;

/// How many exchanges are under way when something fails.
const AT_ONCE: usize = 6;

/// Something that fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// A replica is killed, and started again.
    Kill,
    /// The store is silent for seconds.
    Stall,
    /// The connections of one replica are ended, and new ones for a while.
    Cut,
    /// The way of one replica is slow.
    Slow,
    /// The store is killed, and started again.
    Restart,
    /// The store is killed, and its copy takes over.
    FailOver,
}

/// A run.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) keeps: Keeps,
    pub(crate) has_copy: bool,
    /// Whether the store may lose what it has acknowledged.
    pub(crate) may_lose: bool,
    pub(crate) faults: &'static [Fault],
    pub(crate) rounds: usize,
}

impl Story {
    /// Goes through it.
    pub(crate) async fn run(&self) {
        let mut chance = Chance::of(self.name);
        let mut cluster = Cluster::start(&mut chance, self.keeps, self.has_copy).await;
        let mut ledger = Ledger::default();
        for round in 0..self.rounds {
            // Each kind comes at least once.
            let fault = match self.faults.get(round) {
                Some(fault) => *fault,
                None => chance.pick(self.faults),
            };
            let making = begin(&cluster, &mut chance);
            sleep(Duration::from_micros(chance.below(20_000))).await;
            self.fail(fault, &mut cluster, &mut chance, &mut ledger)
                .await;
            for made in join_all(making).await {
                ledger.add(made.unwrap());
            }
            ledger.look(&cluster.callers(), AT_ONCE).await;
        }
        ledger.settle(&cluster.callers(), self.may_lose).await;
        let fates = ledger.fates();
        println!(
            "{}: {} faults, {} exchanges (live, dead, either: {fates:?}), {} questions, {} undecided",
            self.name,
            self.rounds,
            fates.iter().sum::<usize>(),
            ledger.asked,
            ledger.undecided,
        );
        assert!(
            fates.iter().take(2).all(|count| *count > 0),
            "the faults met one phase only: {fates:?}"
        );
    }

    async fn fail(
        &self,
        fault: Fault,
        cluster: &mut Cluster,
        chance: &mut Chance,
        ledger: &mut Ledger,
    ) {
        let which = usize::try_from(chance.below(REPLICAS as u64)).unwrap();
        match fault {
            Fault::Kill => {
                cluster.kill(which);
                ledger.look(&cluster.callers(), AT_ONCE).await;
                cluster.start_replica(which).await;
            }
            Fault::Stall => {
                let ways = cluster.replicas.iter().map(|replica| &replica.link);
                ways.for_each(|link| link.set(Way::Silent));
                ledger.look(&cluster.callers(), AT_ONCE).await;
                sleep(Duration::from_millis(500 + chance.below(3000))).await;
                let ways = cluster.replicas.iter().map(|replica| &replica.link);
                ways.for_each(|link| link.set(Way::Open));
            }
            Fault::Cut => {
                cluster.replicas[which].link.set(Way::Cut);
                ledger.look(&cluster.callers(), AT_ONCE).await;
                cluster.replicas[which].link.set(Way::Open);
            }
            Fault::Slow => {
                let by = Duration::from_millis(20 + chance.below(300));
                cluster.replicas[which].link.set(Way::Slow(by));
                ledger.look(&cluster.callers(), AT_ONCE).await;
                cluster.replicas[which].link.set(Way::Open);
            }
            Fault::Restart => {
                cluster.store.kill();
                ledger.look(&cluster.callers(), AT_ONCE).await;
                cluster.store.start_again();
            }
            Fault::FailOver => cluster.fail_over(),
        }
    }
}

/// Exchanges with all replicas at the same time.
fn begin(cluster: &Cluster, chance: &mut Chance) -> Vec<tokio::task::JoinHandle<Call>> {
    let callers = cluster.callers();
    let calls = (0..AT_ONCE).map(|place| {
        let manner = chance.pick(&[
            Manner::Answers(204),
            Manner::Answers(204),
            Manner::Answers(204),
            Manner::Answers(403),
            Manner::Holds,
        ]);
        let asks_async = chance.once_in(2);
        let caller = Arc::clone(&callers[place % REPLICAS]);
        let call = Call::new(&caller, &cluster.shop, chance, manner, asks_async);
        tokio::spawn(async move { call.make(&caller).await })
    });
    calls.collect()
}
