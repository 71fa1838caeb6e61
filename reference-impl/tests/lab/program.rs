//! The program, started as people start it.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command};

pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_btx-reference"));
    program.env("NO_COLOR", "1");
    program
}

/// What a program said, and with which code it ended.
pub(crate) fn said(program: &mut Command) -> (i32, String, String) {
    let output = program.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

/// A program that runs until it is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Asks it to end, and waits until it has.
    pub(crate) fn end(&mut self) -> bool {
        let id = self.0.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        asked.success() && self.0.wait().unwrap().success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads lines until one of them is it. The rest is taken to its end, or the program would block on a full
/// pipe.
pub(crate) fn wait_for<T>(
    output: impl Read + Send + 'static,
    mut is_it: impl FnMut(&str) -> Option<T>,
) -> T {
    let mut lines = BufReader::new(output).lines();
    let found = lines.by_ref().find_map(|line| is_it(&line.unwrap()));
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    found.unwrap()
}
