//! The report as a badge: a small picture of the verdict. Only a whole run of everything that is
//! claimed makes it green.

use super::{Closing, Tone, claims, html::escape, moment, put};
use crate::{target::Claim, verdict::Verdict};
use std::{io, path::Path};

/// The width of a character, in pixels: the letters are fitted into what this makes.
const CHARACTER: usize = 7;
/// As many roles are named one by one.
const MOST_ROLES: usize = 6;
/// The space before and after a text, in pixels.
const PADDING: usize = 8;

/// Writes the badge of a run that is over.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, closing: &Closing<'_>) -> io::Result<()> {
    put(path, badge(closing).as_bytes())
}

/// The badge as SVG.
#[must_use]
pub fn badge(closing: &Closing<'_>) -> String {
    let standing = closing.standing();
    let subject = btx_spec::VERSION;
    let verdict = match standing.tone {
        Tone::Good => format!("{}: {}", standing.word, roles(closing)),
        _ => standing.word.to_owned(),
    };
    // White letters on each of these have a contrast of 5 or more.
    let colour = match standing.tone {
        Tone::Good => "#1d6b3a",
        Tone::Doubtful => "#6b5a1e",
        Tone::Bad => "#a3241c",
    };
    let (left, right) = (width(subject), width(&verdict));
    let whole = left + right;
    let title = format!("{subject}: {verdict}");
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" viewBox="0 0 {whole} 20" role="img" aria-labelledby="t d">
<title id="t">{title}</title>
<desc id="d">{desc}</desc>
<rect width="{left}" height="20" fill="#3d4248"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">
<text x="{PADDING}" y="14" textLength="{left_text}" lengthAdjust="spacingAndGlyphs">{subject}</text>
<text x="{right_at}" y="14" textLength="{right_text}" lengthAdjust="spacingAndGlyphs">{verdict}</text>
</g>
</svg>
"##,
        title = escape(&title),
        desc = escape(&description(closing)),
        left_text = left - 2 * PADDING,
        right_at = left + PADDING,
        right_text = right - 2 * PADDING,
        verdict = escape(&verdict),
    )
}

/// All that the verdict is about, in one paragraph.
fn description(closing: &Closing<'_>) -> String {
    let opening = &closing.opening;
    let counted = Verdict::ALL
        .into_iter()
        .filter(|v| *v != Verdict::NotClaimed);
    let musts: usize = counted.clone().map(|v| closing.musts(v)).sum();
    let scenarios: usize = counted.map(|v| closing.scenarios(v)).sum();
    let selection = if closing.selected {
        format!(
            " Only a selection was run: {} of {} scenarios.",
            opening.scenarios, opening.all
        )
    } else {
        String::new()
    };
    format!(
        "{}: {}. Claims {}; examined by btx {} at {}; {} of {musts} MUSTs and {} of {scenarios} scenarios of what is claimed passed.{selection}",
        opening.target.name,
        closing.standing().words,
        claims(opening.target).join(", "),
        env!("CARGO_PKG_VERSION"),
        moment(opening.began),
        closing.musts(Verdict::Passed),
        closing.scenarios(Verdict::Passed),
    )
}

/// The claims that there is room for: the roles, without their profiles, and the asynchronous form; of a target
/// with many roles their profiles alone.
fn roles(closing: &Closing<'_>) -> String {
    let short = |claim: &&Claim| Claim::ROLES.contains(claim) || **claim == Claim::Async;
    let claims = closing.opening.target.claims.iter().filter(short);
    let parts = claims.map(|claim| claim.name().split_once('/').unwrap_or(("", claim.name())));
    let (mut profiles, roles): (Vec<&str>, Vec<&str>) = parts.unzip();
    if roles.len() <= MOST_ROLES {
        return roles.join(", ");
    }
    profiles.retain(|profile| !profile.is_empty());
    profiles.dedup();
    profiles.join(", ")
}

fn width(text: &str) -> usize {
    text.chars().count() * CHARACTER + 2 * PADDING
}
