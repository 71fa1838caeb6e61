//! What the chapters state in tables and examples is what the code does.

use std::collections::BTreeSet;

use btx_spec::address::is_special_use;
use btx_spec::catalogue::RequirementId;
use btx_spec::chapters::{Line, Place, chapters, lines};
use btx_spec::examples::examples;
use btx_spec::jwt::ClientId;
use btx_spec::oauth::OauthError;
use btx_spec::signature::signing_input;
use btx_spec::vectors::{self, Vector};
use btx_spec::{Identifier, ProblemType, TokenIssue};

use crate::catalogue::catalogue;
use crate::no_complaints;

/// The lines of one chapter.
fn chapter(wanted: &str) -> Vec<Line<'static>> {
    let found = chapters().into_iter().find(|(path, _)| *path == wanted);
    lines(
        found
            .unwrap_or_else(|| panic!("there is no chapter spec/text/{wanted}"))
            .1,
    )
}

/// The rows of the tables of one chapter: line and cells.
fn rows(wanted: &str) -> Vec<(usize, Vec<&'static str>)> {
    let tables = chapter(wanted)
        .into_iter()
        .filter(|line| line.place == Place::Prose);
    tables
        .filter_map(|line| {
            let inside = line.text.trim().strip_prefix('|')?.strip_suffix('|')?;
            Some((line.number, inside.split(" | ").map(str::trim).collect()))
        })
        .collect()
}

/// The code spans of a cell.
fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_problem_registry_is_that_of_the_code() {
    let mut listed = Vec::new();
    let mut complaints = Vec::new();
    for (line, cells) in rows("problems.md") {
        let [name, status, ..] = cells[..] else {
            continue;
        };
        let [name] = spans(name)[..] else { continue };
        let Some(kind) = ProblemType::ALL.iter().find(|kind| kind.name() == name) else {
            complaints.push(format!(
                "spec/text/problems.md:{line}: `{name}` is missing in spec/src/problem.rs"
            ));
            continue;
        };
        listed.push(*kind);
        if !status.starts_with(&kind.status().to_string()) {
            complaints.push(format!(
                "spec/text/problems.md:{line}: the status of `{name}` is {} in spec/src/problem.rs",
                kind.status()
            ));
        }
    }
    for kind in ProblemType::ALL
        .iter()
        .filter(|kind| !listed.contains(kind))
    {
        complaints.push(format!(
            "spec/text/problems.md: add a row for `{kind}` to the table"
        ));
    }
    no_complaints(&complaints);
}

#[test]
fn statuses_of_problems_are_those_of_the_requirements() {
    let mut complaints = Vec::new();
    for requirement in catalogue().iter() {
        let sentence = &requirement.sentence;
        for kind in ProblemType::ALL {
            let stated = sentence.contains(&format!("`{}`", kind.name()));
            if stated && !sentence.contains(&kind.status().to_string()) {
                complaints.push(format!(
                    "spec/text/{}:{}: the status of `{kind}` is {}",
                    requirement.chapter,
                    requirement.line,
                    kind.status()
                ));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn the_table_of_oauth_errors_is_that_of_the_code() {
    let rows = rows("oauth-token-endpoint.md");
    let listed = |error: OauthError| {
        rows.iter().any(|(_, cells)| match cells[..] {
            [_, status, name, ..] => {
                status.contains(&error.status().to_string()) && spans(name) == [error.name()]
            }
            _ => false,
        })
    };
    // Errors of the server itself are not told apart there.
    let told = |error: &OauthError| error.status() < 500;
    let missing = OauthError::ALL
        .into_iter()
        .filter(told)
        .filter(|error| !listed(*error));
    let complaint = |error: OauthError| {
        format!(
            "spec/text/oauth-token-endpoint.md: add a row for `{}` to the table of errors, with \
             the status {}",
            error.name(),
            error.status()
        )
    };
    no_complaints(&missing.map(complaint).collect::<Vec<_>>());
}

#[test]
fn identifiers_in_the_table_are_judged_alike() {
    let mut judged = 0;
    let mut complaints = Vec::new();
    for (line, cells) in rows("identifiers.md") {
        let [text, verdict @ ("accepted" | "refused"), ..] = cells[..] else {
            continue;
        };
        let [text] = spans(text)[..] else { continue };
        judged += 1;
        let parsed = Identifier::parse(text);
        if parsed.is_ok() != (verdict == "accepted") {
            complaints.push(format!(
                "spec/text/identifiers.md:{line}: the code says {parsed:?}"
            ));
        }
    }
    no_complaints(&complaints);
    assert!(
        judged > 20,
        "spec/text/identifiers.md has lost its table of accepted and refused"
    );
}

#[test]
fn client_ids_in_the_table_are_judged_alike() {
    let mut judged = 0;
    let mut complaints = Vec::new();
    for (line, cells) in rows("client-documents.md") {
        let [text, verdict] = cells[..] else { continue };
        let [text] = spans(text)[..] else { continue };
        let accepted = verdict == "accepted";
        if !accepted && !verdict.starts_with("refused") {
            continue;
        }
        judged += 1;
        let parsed = ClientId::parse(text);
        if parsed.is_ok() != accepted {
            complaints.push(format!(
                "spec/text/client-documents.md:{line}: the code says {parsed:?}"
            ));
        }
    }
    no_complaints(&complaints);
    assert!(
        judged > 8,
        "spec/text/client-documents.md has lost its table of accepted and refused"
    );
}

#[test]
fn special_use_networks_in_the_tables_are_refused() {
    let mut judged = 0;
    let mut complaints = Vec::new();
    for (line, cells) in rows("identifiers.md") {
        for span in cells.iter().take(1).flat_map(|cell| spans(cell)) {
            let Some((first, _)) = span.split_once('/') else {
                continue;
            };
            let Ok(address) = first.parse() else { continue };
            if span != "2000::/3" {
                judged += 1;
                if !is_special_use(address) {
                    complaints.push(format!(
                        "spec/text/identifiers.md:{line}: {span} is missing in spec/src/address.rs"
                    ));
                }
            }
        }
    }
    no_complaints(&complaints);
    assert!(
        judged > 15,
        "spec/text/identifiers.md has lost its tables of special-use networks"
    );
}

#[test]
fn the_worked_example_is_right() {
    let example = examples().into_iter().find_map(|example| {
        let issue = TokenIssue::parse(example.text.as_bytes()).ok();
        issue.or_else(|| TokenIssue::parse(example.text.split_once("\n\n")?.1.as_bytes()).ok())
    });
    let issue = example.expect("some chapter shows a token issue");
    let input = signing_input(
        &issue.issuer,
        &issue.initiator,
        &issue.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
    );
    let signature = chapter("signature.md");
    let fences = signature.iter().filter(|line| line.place == Place::Fence);
    let dump: Vec<u8> = fences
        .clone()
        .flat_map(|line| bytes_of_dump(line.text))
        .collect();
    assert_eq!(
        String::from_utf8_lossy(&dump),
        String::from_utf8_lossy(&input),
        "the dump in spec/text/signature.md is not the signing input of the token issue"
    );
    let printed = issue.signature.to_base64();
    assert!(
        fences.clone().any(|line| line.text == printed),
        "spec/text/signature.md: what the commands print is {printed}"
    );
    let hexadecimal: String = issue
        .signature
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(
        signature
            .iter()
            .any(|line| line.text.contains(&hexadecimal)),
        "spec/text/signature.md: write {hexadecimal} into the table of the example"
    );
    for line in &signature {
        for stated in counts_of_octets(line.text) {
            assert!(
                stated == input.len(),
                "spec/text/signature.md:{}: the input has {} octets",
                line.number,
                input.len()
            );
        }
    }
}

/// The numbers before the word "octets".
fn counts_of_octets(line: &str) -> Vec<usize> {
    let before = line
        .split(" octets")
        .map(|part| part.rsplit(' ').next().unwrap_or_default());
    let count = line.matches(" octets").count();
    before
        .take(count)
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// The bytes of one line of a dump: an offset, sixteen bytes at most, the characters.
fn bytes_of_dump(line: &str) -> Vec<u8> {
    let Some((offset_and_bytes, _)) = line.split_once('|') else {
        return Vec::new();
    };
    let mut words = offset_and_bytes.split_whitespace();
    match words.next() {
        Some(offset)
            if offset.len() == 8 && offset.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            words
                .filter_map(|word| u8::from_str_radix(word, 16).ok())
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_vectors_that_are_shown_stand_in_the_files() {
    let files = vectors::files().unwrap();
    let mut complaints = Vec::new();
    for example in examples() {
        let Ok(shown) = serde_json::from_str::<Vector>(&example.text) else {
            continue;
        };
        if !files.values().any(|file| file.tests.contains(&shown)) {
            complaints.push(format!(
                "spec/text/{}:{}: no file in spec/vectors has this vector \"{}\"",
                example.chapter, example.line, shown.id
            ));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn the_chapter_on_vectors_lists_every_file_and_kind_of_fault() {
    let text: String = chapter("vectors.md")
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect();
    let files = vectors::files().unwrap();
    let names = files.keys().map(|name| (*name).to_owned());
    let kinds = files
        .values()
        .flat_map(|file| file.flags.values().map(|flag| flag.bug_type.clone()));
    let complaint = |name: String| format!("spec/text/vectors.md: add a row for `{name}`");
    let missing: BTreeSet<String> = names
        .chain(kinds)
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    no_complaints(&missing.into_iter().map(complaint).collect::<Vec<_>>());
}

#[test]
fn every_id_in_the_prose_is_a_requirement() {
    let mut complaints = Vec::new();
    for (path, text) in chapters() {
        for line in lines(text)
            .into_iter()
            .filter(|line| line.place == Place::Prose)
        {
            let words = line
                .text
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            for id in words.filter_map(|word| word.parse::<RequirementId>().ok()) {
                if catalogue().get(&id).is_none() {
                    complaints.push(format!(
                        "spec/text/{path}:{}: no chapter has {id}",
                        line.number
                    ));
                }
            }
        }
    }
    no_complaints(&complaints);
}
