//! JSON Schemas of the messages, made from the message types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::hooks::{HookAnswer, HookRequest};
use crate::jwt::{ClientDocument, ServiceClaims};
use crate::lifecycle::{BearerClaims, LoginAnswer, LoginRequest, LogoutRequest, PublishedSet};
use crate::message::{Pending, TokenCall, TokenIssue};
use crate::oauth::{ErrorAnswer, Introspection, ResourceMetadata, ServerMetadata, TokenAnswer};
use crate::problem::Problem;

/// The messages that have a schema, each with the name of its file in `spec/schemas`.
#[must_use]
pub fn schemas() -> [(&'static str, Schema); 18] {
    [
        ("token-call.schema.json", schema_of::<TokenCall>()),
        ("token-issue.schema.json", schema_of::<TokenIssue>()),
        ("pending.schema.json", schema_of::<Pending>()),
        ("problem.schema.json", schema_of::<Problem>()),
        ("hook-request.schema.json", schema_of::<HookRequest>()),
        ("hook-answer.schema.json", schema_of::<HookAnswer>()),
        ("token-answer.schema.json", schema_of::<TokenAnswer>()),
        ("error-answer.schema.json", schema_of::<ErrorAnswer>()),
        ("introspection.schema.json", schema_of::<Introspection>()),
        ("server-metadata.schema.json", schema_of::<ServerMetadata>()),
        (
            "resource-metadata.schema.json",
            schema_of::<ResourceMetadata>(),
        ),
        ("client-document.schema.json", schema_of::<ClientDocument>()),
        ("service-jwt.schema.json", schema_of::<ServiceClaims>()),
        ("login-request.schema.json", schema_of::<LoginRequest>()),
        ("login-answer.schema.json", schema_of::<LoginAnswer>()),
        ("logout-request.schema.json", schema_of::<LogoutRequest>()),
        ("bearer.schema.json", schema_of::<BearerClaims>()),
        ("bearer-key-set.schema.json", schema_of::<PublishedSet>()),
    ]
}

/// The text of a schema's file, members by name, so that it is the same whatever order
/// serde_json was built to keep.
#[must_use]
pub fn file_text(schema: &Schema) -> String {
    format!("{:#}\n", by_name(schema.as_value()))
}

fn by_name(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(by_name).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let sorted = members
                .into_iter()
                .map(|(name, value)| (name.clone(), by_name(value)));
            Value::Object(sorted.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
}
