//! Thousands of exchanges go well while peers misbehave in every way, and nothing of it is left over.

mod crowd;
mod level;
mod market;
mod rude;
mod visit;

use std::process::Command;
use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::chance::Chance;
use crate::turn;
use level::Level;
use market::Market;

/// Rounds after the two that warm everything up, all of the same size.
const MEASURED: usize = 2;
/// Exchanges of each round that have to go well.
const HEALTHY: usize = 750;
/// Misdeeds of each round.
const MISDEEDS: usize = 50;
/// How many of them go on at the same time.
const MISDOERS: usize = 50;
/// More than all deadlines of the reference together, on a machine with other things to do.
const UNTIL_CALM: Duration = Duration::from_secs(45);
/// What one exchange may leave behind in memory, in bytes: half a page. Less is noise; a piece of 1 KiB that is
/// lost with each exchange is more (see [`ALLOCATOR`]).
const LEFT_BEHIND: u64 = 2048;

/// How the allocator of the GNU C library is set so that a leak is seen: one heap for all threads, its end
/// given back, and every piece of 1000 bytes or more in pages of its own. A leaked KiB counts as 4 then.
/// Smaller pieces fill the holes of the heap first, and are seen when some MiB of them are lost.
const ALLOCATOR: [(&str, &str); 4] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "1000"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
    ("MALLOC_TOP_PAD_", "0"),
];

/// Set in the process that the soak has for itself.
const ALONE: &str = "BTX_SOAK_ALONE";

/// Starts itself once more, in a process of its own in which nothing else is measured.
#[tokio::test(flavor = "multi_thread")]
async fn peers_that_misbehave_stop_nothing_and_leave_nothing() {
    if std::env::var_os(ALONE).is_some() {
        return soak().await;
    }
    let _turn = turn().await;
    let own = "soak::peers_that_misbehave_stop_nothing_and_leave_nothing";
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", own, "--nocapture"])
        .env(ALONE, "1")
        .envs(ALLOCATOR)
        .output()
        .unwrap();
    let told = [run.stdout, run.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    println!("{told}");
    assert!(
        run.status.success() && told.contains("1 passed"),
        "the soak failed; what it says stands above"
    );
}

async fn soak() {
    let begun = Instant::now();
    let mut chance = Chance::of("soak");
    let market = Market::open().await;
    let before = Level::now();

    // What fills up once fills up in the first two rounds.
    let (closed, ()) = tokio::join!(
        visit::all_are_shown_out(market.visited()),
        round(&market, &mut chance)
    );
    assert!(
        closed.is_empty(),
        "the listener keeps connections open on which nothing comes: {closed:?}"
    );
    level::settled(before, UNTIL_CALM).await;
    round(&market, &mut chance).await;
    let warm = Level::now();
    for _ in 0..MEASURED {
        round(&market, &mut chance).await;
    }
    let after = Level::now();
    level::settled(before, UNTIL_CALM).await;
    market.assert_nothing_is_open().await;
    println!(
        "before {before:?}\nwarm   {warm:?}\nafter  {after:?}\nin {:?}",
        begun.elapsed()
    );

    let exchanges = u64::try_from(MEASURED * HEALTHY).unwrap();
    match (warm.memory, after.memory) {
        (Some(warm), Some(after)) => {
            let grown = after.saturating_sub(warm);
            assert!(
                grown < exchanges * LEFT_BEHIND,
                "{exchanges} exchanges have left {grown} bytes behind, {} each: look for what is kept \
                 after the end of an exchange",
                grown / exchanges
            );
        }
        _ => println!("NOT MEASURED: memory and open files, since this system has no /proc"),
    }
}

/// Exchanges that have to go well, beside misdeeds.
async fn round(market: &Market, chance: &mut Chance) {
    let misdeeds = (0..MISDOERS).map(|_| {
        let mut chance = chance.fork();
        async move {
            for _ in 0..MISDEEDS / MISDOERS {
                crowd::misbehave(market, &mut chance).await;
            }
        }
    });
    let misdeeds: Vec<_> = misdeeds.collect();
    tokio::join!(join_all(misdeeds), market.trade(HEALTHY));
    market.next_day();
}
