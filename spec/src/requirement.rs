//! What a requirement is: its id, its level, its sentence and where it stands.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What a requirement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// HTTP, JSON and bearer rules that all profiles share.
    Ht,
    /// The exchange.
    Ex,
    /// OAuth.
    Oa,
    /// JWT between services, with client documents.
    Jw,
    /// Life cycle of keys, sessions and tokens.
    Lc,
    /// HashBack.
    Hb,
}

/// Who has to keep a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The issuer.
    Iss,
    /// The initiator.
    Ini,
    /// The resource server.
    Res,
    /// The client.
    Cli,
    /// The authorization server.
    Aus,
    /// Whoever takes part.
    Any,
}

/// How strongly a requirement binds (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// MUST, REQUIRED or SHALL.
    Must,
    /// MUST NOT or SHALL NOT.
    MustNot,
    /// SHOULD or RECOMMENDED.
    Should,
    /// SHOULD NOT or NOT RECOMMENDED.
    ShouldNot,
    /// MAY or OPTIONAL.
    May,
}

/// `<profile>-<role>-<number>`, such as `EX-ISS-014`. A number is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequirementId {
    /// What it is about.
    pub profile: Profile,
    /// Who has to keep it.
    pub role: Role,
    /// 1 to 999.
    pub number: u16,
}

/// One normative sentence of the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// Its one keyword.
    pub level: Level,
    /// The sentence, in Markdown, on one line.
    pub sentence: String,
    /// What its source line lists, such as `D1-09, T-09`.
    pub sources: String,
    /// Why no scenario can test it, if none can.
    pub not_testable: Option<String>,
    /// Whether it binds nobody any more.
    pub retired: bool,
    /// Its chapter's path below `spec/text`, such as `token-call.md`.
    pub chapter: String,
    /// Its chapter's first heading.
    pub chapter_title: String,
    /// The line of its id, counted from 1.
    pub line: usize,
}

const PROFILES: [(&str, Profile); 6] = [
    ("HT", Profile::Ht),
    ("EX", Profile::Ex),
    ("OA", Profile::Oa),
    ("JW", Profile::Jw),
    ("LC", Profile::Lc),
    ("HB", Profile::Hb),
];

const ROLES: [(&str, Role); 6] = [
    ("ISS", Role::Iss),
    ("INI", Role::Ini),
    ("RES", Role::Res),
    ("CLI", Role::Cli),
    ("AUS", Role::Aus),
    ("ANY", Role::Any),
];

/// Every keyword, the longer before those that it begins with.
const KEYWORDS: [(&str, Level); 11] = [
    ("MUST NOT", Level::MustNot),
    ("MUST", Level::Must),
    ("REQUIRED", Level::Must),
    ("SHALL NOT", Level::MustNot),
    ("SHALL", Level::Must),
    ("SHOULD NOT", Level::ShouldNot),
    ("SHOULD", Level::Should),
    ("NOT RECOMMENDED", Level::ShouldNot),
    ("RECOMMENDED", Level::Should),
    ("MAY", Level::May),
    ("OPTIONAL", Level::May),
];

/// The text is not a requirement's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "an id is <profile>-<role>-<three digits>, such as EX-ISS-014; \
     profiles: HT EX OA JW LC HB; roles: ISS INI RES CLI AUS ANY"
)]
pub struct IdError;

impl Profile {
    /// Two capital letters, as in an id.
    #[must_use]
    pub fn code(self) -> &'static str {
        code(&PROFILES, self)
    }
}

impl Role {
    /// Three capital letters, as in an id.
    #[must_use]
    pub fn code(self) -> &'static str {
        code(&ROLES, self)
    }
}

fn code<T: PartialEq>(table: &[(&'static str, T)], wanted: T) -> &'static str {
    table
        .iter()
        .find(|(_, value)| *value == wanted)
        .map_or("", |(code, _)| code)
}

fn decode<T: Copy>(table: &[(&str, T)], wanted: &str) -> Result<T, IdError> {
    table
        .iter()
        .find(|(code, _)| *code == wanted)
        .map(|(_, value)| *value)
        .ok_or(IdError)
}

impl Level {
    /// Whether breaking it makes an implementation non-conformant.
    #[must_use]
    pub fn is_must(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }

    /// Whether breaking it earns a warning.
    #[must_use]
    pub fn is_should(self) -> bool {
        matches!(self, Self::Should | Self::ShouldNot)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
        })
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{:03}",
            self.profile.code(),
            self.role.code(),
            self.number
        )
    }
}

impl FromStr for RequirementId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut parts = text.split('-');
        let (Some(profile), Some(role), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(IdError);
        };
        if number.len() != 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdError);
        }
        let number = number.parse().map_err(|_| IdError)?;
        if number == 0 {
            return Err(IdError);
        }
        Ok(Self {
            profile: decode(&PROFILES, profile)?,
            role: decode(&ROLES, role)?,
            number,
        })
    }
}

/// The keywords of RFC 2119 in a line of Markdown, code spans left out.
#[must_use]
pub fn keywords(markdown: &str) -> Vec<Level> {
    let prose = without_code(markdown);
    let mut words = prose
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut found = Vec::new();
    let mut waiting = words.next();
    while let Some(word) = waiting {
        let next = words.next();
        let pair = next.map(|next| format!("{word} {next}"));
        let of = |text: &str| {
            KEYWORDS
                .iter()
                .find(|(keyword, _)| *keyword == text)
                .map(|row| row.1)
        };
        if let Some(level) = pair.as_deref().and_then(of) {
            found.push(level);
            waiting = words.next();
        } else {
            found.extend(of(word));
            waiting = next;
        }
    }
    found
}

/// The line with its code spans cut out.
fn without_code(markdown: &str) -> String {
    let mut prose = String::new();
    let mut rest = markdown;
    while let Some(start) = rest.find('`') {
        let (before, from_mark) = rest.split_at(start);
        let after = from_mark.trim_start_matches('`');
        let (mark, _) = from_mark.split_at(from_mark.len() - after.len());
        prose.push_str(before);
        match after.find(mark) {
            Some(end) => {
                prose.push(' ');
                rest = after.get(end + mark.len()..).unwrap_or_default();
            }
            None => {
                prose.push_str(after);
                rest = "";
            }
        }
    }
    prose.push_str(rest);
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_alike() {
        for text in ["EX-ISS-014", "HT-ANY-001", "HB-AUS-999"] {
            assert_eq!(text.parse::<RequirementId>().unwrap().to_string(), text);
        }
        for wrong in [
            "EX-ISS-14",
            "EX-ISS-0014",
            "ex-iss-014",
            "EX-ISS-000",
            "EX-SHP-001",
            "EX-ISS",
            "EX-ISS-+14",
        ] {
            assert_eq!(wrong.parse::<RequirementId>(), Err(IdError), "{wrong}");
        }
    }

    #[test]
    fn keywords_are_capitals_outside_code() {
        assert_eq!(
            keywords("It MUST NOT; it must, `MUST` and ``a ` MAY`` not."),
            [Level::MustNot]
        );
        assert_eq!(keywords("MUST, MAY"), [Level::Must, Level::May]);
        assert_eq!(
            keywords("NOT RECOMMENDED and **OPTIONAL**"),
            [Level::ShouldNot, Level::May]
        );
        assert_eq!(keywords("MUSTARD and DISMAY"), []);
    }
}
