//! The smallest resource that there can be: one thing to read and to write, a page for everybody, a page
//! for users, and the metadata.

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use btx_spec::oauth::{RESOURCE_SUFFIX, ResourceMetadata, Scope, well_known};
use serde_json::{Value, json};
use url::Url;

use super::judge::{Caller, Needs};
use super::{Config, ResourceServer};
use crate::http::body;

/// The longest text that can be written, in bytes.
const LONGEST: usize = 1024;

/// What can be read and written.
#[derive(Default)]
pub(super) struct Thing(Mutex<Option<String>>);

pub(super) fn routes(resource: &ResourceServer) -> Router {
    let config = &resource.inner.config;
    let scope = |scope: &Scope| Needs {
        scope: scope.clone(),
        user: false,
    };
    let user = Needs {
        scope: Scope::default(),
        user: true,
    };
    let read_resource = Router::new()
        .route("/read-resource", get(read_thing))
        .with_state(resource.clone());
    let write_resource = Router::new()
        .route("/write-resource", post(write_thing))
        .with_state(resource.clone());
    let users_only = Router::new().route("/users-only", get(whoami));
    Router::new()
        .route("/public", get(async || "moo"))
        .merge(metadata_routes(resource))
        .merge(resource.protect(scope(&config.read_scope), read_resource))
        .merge(resource.protect(scope(&config.write_scope), write_resource))
        .merge(resource.protect(user, users_only))
}

pub(super) fn metadata_routes(resource: &ResourceServer) -> Router {
    Router::new()
        .route("/.well-known/oauth-protected-resource", get(metadata))
        .route(
            "/.well-known/oauth-protected-resource/{*path}",
            get(metadata),
        )
        .with_state(resource.clone())
}

async fn read_thing(State(resource): State<ResourceServer>) -> Json<Value> {
    let thing = resource.inner.thing.0.lock();
    let thing = thing.unwrap_or_else(PoisonError::into_inner).clone();
    Json(json!({ "resource": thing }))
}

/// The body is the new text.
async fn write_thing(State(resource): State<ResourceServer>, request: Request) -> Response {
    let bytes = match body::read(request.into_body()).await {
        Ok(bytes) => bytes,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(text) = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.len() <= LONGEST)
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let thing = resource.inner.thing.0.lock();
    *thing.unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
    Json(json!({ "message": "resource created" })).into_response()
}

async fn whoami(Extension(caller): Extension<Caller>) -> Json<Caller> {
    Json(caller)
}

/// OA-RES-070, OA-RES-071: there are metadata at the one address that the identifier makes.
async fn metadata(State(resource): State<ResourceServer>, uri: Uri) -> Response {
    let config = &resource.inner.config;
    let address = Url::parse(&resource.inner.place.metadata).ok();
    if address.is_none_or(|address| address.path() != uri.path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = Response::new(Body::from(document(config).to_json()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn document(config: &Config) -> ResourceMetadata {
    let read = config.issuers.iter().map(|issuer| &issuer.issuer);
    let asked = config.introspection.iter().map(|server| &server.issuer);
    let mut servers: Vec<String> = read.chain(asked).cloned().collect();
    servers.sort();
    servers.dedup();
    let scopes = config
        .read_scope
        .tokens()
        .chain(config.write_scope.tokens());
    let mut scopes: Vec<String> = scopes.map(str::to_owned).collect();
    scopes.sort();
    scopes.dedup();
    ResourceMetadata {
        resource: config.identifier.as_str().to_owned(),
        authorization_servers: Some(servers),
        scopes_supported: Some(scopes),
        bearer_methods_supported: Some(vec!["header".to_owned()]),
        ..ResourceMetadata::default()
    }
}

/// Where the metadata of this resource are.
pub(super) fn metadata_address(config: &Config) -> String {
    Url::parse(config.identifier.as_str())
        .map(|identifier| well_known(&identifier, RESOURCE_SUFFIX).to_string())
        .unwrap_or_default()
}
