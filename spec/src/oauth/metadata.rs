//! What authorization servers and resources publish about themselves, and where.

use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::members::Members;
use crate::json::FormError;

/// The well-known name of an authorization server's metadata (RFC 8414 section 3).
pub const SERVER_SUFFIX: &str = "oauth-authorization-server";
/// The well-known name of a resource's metadata (RFC 9728 section 3).
pub const RESOURCE_SUFFIX: &str = "oauth-protected-resource";

/// The metadata of an authorization server (RFC 8414 section 2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Authorization server metadata", extend("required" = ["issuer"]))]
pub struct ServerMetadata {
    /// The issuer identifier, which is compared octet by octet.
    pub issuer: String,
    /// The token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub token_endpoint: Option<String>,
    /// The introspection endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub introspection_endpoint: Option<String>,
    /// The revocation endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub revocation_endpoint: Option<String>,
    /// Where its keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub jwks_uri: Option<String>,
    /// The scopes that it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub scopes_supported: Option<Vec<String>>,
    /// The response types of an authorization endpoint; a server without one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub response_types_supported: Option<Vec<String>>,
    /// The grants that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub grant_types_supported: Option<Vec<String>>,
    /// The ways in which clients may prove themselves to the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The algorithms of assertions there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub token_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    /// The ways in which callers may prove themselves to the introspection endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub introspection_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The algorithms of assertions there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    /// The ways in which callers may prove themselves to the revocation endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub revocation_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The algorithms of assertions there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    /// Whether it takes clients that it knows by their documents alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub client_id_metadata_document_supported: Option<bool>,
}

impl ServerMetadata {
    /// Reads metadata. Members that nobody knows are ignored.
    ///
    /// # Errors
    /// When it is no strict JSON object, `issuer` is missing, or a member is not of its type.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        let text = |name| members.text(name);
        let list = |name| members.list(name);
        Ok(Self {
            issuer: members.required("issuer", Members::text)?,
            token_endpoint: text("token_endpoint")?,
            introspection_endpoint: text("introspection_endpoint")?,
            revocation_endpoint: text("revocation_endpoint")?,
            jwks_uri: text("jwks_uri")?,
            scopes_supported: list("scopes_supported")?,
            response_types_supported: list("response_types_supported")?,
            grant_types_supported: list("grant_types_supported")?,
            token_endpoint_auth_methods_supported: list("token_endpoint_auth_methods_supported")?,
            token_endpoint_auth_signing_alg_values_supported: list(
                "token_endpoint_auth_signing_alg_values_supported",
            )?,
            introspection_endpoint_auth_methods_supported: list(
                "introspection_endpoint_auth_methods_supported",
            )?,
            introspection_endpoint_auth_signing_alg_values_supported: list(
                "introspection_endpoint_auth_signing_alg_values_supported",
            )?,
            revocation_endpoint_auth_methods_supported: list(
                "revocation_endpoint_auth_methods_supported",
            )?,
            revocation_endpoint_auth_signing_alg_values_supported: list(
                "revocation_endpoint_auth_signing_alg_values_supported",
            )?,
            client_id_metadata_document_supported: members
                .flag("client_id_metadata_document_supported")?,
        })
    }

    /// Writes the metadata, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        write(self)
    }
}

/// The metadata of a resource (RFC 9728 section 2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Protected resource metadata", extend("required" = ["resource"]))]
pub struct ResourceMetadata {
    /// The resource identifier, which is compared octet by octet.
    pub resource: String,
    /// The issuer identifiers of the authorization servers whose tokens it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub authorization_servers: Option<Vec<String>>,
    /// Where its own keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub jwks_uri: Option<String>,
    /// The scopes that its requests need.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub scopes_supported: Option<Vec<String>>,
    /// The places in which it takes tokens: `header`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub bearer_methods_supported: Option<Vec<String>>,
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub resource_name: Option<String>,
}

impl ResourceMetadata {
    /// Reads metadata. Members that nobody knows are ignored.
    ///
    /// # Errors
    /// When it is no strict JSON object, `resource` is missing, or a member is not of its type.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let members = Members::read(bytes)?;
        Ok(Self {
            resource: members.required("resource", Members::text)?,
            authorization_servers: members.list("authorization_servers")?,
            jwks_uri: members.text("jwks_uri")?,
            scopes_supported: members.list("scopes_supported")?,
            bearer_methods_supported: members.list("bearer_methods_supported")?,
            resource_name: members.text("resource_name")?,
        })
    }

    /// Writes the metadata, members in the order of this type.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        write(self)
    }
}

fn write(metadata: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing strings to memory does not fail.
    let _never_fails = serde_json::to_writer(&mut bytes, metadata);
    bytes
}

/// The address of the metadata of an issuer ([`SERVER_SUFFIX`]) or a resource ([`RESOURCE_SUFFIX`]): the
/// well-known name goes between the host and the path.
///
/// A path that is `/` alone counts as none. Of an issuer a slash at the end goes too (RFC 8414 section 3.1);
/// a resource keeps it, and its query (RFC 9728 section 3.1). A fragment, which neither may have, goes.
#[must_use]
pub fn well_known(identifier: &Url, suffix: &str) -> Url {
    let mut address = identifier.clone();
    let path = match identifier.path() {
        "/" => "",
        path if suffix == SERVER_SUFFIX => path.strip_suffix('/').unwrap_or(path),
        path => path,
    };
    address.set_path(&format!("/.well-known/{suffix}{path}"));
    address.set_fragment(None);
    address
}
