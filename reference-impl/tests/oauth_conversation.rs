//! Provider and consumer, in one process and in two.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::path::Path;
use std::process::Stdio;

use lab::program::{Running, program, said, wait_for};

const CONVERSATION: [&str; 9] = [
    "[Consumer]: get /public (public)\n[Provider]: 200 OK moo\n",
    "[Consumer]: get /read-resource (not authenticated)\n\
     [Provider]: 401 Unauthorized Bearer realm=",
    "[Consumer]: post /oauth/token (bad credentials)\n\
     [Provider]: 401 Unauthorized {\"error\":\"invalid_client\"",
    "[Consumer]: post /oauth/token (valid credentials)\n\
     [Provider]: 200 OK {\"access_token\":\"",
    "access token successfully retrieved!",
    "[Consumer]: get /read-resource (authenticated, resource is not yet defined)\n\
     [Provider]: 200 OK {\"resource\":null}\n",
    "[Consumer]: post /write-resource (invalid token)\n\
     [Provider]: 401 Unauthorized Bearer realm=\"resource\", error=\"invalid_token\"",
    "[Consumer]: post /write-resource (authenticated)\n\
     [Provider]: 200 OK {\"message\":\"resource created\"}\n",
    "[Consumer]: get /read-resource (authenticated, resource is now defined)\n\
     [Provider]: 200 OK {\"resource\":\"foo-bar-moo\"}\n",
];

fn assert_conversation(told: &str) {
    let mut rest = told;
    for part in CONVERSATION {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part} is missing, or not in its place:\n{told}");
        };
        rest = after;
    }
    // A token is shown by its beginning only.
    let (_, token) = told.split_once("\"access_token\":\"").unwrap();
    let (token, _) = token.split_once('"').unwrap();
    assert_eq!(token.chars().count(), 7, "{token}");
    assert!(token.ends_with('…'), "{token}");
}

#[test]
fn the_conversation_takes_place_in_one_process() {
    let (code, told, errors) = said(program().args(["consumer", "--with-provider"]));
    assert_eq!(code, 0, "{errors}");
    assert_conversation(&told);
}

#[test]
fn the_conversation_takes_place_between_two_processes() {
    let folder = tempfile::tempdir().unwrap();
    // Both know the folder for temporary files, and nothing else of each other.
    let at_home = |command: &str| {
        let mut program = program();
        program.arg(command).env("TMPDIR", folder.path());
        program
    };
    let (code, told, errors) = said(&mut at_home("consumer"));
    assert_eq!((code, told.as_str()), (1, ""));
    assert!(errors.contains("no provider is running"), "{errors}");
    assert!(errors.contains("`btx-reference provider`"), "{errors}");

    let mut provider = at_home("provider").stdout(Stdio::piped()).spawn().unwrap();
    let output = provider.stdout.take().unwrap();
    let mut provider = Running(provider);
    let file = wait_for(output, |line| {
        let path = line.strip_prefix("[Provider]: certificate authority and credentials")?;
        Some(path.split_once(": ").unwrap().1.to_owned())
    });
    assert!(Path::new(&file).starts_with(folder.path()), "{file}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let mut named = program();
    named.args(["consumer", "--hand-over", &file]);
    for consumer in [&mut at_home("consumer"), &mut named] {
        let (code, told, errors) = said(consumer);
        assert_eq!(code, 0, "{errors}");
        let first = CONVERSATION[0];
        assert!(told.starts_with(first), "{told}");
    }
    // It goes in an orderly way, and takes its file along.
    let handed_over = std::fs::read(&file).unwrap();
    assert!(provider.end());
    assert!(!Path::new(&file).exists());
    // One that has been killed leaves it behind.
    std::fs::write(&file, handed_over).unwrap();
    let (code, _, errors) = said(&mut at_home("consumer"));
    assert_eq!(code, 1);
    assert!(
        errors.contains("no provider is running any more"),
        "{errors}"
    );
}

#[test]
fn a_provider_is_for_this_machine_only() {
    let (code, _, errors) = said(program().args(["provider", "--listen", "0.0.0.0:0"]));
    assert_eq!(code, 2);
    assert!(errors.contains("expected a loopback address"), "{errors}");
}
