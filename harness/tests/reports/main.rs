//! The reports of real runs: of one with failures, whose target sends what would break a page, and of a
//! whole one without.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod markup;
mod run;

use assert_cmd::Command;
use btx_harness::{
    report::{badge, html, json, junit, statement},
    verdict::Verdict,
};
use markup::{assert_harmless, assert_sound};
use run::faulty_run;
use std::{collections::BTreeSet, path::Path, time::Duration};

/// The largest page of a whole run that passed.
const LARGEST: u64 = 3_000_000;

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "\"{part}\" is not in:\n{text}");
    }
}

/// That every line of a report is a record of the schema; the types of the records, in their order.
fn assert_records(text: &str) -> Vec<String> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/schemas/report.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    text.lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(validator.is_valid(&record), "{record:#}");
            record["type"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_failures_is_told_by_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let run = faulty_run(folder.path()).await;
    for verdict in [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::Warned,
        Verdict::NotExercised,
        Verdict::NotClaimed,
    ] {
        assert!(run.has(verdict), "no scenario has {verdict}");
    }
    let closing = run.closing(false);

    let page = html::page(&closing, &html::Wishes::default());
    if let Some(path) = std::env::var_os("BTX_KEEP_PAGE") {
        std::fs::write(path, &page).unwrap();
    }
    assert_sound(&page);
    assert_harmless(&page);
    assert_says(
        &page,
        &[
            "not conformant",
            "<svg class=\"diagram",
            "shows the failure",
            "stopped here",
            "<dt>Expected</dt>",
            "known failure",
            "a &lt;b&gt;gateway&lt;/b&gt;",
            "[U+202E]gpj.exe[U+0000][U+001B][31m[U+0085][U+FFFF]",
            "2026-11-22T13:00:00Z",
            "needs 1 peer(s) of the kind expired-cert",
            "exchange_deadline\u{a0}3s",
        ],
    );
    let traced = html::page(
        &closing,
        &html::Wishes {
            trace: true,
            book: Some("https://book.example/"),
        },
    );
    assert_sound(&traced);
    assert_harmless(&traced);
    assert!(traced.len() > page.len());
    assert_says(&traced, &["href=\"https://book.example/versions.html#"]);

    let statement = statement::statement(&closing);
    assert_harmless(&statement);
    assert_says(
        &statement,
        &[
            "**Not conformant**",
            "## Broken",
            "**EX-ISS-016**",
            "(a known failure)",
            "## Warnings",
            "## Not exercised",
            "kind expired-cert",
            "## Known failures\n\n- EX-ISS-016: a \\<b\\>gateway",
            "seed 7",
        ],
    );
    let badge = badge::badge(&closing);
    assert_sound(&badge);
    assert_harmless(&badge);
    assert_says(&badge, &[">not conformant</text>"]);

    let xml = junit::xml(&closing).unwrap();
    assert_harmless(&xml);
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let features: BTreeSet<_> = run.outcomes.iter().map(|o| &o.scenario.file).collect();
    assert_eq!(read.test_suites.len(), features.len());
    assert_says(
        &xml,
        &[
            "<property name=\"seed\" value=\"7\"/>",
            "<failure message=\"known failure, failed: expected",
            "<skipped message=\"not exercised: it needs",
            "<property name=\"target\" value=\"Rutabaga ",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_of_the_harness_is_an_error_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = faulty_run(folder.path()).await.only(&[Verdict::Passed]);
    run.outcomes[0].verdict = Verdict::HarnessError;
    run.outcomes[0].reason = "the harness panicked\u{1b}".to_owned();
    let run = run.only(&[Verdict::Passed, Verdict::HarnessError]);
    let closing = run.closing(false);
    let xml = junit::xml(&closing).unwrap();
    assert_harmless(&xml);
    assert_says(
        &xml,
        &["<error message=\"harness error: the harness panicked"],
    );
    let page = html::page(&closing, &html::Wishes::default());
    assert_says(
        &page,
        &[
            "<strong>harness error:</strong>",
            "<p class=\"reason\">the harness",
        ],
    );
    assert_says(&badge::badge(&closing), &[">harness error<"]);
    assert_says(
        &statement::statement(&closing),
        &["**Harness error**", "## Defects of the suite"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_conformance_does_not_look_like_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = faulty_run(folder.path()).await;
    let passed = run.only(&[Verdict::Passed]);
    let whole = passed.closing(false);
    assert_says(&badge::badge(&whole), &[">conformant: exchange", "#1d6b3a"]);
    assert_says(&statement::statement(&whole), &["**Conformant**"]);
    let part = passed.closing(true);
    let (badge, statement) = (badge::badge(&part), statement::statement(&part));
    let page = html::page(&part, &html::Wishes::default());
    assert_says(&badge, &[">selection passed<"]);
    assert_says(
        &statement,
        &["no statement of conformance", "of the 579 scenarios"],
    );
    assert_says(&page, &["no statement about conformance"]);
    assert!(!badge.contains("#1d6b3a"), "{badge}");
    for report in [&badge, &statement, &page] {
        assert!(!report.to_lowercase().contains("conformant"), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_match_their_schema_also_when_a_run_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let run = faulty_run(folder.path()).await;
    let path = folder.path().join("btx.jsonl");
    let mut report = json::Report::create(&path, &run.opening()).unwrap();
    let (first, second) = run.outcomes.split_at(run.outcomes.len() / 2);
    for outcome in first {
        report.scenario(outcome, run.catalogue).unwrap();
    }
    let cut = std::fs::read_to_string(&path).unwrap();
    let types = assert_records(&cut);
    assert_eq!(
        types.len(),
        1 + first.len(),
        "what was told stands in the file at once"
    );
    assert!(cut.ends_with('\n') && types[0] == "run");
    for outcome in second {
        report.scenario(outcome, run.catalogue).unwrap();
    }
    report.close(&run.closing(false)).unwrap();
    drop(report);
    let types = assert_records(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(types.last().unwrap(), "summary");
    assert_eq!(types.len(), 2 + run.outcomes.len() + run.requirements.len());
}

fn btx(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("btx")
        .unwrap()
        .args(arguments)
        .env("NO_COLOR", "1")
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text.into_owned())
}

#[test]
fn a_whole_run_is_reported_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let reports = ["html", "statement", "badge", "json", "junit"]
        .map(|kind| format!("{kind}={}", file(kind).display()));
    let (exit, text) = btx(&["--seed", "1", "--report", &reports.join(",")]);
    assert_eq!(exit, 0, "{text}");
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let page = read("html");
    assert_sound(&page);
    assert!(!page.contains("<svg"), "what passed shows no messages");
    let size = file("html").metadata().unwrap().len();
    assert!(size < LARGEST, "{size} bytes");
    assert_records(&read("json"));
    quick_junit::Report::deserialize_from_str(&read("junit")).unwrap();
    assert_says(
        &read("badge"),
        &[">conformant: exchange, oauth, jwt, lifecycle<"],
    );
    assert_says(
        &read("statement"),
        &["## To be attested", "**EX-INI-013**", "issuer"],
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn a_report_that_cannot_be_written_is_bad_usage_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display().to_string();
    for (report, why) in [
        (format!("html={here}"), "is a folder"),
        (format!("html={here}/missing/x.html"), "cannot be written"),
        (format!("json={here}/missing/x"), "cannot be written"),
        (format!("badge={here}/x,junit={here}/x"), "two reports"),
        ("page=x.html".to_owned(), "html=FILE"),
        ("html=".to_owned(), "html=FILE"),
    ] {
        let (exit, text) = btx(&["--only", "versions.feature", "--report", &report]);
        assert_eq!(exit, 2, "{report}: {text}");
        assert_says(&text, &[why]);
        assert!(!text.contains("examines"), "{text}");
    }
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), 0);
}
