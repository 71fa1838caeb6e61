//! `btx vectors`: the test vectors, and a judge of what an implementation in any language makes of them.

pub(crate) mod judgement;
pub mod results;
pub(crate) mod telling;

use crate::{
    check::NoVerdict,
    page::{self, Page, nearest},
};
use btx_spec::vectors::{self, Collection, VectorFile};
use clap::{Args, Subcommand};
use judgement::Judgement;
use results::Results;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::{Path, PathBuf},
};

/// The files of vectors by name.
pub(crate) type Files = BTreeMap<&'static str, VectorFile>;

/// What is done with the vectors.
#[derive(Debug, Clone, Subcommand)]
pub enum Order {
    /// Say which files there are, and how many vectors each has.
    #[command(after_help = "Example: btx vectors list")]
    List,
    /// Print a file, or one vector, as JSON.
    #[command(
        after_help = "Examples:\n  btx vectors print signature > signature.json\n  btx vectors print sig-stray-bits"
    )]
    Print {
        /// The name of a file, with or without its ending, or the id of a vector.
        #[arg(value_name = "FILE|ID")]
        what: String,
    },
    /// Print a file of results in which every result is still missing.
    #[command(
        after_help = "Example: btx vectors template --only signature,token-issue > results.json"
    )]
    Template {
        /// Of which files.
        #[command(flatten)]
        only: Only,
    },
    /// Judge a file of results.
    #[command(
        after_help = "The file, in which your tests write whether your implementation accepts each input:\n  {\n    \"implementation\": \"Turnip 1.2\",\n    \"results\": { \"sig-plain\": \"valid\", \"sig-stray-bits\": \"invalid\" }\n  }\nA result is \"valid\" (accepted) or \"invalid\" (refused); null is none yet. A vector whose own result is \"acceptable\" may have either.\n\nExamples:\n  btx vectors check results.json\n  btx vectors check --only signature,token-issue results.json\n\nExit codes: 0 all right, 1 some wrong, 2 the file is not of this form or names unknown vectors, 6 none wrong and some missing"
    )]
    Check {
        /// The file of results; - is the standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Of which files.
        #[command(flatten)]
        only: Only,
    },
}

/// Which files of vectors are meant.
#[derive(Debug, Clone, Default, Args)]
pub struct Only {
    /// Only the vectors of these files. Without it, those of the exchange, of OAuth, of JWT between services
    /// and of the drafts before BTX-1, each of the four if there is a result of any of its files; a template has
    /// the first three.
    #[arg(long, value_delimiter = ',', value_name = "FILE")]
    only: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When a name or the file of results means nothing.
pub fn vectors(order: &Order) -> Result<u8, NoVerdict> {
    let files = vectors::files().map_err(|(name, error)| NoVerdict {
        exit: 5,
        words: format!("spec/vectors/{name}: {error}"),
    })?;
    let page = Page::of_stdout();
    let (text, exit) = match order {
        Order::List => (telling::list(&files, page), 0),
        Order::Print { what } => (print(what, &files)?, 0),
        Order::Template { only } => (template(&only.files(&files, None)?, &files)?, 0),
        Order::Check { file, only } => {
            let results = read(file, &files)?;
            let wanted = only.files(&files, Some(&results))?;
            let judgement = Judgement::of(&results, &files, &wanted);
            (telling::judgement(&judgement, page), judgement.exit())
        }
    };
    page::print(&text)?;
    Ok(exit)
}

impl Only {
    /// The names of the files of which every vector needs a result.
    fn files(
        &self,
        files: &Files,
        results: Option<&Results>,
    ) -> Result<Vec<&'static str>, NoVerdict> {
        if self.only.is_empty() {
            let wanted = match results {
                Some(results) => concerned(files, results),
                None => BTreeSet::from([
                    Collection::Exchange,
                    Collection::Oauth,
                    Collection::Jwt,
                    Collection::Lifecycle,
                ]),
            };
            let all = files.iter();
            let all = all.filter(|(_, file)| wanted.contains(&file.subject.collection()));
            return Ok(all.map(|(name, _)| *name).collect());
        }
        let named = |text: &String| {
            named(text, files).ok_or_else(|| NoVerdict {
                exit: 2,
                words: format!(
                    "--only {text}: no such file of vectors\n  {}",
                    hint(text, files.keys().copied())
                ),
            })
        };
        self.only.iter().map(named).collect()
    }
}

/// What the results are about; those who have none yet mean the exchange.
fn concerned(files: &Files, results: &Results) -> BTreeSet<Collection> {
    let said = results.said();
    let has_result = |file: &&VectorFile| {
        let mut tests = file.tests.iter();
        tests.any(|vector| said.contains_key(vector.id.as_str()))
    };
    let found: BTreeSet<_> = files
        .values()
        .filter(has_result)
        .map(|file| file.subject.collection())
        .collect();
    match found.is_empty() {
        true => BTreeSet::from([Collection::Exchange]),
        false => found,
    }
}

fn named(text: &str, files: &Files) -> Option<&'static str> {
    let is_named = |name: &&&str| **name == text || name.trim_end_matches(".json") == text;
    files.keys().find(is_named).copied()
}

fn print(what: &str, files: &Files) -> Result<String, NoVerdict> {
    let texts = vectors::texts();
    let file = named(what, files).unwrap_or(what);
    if let Some(text) = texts.get(file) {
        return Ok((*text).to_owned());
    }
    let mut all = files.values().flat_map(|file| &file.tests);
    let Some(vector) = all.find(|vector| vector.id == what) else {
        let ids = files.values().flat_map(|f| &f.tests).map(|v| v.id.as_str());
        return Err(NoVerdict {
            exit: 2,
            words: format!(
                "\"{what}\" is no file of vectors and no vector\n  {}",
                hint(what, ids.chain(files.keys().copied()))
            ),
        });
    };
    json(vector)
}

fn template(wanted: &[&'static str], files: &Files) -> Result<String, NoVerdict> {
    let wanted = wanted.iter().filter_map(|name| files.get(name));
    let ids = wanted.flat_map(|file| &file.tests).map(|v| v.id.clone());
    json(&Results::none_of(ids.collect()))
}

fn json(value: &impl serde::Serialize) -> Result<String, NoVerdict> {
    let text = serde_json::to_string_pretty(value).map_err(|e| NoVerdict {
        exit: 5,
        words: e.to_string(),
    })?;
    Ok(text + "\n")
}

/// The results that an implementation gave; `-` stands for the standard input.
fn read(path: &Path, files: &Files) -> Result<Results, NoVerdict> {
    let bad = |words: String| NoVerdict {
        exit: 2,
        words: format!("{}: {words}", path.display()),
    };
    let mut text = String::new();
    let got = if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|read| text = read)
    };
    got.map_err(|e| bad(e.to_string()))?;
    let results = Results::parse(&text).map_err(bad)?;
    let known = || files.values().flat_map(|f| &f.tests).map(|v| v.id.as_str());
    let unknown: Vec<String> = results
        .ids()
        .filter(|id| !known().any(|k| k == *id))
        .map(|id| format!("  {id:?}: {}", hint(id, known())))
        .collect();
    if unknown.is_empty() {
        Ok(results)
    } else {
        Err(bad(format!("these are no vectors\n{}", unknown.join("\n"))))
    }
}

fn hint<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> String {
    match nearest(text, names)[..] {
        [] => "`btx vectors list` has the files, `btx vectors template` the ids".to_owned(),
        ref near => format!("nearest: {}", near.join(", ")),
    }
}
