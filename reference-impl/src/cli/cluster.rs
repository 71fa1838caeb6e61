//! `btx-reference cluster`: issuers of sessions that share a store, and a client that works on while their keys
//! rotate and while they die and come back.

mod balancer;
mod display;
mod plan;
mod show;
mod stage;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use btx_reference::lifecycle::caller::Caller;
use btx_reference::lifecycle::keys::{Keys as _, Rotation, SharedKeys};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::rutabaga::Anything;
use super::shutdown::Shutdown;
use super::{Failed, block_on};
use plan::Deed;
use show::{Show, Shown};
use stage::Stage;

/// What people may choose.
pub(super) struct Options {
    /// How many replicas, from 1 to 9.
    pub(super) replicas: usize,
    /// How long the show lasts.
    pub(super) length: Duration,
    /// A store that is there already.
    pub(super) store: Option<String>,
    /// The program that is started as the store.
    pub(super) program: PathBuf,
    /// What decides who dies when.
    pub(super) seed: Option<u64>,
}

/// The pause between two calls of the client.
const PAUSE: Duration = Duration::from_millis(20);
/// How often the display is drawn.
const FRAME: Duration = Duration::from_millis(200);
/// How often a call is begun that was refused: after an emergency there is a login to be made.
const TRIES: usize = 2;

pub(super) fn run(options: &Options) -> Result<(), Failed> {
    block_on(async {
        let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        let stage = Stage::build(options).await;
        let mut stage = stage.map_err(|error| Failed::Broken(error.to_string()))?;
        let shown = play(options, &mut stage, seed).await;
        let shown = shown.map_err(|error| Failed::Broken(error.to_string()))?;
        anstream::print!("{}", display::summary(&shown));
        match shown.failed {
            0 => Ok(()),
            failed => Err(Failed::Broken(format!(
                "{failed} calls failed, and none should have: seed {seed}"
            ))),
        }
    })
}

async fn play(options: &Options, stage: &mut Stage, seed: u64) -> Result<Shown, Anything> {
    let live = io::stdout().is_terminal();
    let show = Show::new(options.replicas);
    let ending = Shutdown::on_signal()?;
    let caller = stage.caller(&show)?;
    let keys = Arc::new(stage.keys()?);
    anstream::println!("{}", display::opening(options.replicas, seed));
    let calling = tokio::spawn(call_on(caller, show.clone(), stage.api()));
    let deeds = plan::deeds(seed, options.replicas, options.length);
    let began = Instant::now();
    let mut deeds = deeds.into_iter().peekable();
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = Drawn::default();
    while began.elapsed() < options.length && !ending.has_begun() {
        frames.tick().await;
        while let Some(deed) = deeds.next_if(|(at, _)| *at <= began.elapsed()) {
            act(deed.1, stage, &show, &keys).await?;
        }
        show.key(keys.ring().await?.current.id());
        drawn.draw(&show.shown(), live)?;
    }
    calling.abort();
    drawn.draw(&show.shown(), live)?;
    Ok(show.shown())
}

/// Does what the plan says.
async fn act(
    deed: Deed,
    stage: &mut Stage,
    show: &Show,
    keys: &Arc<SharedKeys>,
) -> Result<(), Anything> {
    match deed {
        Deed::Kill(replica) => {
            stage.kill(replica)?;
            show.went(replica);
        }
        Deed::Start(replica) => {
            stage.start(replica).await?;
            show.came(replica);
        }
        // A rotation takes as long as every replica may need to hear of it.
        Deed::Rotate { urgent } => {
            let (keys, show) = (Arc::clone(keys), show.clone());
            tokio::spawn(async move {
                let rotation = Rotation {
                    urgent,
                    given: None,
                };
                match keys.rotate(rotation).await {
                    Ok(kid) => show.rotated(&kid, urgent),
                    Err(error) => show.note(format!("no rotation: {error}")),
                }
            });
        }
    }
    Ok(())
}

/// Calls the API without end.
async fn call_on(caller: Caller, show: Show, url: String) {
    loop {
        let mut outcome = String::new();
        let mut granted = false;
        for _ in 0..TRIES {
            match caller.call(stage::PEER, &url).await {
                Ok(answer) if answer.status == 200 => {
                    granted = true;
                    break;
                }
                Ok(answer) => outcome = format!("answered {}", answer.status),
                Err(failure) => outcome = failure.to_string(),
            }
            show.again();
        }
        show.called(granted, &outcome);
        sleep(PAUSE).await;
    }
}

/// What stands on the terminal.
#[derive(Default)]
struct Drawn {
    lines: usize,
    told: usize,
}

impl Drawn {
    /// Draws the table in the place of the last one, or tells what is new where nothing can be redrawn.
    fn draw(&mut self, shown: &Shown, live: bool) -> io::Result<()> {
        let mut out = anstream::stdout();
        if live {
            let table = display::table(shown);
            if self.lines > 0 {
                write!(out, "\x1b[{}A\x1b[J", self.lines)?;
            }
            self.lines = table.lines().count();
            write!(out, "{table}")?;
        } else {
            for event in shown.events.iter().skip(self.told) {
                writeln!(out, "{event}")?;
            }
            self.told = shown.events.len();
        }
        out.flush()
    }
}
