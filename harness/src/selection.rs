//! Which scenarios are meant: by requirement id, by feature path with globs, or by words of a name.

use crate::scenario::Scenario;
use btx_spec::catalogue::RequirementId;
use regex::Regex;

/// What the user selects.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these; all, if empty.
    pub only: Vec<String>,
    /// And not these.
    pub skip: Vec<String>,
    /// Profiles, as `exchange`.
    pub profiles: Vec<String>,
    /// Roles, as `issuer`.
    pub roles: Vec<String>,
}

/// A selector that matches nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} \"{selector}\" matches no scenario\n  {hint}")]
pub struct Matchless {
    option: &'static str,
    selector: String,
    hint: String,
}

impl Selection {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let all = [&self.only, &self.skip, &self.profiles, &self.roles];
        all.iter().all(|selectors| selectors.is_empty())
    }

    /// The scenarios that are meant, in their order.
    ///
    /// # Errors
    /// A selector that matches nothing: a typing mistake must not look like a green run.
    pub fn select(&self, scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, Matchless> {
        for (option, selectors) in [
            ("--only", &self.only),
            ("--skip", &self.skip),
            ("--profile", &self.profiles),
            ("--role", &self.roles),
        ] {
            for selector in selectors {
                let by_tag = matches!(option, "--profile" | "--role");
                let any = scenarios.iter().any(|s| {
                    if by_tag {
                        s.has_tag(selector)
                    } else {
                        matches(selector, s)
                    }
                });
                if !any {
                    return Err(Matchless {
                        option,
                        selector: selector.clone(),
                        hint: hint(option),
                    });
                }
            }
        }
        let wanted = |s: &Scenario| {
            (self.only.is_empty() || self.only.iter().any(|o| matches(o, s)))
                && !self.skip.iter().any(|o| matches(o, s))
                && (self.profiles.is_empty() || self.profiles.iter().any(|p| s.has_tag(p)))
                && (self.roles.is_empty() || self.roles.iter().any(|r| s.has_tag(r)))
        };
        Ok(scenarios.into_iter().filter(wanted).collect())
    }
}

fn hint(option: &str) -> String {
    match option {
        "--profile" => "there are: exchange, oauth, jwt, lifecycle".to_owned(),
        "--role" => format!("there are: {}", crate::report::ROLES.join(", ")),
        _ => "a requirement id (EX-ISS-013), a feature path, also with * and ** and with :LINE (features/**/json.feature), or words of a scenario's name; `btx check --list` shows all".to_owned(),
    }
}

/// Whether a selector means a scenario.
#[must_use]
pub fn matches(selector: &str, scenario: &Scenario) -> bool {
    if let Ok(id) = selector.parse::<RequirementId>() {
        return scenario.requirements.contains(&id);
    }
    if selector.contains(".feature") || selector.contains('/') || selector.contains('*') {
        return glob(selector)
            .is_some_and(|g| g.is_match(&scenario.file) || g.is_match(&scenario.id()));
    }
    scenario
        .name
        .to_lowercase()
        .contains(&selector.to_lowercase())
}

/// `**` is any path, `*` any part of one name; the path may begin anywhere.
fn glob(selector: &str) -> Option<Regex> {
    let pattern = regex::escape(selector)
        .replace(r"\*\*/", "(?:.*/)?")
        .replace(r"\*\*", ".*")
        .replace(r"\*", "[^/]*");
    Regex::new(&format!("(?:^|/){pattern}(?:$|/)")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenarios() -> Vec<Scenario> {
        crate::scenario::all().unwrap()
    }

    fn selected(only: &str) -> usize {
        let selection = Selection {
            only: vec![only.to_owned()],
            ..Selection::default()
        };
        selection.select(scenarios()).map_or(0, |s| s.len())
    }

    #[test]
    fn selects_by_id_path_and_words() {
        let json = selected("features/exchange/issuer/json.feature");
        assert!(json > 0);
        assert_eq!(selected("features/**/json.feature"), json);
        assert_eq!(selected("json.feature"), json);
        assert_eq!(selected("features/*/issuer/js*.feature"), json);
        assert!(selected("EX-ISS-013") > json);
        assert!(selected("MORE EXCHANGES THAN DECLARED") == 1);
    }

    #[test]
    fn one_line_is_one_scenario() {
        let one = scenarios().remove(3);
        assert_eq!(selected(&one.id()), 1);
    }

    #[test]
    fn what_matches_nothing_is_an_error() {
        for selector in ["EX-ISS-999", "features/nowhere/*.feature", "turnips"] {
            let selection = Selection {
                skip: vec![selector.to_owned()],
                ..Selection::default()
            };
            let error = selection.select(scenarios()).unwrap_err();
            assert!(error.to_string().contains(selector), "{error}");
        }
    }
}
