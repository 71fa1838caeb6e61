//! The test vectors, by the requirements that they exercise.

use std::collections::BTreeMap;
use std::fmt::Write;

use btx_spec::catalogue::{Catalogue, RequirementId};
use btx_spec::vectors::VectorFile;

use crate::html::escape;
use crate::mistake::Mistake;
use crate::places::{self, VECTORS};

/// Where the files stand.
pub(crate) const FOLDER: &str = "spec/vectors";

/// The file that describes the others.
const SCHEMA: &str = btx_spec::vectors::SCHEMA;

/// For each requirement the files with vectors of it, and the ids of these.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    of: BTreeMap<RequirementId, BTreeMap<String, Vec<String>>>,
}

impl Vectors {
    /// Reads the files, each a name and a text.
    pub(crate) fn parse(
        texts: &[(String, String)],
        catalogue: &Catalogue,
    ) -> Result<Self, Vec<Mistake>> {
        let (mut vectors, mut mistakes) = (Self::default(), Vec::new());
        for (name, text) in texts.iter().filter(|(name, _)| name != SCHEMA) {
            let file = format!("{FOLDER}/{name}");
            match serde_json::from_str::<VectorFile>(text) {
                Ok(read) => mistakes.extend(vectors.add(name, &file, read, catalogue)),
                Err(error) => mistakes.push(Mistake::within(&file, error.to_string())),
            }
        }
        match mistakes.is_empty() {
            true => Ok(vectors),
            false => Err(mistakes),
        }
    }

    fn add(
        &mut self,
        name: &str,
        file: &str,
        read: VectorFile,
        catalogue: &Catalogue,
    ) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for vector in read.tests {
            for id in &vector.requirements {
                let known = id.parse().ok().filter(|id| catalogue.get(id).is_some());
                let Some(known) = known else {
                    let text = format!(
                        "the vector \"{}\" names {id}, which no chapter has: correct the id",
                        vector.id
                    );
                    mistakes.push(Mistake::within(file, text));
                    continue;
                };
                let files = self.of.entry(known).or_default();
                let ids = files.entry(name.to_owned()).or_default();
                ids.push(vector.id.clone());
            }
        }
        mistakes
    }

    /// How many vectors a requirement has.
    pub(crate) fn count(&self, id: RequirementId) -> usize {
        let files = self.of.get(&id).into_iter().flatten();
        files.map(|(_, ids)| ids.len()).sum()
    }

    /// The part of the chapter on vectors that is generated: which exercise a requirement.
    pub(crate) fn draw(&self, catalogue: &Catalogue) -> String {
        let mut page = "\n## The vectors of each requirement\n\n\
            <div class=\"table-wrapper\"><table class=\"vectors\">\n<thead><tr><th>Requirement</th>\
            <th>Vectors</th></tr></thead>\n<tbody>\n"
            .to_owned();
        for (id, files) in &self.of {
            let address = catalogue
                .get(id)
                .map(|it| places::of_requirement(VECTORS, it))
                .unwrap_or_default();
            let _ = writeln!(
                page,
                "<tr><td><a class=\"source\" id=\"{}\" href=\"{address}\">{id}</a></td><td>",
                places::group(*id)
            );
            for (name, ids) in files {
                let ids: Vec<String> = ids
                    .iter()
                    .map(|id| format!("<code>{}</code>", escape(id)))
                    .collect();
                let _ = writeln!(
                    page,
                    "<details><summary>{} in <code>{name}</code></summary>{}</details>",
                    ids.len(),
                    ids.join(", ")
                );
            }
            page.push_str("</td></tr>\n");
        }
        page + "</tbody></table></div>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{sample, sample_texts};

    #[test]
    fn vectors_are_counted_and_shown_by_requirement() {
        let material = sample();
        let count = |id: &str| material.vectors.count(id.parse().expect("an id"));
        assert_eq!((count("EX-ISS-014"), count("EX-INI-001")), (1, 0));
        let page = material.vectors.draw(&material.catalogue);
        let place = "id=\"of-EX-ISS-014\" href=\"calls.md#EX-ISS-014\"";
        assert!(page.contains(place), "{page}");
        assert!(
            page.contains("1 in <code>words.json</code></summary><code>one</code>"),
            "{page}"
        );
    }

    #[test]
    fn a_vector_without_requirement_of_the_book_is_told_with_its_file() {
        let texts = sample_texts().vectors;
        let texts: Vec<_> = texts
            .into_iter()
            .map(|(name, text)| (name, text.replace("EX-ISS-014", "EX-ISS-999")))
            .collect();
        let told = Vectors::parse(&texts, &sample().catalogue).expect_err("a mistake");
        assert_eq!(
            told[0].to_string(),
            "spec/vectors/words.json: the vector \"one\" names EX-ISS-999, which no chapter has: \
             correct the id"
        );
    }
}
