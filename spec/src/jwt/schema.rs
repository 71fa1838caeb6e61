//! The JSON Schemas of what this profile puts on the wire.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::document::ClientDocument;
use super::service::ServiceClaims;

/// What a schema can tell of a client id (JW-CLI-030).
const CLIENT_ID: &str = r"^https://[a-z0-9.\[\]:-]+/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*$";

impl JsonSchema for ClientDocument {
    fn schema_name() -> Cow<'static, str> {
        "ClientDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Client document",
            "description": "What a client publishes at its client id. A verifier uses one of at most 5120 octets.",
            "type": "object",
            "required": ["client_id"],
            "oneOf": [{ "required": ["jwks"] }, { "required": ["jwks_uri"] }],
            "not": {
                "anyOf": [
                    { "required": ["client_secret"] },
                    { "required": ["client_secret_expires_at"] }
                ]
            },
            "properties": {
                "client_id": {
                    "description": "The address of the document, octet for octet.",
                    "type": "string",
                    "maxLength": 512,
                    "pattern": CLIENT_ID
                },
                "client_name": {
                    "description": "A name for people, which proves nothing.",
                    "type": "string"
                },
                "client_uri": {
                    "description": "A page for people.",
                    "type": "string"
                },
                "jwks": {
                    "description": "The public keys of the client, each with an id of its own.",
                    "type": "object",
                    "required": ["keys"],
                    "properties": {
                        "keys": { "type": "array", "maxItems": 16, "items": { "type": "object" } }
                    }
                },
                "jwks_uri": {
                    "description": "Where the public keys are, at the origin of the client id.",
                    "type": "string",
                    "maxLength": 2048,
                    "pattern": "^https://[^#]+$"
                },
                "token_endpoint_auth_method": {
                    "description": "How the client proves itself at token endpoints: by no shared secret.",
                    "type": "string",
                    "not": { "pattern": "^client_secret_" }
                }
            }
        })
    }
}

impl JsonSchema for ServiceClaims {
    fn schema_name() -> Cow<'static, str> {
        "ServiceClaims".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Claims of a service JWT",
            "description": "What a client signs for one request, and the claims of its assertion for an authorization server.",
            "type": "object",
            "required": ["iss", "sub", "aud", "iat", "exp", "jti"],
            "properties": {
                "iss": {
                    "description": "The client id.",
                    "type": "string",
                    "maxLength": 512,
                    "pattern": CLIENT_ID
                },
                "sub": {
                    "description": "The client id once more.",
                    "type": "string"
                },
                "aud": {
                    "description": "The identifier of the resource, or the issuer identifier of the authorization server: one string.",
                    "type": "string"
                },
                "iat": {
                    "description": "When it was made, in seconds since 1970.",
                    "type": "number"
                },
                "exp": {
                    "description": "When it ends, at most 300 seconds later.",
                    "type": "number"
                },
                "jti": {
                    "description": "What it alone is called at its client.",
                    "type": "string",
                    "minLength": 16,
                    "maxLength": 128
                }
            }
        })
    }
}
