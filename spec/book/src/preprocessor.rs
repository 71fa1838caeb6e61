//! The preprocessor of mdBook that makes pages of chapters and adds the generated ones.

use std::path::Path;

use mdbook_preprocessor::book::{Book, BookItem, Chapter, SectionNumber};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::chapter;
use crate::feature_pages;
use crate::material::{Material, Texts};
use crate::matrix;
use crate::mistake::{Mistake, as_error};
use crate::places::{MATRIX, SABOTEURS, SCENARIOS, SOURCES, VECTORS};
use crate::saboteur_page;

/// What `[preprocessor.btx]` in `book.toml` stands for.
pub(crate) struct Btx;

impl Preprocessor for Btx {
    fn name(&self) -> &str {
        "btx"
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let texts =
            Texts::read(&context.root, chapters(&book)).map_err(|mistake| as_error(&[mistake]))?;
        let material = Material::of(&texts).map_err(|mistakes| as_error(&mistakes))?;
        render(&mut book, &material).map_err(|mistakes| as_error(&mistakes))?;
        append(&mut book, &material);
        Ok(book)
    }
}

/// Each chapter's path below the book's source, and its Markdown.
pub(crate) fn chapters(book: &Book) -> Vec<(String, String)> {
    book.chapters()
        .map(|chapter| (path_of(chapter), chapter.content.clone()))
        .collect()
}

fn path_of(chapter: &Chapter) -> String {
    let path = chapter.path.as_deref().unwrap_or(Path::new(""));
    path.to_string_lossy().replace('\\', "/")
}

/// Makes a page of every chapter.
fn render(book: &mut Book, material: &Material) -> std::result::Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    book.for_each_chapter_mut(|chapter| {
        let path = path_of(chapter);
        match chapter::render(&path, &chapter.content, material) {
            Ok(page) => chapter.content = page,
            Err(more) => mistakes.extend(more),
        }
        chapter.content.push_str(&generated(&path, material));
    });
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(mistakes),
    }
}

/// What follows the text of a chapter, if it is one of those that end with a list of everything.
fn generated(path: &str, material: &Material) -> String {
    match path {
        MATRIX => matrix::draw(material),
        SABOTEURS => saboteur_page::draw(material),
        VECTORS => material.vectors.draw(&material.catalogue),
        _ => String::new(),
    }
}

/// Adds the pages that have no chapter: the scenarios and the sources.
fn append(book: &mut Book, material: &Material) {
    let number = book.items.iter().filter(|item| is_numbered(item)).count();
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let Material {
        catalogue,
        scenarios,
        sources,
        ..
    } = material;

    let title = "Scenarios";
    let mut contents = page(
        title,
        feature_pages::contents(scenarios),
        SCENARIOS,
        &[number + 1],
    );
    for (place, file) in (1..).zip(&scenarios.files) {
        let text = feature_pages::page(file, material);
        let mut below = page(
            &scenarios.title(file),
            text,
            &file.page,
            &[number + 1, place],
        );
        below.parent_names.push(title.to_owned());
        contents.sub_items.push(BookItem::Chapter(below));
    }
    book.push_item(contents);
    book.push_item(page(
        "Sources",
        sources.page(catalogue, scenarios),
        SOURCES,
        &[number + 2],
    ));
}

fn is_numbered(item: &BookItem) -> bool {
    matches!(item, BookItem::Chapter(chapter) if chapter.number.is_some())
}

/// A generated page. The number is not shown, but tells mdBook how deep the page stands.
fn page(name: &str, text: String, path: &str, number: &[u32]) -> Chapter {
    let mut page = Chapter::new(name, text, path, Vec::new());
    page.number = Some(SectionNumber::new(number));
    page.source_path = None;
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{sample, sample_texts};

    fn book() -> Book {
        let texts = sample_texts();
        let mut items: Vec<BookItem> = texts
            .chapters
            .into_iter()
            .map(|(path, text)| BookItem::Chapter(Chapter::new(&path, text, &path, Vec::new())))
            .collect();
        let matrix = Chapter::new("Matrix", "# Matrix\n".to_owned(), MATRIX, Vec::new());
        items.push(BookItem::Chapter(matrix));
        Book::new_with_items(items)
    }

    #[test]
    fn pages_are_made_and_added() {
        let mut book = book();
        let material = sample();
        render(&mut book, &material).expect("pages");
        append(&mut book, &material);
        let paths: Vec<String> = book.chapters().map(path_of).collect();
        assert_eq!(
            paths,
            [
                "calls.md",
                "other.md",
                "matrix.md",
                "scenarios.md",
                "scenarios/exchange-calls.md",
                "sources.md"
            ]
        );
        let text = |path: &str| {
            let chapter = book.chapters().find(|chapter| path_of(chapter) == path);
            chapter
                .map(|chapter| chapter.content.clone())
                .unwrap_or_default()
        };
        assert!(text("calls.md").contains("id=\"EX-ISS-014\""));
        assert!(text("matrix.md").starts_with("# Matrix\n\n4 requirements"));
        assert!(text("scenarios/exchange-calls.md").contains("It is silent"));
        assert!(text("sources.md").contains("id=\"D1-09\""));
    }

    #[test]
    fn mistakes_of_all_chapters_are_told_together() {
        let mut book = book();
        book.for_each_chapter_mut(|chapter| chapter.content.push_str("\nEX-ISS-999\n"));
        let mistakes = render(&mut book, &sample()).expect_err("mistakes");
        assert_eq!(mistakes.len(), 3);
    }

    #[test]
    fn only_html_is_made() {
        assert!(Btx.supports_renderer("html").expect("an answer"));
        assert!(!Btx.supports_renderer("epub").expect("an answer"));
    }
}
