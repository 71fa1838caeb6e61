//! What the browser wrote down while a page was loaded: errors, and whom it asked for something.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// A line of a log.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    level: String,
    message: String,
}

/// The errors of a console.
pub(crate) fn errors(console: &[Entry]) -> Vec<String> {
    let severe = console.iter().filter(|entry| entry.level == "SEVERE");
    severe.map(|entry| entry.message.clone()).collect()
}

/// What was asked of anybody but our own server.
pub(crate) fn strangers(network: &[Entry], origin: &Url) -> Vec<String> {
    let asked = network.iter().filter_map(|entry| asked(&entry.message));
    asked
        .filter(|url| !url.starts_with(origin.as_str()) && !stays_inside(url))
        .collect()
}

/// The address that an event is about, if a request is about to be sent.
fn asked(event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(event).ok()?;
    let message = event.get("message")?;
    if message.get("method")? != "Network.requestWillBeSent" {
        return None;
    }
    let url = message.pointer("/params/request/url")?;
    Some(url.as_str()?.to_owned())
}

/// Whether an address holds what it names, so that nobody is asked.
fn stays_inside(url: &str) -> bool {
    ["data:", "blob:", "about:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: &str, message: &str) -> Entry {
        Entry {
            level: level.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn only_errors_are_errors() {
        let console = [entry("WARNING", "slow"), entry("SEVERE", "broken")];
        assert_eq!(errors(&console), ["broken"]);
    }

    #[test]
    fn who_asks_elsewhere_is_noticed() {
        let origin = Url::parse("http://127.0.0.1:7000/").unwrap();
        let event = |method: &str, url: &str| {
            let text = format!(
                r#"{{"message":{{"method":"{method}","params":{{"request":{{"url":"{url}"}}}}}}}}"#
            );
            entry("INFO", &text)
        };
        let network = [
            event("Network.requestWillBeSent", "http://127.0.0.1:7000/a.css"),
            event("Network.requestWillBeSent", "data:image/png;base64,AA"),
            event("Network.requestWillBeSent", "https://fonts.example/a"),
            event("Network.responseReceived", "https://other.example/a"),
            entry("INFO", "no JSON"),
        ];
        assert_eq!(strangers(&network, &origin), ["https://fonts.example/a"]);
    }
}
