//! Every requirement that a comment cites is one of the specification.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use btx_spec::catalogue::{Catalogue, RequirementId};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn cited_requirements_exist() {
    let catalogue = Catalogue::embedded().as_ref().unwrap();
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut cited = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for id in words.filter_map(|word| word.parse::<RequirementId>().ok()) {
            assert!(
                catalogue.get(&id).is_some(),
                "{} cites {id}",
                file.display()
            );
            cited += 1;
        }
    }
    assert!(cited > 50, "only {cited} citations found");
}
