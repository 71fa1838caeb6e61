//! Runs scenarios against altered references, in this process and over real HTTPS.

use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations},
    lab::listener::Lab,
    run::{self, Context, Outcome, Plan},
    scenario::Scenario,
    steps,
};
use btx_spec::catalogue::Catalogue;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Which scenarios are run against what.
pub(crate) struct Experiment {
    /// Makes the alterations.
    pub(crate) alterations: fn() -> Alterations,
    /// The scenarios.
    pub(crate) scenarios: Vec<Scenario>,
    /// How many run at once.
    pub(crate) jobs: usize,
    /// Decides their order.
    pub(crate) seed: u64,
}

/// The catalogue of requirements.
pub(crate) fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().as_ref().unwrap()
}

/// A fresh seed, or that of BTX_SEED; it is printed.
pub(crate) fn seed(of: &str) -> u64 {
    let seed = std::env::var("BTX_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| fastrand::u64(0..1_000_000));
    println!("seed of {of}: {seed} (BTX_SEED={seed} repeats it)");
    seed
}

/// One test at a time has the machine: deadlines of seconds are part of what is examined.
static MACHINE: Mutex<()> = Mutex::new(());

/// Waits for the machine.
pub(crate) fn machine() -> MutexGuard<'static, ()> {
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs one experiment, on this thread.
pub(crate) fn examine(experiment: Experiment) -> Vec<Outcome> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let alterations = (experiment.alterations)();
            let mut embedded = embedded::start_altered(&alterations).await.unwrap();
            let sockets = std::mem::take(&mut embedded.sockets);
            let target = embedded.target.clone();
            let caller = Caller::new(&target).unwrap();
            let lab = Lab::open(&target, sockets).await.unwrap();
            let context = Context::new(target, caller, lab, steps::all().unwrap());
            let plan = Plan {
                scenarios: experiment.scenarios,
                jobs: experiment.jobs,
                seed: experiment.seed,
            };
            let mut outcomes = Vec::new();
            run::run(&context, plan, |outcome| outcomes.push(outcome)).await;
            outcomes
        })
}

/// Runs experiments, a few at once, and tells the outcomes of each as soon as it is over, with its
/// place among the experiments. The results stand in the order of the experiments.
pub(crate) fn examine_all(
    experiments: Vec<Experiment>,
    at_once: usize,
    tell: impl Fn(usize, &[Outcome], Duration) + Sync,
) -> Vec<Vec<Outcome>> {
    let waiting = Mutex::new(experiments.into_iter().enumerate());
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some((place, experiment)) = next else {
                        return;
                    };
                    let started = Instant::now();
                    let outcomes = examine(experiment);
                    tell(place, &outcomes, started.elapsed());
                    done.lock().unwrap().insert(place, outcomes);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}
