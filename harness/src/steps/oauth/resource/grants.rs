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
use url::form_urlencoded::{Serializer, byte_serialize};

/// A token with these scopes, by the client credentials grant of a client that the harness plays.
///
/// # Errors
/// When there is no such client, or it gets none.
pub(super) async fn token(world: &mut World, scope: &str) -> Result<String, Stop> {
    let server = world.context.target.oauth.server.as_ref();
    let server = server.ok_or_else(|| missing("[authorization_server]"))?;
    let url = world.replica(&server.token, 0)?;
    let wanted: Vec<&str> = scope.split(' ').filter(|s| !s.is_empty()).collect();
    let client = server.clients.iter().find(|client| may(client, &wanted));
    let client = client.ok_or_else(|| {
        missing("[[authorization_server.client]] of the kind good with a secret and these scopes")
    })?;
    let (fields, body) = request(client, scope);
    let answer = world.ask(&url, "POST", fields, body.into_bytes()).await;
    let token = answer
        .response()
        .filter(|response| response.status == 200)
        .and_then(|response| Members::read(&response.body)?.text("access_token"));
    token.ok_or_else(|| Stop::Control(format!("no token was to be had: {}", answer.words())))
}

fn may(client: &RegisteredClient, wanted: &[&str]) -> bool {
    let has_secret = !matches!(client.auth, ClientAuth::PrivateKeyJwt(_));
    let has = |scope: &&str| client.scopes.iter().any(|own| own == scope);
    client.kind == ClientKind::Good && has_secret && wanted.iter().all(has)
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
