//! `btx explain`: what a requirement says, where it is from, how it is examined, and who breaks it.

pub(crate) mod entry;
pub(crate) mod outline;

use crate::{
    check::NoVerdict,
    knowledge::{About, Knowledge},
    page::{self, Page, nearest},
    requirements::table,
};
use btx_spec::catalogue::Requirement;
use clap::Args;
use std::collections::BTreeSet;

/// What is explained.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// The id of a requirement (EX-ISS-014), the beginning of one (EX-INI), or a chapter (token-call); the last
    /// two list briefly.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When an id means nothing: then nothing is explained.
pub fn explain(options: &Options) -> Result<u8, NoVerdict> {
    let knowledge = Knowledge::load()?;
    let meant: Result<Vec<Meant<'_>>, NoVerdict> = options
        .ids
        .iter()
        .map(|text| meant(text, &knowledge))
        .collect();
    let page = Page::of_stdout();
    let parts: Vec<String> = meant?
        .iter()
        .map(|meant| match meant {
            Meant::One(about) => entry::text(about, &knowledge.sources, page),
            Meant::Several(all) => table::text(all, page, false),
        })
        .collect();
    page::print(&parts.join("\n"))?;
    Ok(0)
}

/// What somebody asks about.
enum Meant<'a> {
    One(About<'a>),
    Several(Vec<About<'a>>),
}

fn meant<'a>(text: &str, knowledge: &'a Knowledge) -> Result<Meant<'a>, NoVerdict> {
    let capitals = text.to_ascii_uppercase();
    let exact = capitals.parse().ok();
    if let Some(requirement) = exact.and_then(|id| knowledge.catalogue.get(&id)) {
        return Ok(Meant::One(knowledge.about(requirement)));
    }
    let several: Vec<About<'_>> = knowledge
        .all()
        .filter(|a| begins(a.requirement, &capitals) || is_of_chapter(a.requirement, text))
        .collect();
    if several.is_empty() {
        return Err(unknown(text, &capitals, knowledge));
    }
    Ok(Meant::Several(several))
}

/// Whether the text is the profile of an id, or its profile and role.
fn begins(requirement: &Requirement, text: &str) -> bool {
    let (profile, role) = (requirement.id.profile.code(), requirement.id.role.code());
    text == profile || text == format!("{profile}-{role}")
}

/// Whether the text is the file of a chapter, with or without its ending, or its title.
fn is_of_chapter(requirement: &Requirement, text: &str) -> bool {
    let file = requirement.chapter.as_str();
    let names = [
        file,
        file.trim_end_matches(".md"),
        requirement.chapter_title.as_str(),
    ];
    names.iter().any(|name| name.eq_ignore_ascii_case(text))
}

fn unknown(text: &str, capitals: &str, knowledge: &Knowledge) -> NoVerdict {
    let ids: Vec<String> = knowledge
        .catalogue
        .iter()
        .map(|r| r.id.to_string())
        .collect();
    let chapters: BTreeSet<&str> = knowledge
        .catalogue
        .iter()
        .map(|r| r.chapter.trim_end_matches(".md"))
        .collect();
    let small = text.to_lowercase();
    let mut near = nearest(capitals, ids.iter().map(String::as_str));
    near.extend(nearest(&small, chapters));
    let hint = if near.is_empty() {
        "expected an id such as EX-ISS-014, the beginning of one such as EX-INI, or a chapter such as token-call; `btx requirements` lists all".to_owned()
    } else {
        format!("nearest: {}", near.join(", "))
    };
    NoVerdict {
        exit: 2,
        words: format!("\"{text}\" is no requirement and no chapter with requirements\n  {hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<usize, String> {
        let knowledge = Knowledge::load().map_err(|e| e.words)?;
        match meant(text, &knowledge) {
            Ok(Meant::One(_)) => Ok(1),
            Ok(Meant::Several(all)) => Ok(all.len()),
            Err(error) => Err(error.words),
        }
    }

    #[test]
    fn ids_beginnings_and_chapters_mean_something() {
        assert_eq!(found("ex-iss-014"), Ok(1));
        assert!(found("EX-INI").unwrap() > 10);
        assert!(found("EX").unwrap() > found("EX-INI").unwrap());
        assert_eq!(found("token-call"), found("The token call"));
        assert_eq!(found("token-call.md"), found("token-call"));
    }

    #[test]
    fn what_means_nothing_is_told_with_its_neighbours() {
        let words = found("EX-ISS-041x").unwrap_err();
        assert!(words.contains("EX-ISS-041"), "{words}");
        assert!(found("tokn-call").unwrap_err().contains("token-call"));
        assert!(found("turnip").unwrap_err().contains("btx requirements"));
        assert!(found("EX-I").is_err());
    }
}
