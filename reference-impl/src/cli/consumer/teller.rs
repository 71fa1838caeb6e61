//! Tells each request and its answer as it passes, with what it is about.

use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use axum::http::StatusCode;
use btx_reference::outbound::{Answer, HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::oauth::TokenAnswer;
use futures::FutureExt as _;
use futures::future::BoxFuture;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How many characters of a token are shown.
const SHOWN: usize = 6;

/// The way to the provider, told aloud.
pub(super) struct Teller {
    https: HttpsOutbound,
    about: Mutex<&'static str>,
    last: Mutex<Option<u16>>,
}

impl Teller {
    pub(super) fn new(https: HttpsOutbound) -> Self {
        Self {
            https,
            about: Mutex::new(""),
            last: Mutex::new(None),
        }
    }

    /// What the next request is about.
    pub(super) fn about(&self, what: &'static str) {
        *self.about.lock().unwrap_or_else(PoisonError::into_inner) = what;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The status of the last answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn before(&self, method: &str, url: &str) {
        let about = *self.about.lock().unwrap_or_else(PoisonError::into_inner);
        let path = url::Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned());
        anstream::println!("[Consumer]: {method} {path} ({about})");
    }

    fn after(&self, outcome: OutboundOutcome) -> OutboundOutcome {
        if let OutboundOutcome::Answered(answer) = &outcome {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.status);
            let style = if answer.status < 300 { GOOD } else { BAD };
            let (status, said) = (reason(answer.status), said(answer));
            anstream::println!("[Provider]: {style}{status}{style:#} {said}\n");
        }
        outcome
    }
}

impl Outbound for Teller {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.before("post", &request.url);
        let sending = self.https.post(request);
        sending.map(|outcome| self.after(outcome)).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.before("get", &request.url);
        let sending = self.https.get(request);
        sending.map(|outcome| self.after(outcome)).boxed()
    }
}

fn reason(status: u16) -> String {
    match StatusCode::from_u16(status) {
        Ok(status) => status.to_string(),
        Err(_) => status.to_string(),
    }
}

/// The body, a token in it shortened; or the challenge, where that says it all.
fn said(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    if text.is_empty() {
        return answer.www_authenticate.clone().unwrap_or_default();
    }
    match TokenAnswer::parse(&answer.body) {
        Ok(token) => {
            let whole = token.access_token.expose();
            let shown: String = whole.chars().take(SHOWN).collect();
            text.replace(whole, &format!("{shown}…"))
        }
        Err(_) => text.into_owned(),
    }
}
