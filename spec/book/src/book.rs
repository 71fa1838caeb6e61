//! Builds the book in-process, as `mdbook build` would.

use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_driver::errors::{Error, Result};

use crate::material;
use crate::mistake::as_error;
use crate::preprocessor::{Btx, chapters};

const CONFIGURATION: &str = "book.toml";

/// A file that every built book has, and hardly anything else.
const TRACE: &str = ".nojekyll";

/// A book that was built.
pub(crate) struct Built {
    /// The folder that holds its pages.
    pub(crate) folder: PathBuf,
    /// The ids of its requirements.
    pub(crate) requirements: Vec<String>,
}

/// The folder with `book.toml`: this one or the nearest above it.
pub(crate) fn root(from: &Path) -> Result<&Path> {
    let holds = |folder: &&Path| folder.join(CONFIGURATION).is_file();
    from.ancestors().find(holds).ok_or_else(|| {
        let from = from.display();
        Error::msg(format!(
            "no {CONFIGURATION} in {from} or above: start inside the repository"
        ))
    })
}

/// Builds the book of a root into a folder, or into the one that `book.toml` names. A book that
/// the folder holds already is replaced; anything else in it is an error.
pub(crate) fn build(root: &Path, destination: Option<&Path>) -> Result<Built> {
    let mut config = Config::from_disk(root.join(CONFIGURATION))?;
    if let Some(folder) = destination {
        config.build.build_dir = std::path::absolute(folder)?;
    }
    let mut book = MDBook::load_with_config(root, config)?;
    let catalogue =
        material::catalogue(&chapters(&book.book)).map_err(|mistakes| as_error(&mistakes))?;
    let folder = book.build_dir_for("html");
    if !is_ours(&folder) {
        return Err(Error::msg(format!(
            "{} holds something that is no book: name an empty folder, for its content is replaced",
            folder.display()
        )));
    }
    book.with_preprocessor(Btx);
    book.build()?;
    Ok(Built {
        folder,
        requirements: catalogue.iter().map(|it| it.id.to_string()).collect(),
    })
}

/// Whether a folder is missing, empty, or holds a built book.
fn is_ours(folder: &Path) -> bool {
    let is_empty = || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    !folder.exists() || folder.join(TRACE).is_file() || is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(is_ours(folder.path()));
        assert!(is_ours(&folder.path().join("missing")));
        std::fs::write(folder.path().join("letter"), "dear").expect("written");
        assert!(!is_ours(folder.path()));
        std::fs::write(folder.path().join(TRACE), "").expect("written");
        assert!(is_ours(folder.path()));
    }

    #[test]
    fn the_root_is_found_from_below() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(
            root(&here.join("src"))
                .expect("a root")
                .join("spec/text")
                .is_dir()
        );
        assert!(root(Path::new("/")).is_err());
    }
}
