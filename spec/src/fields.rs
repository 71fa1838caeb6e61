//! Fields of HTTP whose value is a list of names, each with a value or without (RFC 9110 section 5.6):
//! directives and parameters.

/// One member of such a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// The name, in the letters that it was given.
    pub(crate) name: &'a str,
    /// The value, if there is one.
    pub(crate) value: Option<Value<'a>>,
}

/// A value, which tells in which of its two forms it stood there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A token.
    Bare(&'a str),
    /// A quoted string, without its quotes and escapes.
    Quoted(String),
}

impl Value<'_> {
    /// What it says, in whichever form.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Bare(text) => text,
            Self::Quoted(text) => text,
        }
    }
}

/// The members of one field; nothing if it is not of the grammar. Empty members are skipped (RFC 9110
/// section 5.6.1.2).
pub(crate) fn items(field: &str) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    let mut rest = field;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(items);
        }
        let (item, after) = item(rest)?;
        items.push(item);
        rest = after.trim_start_matches([' ', '\t']);
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
}

/// The member at the beginning of `text`, and what stands after it.
fn item(text: &str) -> Option<(Item<'_>, &str)> {
    let (name, after_name) = token(text)?;
    let spaced = after_name.trim_start_matches([' ', '\t']);
    let Some(after) = spaced.strip_prefix('=') else {
        return Some((Item { name, value: None }, after_name));
    };
    let after = after.trim_start_matches([' ', '\t']);
    let (value, rest) = if after.starts_with('"') {
        let (value, rest) = quoted(after)?;
        (Value::Quoted(value), rest)
    } else {
        let (value, rest) = token(after)?;
        (Value::Bare(value), rest)
    };
    let value = Some(value);
    Some((Item { name, value }, rest))
}

/// RFC 9110 section 5.6.2.
fn token(text: &str) -> Option<(&str, &str)> {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let length = text.bytes().take_while(|byte| of_token(*byte)).count();
    text.split_at_checked(length).filter(|_| length > 0)
}

/// RFC 9110 section 5.6.4; the quote at the beginning is there.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((place, character)) = characters.next() {
        let taken = match character {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' => characters.next()?.1,
            other => other,
        };
        if taken != '\t' && taken.is_control() {
            return None;
        }
        value.push(taken);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare<'a>(name: &'a str, value: &'a str) -> Item<'a> {
        Item {
            name,
            value: Some(Value::Bare(value)),
        }
    }

    #[test]
    fn a_list_is_read_with_its_two_kinds_of_value() {
        let quoted = Item {
            name: "b",
            value: Some(Value::Quoted("x, \"y\"=1".to_owned())),
        };
        let nothing = Item {
            name: "c",
            value: None,
        };
        assert_eq!(
            items(", a=1 ,\tb = \"x, \\\"y\\\"=1\",, c,"),
            Some(vec![bare("a", "1"), quoted, nothing])
        );
        assert_eq!(items(" , "), Some(Vec::new()));
    }

    #[test]
    fn what_is_not_of_the_grammar_is_no_list() {
        for text in [
            "a=",
            "=1",
            "a b",
            "a=1 b=2",
            "a=\"1",
            "a=\"1\\",
            "a=\"\u{1}\"",
            "a;b",
            "a=é",
            "\"a\"=1",
            "a=\"1\"x",
        ] {
            assert_eq!(items(text), None, "{text}");
        }
    }
}
