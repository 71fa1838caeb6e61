//! The program, run on the book itself.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use btx_spec::catalogue::Catalogue;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

const PROGRAM: &str = env!("CARGO_BIN_EXE_btx-book");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(arguments: &[&str]) -> io::Result<Output> {
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(root().join("spec"))
        .stdin(Stdio::null())
        .output()
}

fn said(output: &Output) -> String {
    let both = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The files of a folder, by their paths.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        let path = folder.join(&name);
        if path.is_dir() {
            let below = files(&path)?.into_iter();
            found.extend(below.map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            found.insert(name, std::fs::read(&path)?);
        }
    }
    Ok(found)
}

#[test]
fn the_book_is_sound() {
    let output = run(&["check"]).expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    assert!(output.stderr.is_empty(), "mdBook warns: {}", said(&output));
}

#[test]
fn the_search_finds_every_requirement_by_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["--dest", &folder.path().to_string_lossy()]).expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    let files = files(folder.path()).expect("pages");
    let is_index = |path: &&PathBuf| path.to_string_lossy().starts_with("searchindex");
    let index = files.keys().find(is_index).expect("a search index");
    let index = String::from_utf8_lossy(&files[index]).into_owned();
    let catalogue = Catalogue::embedded().as_ref().expect("a catalogue");
    assert!(!catalogue.is_empty());
    for requirement in catalogue.iter() {
        let page = requirement.chapter.replace(".md", ".html");
        let found = format!("\"{page}#{}\"", requirement.id);
        assert!(index.contains(&found), "{found} is not in the search index");
    }
}

/// What the book shows beside the chapters is made from folders and lists: nothing of them is left out.
#[test]
fn every_feature_has_a_page_and_every_saboteur_an_anchor() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["--dest", &folder.path().to_string_lossy()]).expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    let pages = files(folder.path()).expect("pages");
    let features = files(&root().join("features")).expect("features");
    let features = features
        .keys()
        .filter(|path| path.extension().is_some_and(|e| e == "feature"));
    for feature in features {
        let name = feature.display().to_string();
        let page = name.replace(['/', '_'], "-").replace(".feature", ".html");
        let page = Path::new("scenarios").join(page);
        assert!(
            pages.contains_key(&page),
            "features/{name} has no page {} in the book: see spec/book/src/feature_pages.rs",
            page.display()
        );
    }
    let list = std::fs::read_to_string(root().join("harness/saboteurs.toml")).expect("the list");
    let page = String::from_utf8_lossy(&pages[Path::new("saboteurs.html")]).into_owned();
    for line in list.lines() {
        let Some(name) = line.strip_prefix("name = \"") else {
            continue;
        };
        let name = name.trim_end_matches('"');
        assert!(
            page.contains(&format!("id=\"{name}\"")),
            "the saboteur {name} has no anchor on the page of the saboteurs: see spec/book/src/saboteur_page.rs"
        );
    }
}

#[test]
fn an_ordinary_build_gives_the_same_pages() {
    let (ours, ordinary) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    let output = run(&["build", "--dest", &ours.path().to_string_lossy()]).expect("runs");
    assert!(output.status.success(), "{}", said(&output));

    let mut config = Config::from_disk(root().join("book.toml")).expect("a configuration");
    let command = config
        .get::<String>("preprocessor.btx.command")
        .expect("readable");
    assert_eq!(
        command.as_deref(),
        Some("cargo run --quiet -p btx-book -- preprocess")
    );
    let command = format!("{PROGRAM} preprocess");
    config
        .set("preprocessor.btx.command", command)
        .expect("set");
    config.build.build_dir = ordinary.path().to_owned();
    let book = MDBook::load_with_config(root(), config).expect("a book");
    book.build().expect("built");

    let (ours, ordinary) = (
        files(ours.path()).expect("ours"),
        files(ordinary.path()).expect("theirs"),
    );
    assert!(ours.keys().eq(ordinary.keys()));
    let different: Vec<_> = ours
        .keys()
        .filter(|path| ours[*path] != ordinary[*path])
        .collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn only_html_is_supported() {
    assert!(
        run(&["preprocess", "supports", "html"])
            .expect("runs")
            .status
            .success()
    );
    assert!(
        !run(&["preprocess", "supports", "epub"])
            .expect("runs")
            .status
            .success()
    );
}

#[test]
fn a_folder_that_holds_something_else_is_not_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let letter = folder.path().join("letter");
    std::fs::write(&letter, "dear").expect("written");
    let output = run(&["--dest", &folder.path().to_string_lossy()]).expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("holds something that is no book"),
        "{}",
        said(&output)
    );
    assert!(letter.exists());
}
