//! A saboteur that goes where an assertion says that its key is, and believes nothing that it finds there.

use super::{
    requests::{is_token, parameter},
    resign::Of,
};
use crate::{
    inbound::{Layer, pass},
    message::{Asked, Told},
};
use axum::middleware::Next;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::BoxFuture;
use serde_json::Value;
use std::time::Duration;

/// The header parameters that lead to a key.
const LEADING: [&str; 3] = ["jku", "x5u", "kid"];
/// How long it waits for a key.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends a request to each URL in the header of an assertion.
pub(super) struct AsksForKeys {
    /// Whose assertions.
    pub(super) of: Of,
}

impl Layer for AsksForKeys {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let urls = if is_token(&asked) {
            urls(&parameter(&asked, self.of.parameter()).unwrap_or_default())
        } else {
            Vec::new()
        };
        Box::pin(async move {
            for url in urls {
                visit(&url).await;
            }
            pass(asked, next).await
        })
    }
}

fn urls(assertion: &str) -> Vec<String> {
    let header = assertion.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    let named = LEADING
        .iter()
        .filter_map(|name| header.get(*name)?.as_str());
    named
        .filter(|url| url.starts_with("http"))
        .map(str::to_owned)
        .collect()
}

async fn visit(url: &str) {
    let client = reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .timeout(PATIENCE)
        .build();
    if let Ok(client) = client {
        // What comes back is not believed: that it was asked for is enough.
        let _ = client.get(url).send().await;
    }
}
