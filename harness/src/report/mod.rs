//! What a run tells: to a terminal while it goes on, and to files.

pub mod badge;
pub mod html;
pub mod json;
pub mod junit;
pub mod statement;
pub mod terminal;
pub mod timeline;

use crate::{
    known_failures::{KnownFailures, Stale},
    redact,
    run::Outcome,
    target::{Claim, Limits, Target},
    verdict::{RequirementVerdict, RunVerdict, Strictness, Verdict, of_scenario},
};
use btx_spec::catalogue::{Catalogue, RequirementId};
use statement::KnownFailure;
use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The roles that scenarios are about, by their tags.
pub const ROLES: [&str; 11] = [
    "issuer",
    "initiator",
    "authorization-server",
    "resource",
    "client",
    "jwt-resource",
    "jwt-authorization-server",
    "jwt-client",
    "lifecycle-issuer",
    "lifecycle-resource",
    "lifecycle-caller",
];

/// What is known before the first scenario.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// The implementation under test.
    pub target: &'a Target,
    /// How many scenarios are going to run.
    pub scenarios: usize,
    /// How many scenarios the suite has.
    pub all: usize,
    /// The seed of the run.
    pub seed: u64,
    /// When the run began.
    pub began: jiff::Timestamp,
}

/// What is known after the last scenario.
pub struct Closing<'a> {
    /// What was known before the first.
    pub opening: Opening<'a>,
    /// The verdict of the run.
    pub verdict: RunVerdict,
    /// All outcomes, in the order of their files and lines.
    pub outcomes: &'a [Outcome],
    /// The verdicts of all requirements that were concerned.
    pub requirements: &'a [RequirementVerdict],
    /// Which failures are known.
    pub known: &'a KnownFailures,
    /// The known failures as they are written down.
    pub known_failures: &'a [KnownFailure],
    /// Known failures that did not fail.
    pub stale: &'a [Stale],
    /// The catalogue of the specification.
    pub catalogue: &'a Catalogue,
    /// Whether only some of the scenarios were selected.
    pub selected: bool,
    /// Requirements that bind the target and that no scenario of the suite is about yet.
    pub uncovered: &'a [RequirementId],
    /// Requirements that bind the target and that nobody can examine: they are attested.
    pub attested: &'a [RequirementId],
    /// How long the run took.
    pub took: Duration,
    /// How strict it was.
    pub strictness: Strictness,
}

/// How a verdict is meant, for those who only look at the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Conformance, of everything that is claimed.
    Good,
    /// Neither conformance nor its opposite.
    Doubtful,
    /// Something is broken.
    Bad,
}

/// What a run says about conformance. A selection never says that there is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict in a word or two.
    pub word: &'static str,
    /// The same in a sentence, without its full stop.
    pub words: &'static str,
    /// How it is meant.
    pub tone: Tone,
}

impl Closing<'_> {
    /// How many scenarios have that verdict.
    #[must_use]
    pub fn scenarios(&self, verdict: Verdict) -> usize {
        self.outcomes
            .iter()
            .filter(|o| of_scenario(o, self.catalogue) == verdict)
            .count()
    }

    /// How many scenarios of a role have that verdict; one that is about both roles counts for each.
    #[must_use]
    pub fn scenarios_of(&self, role: &str, verdict: Verdict) -> usize {
        let of_role = self.outcomes.iter().filter(|o| o.scenario.has_tag(role));
        of_role
            .filter(|o| of_scenario(o, self.catalogue) == verdict)
            .count()
    }

    /// The roles in which anything was looked at, or would have been.
    #[must_use]
    pub fn roles(&self) -> Vec<&'static str> {
        let concerned = |role: &&str| {
            let mut of_role = self.outcomes.iter().filter(|o| o.scenario.has_tag(role));
            of_role.any(|o| o.verdict != Verdict::NotClaimed)
        };
        ROLES.into_iter().filter(concerned).collect()
    }

    /// How many requirements have that verdict.
    #[must_use]
    pub fn requirements(&self, verdict: Verdict) -> usize {
        self.requirements
            .iter()
            .filter(|r| r.verdict == verdict)
            .count()
    }

    /// How many requirements at the level of MUST have that verdict.
    #[must_use]
    pub fn musts(&self, verdict: Verdict) -> usize {
        self.requirements
            .iter()
            .filter(|r| r.must && r.verdict == verdict)
            .count()
    }

    /// What the run says about conformance.
    #[must_use]
    pub fn standing(&self) -> Standing {
        standing(self.verdict, self.selected, !self.stale.is_empty())
    }
}

/// What a verdict says about conformance, of a run of everything or of a selection.
#[must_use]
pub fn standing(verdict: RunVerdict, selected: bool, stale: bool) -> Standing {
    let (word, words, tone) = match verdict {
        RunVerdict::Conformant if selected => (
            "selection passed",
            "only a selection was run, and every MUST of it passed: nothing is said about the rest",
            Tone::Doubtful,
        ),
        RunVerdict::Conformant => (
            "conformant",
            "every MUST of what is claimed passed",
            Tone::Good,
        ),
        RunVerdict::NotConformantAsExpected => (
            "known failures",
            "not conformant: all failures are known ones",
            Tone::Doubtful,
        ),
        RunVerdict::NotConformant if stale => (
            "not conformant",
            "something failed, or a failure that is known did not happen",
            Tone::Bad,
        ),
        RunVerdict::NotConformant => (
            "not conformant",
            "a requirement that binds was broken",
            Tone::Bad,
        ),
        RunVerdict::NothingRun => (
            "nothing run",
            "no scenario concerns this target",
            Tone::Doubtful,
        ),
        RunVerdict::TargetGone => (
            "target gone",
            "the target went away during the run",
            Tone::Bad,
        ),
        RunVerdict::HarnessError => ("harness error", "the harness itself is wrong", Tone::Bad),
        RunVerdict::Incomplete | RunVerdict::IncompleteAllowed => (
            "incomplete",
            "nothing new failed, and some MUSTs were not exercised",
            Tone::Doubtful,
        ),
    };
    Standing { word, words, tone }
}

/// The claims of a target, as a target file spells them.
#[must_use]
pub fn claims(target: &Target) -> Vec<String> {
    target.claims.iter().map(ToString::to_string).collect()
}

/// The limits that bear on the claims of a target, each with its value.
#[must_use]
pub fn limits(target: &Target) -> Vec<(&'static str, String)> {
    let Limits {
        exchange_deadline,
        clock_skew,
        parallel_per_peer,
        call_deadline,
        longest_pause,
        document_deadline,
        keys_interval,
        least_freshness,
        longest_stale,
        bearer_lifetime,
        refresh_window,
        session_lifetime,
        rotation_window,
        refresh_repeat,
        login_attempts,
        login_pause,
    } = &target.limits;
    let mut limits = Vec::new();
    if target.claims(Claim::ExchangeIssuer) {
        limits.push(("exchange_deadline", duration(*exchange_deadline)));
        limits.push(("parallel_per_peer", parallel_per_peer.to_string()));
    }
    let judges_times = [
        Claim::ExchangeInitiator,
        Claim::PrivateKeyJwt,
        Claim::JwtBearer,
        Claim::TakesJwt,
        Claim::JwtResource,
        Claim::JwtServer,
        Claim::LifecycleIssuer,
        Claim::LifecycleResource,
    ];
    if judges_times.into_iter().any(|claim| target.claims(claim)) {
        limits.push(("clock_skew", duration(*clock_skew)));
    }
    if target.claims(Claim::ExchangeInitiator) || target.claims(Claim::LifecycleCaller) {
        limits.push(("call_deadline", duration(*call_deadline)));
        if target.claims(Claim::ExchangeInitiator) && target.claims(Claim::Async) {
            limits.push(("longest_pause", duration(*longest_pause)));
        }
    }
    if target.claims(Claim::JwtResource) || target.claims(Claim::JwtServer) {
        limits.push(("document_deadline", duration(*document_deadline)));
        limits.push(("least_freshness", duration(*least_freshness)));
    }
    let fetches_keys = [
        Claim::JwtResource,
        Claim::JwtServer,
        Claim::LifecycleResource,
    ];
    if fetches_keys.into_iter().any(|claim| target.claims(claim)) {
        limits.push(("keys_interval", duration(*keys_interval)));
        limits.push(("longest_stale", duration(*longest_stale)));
    }
    if target.claims(Claim::LifecycleIssuer) || target.claims(Claim::LifecycleResource) {
        limits.push(("bearer_lifetime", duration(*bearer_lifetime)));
    }
    if target.claims(Claim::LifecycleIssuer) {
        limits.push(("refresh_window", duration(*refresh_window)));
        limits.push(("session_lifetime", duration(*session_lifetime)));
        limits.push(("rotation_window", duration(*rotation_window)));
        limits.push(("refresh_repeat", duration(*refresh_repeat)));
        limits.push(("login_attempts", login_attempts.to_string()));
        limits.push(("login_pause", duration(*login_pause)));
    }
    limits
}

/// A time with its unit, as target files have it.
fn duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

/// A moment to the second, in UTC.
#[must_use]
pub fn moment(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Words that may quote a target: secrets shortened, and nothing in them that cannot be seen.
#[must_use]
pub fn quoted(words: &str) -> String {
    visible(&redact::body(words.as_bytes()))
}

/// A text in which what is not seen, or changes the order of what is, can be seen.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            _ if is_unseen(c) => shown.push_str(&format!("[U+{:04X}]", u32::from(c))),
            _ => shown.push(c),
        }
    }
    shown
}

/// Controls, marks without width, what sets the direction of writing, other ends of lines, tags,
/// and what is no character at all.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a report could be written there, found out without changing what is there.
///
/// # Errors
/// Why not.
pub fn probe(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::Error::other("it is a folder")),
        Ok(_) => OpenOptions::new().append(true).open(path).map(drop),
        Err(_) => {
            let part = beside(path)?;
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&part)?;
            fs::remove_file(part)
        }
    }
}

/// Writes a report that is complete: whatever goes wrong, what was there before is there still.
///
/// # Errors
/// When it cannot be written.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A pipe or a device cannot be exchanged for a file.
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::write(path, bytes);
    }
    // Where a link leads, so that it stays a link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let part = beside(&path)?;
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// The name of the file in which a report waits until it is complete.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::other("it has no name"));
    };
    let mut part = OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_run_is_called_conformant() {
        assert_eq!(
            standing(RunVerdict::Conformant, false, false).tone,
            Tone::Good
        );
        for (verdict, selected) in [
            (RunVerdict::Conformant, true),
            (RunVerdict::Incomplete, false),
            (RunVerdict::IncompleteAllowed, false),
            (RunVerdict::NotConformantAsExpected, false),
            (RunVerdict::NothingRun, false),
        ] {
            let standing = standing(verdict, selected, false);
            assert_eq!(standing.tone, Tone::Doubtful, "{verdict:?}");
            assert!(!standing.word.contains("conformant"), "{verdict:?}");
        }
    }

    #[test]
    fn nothing_hides_in_a_text() {
        assert_eq!(
            visible("a\0b\u{1b}[1m\r\u{7f}\u{85}\u{202e}c\u{feff}\u{2028}\u{ffff}\u{1fffe}\n"),
            "a[U+0000]b[U+001B][1m[U+000D][U+007F][U+0085][U+202E]c[U+FEFF][U+2028][U+FFFF][U+1FFFE]\n"
        );
        assert_eq!(visible("Ä → 漢字 😀"), "Ä → 漢字 😀");
    }

    #[test]
    fn a_report_that_cannot_be_written_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        assert!(probe(&path).is_ok());
        assert!(!path.exists(), "a probe leaves nothing");
        put(&path, b"first").unwrap();
        put(&path, b"second").unwrap();
        assert!(probe(&path).is_ok());
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert!(probe(folder.path()).is_err());
        assert!(probe(&folder.path().join("missing").join("x")).is_err());
        assert!(put(&folder.path().join("missing").join("x"), b"").is_err());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
