//! Whether the target is there at all, before any scenario runs.

use crate::{
    caller::{Caller, ConnectError, Outcome, Outgoing, Pace, request_to},
    target::Target,
    wire::Fields,
};
use std::time::Duration;

/// How long the target may take to answer the first request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the target cannot be examined, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{error}\n  {advice}")]
pub struct Unreachable {
    error: String,
    advice: &'static str,
}

/// Sends one harmless request to each URL of the target.
///
/// # Errors
/// The first URL that cannot be reached, with the reason and what to do.
pub async fn reach(target: &Target, caller: &Caller) -> Result<(), Unreachable> {
    for url in target.places() {
        let request = request_to(url, "GET", Fields::default(), Vec::new());
        let outgoing = Outgoing {
            url: url.clone(),
            request,
            pace: Pace::Whole,
        };
        let (error, advice) = match caller.call(outgoing, PATIENCE).await {
            Outcome::Answered(_) => continue,
            Outcome::NotConnected(error) => (error.to_string(), advice(&error)),
            Outcome::NoAnswer(error) => (error.to_string(), "does an HTTP server listen there?"),
            Outcome::TimedOut => (
                "no answer in 10 seconds".to_owned(),
                "does an HTTP server listen there?",
            ),
        };
        return Err(Unreachable {
            error: format!("{url}: {error}"),
            advice,
        });
    }
    Ok(())
}

fn advice(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Unreachable(..) => {
            "is it started? If the name does not resolve here, say where it really is: [target] connect = { \"issuer.example:443\" = \"127.0.0.1:8443\" }"
        }
        ConnectError::NotTls(..) => {
            "it speaks plain HTTP, perhaps. A development server on loopback may be examined so: http URLs, and plain_http = true under [target]"
        }
        ConnectError::Untrusted(..) => {
            "if its authority is not known here, name it: [target] ca = \"their-ca.pem\"; if the certificate is for another name, the URL has to have that name: [target] connect says where it is"
        }
        ConnectError::Handshake(..) => "does it speak TLS 1.2 or 1.3 with a usual cipher suite?",
    }
}
