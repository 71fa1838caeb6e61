//! Tokens of the authorization server of the target, for a resource that takes those and no others.

use super::missing;
use crate::{
    lenient::Members,
    steps::Stop,
    target::oauth::{ClientAuth, ClientKind, RegisteredClient},
    wire::Fields,
    world::World,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::time::Duration;
use url::form_urlencoded::{Serializer, byte_serialize};

/// A token with these scopes, by the client credentials grant of a client that the harness plays.
///
/// # Errors
/// When there is no such client, or it gets none.
pub(super) async fn token(world: &mut World, scope: &str) -> Result<String, Stop> {
    let wanted: Vec<&str> = scope.split(' ').filter(|s| !s.is_empty()).collect();
    let client = client(world, ClientKind::Good, &wanted)?;
    Ok(ask(world, &client, scope).await?.token)
}

/// A token that ends in a few seconds, and in how many.
///
/// # Errors
/// When there is no such client, or it gets none, or nobody says when it ends.
pub(super) async fn short_lived(world: &mut World) -> Result<(String, Duration), Stop> {
    let client = client(world, ClientKind::ShortLived, &[])?;
    let granted = ask(world, &client, &client.scopes.join(" ")).await?;
    match granted.expires_in.filter(|end| *end <= LONGEST) {
        Some(end) => Ok((granted.token, Duration::from_secs(end))),
        None => Err(Stop::Control(format!(
            "no token that ends within {LONGEST} s was to be had"
        ))),
    }
}

/// The longest that a token which lives briefly is waited for, in seconds.
const LONGEST: u64 = 30;

fn client(world: &World, kind: ClientKind, wanted: &[&str]) -> Result<RegisteredClient, Stop> {
    let server = world.context.target.oauth.server.as_ref();
    let server = server.ok_or_else(|| missing("[authorization_server]"))?;
    let mut clients = server.clients.iter();
    let client = clients.find(|client| client.kind == kind && may(client, wanted));
    client.cloned().ok_or_else(|| {
        missing(&format!(
            "[[authorization_server.client]] of the kind {} with a secret and these scopes",
            kind.name()
        ))
    })
}

/// What the server gives.
struct Granted {
    token: String,
    expires_in: Option<u64>,
}

async fn ask(world: &World, client: &RegisteredClient, scope: &str) -> Result<Granted, Stop> {
    let server = world.context.target.oauth.server.as_ref();
    let server = server.ok_or_else(|| missing("[authorization_server]"))?;
    let url = world.replica(&server.token, 0)?;
    let (fields, body) = request(client, scope);
    let answer = world.ask(&url, "POST", fields, body.into_bytes()).await;
    let granted = answer
        .response()
        .filter(|response| response.status == 200)
        .and_then(|response| {
            let members = Members::read(&response.body)?;
            Some(Granted {
                token: members.text("access_token")?,
                expires_in: members.number("expires_in"),
            })
        });
    granted.ok_or_else(|| Stop::Control(format!("no token was to be had: {}", answer.words())))
}

fn may(client: &RegisteredClient, wanted: &[&str]) -> bool {
    let has_secret = !matches!(client.auth, ClientAuth::PrivateKeyJwt(_));
    let has = |scope: &&str| client.scopes.iter().any(|own| own == scope);
    has_secret && wanted.iter().all(has)
}

/// Fields and form by which the client asks.
fn request(client: &RegisteredClient, scope: &str) -> (Fields, String) {
    let mut fields = Fields::from([("content-type", "application/x-www-form-urlencoded")]);
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !scope.is_empty() {
        form.append_pair("scope", scope);
    }
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    match &client.auth {
        ClientAuth::SecretBasic(secret) => {
            let pair = format!("{}:{}", encoded(&client.id), encoded(secret));
            fields.push("authorization", format!("Basic {}", STANDARD.encode(pair)));
        }
        ClientAuth::SecretPost(secret) => {
            form.append_pair("client_id", &client.id);
            form.append_pair("client_secret", secret);
        }
        ClientAuth::PrivateKeyJwt(_) => {}
    }
    (fields, form.finish())
}
