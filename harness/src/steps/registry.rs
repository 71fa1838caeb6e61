//! The steps that scenarios are made of: a pattern that people can read, and what it does.

use super::Stop;
use crate::world::World;
use cucumber_expressions::Expression;
use futures::future::BoxFuture;
use regex::Regex;
use std::collections::HashMap;

/// What a step does with the world, given the words that its pattern left open.
pub type Act = for<'a> fn(&'a mut World, Vec<String>) -> BoxFuture<'a, Result<(), Stop>>;

/// A step: pattern and act.
pub struct Step {
    /// A Cucumber expression; `{words}` stands for the rest of a phrase, `{count}` for a number,
    /// `{problem}` for the name of a problem.
    pub pattern: &'static str,
    /// What it does.
    pub act: Act,
}

/// Declares the steps of a file, each with the names of the words that its pattern leaves open.
macro_rules! steps {
    ($($pattern:literal => |$world:ident $(, $word:ident)*| $body:block)*) => {
        /// The steps of this file.
        pub(crate) fn steps() -> Vec<$crate::steps::registry::Step> {
            vec![$(
                $crate::steps::registry::Step {
                    pattern: $pattern,
                    act: |$world, words| Box::pin(async move {
                        let [$($word),*] = $crate::steps::registry::exactly(words)?;
                        $body
                    }),
                }
            ),*]
        }
    };
}
pub(super) use steps;

/// As many words as a pattern leaves open.
///
/// # Errors
/// When pattern and act do not agree on how many there are.
pub(super) fn exactly<const N: usize>(words: Vec<String>) -> Result<[String; N], Stop> {
    words.try_into().map_err(|words: Vec<String>| {
        Stop::Harness(format!(
            "a step takes {N} words, and its pattern leaves {} open",
            words.len()
        ))
    })
}

/// All steps, compiled.
pub struct Steps {
    compiled: Vec<Compiled>,
}

struct Compiled {
    /// How every text begins that fits: hundreds of patterns need not be tried where one comparison tells.
    beginning: &'static str,
    regex: Regex,
    act: Act,
}

/// What a Cucumber expression takes letter by letter at its beginning: whole words only, since the last one may be
/// an alternative or have an optional end.
fn beginning(pattern: &'static str) -> &'static str {
    let open = pattern.find(['{', '(', '/', '\\']);
    let fixed = open.map_or(pattern, |open| pattern.split_at(open).0);
    match (open, fixed.rfind(' ')) {
        (None, _) => fixed,
        (Some(_), Some(space)) => fixed.split_at(space).0,
        (Some(_), None) => "",
    }
}

/// Why no step fits a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Misfit {
    /// None does.
    Unknown,
    /// More than one does.
    Ambiguous,
}

impl Steps {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// A pattern that is no Cucumber expression.
    pub fn compile(steps: Vec<Step>) -> Result<Self, String> {
        let parameters = HashMap::from([
            ("words", ".+"),
            ("count", r"\d+"),
            ("problem", "[a-z]+(?:-[a-z]+)*"),
        ]);
        let compiled = steps
            .into_iter()
            .map(|step| {
                let regex = Expression::regex_with_parameters(step.pattern, &parameters)
                    .map_err(|e| format!("the step \"{}\": {e}", step.pattern))?;
                Ok(Compiled {
                    beginning: beginning(step.pattern),
                    regex,
                    act: step.act,
                })
            })
            .collect::<Result<_, String>>()?;
        Ok(Self { compiled })
    }

    /// The step that fits a text, with the words that its pattern left open. Where several fit, the
    /// one that leaves the fewest letters open is meant.
    ///
    /// # Errors
    /// When no step fits, or several equally well.
    pub fn find(&self, text: &str) -> Result<(Act, Vec<String>), Misfit> {
        let mut fits: Vec<(usize, Act, Vec<String>)> = self
            .compiled
            .iter()
            .filter(|step| text.starts_with(step.beginning))
            .filter_map(|step| {
                let words: Vec<String> = step
                    .regex
                    .captures(text)?
                    .iter()
                    .skip(1)
                    .flatten()
                    .map(|m| m.as_str().to_owned())
                    .collect();
                Some((words.iter().map(String::len).sum(), step.act, words))
            })
            .collect();
        fits.sort_by_key(|(open, _, _)| *open);
        let mut fits = fits.into_iter();
        let Some((open, act, words)) = fits.next() else {
            return Err(Misfit::Unknown);
        };
        match fits.next() {
            Some((other, _, _)) if other == open => Err(Misfit::Ambiguous),
            _ => Ok((act, words)),
        }
    }
}
