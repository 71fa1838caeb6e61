//! What the client signs and sends: pure, but for the randomness that is passed in.

use btx_spec::jose::SigningKey;
use btx_spec::jwt::{ClientId, LONGEST_LIFE};
use btx_spec::oauth::form;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::oauth::server::Grant;
use crate::outbound::OutboundRequest;

/// When a JWT of now ends (JW-CLI-006).
pub(super) fn end_of_life(now: i64, lifetime: i64) -> i64 {
    let longest = i64::try_from(LONGEST_LIFE.as_secs()).unwrap_or(i64::MAX);
    now.saturating_add(lifetime.clamp(1, longest))
}

/// A JWT for one request, or an assertion: they differ in `typ` (JW-CLI-002, JW-CLI-066), and in who is the
/// audience, which comes from the configuration (JW-CLI-005, JW-CLI-012).
pub(super) struct Draft<'a> {
    pub(super) typ: &'a str,
    pub(super) client: &'a ClientId,
    pub(super) audience: &'a str,
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
    /// Used for no other (JW-CLI-007).
    pub(super) id: &'a str,
}

impl Draft<'_> {
    /// Signs it. The key puts its algorithm and its `kid` into the header (JW-CLI-001, JW-CLI-003).
    pub(super) fn sign(&self, key: &SigningKey) -> Option<Zeroizing<String>> {
        let signed = key.sign(Some(self.typ), &self.claims()).ok()?;
        Some(Zeroizing::new(signed))
    }

    fn claims(&self) -> Map<String, Value> {
        let claims = json!({
            // JW-CLI-004
            "iss": self.client.as_str(),
            "sub": self.client.as_str(),
            "aud": self.audience,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "jti": self.id,
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        }
    }
}

/// A call with a JWT or a token, which stands in this field and nowhere else (JW-CLI-009).
pub(super) fn call(url: &str, shown: &str, deadline: Instant) -> OutboundRequest {
    let value = Zeroizing::new(format!("Bearer {shown}"));
    OutboundRequest::bare(url, deadline).with("authorization", value.as_str())
}

/// Metadata are fetched with no credentials.
pub(super) fn metadata(url: &str, deadline: Instant) -> OutboundRequest {
    OutboundRequest::bare(url, deadline).with("accept", "application/json")
}

/// The grant (JW-CLI-065): the assertion says who asks, and `resource` what for.
pub(super) fn grant(
    endpoint: &str,
    assertion: &str,
    resource: &str,
    deadline: Instant,
) -> OutboundRequest {
    let members = [
        ("grant_type", Grant::JwtBearer.name()),
        ("assertion", assertion),
        ("resource", resource),
    ];
    let body = Zeroizing::new(form::encode(&members).into_bytes());
    let mut request = OutboundRequest::bare(endpoint, deadline)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("accept", "application/json");
    request.body = Bytes::from_owner(body);
    request
}
