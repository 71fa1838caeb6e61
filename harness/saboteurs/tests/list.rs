//! `harness/saboteurs.toml`, from which `btx explain` knows the saboteurs: every one of them, and no other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use btx_saboteurs::chapters;
use std::{fmt::Write as _, path::Path};

/// Set, it makes this test write the list instead of comparing it.
const UPDATE: &str = "UPDATE_SABOTEURS";

const OPENING: &str = "\
# The implementations that break one requirement each, for the proof that the scenarios can fail. They
# stand in harness/saboteurs; this list is written from there, by
#     UPDATE_SABOTEURS=1 cargo test -p btx-saboteurs --test list
";

/// The list as it has to be. A string of JSON is one of TOML as well.
fn list() -> String {
    let mut text = OPENING.to_owned();
    for saboteur in chapters::all() {
        let quoted = |words: &str| serde_json::to_string(words).unwrap();
        let (name, requirement) = (quoted(saboteur.name), quoted(saboteur.breaks));
        let does = quoted(saboteur.does);
        write!(
            text,
            "\n[[saboteur]]\nname = {name}\nrequirement = {requirement}\ndoes = {does}\n"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_list_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../saboteurs.toml");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, list()).unwrap();
        return;
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == list(),
        "harness/saboteurs.toml is out of date: {UPDATE}=1 cargo test -p btx-saboteurs --test list"
    );
}
