//! The commands that need no target, as users run them: `explain`, `requirements` and `vectors`; `jwt inspect`
//! has tests of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod results;

use assert_cmd::Command;
use btx_spec::catalogue::Catalogue;
use serde_json::{Value, json};
use std::{
    io::Read as _,
    process::{Command as Process, Stdio},
};

struct Ended {
    exit: i32,
    out: String,
    err: String,
}

fn command() -> Command {
    let mut command = Command::cargo_bin("btx").unwrap();
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        exit: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn btx(arguments: &[&str]) -> Ended {
    ended(command().args(arguments))
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "\"{part}\" is not in:\n{text}");
    }
}

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().as_ref().unwrap()
}

fn all_ids() -> Vec<String> {
    catalogue().iter().map(|r| r.id.to_string()).collect()
}

#[test]
fn an_explanation_has_everything_that_is_known() {
    let told = btx(&["explain", "EX-ISS-061"]);
    assert_eq!(told.exit, 0, "{}", told.err);
    assert_says(
        &told.out,
        &[
            "EX-ISS-061  MUST  binds the issuer",
            "The issuer MUST take every other complete answer",
            "acceptance.html#EX-ISS-061",
            "spec/text/acceptance.md:",
            "T-15: A redirect takes the token to another host.",
            "features/exchange/issuer/acceptance.feature:",
            "An answer other than 204 refuses the token: …",
            "Given a registered initiator",
            "the target is not conformant",
            "the call is refused",
            "takes-200-as-acceptance",
            "Takes an answer of 200 as acceptance.",
        ],
    );
    let told = btx(&["explain", "ex-ini-013", "EX-ISS-030"]);
    assert_eq!(told.exit, 0, "{}", told.err);
    assert_says(
        &told.out,
        &["not testable: quality", "warns, and fails with --strict"],
    );
}

#[test]
fn beginnings_and_chapters_are_listed_briefly() {
    let initiators = btx(&["explain", "EX-INI"]);
    let lines = |id: &str| initiators.out.lines().filter(|l| l.contains(id)).count();
    assert_eq!(lines("  EX-INI-050  "), 1);
    assert_eq!(lines("  EX-ISS-014  "), 0);
    let chapter = btx(&["explain", "the signature"]);
    assert_says(&chapter.out, &["EX-INI-050", "EX-ANY-050"]);
}

#[test]
fn an_unknown_id_explains_nothing_and_names_its_neighbours() {
    let told = btx(&["explain", "EX-ISS-061", "EX-ISS-0611"]);
    assert_eq!(told.exit, 2);
    assert_eq!(told.out, "");
    assert_says(&told.err, &["\"EX-ISS-0611\"", "nearest: EX-ISS-061"]);
    assert_says(&btx(&["explain", "turnip"]).err, &["btx requirements"]);
    assert_eq!(btx(&["explain"]).exit, 2);
}

#[test]
fn lines_keep_to_the_width_and_a_pipe_gets_whole_ones() {
    let mut everything = all_ids();
    everything.insert(0, "explain".to_owned());
    for width in [80_usize, 120] {
        for arguments in [
            everything.clone(),
            vec!["requirements".to_owned()],
            vec!["requirements".to_owned(), "--untested".to_owned()],
            vec!["vectors".to_owned(), "list".to_owned()],
        ] {
            let told = ended(command().args(&arguments).env("COLUMNS", width.to_string()));
            assert_eq!(told.exit, 0, "{}", told.err);
            let too_long = told.out.lines().find(|l| l.chars().count() > width);
            assert_eq!(too_long, None);
        }
    }
    let piped = btx(&["requirements"]).out;
    for requirement in catalogue().iter() {
        assert_says(&piped, &[&requirement.sentence]);
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let coloured = |name: &str| {
        let mut command = command();
        command.args(["explain", "EX-ISS-061"]);
        if !name.is_empty() {
            command.env("CLICOLOR_FORCE", "1").env(name, "1");
        }
        ended(&mut command).out.contains('\u{1b}')
    };
    assert!(coloured("CLICOLOR_FORCE"));
    assert!(!coloured("NO_COLOR"));
    assert!(!coloured(""), "colour in a pipe");
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    for arguments in [
        &["requirements", "--format", "json"][..],
        &["vectors", "print", "token-issue"],
        &["vectors", "template"],
    ] {
        let mut child = Process::new(env!("CARGO_BIN_EXE_btx"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{said}");
        assert_eq!(said, "");
    }
}

fn records(arguments: &[&str]) -> Vec<Value> {
    let told = btx(&[&["requirements", "--format", "json"], arguments].concat());
    assert_eq!(told.exit, 0, "{}", told.err);
    serde_json::from_str(&told.out).unwrap()
}

#[test]
fn requirements_are_exported_with_the_fields_that_the_help_lists() {
    let all = records(&[]);
    assert_eq!(all.len(), catalogue().len());
    let help = btx(&["requirements", "--help"]).out;
    for field in all[0].as_object().unwrap().keys() {
        assert_says(&help, &[field]);
    }
    let one = all.iter().find(|r| r["id"] == "EX-ISS-061").unwrap();
    assert_eq!(one["profile"], "exchange");
    assert_eq!(one["role"], "issuer");
    assert_eq!(one["level"], "MUST");
    assert!(one["scenarios"].as_array().unwrap().len() > 10);
    assert_eq!(one["saboteurs"][0], "takes-200-as-acceptance");
}

#[test]
fn filters_narrow_the_requirements() {
    let is = |records: &[Value], key: &str, wanted: &[&str]| {
        let mut values = records.iter().filter_map(|r| r[key].as_str());
        !records.is_empty() && values.all(|v| wanted.contains(&v))
    };
    let some = records(&["--role", "issuer,RES", "--level", "must"]);
    assert!(is(&some, "role", &["issuer", "resource"]));
    assert!(is(&some, "level", &["MUST", "MUST NOT"]));
    assert!(is(&records(&["--profile", "http"]), "profile", &["http"]));
    let untested = records(&["--untested"]);
    assert!(!untested.is_empty() && untested.iter().all(|r| r["scenarios"] == json!([])));
    assert_says(
        &btx(&["requirements", "--untested"]).out,
        &["not testable: "],
    );
    let wrong = btx(&["requirements", "--role", "farmer"]);
    assert_eq!(wrong.exit, 2);
    assert_says(&wrong.err, &["initiator (INI)"]);
}

#[test]
fn markdown_has_a_table_for_each_chapter() {
    let text = btx(&["requirements", "--format", "markdown"]).out;
    assert_says(
        &text,
        &[
            "## The signature\n\n| Id | Level |",
            "\n| EX-INI-050 | MUST | ",
        ],
    );
    let rows = text.lines().filter(|l| {
        ["| EX-", "| HT-", "| OA-", "| JW-", "| LC-"]
            .iter()
            .any(|id| l.starts_with(id))
    });
    assert_eq!(rows.count(), catalogue().len());
}

#[test]
fn every_help_has_an_example() {
    for words in [
        "explain",
        "requirements",
        "vectors",
        "vectors list",
        "vectors print",
        "vectors template",
        "vectors check",
        "jwt",
        "jwt inspect",
    ] {
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.push("--help");
        assert_says(
            &btx(&arguments).out,
            &["Example", &format!("  btx {words}")[1..]],
        );
    }
}
