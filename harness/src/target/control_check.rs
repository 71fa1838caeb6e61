//! What hooks and the control of a target file have to be.

use super::{
    Channel, Control, Hook,
    check::{Checked, Checker, is_loopback},
    file::{ControlTable, HookTable},
};
use toml::Spanned;
use url::Url;

impl Checker<'_> {
    /// A command; a program that is named by its path is looked for from where the target file is.
    fn command(&self, words: &[String]) -> Vec<String> {
        let mut words = words.to_vec();
        if let Some(program) = words.first_mut().filter(|p| p.contains('/')) {
            *program = self.folder.join(&*program).display().to_string();
        }
        words
    }

    pub(super) fn control(&self, table: &Spanned<ControlTable>) -> Checked<Control> {
        let control = table.get_ref();
        let channel = match (&control.url, &control.command) {
            (Some(url), None) => Channel::Http(self.control_url(url)?),
            (None, Some(command)) if !command.is_empty() => Channel::Command(self.command(command)),
            _ => {
                return self.wrong(
                    table.span(),
                    "control",
                    "not one of the two",
                    "either a url or a command, with its arguments",
                );
            }
        };
        Ok(Control {
            channel,
            verbs: control.verbs.clone(),
        })
    }

    /// Whoever can reach the control can command the target, so it is on loopback, or behind TLS.
    fn control_url(&self, text: &Spanned<String>) -> Checked<Url> {
        match Url::parse(text.get_ref()) {
            Ok(url) if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) => {
                Ok(url)
            }
            _ => self.wrong(
                text.span(),
                "control.url",
                &format!("\"{}\"", text.get_ref()),
                "an http URL on loopback, or an https URL",
            ),
        }
    }

    pub(super) fn hook(&self, key: &str, hook: &Spanned<HookTable>) -> Checked<Hook> {
        let table = hook.get_ref();
        let expected = "either a url, with method, fields and body, or a command";
        match (&table.url, &table.command) {
            (Some(url), None) => Ok(Hook::Request {
                method: table.method.clone().unwrap_or_else(|| "POST".to_owned()),
                url: url.clone(),
                fields: table.fields.clone(),
                body: table.body.clone(),
            }),
            (None, Some(command))
                if !command.is_empty()
                    && table.method.is_none()
                    && table.body.is_none()
                    && table.fields.is_empty() =>
            {
                Ok(Hook::Command(self.command(command)))
            }
            (Some(_), Some(_)) => {
                self.wrong(hook.span(), key, "both a url and a command", expected)
            }
            _ => self.wrong(
                hook.span(),
                key,
                "neither a url nor a command alone",
                expected,
            ),
        }
    }
}
