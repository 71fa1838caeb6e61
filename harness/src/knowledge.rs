//! What is known of each requirement: its sentence, its sources, its scenarios, and who breaks it.

use crate::{
    check::NoVerdict,
    scenario::{self, Scenario},
};
use btx_spec::{
    catalogue::{Catalogue, Profile, Requirement, RequirementId, Role},
    sources::{self, Sources},
};
use serde::Deserialize;

/// The saboteurs, each an implementation that breaks one requirement. A test of theirs keeps this list fresh.
const SABOTEURS: &str = include_str!("../saboteurs.toml");

/// An implementation that breaks one requirement on purpose, so that its scenarios are seen to fail. Which ones
/// those are, the list says as well; the book shows them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saboteur {
    /// A name that stays.
    pub name: String,
    /// The id of the requirement.
    pub requirement: String,
    /// What it does, in one sentence.
    pub does: String,
    /// What it cannot help breaking as well.
    #[serde(default, rename = "extra")]
    pub extras: Vec<Extra>,
}

/// A requirement that a saboteur is blamed for besides its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Extra {
    /// The id of the requirement.
    pub requirement: String,
    /// Why that cannot be helped.
    pub why: String,
}

#[derive(Deserialize)]
struct Saboteurs {
    saboteur: Vec<Saboteur>,
}

/// All that this binary knows.
pub struct Knowledge {
    /// The requirements.
    pub catalogue: &'static Catalogue,
    /// What their source lines cite.
    pub sources: Sources,
    scenarios: Vec<Scenario>,
    saboteurs: Vec<Saboteur>,
}

/// A requirement with its scenarios and its saboteurs.
pub struct About<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    /// The scenarios that are about it, in the order of their files and lines.
    pub scenarios: Vec<&'a Scenario>,
    /// Who breaks it.
    pub saboteurs: Vec<&'a Saboteur>,
}

impl Knowledge {
    /// Reads what is inside the binary.
    ///
    /// # Errors
    /// A defect of what is inside; tests see to it that there is none.
    pub fn load() -> Result<Self, NoVerdict> {
        let defect = |words: String| NoVerdict { exit: 5, words };
        let catalogue = Catalogue::embedded().as_ref().map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            defect(lines.join("\n"))
        })?;
        let sources =
            toml::from_str(sources::TEXT).map_err(|e| defect(format!("spec/sources.toml: {e}")))?;
        let saboteurs: Saboteurs = toml::from_str(SABOTEURS)
            .map_err(|e| defect(format!("harness/saboteurs.toml: {e}")))?;
        Ok(Self {
            catalogue,
            sources,
            scenarios: scenario::all().map_err(defect)?,
            saboteurs: saboteurs.saboteur,
        })
    }

    /// What is known of one requirement.
    #[must_use]
    pub fn about<'a>(&'a self, requirement: &'a Requirement) -> About<'a> {
        let id = requirement.id.to_string();
        let scenarios = self.scenarios.iter();
        let saboteurs = self.saboteurs.iter();
        About {
            requirement,
            scenarios: scenarios
                .filter(|s| s.requirements.contains(&requirement.id))
                .collect(),
            saboteurs: saboteurs.filter(|s| s.requirement == id).collect(),
        }
    }

    /// What is known of all requirements, in the order of the book.
    pub fn all(&self) -> impl Iterator<Item = About<'_>> {
        self.catalogue.iter().map(|r| self.about(r))
    }
}

impl About<'_> {
    /// Where the book explains it, such as `token-call.html#EX-ISS-014`.
    #[must_use]
    pub fn anchor(&self) -> String {
        let page = self.requirement.chapter.trim_end_matches(".md");
        format!("{page}.html#{}", self.requirement.id)
    }

    /// Where it is written, from the root of the project.
    #[must_use]
    pub fn place(&self) -> String {
        format!(
            "spec/text/{}:{}",
            self.requirement.chapter, self.requirement.line
        )
    }
}

/// The profiles as people say them, each with its code.
const PROFILES: [(&str, Profile); 6] = [
    ("http", Profile::Ht),
    ("exchange", Profile::Ex),
    ("oauth", Profile::Oa),
    ("jwt", Profile::Jw),
    ("life-cycle", Profile::Lc),
    ("hashback", Profile::Hb),
];

/// The roles as people say them.
const ROLES: [(&str, Role); 6] = [
    ("issuer", Role::Iss),
    ("initiator", Role::Ini),
    ("resource", Role::Res),
    ("client", Role::Cli),
    ("authorization-server", Role::Aus),
    ("any", Role::Any),
];

/// The name of a requirement's profile.
#[must_use]
pub fn profile_name(id: &RequirementId) -> &'static str {
    name(&PROFILES, id.profile)
}

/// The name of the role that a requirement binds.
#[must_use]
pub fn role_name(id: &RequirementId) -> &'static str {
    name(&ROLES, id.role)
}

fn name<T: PartialEq>(table: &[(&'static str, T)], wanted: T) -> &'static str {
    let row = table.iter().find(|(_, value)| *value == wanted);
    row.map_or("", |(name, _)| name)
}

/// A profile by its name or its code, in any letter case.
///
/// # Errors
/// Which there are.
pub fn profile(text: &str) -> Result<Profile, String> {
    by_name(&PROFILES, Profile::code, text)
}

/// A role by its name or its code, in any letter case.
///
/// # Errors
/// Which there are.
pub fn role(text: &str) -> Result<Role, String> {
    by_name(&ROLES, Role::code, text)
}

fn by_name<T: Copy>(
    table: &[(&str, T)],
    code: fn(T) -> &'static str,
    text: &str,
) -> Result<T, String> {
    let means = |(name, value): &&(&str, T)| {
        name.eq_ignore_ascii_case(text) || code(*value).eq_ignore_ascii_case(text)
    };
    let row = table.iter().find(means);
    row.map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<String> = table
            .iter()
            .map(|(name, value)| format!("{name} ({})", code(*value)))
            .collect();
        format!("there are {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_can_be_read() {
        let knowledge = Knowledge::load().map_err(|e| e.words).unwrap();
        let all: Vec<_> = knowledge.all().collect();
        assert!(all.iter().any(|a| !a.scenarios.is_empty()));
        let broken: usize = all.iter().map(|a| a.saboteurs.len()).sum();
        assert_eq!(
            broken,
            knowledge.saboteurs.len(),
            "a saboteur breaks what is no requirement"
        );
    }

    #[test]
    fn roles_and_profiles_have_names_and_codes() {
        assert_eq!(role("Issuer"), Ok(Role::Iss));
        assert_eq!(role("ANY"), Ok(Role::Any));
        assert_eq!(profile("ht"), Ok(Profile::Ht));
        assert!(role("farmer").unwrap_err().contains("initiator (INI)"));
    }
}
