//! Reads an example: an HTTP message, or a JSON text alone.

use btx_spec::examples::{Example, Language};

/// An HTTP message, or the JSON text alone.
#[derive(Default)]
pub(super) struct Message<'a> {
    /// The target of a request.
    pub(super) target: Option<String>,
    /// The status of a response.
    pub(super) status: Option<u16>,
    /// The fields, their names in lower case.
    pub(super) fields: Vec<(String, &'a str)>,
    /// What stands behind the head.
    pub(super) body: &'a str,
}

impl Message<'_> {
    pub(super) fn field(&self, wanted: &str) -> Option<&str> {
        let mut named = self.fields.iter().filter(|(name, _)| name == wanted);
        named.next().map(|(_, value)| *value)
    }

    /// What `Content-Type` says, without its parameters.
    pub(super) fn media_type(&self) -> Option<&str> {
        let value = self.field("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim())
    }

    pub(super) fn has_type(&self, wanted: &str) -> bool {
        self.media_type()
            .is_some_and(|declared| declared.eq_ignore_ascii_case(wanted))
    }
}

/// Takes an example apart.
pub(super) fn read(example: &Example) -> Result<Message<'_>, String> {
    match example.language {
        Language::Json => Ok(Message {
            body: &example.text,
            ..Message::default()
        }),
        Language::Http => read_http(&example.text),
    }
}

fn read_http(text: &str) -> Result<Message<'_>, String> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let (target, status) = read_start(lines.next().unwrap_or_default())?;
    let mut fields = Vec::new();
    for line in lines {
        let field = line.split_once(": ").filter(|(name, _)| is_token(name));
        let (name, value) =
            field.ok_or_else(|| format!("\"{line}\" is no field: write `Name: value`"))?;
        fields.push((name.to_lowercase(), value.trim()));
    }
    for single in ["authorization", "content-type", "host"] {
        if fields.iter().filter(|(name, _)| name == single).count() > 1 {
            return Err(format!("the field {single} stands twice"));
        }
    }
    let message = Message {
        target,
        status,
        fields,
        body,
    };
    let length = body.len().to_string();
    if message
        .field("content-length")
        .is_some_and(|told| told != length)
    {
        return Err(format!("Content-Length of this body is {length}"));
    }
    if !body.is_empty() && message.media_type().is_none() {
        return Err("a message with a body has the field Content-Type".to_owned());
    }
    Ok(message)
}

/// The target, if the line begins a request; the status, if it begins a response.
fn read_start(line: &str) -> Result<(Option<String>, Option<u16>), String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["HTTP/1.1", status, ..] if status.len() == 3 => status
            .parse()
            .map(|status| (None, Some(status)))
            .map_err(|_| format!("\"{status}\" is no status")),
        [method, target, "HTTP/1.1"] if is_token(method) && target.starts_with('/') => {
            Ok((Some(target.to_owned()), None))
        }
        _ => Err(format!(
            "\"{line}\" begins no message: write `POST /target HTTP/1.1` or `HTTP/1.1 204 No Content`"
        )),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
