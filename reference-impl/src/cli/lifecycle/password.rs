//! `btx-reference password-hash`: what stands in a configuration for a password.

use std::io::{self, BufRead as _, Write as _};

use btx_reference::lifecycle::issuer::{HashCost, Password};
use btx_reference::random::SystemRandom;
use zeroize::Zeroizing;

use crate::cli::Failed;

/// Reads passwords, one a line, and prints the hash of each.
pub(in crate::cli) fn run(memory: Option<u32>, passes: Option<u32>) -> Result<(), Failed> {
    let usual = HashCost::default();
    let cost = HashCost {
        memory: memory.unwrap_or(usual.memory),
        passes: passes.unwrap_or(usual.passes),
    };
    let broken = |error: io::Error| Failed::Broken(error.to_string());
    let mut input = io::stdin().lock();
    let mut line = Zeroizing::new(String::new());
    while input.read_line(&mut line).map_err(broken)? > 0 {
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            let message = "a line is empty: each line of standard input is a password";
            return Err(Failed::Unusable(message.to_owned()));
        }
        let hash = Password::of(password, cost, &SystemRandom);
        let hash = hash.map_err(|error| Failed::Unusable(error.to_string()))?;
        writeln!(io::stdout(), "{hash}").map_err(broken)?;
        line.clear();
    }
    Ok(())
}
