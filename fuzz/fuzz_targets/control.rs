//! What a control answers: lines of a command's output, and bodies. The first byte says in which pieces the
//! lines arrive.
#![no_main]

use btx_fuzz::{Pieces, run};
use btx_harness::control::{number_of, read, read_line, shown};
use libfuzzer_sys::fuzz_target;
use tokio::io::BufReader;

/// The most characters of what is said about one answer.
const LONGEST: usize = 500;

fuzz_target!(|data: &[u8]| {
    let Some((pieces, output)) = data.split_first() else {
        return;
    };
    let lines = run(async {
        let mut reader = BufReader::with_capacity(64, Pieces::new(output, *pieces));
        let mut lines = Vec::new();
        while let Ok(Some(line)) = read_line(&mut reader).await {
            lines.push(line);
        }
        lines
    });
    let mut expected: Vec<&[u8]> = output.split(|b| *b == b'\n').collect();
    expected.pop_if(|last| last.is_empty());
    assert_eq!(lines, expected);
    for line in lines {
        check(&line);
    }
});

fn check(line: &[u8]) {
    match read(line) {
        Ok(answer) => {
            let written = serde_json::to_vec(&answer).unwrap();
            assert_eq!(read(&written).as_ref(), Ok(&answer));
            assert_eq!(number_of(line), Some(answer.id));
        }
        Err(words) => check_words(&words),
    }
    check_words(&shown(&String::from_utf8_lossy(line)));
}

/// Words about what a target said are short and on one line, whatever it said.
fn check_words(words: &str) {
    assert!(
        words.chars().count() <= LONGEST,
        "{} characters",
        words.chars().count()
    );
    assert!(!words.chars().any(char::is_control), "{words:?}");
}
