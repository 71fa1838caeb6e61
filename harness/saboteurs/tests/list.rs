//! `harness/saboteurs.toml`, from which `btx explain` and the book know the saboteurs: every one of them, no other,
//! and of each the scenarios that the proof demands red.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod kill_list;

use std::path::Path;

/// Set, it makes this test write the list instead of comparing it.
const UPDATE: &str = "UPDATE_SABOTEURS";

#[test]
fn the_list_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../saboteurs.toml");
    let fresh = kill_list::text();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, fresh).unwrap();
        return;
    }
    let written = std::fs::read_to_string(path).unwrap();
    let (ours, theirs) = (fresh.lines(), written.lines());
    let differing = ours.zip(theirs).position(|(one, other)| one != other);
    let line = differing.unwrap_or(fresh.lines().count().min(written.lines().count())) + 1;
    assert!(
        written == fresh,
        "harness/saboteurs.toml:{line}: the list is out of date, since a saboteur or a scenario is another: \
         {UPDATE}=1 cargo test -p btx-saboteurs --test list, and look at what changed"
    );
}
