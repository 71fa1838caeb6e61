//! Makes a page of a chapter: requirement blocks become boxes, diagrams become pictures, mentions
//! become links.

use std::ops::Range;

use btx_spec::catalogue::Requirement;

use crate::diagrams;
use crate::markdown::{self, Edit};
use crate::material::{Material, file_of};
use crate::mentions;
use crate::mistake::Mistake;
use crate::requirement_box;

/// The chapter as the book shows it, or everything that is wrong in it. The path is the chapter's
/// below the book's source.
pub(crate) fn render(path: &str, text: &str, material: &Material) -> Result<String, Vec<Mistake>> {
    let mut page = Page {
        path,
        text,
        material,
        edits: Vec::new(),
        mistakes: Vec::new(),
    };
    markdown::quotes(text)
        .into_iter()
        .for_each(|quote| page.quote(quote));
    page.diagrams();
    page.mentions();
    match page.mistakes.is_empty() {
        true => Ok(markdown::apply(text, page.edits)),
        false => Err(page.mistakes),
    }
}

struct Page<'a> {
    path: &'a str,
    text: &'a str,
    material: &'a Material,
    edits: Vec<Edit>,
    mistakes: Vec<Mistake>,
}

impl<'a> Page<'a> {
    /// Puts boxes in the place of a block quote, if it holds requirements.
    fn quote(&mut self, range: Range<usize>) {
        let first = self.line(range.start);
        let quoted = self.text.get(range.clone()).unwrap_or_default().trim_end();
        let lines = first..first + quoted.lines().count();
        let requirements = self.requirements_in(&lines);
        let Some(opening) = requirements.first() else {
            return;
        };
        let is_blank = |line: &str| line.trim().trim_start_matches('>').trim().is_empty();
        if opening.line != first || quoted.lines().any(is_blank) {
            let text = format!(
                "{} shares its block quote with other text: put an empty line, without `>`, \
                 between them",
                opening.id
            );
            self.mistake(first, text);
            return;
        }
        let mut boxes = String::new();
        for requirement in requirements {
            boxes.push_str(&requirement_box::draw(requirement, self.material));
            self.judge_citations(requirement);
        }
        self.edits.push(Edit {
            range,
            replacement: boxes,
        });
    }

    fn requirements_in(&self, lines: &Range<usize>) -> Vec<&'a Requirement> {
        let all = self.material.catalogue.iter();
        all.filter(|it| it.chapter == self.path && lines.contains(&it.line))
            .collect()
    }

    fn judge_citations(&mut self, requirement: &Requirement) {
        let (_, missing) = self.material.sources.link(&requirement.sources, self.path);
        for id in missing {
            let text = format!(
                "{} cites {id}, which spec/sources.toml does not list: correct the id, or add it \
                 there",
                requirement.id
            );
            self.mistake(requirement.line, text);
        }
    }

    fn diagrams(&mut self) {
        for fence in markdown::fences(self.text, "mermaid") {
            match diagrams::figure(&fence.body) {
                Ok(replacement) => self.edits.push(Edit {
                    range: fence.range,
                    replacement,
                }),
                Err(unreadable) => {
                    let line = self.line(fence.range.start) + unreadable.line;
                    self.mistake(line, format!("in the diagram: {}", unreadable.text));
                }
            }
        }
    }

    /// Links the mentions outside the boxes; those inside are linked already.
    fn mentions(&mut self) {
        let (links, unknown) = mentions::find(self.text, self.path, &self.material.catalogue);
        for mention in unknown {
            self.mistake(self.line(mention.offset), mention.text);
        }
        let replaced: Vec<Range<usize>> =
            self.edits.iter().map(|edit| edit.range.clone()).collect();
        let is_free = |link: &Edit| !replaced.iter().any(|it| it.contains(&link.range.start));
        self.edits.extend(links.into_iter().filter(is_free));
    }

    fn line(&self, offset: usize) -> usize {
        markdown::line_of(self.text, offset)
    }

    fn mistake(&mut self, line: usize, text: String) {
        self.mistakes
            .push(Mistake::at(&file_of(self.path), line, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{Texts, sample_texts};

    /// Renders a text as the chapter `calls.md` of the sample.
    fn rendered(text: &str) -> Result<String, Vec<String>> {
        let mut texts: Texts = sample_texts();
        texts.chapters[0].1 = text.to_owned();
        texts.features.clear();
        texts.saboteurs.clear();
        texts.vectors.clear();
        texts.sources = texts.sources.replace("EX-ISS-014", "EX-INI-001");
        let told = |mistakes: Vec<Mistake>| mistakes.iter().map(Mistake::to_string).collect();
        let material = Material::of(&texts).map_err(told)?;
        render("calls.md", text, &material).map_err(told)
    }

    #[test]
    fn blocks_diagrams_and_mentions_are_replaced_and_all_else_stays() {
        let text = "# Calls\n\nSee EX-INI-001.\n\n> **[EX-ISS-014]** It MUST.\n> *Source: D1-09.*\n\n\
                    > A plain quote.\n\n```mermaid\nsequenceDiagram\nparticipant A\nA->>A: hi\n```\n\n\
                    ```json\n{}\n```\nend\n";
        let page = rendered(text).expect("a page");
        for part in [
            "# Calls\n\nSee [EX-INI-001](other.md#EX-INI-001).\n\n",
            "id=\"EX-ISS-014\"",
            "\n> A plain quote.\n\n<figure class=\"diagram\">",
            "</figure>\n\n\n```json\n{}\n```\nend\n",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
        assert!(!page.contains("**[EX-ISS-014]**") && !page.contains("mermaid"));
    }

    #[test]
    fn two_requirements_in_one_quote_become_two_boxes() {
        let text = "> **[EX-ISS-014]** It MUST.\n> *Source: D1-09.*\n\
                    > **[EX-ISS-015]** It MAY.\n> *Source: D1-09.*\n";
        let page = rendered(text).expect("a page");
        assert_eq!(page.matches("<div class=\"requirement\">").count(), 2);
    }

    #[test]
    fn mistakes_are_told_with_file_line_and_advice() {
        let block = "> **[EX-ISS-014]** It MUST.\n> *Source: D1-09.*\n";
        for (text, told) in [
            (
                format!("# Calls\n\n{block}\nSee\nEX-ISS-999."),
                "spec/text/calls.md:7: there is no requirement EX-ISS-999: correct the id, or",
            ),
            (
                "> **[EX-ISS-014]** It MUST as EX-INI-999.\n> *Source: D1-09.*\n".to_owned(),
                "spec/text/calls.md:1: there is no requirement EX-INI-999",
            ),
            (
                format!("{block}>\n> More text.\n"),
                "spec/text/calls.md:1: EX-ISS-014 shares its block quote",
            ),
            (
                format!("> Some text\n{block}"),
                "spec/text/calls.md:1: EX-ISS-014 shares its block quote",
            ),
            (
                block.replace("D1-09", "D1-99"),
                "spec/text/calls.md:1: EX-ISS-014 cites D1-99, which spec/sources.toml does not",
            ),
            (
                format!("{block}\n```mermaid\nsequenceDiagram\nA->>B: hi\n```\n"),
                "spec/text/calls.md:6: in the diagram: `A` is no participant",
            ),
            (
                "> **[EX-ISS-014]** It is.\n> *Source: D1-09.*\n".to_owned(),
                "spec/text/calls.md:1: EX-ISS-014 has not exactly one keyword",
            ),
        ] {
            let mistakes = rendered(&text).expect_err(told);
            assert!(
                mistakes[0].starts_with(told),
                "{mistakes:?}\nand not\n{told}"
            );
        }
    }
}
