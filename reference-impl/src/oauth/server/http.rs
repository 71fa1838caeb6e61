//! The endpoints over HTTP: read, judge, see to it that what counts once counts once, answer.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use btx_spec::oauth::TokenAnswer;
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::assertion::Once;
use super::grant::Award;
use super::judge::{Decision, judge};
use super::mint::{Minted, mint};
use super::refusal::{Refusal, json};
use super::request::LARGEST;
use super::revoke::Revocation;
use super::shown::Shown;
use super::{AuthorizationServer, Inner, documents, introspect, metadata, revoke, shown};
use crate::http::body::{Unread, read_up_to};
use crate::http::refusal::answer;
use crate::oauth::store::{IssuedToken, TokenStoreError};

pub(super) fn routes(server: AuthorizationServer) -> Router {
    let inner = server.inner.as_ref();
    Router::new()
        .route(metadata::TOKEN, by_post(post(token)))
        .route(metadata::INTROSPECT, by_post(post(introspection)))
        .route(metadata::REVOKE, by_post(post(revocation)))
        .route(
            &metadata::path(&inner.registry.config),
            get(published_metadata),
        )
        .route(metadata::JWKS, get(published_keys))
        .with_state(server)
}

/// OA-AUS-002, OA-AUS-003, OA-AUS-206: whoever asks in another way than by POST is told so.
fn by_post(endpoint: MethodRouter<AuthorizationServer>) -> MethodRouter<AuthorizationServer> {
    endpoint.fallback(async || {
        let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, Body::empty());
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("POST"));
        response
    })
}

async fn token(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let granted = grant(&server.inner, request).await;
    granted.unwrap_or_else(|refusal| refused("token", refusal))
}

async fn grant(inner: &Inner, request: Request) -> Result<Response, Refusal> {
    let (head, body) = read(request).await?;
    let Inner {
        registry, parts, ..
    } = inner;
    let now = parts.clock.now();
    if let Some(verifier) = &inner.verifier
        && let Some(asked) = documents::find(&head.headers, &body, registry, now)?
    {
        return issue(inner, asked.proven(verifier, registry).await?).await;
    }
    let Decision {
        award,
        client_once,
        grant_once,
    } = judge(&head.headers, &body, registry, now)?;
    // OA-AUS-110
    first_time(inner, client_once, now, Refusal::client(USED)).await?;
    // OA-AUS-138
    first_time(inner, grant_once, now, Refusal::grant(USED)).await?;
    issue(inner, award).await
}

/// Makes the token of an award, and the answer with it.
async fn issue(inner: &Inner, award: Award) -> Result<Response, Refusal> {
    let Inner {
        registry, parts, ..
    } = inner;
    let now = parts.clock.now();
    let scope = Some(award.granted.scope.clone()).filter(|scope| !scope.is_empty());
    let expires_in = u64::try_from(award.lifetime).ok();
    let Minted { token, kept } = mint(award, &registry.config, now, parts.random.as_ref())
        .map_err(|error| {
            warn!(%error, "no access token could be made");
            Refusal::unavailable()
        })?;
    // The store knows a token before its client does: nobody can be too early with it.
    if let Some((digest, issued)) = kept {
        let kept = parts.tokens.put(digest, issued, now).await;
        kept.map_err(unavailable)?;
    }
    // OA-AUS-040, OA-AUS-041, OA-AUS-044, OA-AUS-045
    let answer = TokenAnswer {
        access_token: token,
        token_type: "Bearer".to_owned(),
        expires_in,
        scope,
    };
    let body = Bytes::from_owner(answer.to_json());
    Ok(json(StatusCode::OK, Body::from(body)))
}

const USED: &str = "The assertion was used before.";

/// Lets an assertion pass the first time that it is shown to any replica.
async fn first_time(
    inner: &Inner,
    once: Option<Once>,
    now: i64,
    again: Refusal,
) -> Result<(), Refusal> {
    let Some(Once { digest, until }) = once else {
        return Ok(());
    };
    let remembering = inner.parts.tokens.remember(digest, until, now);
    match remembering.await.map_err(unavailable)? {
        true => Ok(()),
        false => Err(again),
    }
}

async fn introspection(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let told = introspect(&server.inner, request).await;
    told.unwrap_or_else(|refusal| refused("introspection", refusal))
}

async fn introspect(inner: &Inner, request: Request) -> Result<Response, Refusal> {
    let (head, body) = read(request).await?;
    let now = inner.parts.clock.now();
    let (caller, shown) = shown::judge(&head.headers, &body, &inner.registry, now)?;
    first_time(inner, caller.once, now, Refusal::client(USED)).await?;
    let known = look_up(inner, &shown).await?;
    let config = &inner.registry.config;
    let told = introspect::tell(known.as_ref(), caller.client, config, now);
    Ok(json(StatusCode::OK, Body::from(told.to_json())))
}

async fn revocation(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let ended = end(&server.inner, request).await;
    ended.unwrap_or_else(|refusal| refused("revocation", refusal))
}

async fn end(inner: &Inner, request: Request) -> Result<Response, Refusal> {
    let (head, body) = read(request).await?;
    let now = inner.parts.clock.now();
    let (caller, shown) = shown::judge(&head.headers, &body, &inner.registry, now)?;
    first_time(inner, caller.once, now, Refusal::client(USED)).await?;
    let known = look_up(inner, &shown).await?;
    if revoke::judge(known.as_ref(), caller.client, now)? == Revocation::End {
        let tokens = &inner.parts.tokens;
        match shown {
            Shown::Opaque(digest) => tokens.revoke(digest).await.map_err(unavailable)?,
            Shown::Signed { token, revocation } => {
                let until = token.expires_at;
                let remembering = tokens.remember(revocation, until, now);
                remembering.await.map_err(unavailable)?;
            }
        }
    }
    // OA-AUS-222, OA-AUS-223
    Ok(answer(StatusCode::OK, Body::empty()))
}

/// What there is to know of a token, unless it was never issued or is revoked.
async fn look_up(inner: &Inner, shown: &Shown) -> Result<Option<IssuedToken>, Refusal> {
    let tokens = &inner.parts.tokens;
    match shown {
        Shown::Opaque(digest) => tokens.get(*digest).await.map_err(unavailable),
        Shown::Signed { token, revocation } => {
            let revoked = tokens.remembers(*revocation).await.map_err(unavailable)?;
            Ok((!revoked).then(|| token.clone()))
        }
    }
}

async fn published_metadata(State(server): State<AuthorizationServer>) -> Response {
    document(server.inner.metadata.clone())
}

/// OA-AUS-151, OA-AUS-158
async fn published_keys(State(server): State<AuthorizationServer>) -> Response {
    document(server.inner.keys.clone())
}

/// OA-AUS-240: unlike everything else here, it may be kept.
fn document(body: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

/// The head, and the body as far as it may be long.
async fn read(request: Request) -> Result<(Head, Zeroizing<Vec<u8>>), Refusal> {
    let (head, body) = request.into_parts();
    let body = read_up_to(body, LARGEST).await.map_err(|unread| {
        Refusal::request(match unread {
            Unread::TooLarge => "The request is larger than 16 KiB.",
            Unread::Incomplete => "The request did not arrive whole and in time.",
        })
    })?;
    Ok((head, body))
}

fn refused(endpoint: &'static str, refusal: Refusal) -> Response {
    info!(
        endpoint,
        error = refusal.error.name(),
        why = refusal.description,
        "request refused"
    );
    refusal.into_response()
}

fn unavailable(error: TokenStoreError) -> Refusal {
    warn!(%error, "the token store did not do its work");
    Refusal::unavailable()
}
