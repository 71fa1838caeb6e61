//! `btx vectors`: what it prints, and how it judges results.

use crate::{Ended, assert_says, btx, command, ended};
use btx_spec::vectors::{self, Expected, Subject, Vector};
use serde_json::{Value, json};

/// Every vector with its file's subject, those about the ancestors left out.
fn all_vectors() -> Vec<(Subject, Vector)> {
    let files = vectors::files().unwrap().into_values();
    files
        .filter(|file| file.subject != Subject::AncestorCrte)
        .flat_map(|file| file.tests.into_iter().map(move |v| (file.subject, v)))
        .collect()
}

/// What the specification's own code makes of them.
fn own_results() -> serde_json::Map<String, Value> {
    all_vectors()
        .into_iter()
        .map(|(subject, vector)| {
            let word = match subject.judge(&vector) {
                Ok(()) => "valid",
                Err(_) => "invalid",
            };
            (vector.id, word.into())
        })
        .collect()
}

fn judged(results: &serde_json::Map<String, Value>, arguments: &[&str]) -> Ended {
    let file = json!({ "implementation": "Turnip 1.2", "results": results }).to_string();
    ended(
        command()
            .args(["vectors", "check", "-"])
            .args(arguments)
            .write_stdin(file),
    )
}

#[test]
fn right_results_are_right() {
    let told = judged(&own_results(), &[]);
    assert_eq!(told.exit, 0, "{}{}", told.out, told.err);
    let all = all_vectors().len();
    assert_says(
        &told.out,
        &[&format!("right: Turnip 1.2, all {all} vectors")],
    );
}

#[test]
fn wrong_results_are_told_one_by_one() {
    let flip = |said: &Value| if said == "valid" { "invalid" } else { "valid" };
    let mut results = own_results();
    let wrong: Vec<Vector> = all_vectors()
        .into_iter()
        .map(|(_, vector)| vector)
        .filter(|vector| vector.result != Expected::Acceptable)
        .step_by(7)
        .collect();
    for vector in &wrong {
        let said = flip(&results[&vector.id]);
        results.insert(vector.id.clone(), said.into());
    }
    let told = judged(&results, &[]);
    assert_eq!(told.exit, 1, "{}", told.err);
    let marked = told.out.lines().filter(|l| l.starts_with("✗ "));
    let tallies = marked.clone().filter(|l| l.ends_with(" wrong"));
    assert_eq!(marked.count() - tallies.count(), wrong.len());
    for vector in &wrong {
        let right = if vector.result == Expected::Valid {
            ["expected  valid", "got       invalid"]
        } else {
            ["expected  invalid", "got       valid"]
        };
        let (_, block) = told.out.split_once(&format!("✗ {}  ", vector.id)).unwrap();
        let (block, _) = block.split_once("\n\n").unwrap();
        assert_says(block, &right);
        assert_says(block, &[&vector.comment, &vector.flags.join(" ")]);
        assert_says(block, &[&vector.requirements.join(" ")]);
    }
    assert_says(&told.out, &["wrong, by flag", "lenient-decoding: "]);
}

#[test]
fn what_is_acceptable_may_have_either_result() {
    let mut results = own_results();
    for (_, vector) in all_vectors() {
        if vector.result == Expected::Acceptable {
            let other = if results[&vector.id] == "valid" {
                "invalid"
            } else {
                "valid"
            };
            results.insert(vector.id, other.into());
        }
    }
    assert_eq!(judged(&results, &[]).exit, 0);
}

#[test]
fn missing_results_are_counted_and_named() {
    let mut results = own_results();
    results.remove("sig-stray-bits");
    results.insert("sig-plain".to_owned(), Value::Null);
    let told = judged(&results, &[]);
    assert_eq!(told.exit, 6, "{}", told.err);
    assert_says(
        &told.out,
        &[
            "missing: 2 of signature.json",
            "sig-stray-bits",
            "sig-plain",
            "incomplete",
        ],
    );
    assert_eq!(
        judged(&results, &["--only", "timestamp,token-call.json"]).exit,
        0
    );
    assert_eq!(judged(&own_results(), &["--only", "signatur"]).exit, 2);
}

#[test]
fn the_ancestors_count_only_if_they_are_there() {
    let mut results = own_results();
    let ancestors = &vectors::files().unwrap()["ancestor-crte.json"].tests;
    for vector in ancestors {
        let said = if vector.result == Expected::Valid {
            "valid"
        } else {
            "invalid"
        };
        results.insert(vector.id.clone(), said.into());
    }
    let all = all_vectors().len() + ancestors.len();
    assert_says(&judged(&results, &[]).out, &[&format!("all {all} vectors")]);
    results.remove(&ancestors[0].id);
    assert_eq!(judged(&results, &[]).exit, 6);
}

#[test]
fn a_file_that_is_no_results_is_refused() {
    let mut results = own_results();
    results.insert("sig-plan".to_owned(), "valid".into());
    let told = judged(&results, &[]);
    assert_eq!((told.exit, told.out.as_str()), (2, ""));
    assert_says(&told.err, &["\"sig-plan\"", "nearest: sig-plain"]);
    let refused = |text: &str| {
        let told = ended(command().args(["vectors", "check", "-"]).write_stdin(text));
        assert_eq!((told.exit, told.out.as_str()), (2, ""), "{text}");
        told.err
    };
    assert_says(&refused("[]"), &["expected"]);
    assert_says(
        &refused("{\"implementation\": \"x\",\n\"results\": {\"sig-plain\": true}}"),
        &["line 2"],
    );
    refused("");
    let gone = btx(&["vectors", "check", "/nowhere/results.json"]);
    assert_eq!(gone.exit, 2);
    assert_says(&gone.err, &["/nowhere/results.json: "]);
}

#[test]
fn a_template_is_a_file_of_results_with_everything_missing() {
    let template = btx(&["vectors", "template"]).out;
    let read: Value = serde_json::from_str(&template).unwrap();
    let ids: Vec<&String> = read["results"].as_object().unwrap().keys().collect();
    assert_eq!(ids.len(), all_vectors().len());
    let told = ended(
        command()
            .args(["vectors", "check", "-"])
            .write_stdin(template),
    );
    assert_eq!(told.exit, 6, "{}", told.err);
    let timestamps = vectors::files().unwrap()["timestamp.json"].tests.len();
    let words = format!("missing: all {timestamps} of timestamp.json");
    assert_says(&told.out, &[&words]);
}

#[test]
fn files_and_vectors_are_printed_as_they_are() {
    for (name, text) in vectors::texts() {
        assert_eq!(btx(&["vectors", "print", name]).out, text, "{name}");
    }
    let one: Vector =
        serde_json::from_str(&btx(&["vectors", "print", "sig-stray-bits"]).out).unwrap();
    assert_eq!(one.flags, ["ENCODING"]);
    let wrong = btx(&["vectors", "print", "sig-stray-bit"]);
    assert_eq!(wrong.exit, 2);
    assert_says(&wrong.err, &["nearest: sig-stray-bits"]);
}

#[test]
fn a_list_counts_the_vectors_of_every_file() {
    let list = btx(&["vectors", "list"]).out;
    for (name, file) in vectors::files().unwrap() {
        assert_says(&list, &[&format!("{name}  {} vectors: ", file.tests.len())]);
    }
}

/// The block of the chapter that has those words.
fn block(language: &str, words: &str) -> &'static str {
    let chapters = btx_spec::chapters::chapters();
    let (_, text) = chapters
        .iter()
        .find(|(path, _)| *path == "vectors.md")
        .unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = text
        .split(&fence)
        .skip(1)
        .map(|b| b.split("\n```").next().unwrap());
    blocks.find(|block| block.contains(words)).unwrap()
}

#[test]
fn the_results_in_the_book_are_of_the_form() {
    let example = block("json", "implementation");
    let told = ended(
        command()
            .args(["vectors", "check", "-"])
            .write_stdin(example),
    );
    assert_eq!(told.exit, 6, "{}{}", told.out, told.err);
}

/// The Python in the book looks neither at the length of a key nor at stray bits.
#[test]
fn the_output_in_the_book_is_what_is_printed() {
    let mut results = own_results();
    for (_, vector) in all_vectors() {
        let lenient = vector.flags.iter().any(|flag| flag == "KEY_LENGTH");
        if lenient || vector.id.starts_with("sig-stray-bits") {
            results.insert(vector.id, "valid".into());
        }
    }
    let file = json!({ "implementation": "Turnip 1.2", "results": results }).to_string();
    let told = ended(
        command()
            .args(["vectors", "check", "--only", "signature", "-"])
            .env("COLUMNS", "80")
            .write_stdin(file),
    );
    assert_eq!(told.exit, 1, "{}", told.err);
    let shown = block("text", "sig-stray-bits-both");
    assert!(told.out.ends_with(&format!("{shown}\n")), "{}", told.out);
}
