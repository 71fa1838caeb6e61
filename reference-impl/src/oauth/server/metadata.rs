//! What the server publishes: its metadata (RFC 8414) and its keys (RFC 7517).

use std::collections::BTreeSet;

use btx_spec::jose::Algorithm;
use btx_spec::oauth::{SERVER_SUFFIX, ServerMetadata, well_known};
use url::Url;

use super::config::{ClientAuth, Config, Grant};
use super::registry::Registry;

/// The token endpoint.
pub const TOKEN: &str = "/oauth/token";
/// The introspection endpoint.
pub const INTROSPECT: &str = "/oauth/introspect";
/// The revocation endpoint.
pub const REVOKE: &str = "/oauth/revoke";
/// The published keys.
pub const JWKS: &str = "/oauth/jwks";

/// The path of the metadata: that which is made of the issuer identifier (OA-AUS-241).
pub fn path(config: &Config) -> String {
    Url::parse(config.issuer.as_str())
        .map(|issuer| well_known(&issuer, SERVER_SUFFIX).path().to_owned())
        .unwrap_or_else(|_| format!("/.well-known/{SERVER_SUFFIX}"))
}

/// The metadata.
pub fn metadata(registry: &Registry) -> ServerMetadata {
    let config = &registry.config;
    let at = |path: &str| Some(format!("{}{path}", config.issuer.origin()));
    let methods = methods(registry);
    let algorithms = algorithms(registry);
    ServerMetadata {
        issuer: config.issuer.as_str().to_owned(),
        // OA-AUS-242
        token_endpoint: at(TOKEN),
        introspection_endpoint: at(INTROSPECT),
        revocation_endpoint: at(REVOKE),
        jwks_uri: config.signing_key.as_ref().and_then(|_| at(JWKS)),
        scopes_supported: Some(scopes(registry)),
        // Nothing here goes through a browser.
        response_types_supported: Some(Vec::new()),
        grant_types_supported: Some(grants(registry)),
        token_endpoint_auth_methods_supported: Some(methods.clone()),
        token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        introspection_endpoint_auth_methods_supported: Some(methods.clone()),
        introspection_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        revocation_endpoint_auth_methods_supported: Some(methods),
        revocation_endpoint_auth_signing_alg_values_supported: algorithms,
        // JW-AUS-001
        client_id_metadata_document_supported: config.documents.as_ref().map(|_| true),
    }
}

/// OA-AUS-243, JW-AUS-001
fn grants(registry: &Registry) -> Vec<String> {
    let takes_assertions = registry.trusts_issuers() || registry.config.documents.is_some();
    Grant::ALL
        .into_iter()
        .filter(|grant| *grant != Grant::JwtBearer || takes_assertions)
        .map(|grant| grant.name().to_owned())
        .collect()
}

/// OA-AUS-244
fn methods(registry: &Registry) -> Vec<String> {
    let mut methods = vec!["client_secret_basic".to_owned()];
    if registry.config.secrets_in_form {
        methods.push("client_secret_post".to_owned());
    }
    if algorithms(registry).is_some() {
        methods.push("private_key_jwt".to_owned());
    }
    methods
}

/// OA-AUS-245, OA-AUS-246: what any client may sign with; none if no client signs.
fn algorithms(registry: &Registry) -> Option<Vec<String>> {
    let names: BTreeSet<&str> = registry
        .clients()
        .filter_map(|client| match &client.auth {
            ClientAuth::PrivateKeyJwt { algorithms, .. } => Some(algorithms),
            ClientAuth::Secret(_) => None,
        })
        .flatten()
        .copied()
        .map(Algorithm::name)
        .collect();
    (!names.is_empty()).then(|| names.into_iter().map(str::to_owned).collect())
}

fn scopes(registry: &Registry) -> Vec<String> {
    let of_clients = registry.clients().map(|client| &client.tokens.scopes);
    let of_accounts = registry.accounts().map(|account| &account.tokens.scopes);
    let config = &registry.config;
    let of_documents = config
        .documents
        .iter()
        .map(|_| &config.document_tokens.scopes);
    let all: BTreeSet<&str> = of_clients
        .chain(of_accounts)
        .chain(of_documents)
        .flat_map(|scope| scope.tokens())
        .collect();
    all.into_iter().map(str::to_owned).collect()
}
