//! Whether what an implementation makes of the vectors is right.

use super::{
    Files,
    results::{Results, Said},
};
use btx_spec::vectors::{Flag, Vector, VectorFile};
use std::collections::BTreeMap;

/// The judgement of all that is wanted.
pub(crate) struct Judgement<'a> {
    /// What people call the implementation.
    pub(crate) implementation: &'a str,
    /// File by file.
    pub(crate) files: Vec<OfFile<'a>>,
}

/// The judgement of one file.
pub(crate) struct OfFile<'a> {
    /// Its name.
    pub(crate) name: &'static str,
    /// How many results are right.
    pub(crate) right: usize,
    /// The vectors with a wrong result.
    pub(crate) wrong: Vec<Wrong<'a>>,
    /// The vectors without a result.
    pub(crate) missing: Vec<&'a Vector>,
    /// The flags of the wrong ones by name.
    pub(crate) flags: BTreeMap<&'a str, OfFlag<'a>>,
}

/// A wrong result.
pub(crate) struct Wrong<'a> {
    /// The vector.
    pub(crate) vector: &'a Vector,
    /// What the implementation said.
    pub(crate) said: Said,
}

/// What a flag stands for, and how much of it is wrong.
pub(crate) struct OfFlag<'a> {
    /// What it stands for.
    pub(crate) flag: &'a Flag,
    /// How many vectors with it have a wrong result.
    pub(crate) wrong: usize,
    /// How many have a result.
    pub(crate) of: usize,
}

impl<'a> Judgement<'a> {
    /// Judges results. Every vector of the files that are wanted needs one; those of other files are not
    /// looked at.
    pub(crate) fn of(results: &'a Results, files: &'a Files, wanted: &[&'static str]) -> Self {
        let said = results.said();
        let files = wanted.iter().filter_map(|name| {
            let file = files.get(name)?;
            Some(OfFile::of(name, file, &said))
        });
        Self {
            implementation: &results.implementation,
            files: files.collect(),
        }
    }

    /// How many results are right.
    pub(crate) fn right(&self) -> usize {
        self.files.iter().map(|file| file.right).sum()
    }

    /// How many are wrong.
    pub(crate) fn wrong(&self) -> usize {
        self.files.iter().map(|file| file.wrong.len()).sum()
    }

    /// How many are missing.
    pub(crate) fn missing(&self) -> usize {
        self.files.iter().map(|file| file.missing.len()).sum()
    }

    /// The exit code that says it.
    pub(crate) fn exit(&self) -> u8 {
        match (self.wrong(), self.missing()) {
            (0, 0) => 0,
            (0, _) => 6,
            _ => 1,
        }
    }
}

impl<'a> OfFile<'a> {
    fn of(name: &'static str, file: &'a VectorFile, said: &BTreeMap<&str, Said>) -> Self {
        let mut judged = Self {
            name,
            right: 0,
            wrong: Vec::new(),
            missing: Vec::new(),
            flags: BTreeMap::new(),
        };
        for vector in &file.tests {
            match said.get(vector.id.as_str()) {
                None => judged.missing.push(vector),
                Some(said) if vector.result.agrees_with(*said == Said::Valid) => judged.right += 1,
                Some(said) => judged.wrong.push(Wrong {
                    vector,
                    said: *said,
                }),
            }
        }
        judged.flags = file
            .flags
            .iter()
            .map(|(name, flag)| (name.as_str(), judged.of_flag(name, flag, file)))
            .filter(|(_, flag)| flag.wrong > 0)
            .collect();
        judged
    }

    fn of_flag(&self, name: &str, flag: &'a Flag, file: &VectorFile) -> OfFlag<'a> {
        let has = |vector: &Vector| vector.flags.iter().any(|f| f == name);
        let missing = self.missing.iter().filter(|v| has(v)).count();
        OfFlag {
            flag,
            wrong: self.wrong.iter().filter(|w| has(w.vector)).count(),
            of: file.tests.iter().filter(|v| has(v)).count() - missing,
        }
    }

    /// How many vectors the file has.
    pub(crate) fn all(&self) -> usize {
        self.right + self.wrong.len() + self.missing.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use btx_spec::vectors::files;

    fn judged(results: &str, wanted: &[&'static str]) -> (usize, usize, usize, u8) {
        let text = format!("{{\"implementation\": \"x\", \"results\": {results}}}");
        let (results, files) = (Results::parse(&text).unwrap(), files().unwrap());
        let judged = Judgement::of(&results, &files, wanted);
        (
            judged.right(),
            judged.wrong(),
            judged.missing(),
            judged.exit(),
        )
    }

    #[test]
    fn right_wrong_and_missing_are_told_apart() {
        let all = files().unwrap()["timestamp.json"].tests.len();
        let wanted = ["timestamp.json"];
        assert_eq!(judged("{}", &wanted), (0, 0, all, 6));
        assert_eq!(
            judged(r#"{"timestamp-plain": "valid"}"#, &wanted),
            (1, 0, all - 1, 6)
        );
        assert_eq!(
            judged(r#"{"timestamp-plain": "invalid"}"#, &wanted),
            (0, 1, all - 1, 1)
        );
        assert_eq!(
            judged(r#"{"timestamp-plain": "invalid"}"#, &[]),
            (0, 0, 0, 0)
        );
    }

    #[test]
    fn a_flag_counts_what_has_a_result() {
        let text = r#"{"implementation": "x", "results": {"timestamp-plain": "invalid", "timestamp-leap-day": "valid"}}"#;
        let (results, files) = (Results::parse(text).unwrap(), files().unwrap());
        let judged = Judgement::of(&results, &files, &["timestamp.json"]);
        let flags: Vec<_> = judged.files[0]
            .flags
            .iter()
            .map(|(name, flag)| (*name, flag.wrong, flag.of))
            .collect();
        assert_eq!(flags, [("GOOD", 1, 2)]);
    }
}
