//! `btx requirements`: the catalogue, as a table or for other programs.

pub(crate) mod export;
pub(crate) mod table;

use crate::{
    check::NoVerdict,
    knowledge::{self, About, Knowledge},
    page::{self, Page},
};
use btx_spec::catalogue::{Level, Profile, Role};
use clap::{Args, ValueEnum};

/// Which requirements are shown, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Only those of this profile: exchange (EX) or http (HT).
    #[arg(long, value_delimiter = ',', value_name = "PROFILE", value_parser = knowledge::profile)]
    pub profile: Vec<Profile>,
    /// Only those that bind this role: issuer (ISS), initiator (INI), resource (RES), or any (ANY), whom the
    /// sentence names.
    #[arg(long, value_delimiter = ',', value_name = "ROLE", value_parser = knowledge::role)]
    pub role: Vec<Role>,
    /// Only those of this level; the negative ones belong to it.
    #[arg(long, value_delimiter = ',', value_name = "LEVEL", ignore_case = true)]
    pub level: Vec<Strength>,
    /// Only those that no scenario is about, with the reason.
    #[arg(long)]
    pub untested: bool,
    /// How they are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// How strongly a requirement binds, the negative forms not told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Strength {
    /// MUST and MUST NOT.
    Must,
    /// SHOULD and SHOULD NOT.
    Should,
    /// MAY.
    May,
}

/// How requirements are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Text,
    /// One JSON array.
    Json,
    /// A Markdown table for each chapter.
    Markdown,
}

/// Runs the command.
///
/// # Errors
/// A defect of the harness.
pub fn requirements(options: &Options) -> Result<u8, NoVerdict> {
    let knowledge = Knowledge::load()?;
    let shown: Vec<About<'_>> = knowledge.all().filter(|a| options.want(a)).collect();
    let text = match options.format {
        Format::Text => table::text(&shown, Page::of_stdout(), options.untested),
        Format::Json => export::json(&shown)?,
        Format::Markdown => export::markdown(&shown),
    };
    page::print(&text)?;
    Ok(0)
}

impl Options {
    fn want(&self, about: &About<'_>) -> bool {
        let requirement = about.requirement;
        let is_in = |wanted: bool, none: bool| wanted || none;
        is_in(
            self.profile.contains(&requirement.id.profile),
            self.profile.is_empty(),
        ) && is_in(
            self.role.contains(&requirement.id.role),
            self.role.is_empty(),
        ) && is_in(
            self.level.contains(&strength(requirement.level)),
            self.level.is_empty(),
        ) && (!self.untested || about.scenarios.is_empty())
    }
}

fn strength(level: Level) -> Strength {
    match level {
        Level::Must | Level::MustNot => Strength::Must,
        Level::Should | Level::ShouldNot => Strength::Should,
        Level::May => Strength::May,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(options: &Options) -> Vec<String> {
        let knowledge = Knowledge::load().map_err(|e| e.words).unwrap();
        let shown = knowledge.all().filter(|a| options.want(a));
        shown.map(|a| a.requirement.id.to_string()).collect()
    }

    #[test]
    fn filters_narrow_each_other() {
        let all = Options::default();
        let issuers = Options {
            role: vec![Role::Iss],
            ..all.clone()
        };
        let musts = Options {
            level: vec![Strength::Must],
            ..issuers.clone()
        };
        let (all, issuers, musts) = (ids(&all), ids(&issuers), ids(&musts));
        assert!(all.len() > issuers.len() && issuers.len() > musts.len());
        assert!(issuers.iter().all(|id| id.contains("-ISS-")));
        assert!(!musts.contains(&"EX-ISS-030".to_owned()));
        assert!(issuers.contains(&"EX-ISS-030".to_owned()));
    }
}
