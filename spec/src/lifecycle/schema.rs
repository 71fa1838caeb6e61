//! The JSON Schemas of what this profile puts on the wire.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::bearer::BearerClaims;
use super::login::{LoginAnswer, LoginRequest, LogoutRequest};
use super::published::PublishedSet;

/// The characters of a token (RFC 6750 section 2.1).
const B64TOKEN: &str = "^[A-Za-z0-9._~+/-]+=*$";
/// The form of a signed token.
const SIGNED: &str = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$";

impl JsonSchema for LoginRequest {
    fn schema_name() -> Cow<'static, str> {
        "LoginRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Login",
            "description": "What a caller logs in with, by POST.",
            "type": "object",
            "required": ["username", "password"],
            "properties": {
                "username": {
                    "description": "The name of the account.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255
                },
                "password": {
                    "description": "Its password.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024
                }
            }
        })
    }
}

impl JsonSchema for LoginAnswer {
    fn schema_name() -> Cow<'static, str> {
        "LoginAnswer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Answer to a login",
            "description": "A session, and its first bearer.",
            "type": "object",
            "required": ["session_token", "session_expires_in", "bearer_token", "expires_in"],
            "properties": {
                "session_token": {
                    "description": "Refreshes bearers of the session, and opens nothing.",
                    "type": "string",
                    "minLength": 22,
                    "maxLength": 4096,
                    "pattern": B64TOKEN
                },
                "session_expires_in": {
                    "description": "Seconds until the session is over.",
                    "type": "integer",
                    "minimum": 1
                },
                "bearer_token": {
                    "description": "Opens the API.",
                    "type": "string",
                    "maxLength": 16384,
                    "pattern": SIGNED
                },
                "expires_in": {
                    "description": "Seconds until the bearer opens nothing any more.",
                    "type": "integer",
                    "minimum": 1
                }
            }
        })
    }
}

impl JsonSchema for LogoutRequest {
    fn schema_name() -> Cow<'static, str> {
        "LogoutRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Logout",
            "description": "Which sessions end. The body may be left out.",
            "type": "object",
            "properties": {
                "everywhere": {
                    "description": "All sessions of the subject, and not the one alone whose token is shown.",
                    "type": "boolean",
                    "default": false
                }
            }
        })
    }
}

impl JsonSchema for BearerClaims {
    fn schema_name() -> Cow<'static, str> {
        "Bearer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Claims of a bearer",
            "description": "What is signed; the type in the header is bearer+jwt.",
            "type": "object",
            "required": ["iss", "aud", "sub", "sid", "iat", "exp"],
            "properties": {
                "iss": { "description": "The identifier of the issuer.", "type": "string" },
                "aud": { "description": "Whom it is for.", "type": "string" },
                "sub": {
                    "description": "Whom it speaks for.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255
                },
                "sid": {
                    "description": "The session that it belongs to.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255
                },
                "iat": {
                    "description": "The second in which it was made.",
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 253_402_300_799_i64
                },
                "exp": {
                    "description": "The second from which on it opens nothing.",
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 253_402_300_799_i64
                }
            }
        })
    }
}

impl JsonSchema for PublishedSet {
    fn schema_name() -> Cow<'static, str> {
        "BearerKeySet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Key set of an issuer of bearers",
            "description": "Public keys (RFC 7517 section 5): the one that signs, the next one, and the previous one while it counts.",
            "type": "object",
            "required": ["keys"],
            "properties": {
                "keys": {
                    "description": "The keys, each with a name of its own.",
                    "type": "array",
                    "maxItems": 64,
                    "items": {
                        "type": "object",
                        "required": ["kty", "kid"],
                        "not": { "anyOf": [{ "required": ["d"] }, { "required": ["k"] }] },
                        "properties": {
                            "kty": { "description": "The kind of key.", "type": "string" },
                            "kid": {
                                "description": "The name of the key.",
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 256
                            },
                            "alg": { "description": "Its algorithm.", "type": "string" },
                            "use": { "description": "What it is for.", "const": "sig" },
                            "retired_at": {
                                "description": "The second of the rotation that ended its use: what it signed later does not count.",
                                "type": "integer"
                            }
                        }
                    }
                }
            }
        })
    }
}
