//! Where things stand in the book, and links from one page to another.

use btx_spec::catalogue::{Level, Profile, Requirement, RequirementId, Role};

/// The page that lists every requirement.
pub(crate) const MATRIX: &str = "matrix.md";
/// The page that lists what requirements come from.
pub(crate) const SOURCES: &str = "sources.md";
/// The page that lists the scenarios.
pub(crate) const SCENARIOS: &str = "scenarios.md";

/// The page that lists who breaks which requirement.
pub(crate) const SABOTEURS: &str = "saboteurs.md";
/// The chapter on test vectors.
pub(crate) const VECTORS: &str = "vectors.md";

/// The anchor of what belongs to a requirement on a page that groups something by requirements.
pub(crate) fn group(id: RequirementId) -> String {
    format!("of-{id}")
}

/// The address of an anchor on a page, seen from another page. Pages are named by the paths of
/// their Markdown below the book's source.
pub(crate) fn address(from: &str, page: &str, anchor: &str) -> String {
    let path = match from == page {
        true => String::new(),
        false => "../".repeat(from.matches('/').count()) + page,
    };
    match anchor.is_empty() {
        true => path,
        false => format!("{path}#{anchor}"),
    }
}

/// The address of a requirement.
pub(crate) fn of_requirement(from: &str, requirement: &Requirement) -> String {
    address(from, &requirement.chapter, &requirement.id.to_string())
}

/// A requirement's level as a badge.
pub(crate) fn badge(level: Level) -> String {
    format!("<span class=\"level {}\">{level}</span>", strength(level))
}

/// How strong a level is, whether it demands or forbids.
pub(crate) fn strength(level: Level) -> &'static str {
    match level {
        Level::Must | Level::MustNot => "must",
        Level::Should | Level::ShouldNot => "should",
        Level::May => "may",
    }
}

/// Whom a requirement binds, in words.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Iss => "issuer",
        Role::Ini => "initiator",
        Role::Res => "resource server",
        Role::Cli => "client",
        Role::Aus => "authorization server",
        Role::Any => "everyone",
    }
}

/// What a requirement is about, in words.
pub(crate) fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Ht => "HTTP, JSON and bearer rules",
        Profile::Ex => "The exchange",
        Profile::Oa => "OAuth",
        Profile::Jw => "JWT between services",
        Profile::Lc => "Keys, sessions and rotation",
        Profile::Hb => "HashBack",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_to_the_page_that_they_stand_on() {
        assert_eq!(address("a.md", "b.md", "x"), "b.md#x");
        assert_eq!(address("scenarios/a.md", "b.md", "x"), "../b.md#x");
        assert_eq!(address("b.md", "b.md", "x"), "#x");
        assert_eq!(address("a.md", "b.md", ""), "b.md");
    }
}
