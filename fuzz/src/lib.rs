//! What several targets need: bytes that arrive in pieces, a runtime whose clock does not wait, and a peer
//! that the reference implementation talks to.

pub mod markup;
pub mod peer;
pub mod pieces;
pub mod words;

pub use peer::{INITIATOR, ISSUER, NOW, Peer};
pub use pieces::Pieces;

use std::cell::OnceCell;
use tokio::runtime::{Builder, Runtime};

/// Runs a future to its end. Whatever waits for time to pass does not wait: the clock jumps.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
    }
    RUNTIME.with(|cell| {
        let runtime = cell.get_or_init(|| {
            let mut builder = Builder::new_current_thread();
            builder.enable_time().start_paused(true).build().unwrap()
        });
        runtime.block_on(future)
    })
}

/// Whether one text stands somewhere in some bytes.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

/// The same bytes with a text put in, at a place that they choose themselves.
pub fn marked(bytes: &[u8], place: u8, mark: &str) -> Vec<u8> {
    let at = bytes.len() * usize::from(place) / 256;
    let (before, after) = bytes.split_at(at);
    [before, mark.as_bytes(), after].concat()
}
