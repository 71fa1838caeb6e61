//! The show of a cluster, over a real Redis: a client works on while keys rotate and replicas die.
#![cfg(feature = "with-redis")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;

fn cluster(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("btx-reference").unwrap();
    command.arg("cluster").args(arguments);
    command
}

#[test]
fn nothing_fails_while_keys_rotate_and_a_replica_dies() {
    let ran = cluster(&["--for", "12s", "--seed", "7"]).assert().success();
    let said = String::from_utf8(ran.get_output().stdout.clone()).unwrap();
    for words in [
        "the keys have rotated to ",
        "was killed",
        "is back",
        "refresh at replica ",
        "failed 0\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("calls: 0"), "{said}");
}

#[test]
fn without_a_redis_it_says_what_to_install() {
    let ran = cluster(&["--program", "no-such-redis"]).assert().failure();
    let said = String::from_utf8(ran.get_output().stderr.clone()).unwrap();
    assert!(said.contains("apt install redis-server"), "{said}");
}
