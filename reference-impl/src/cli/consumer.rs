//! `btx-reference consumer`: a client in conversation with the provider. It looks at the public page, is
//! turned away without a token, gets none with bad credentials and one with good ones, and reads and writes
//! with it.

mod teller;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use btx_reference::oauth::Parts;
use btx_reference::oauth::client::{
    CallError, Client, Config, Failure, Grant, Identity, Method, Proof, Secret, ServerEntry,
    TokenEndpoint,
};
use btx_reference::oauth::server::metadata::TOKEN;
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::outbound::{Outbound as _, OutboundOutcome, OutboundRequest};
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};
use bytes::Bytes;
use tokio::time::Instant;

use super::provider::{self, Anything, HandOver, usual_path};
use super::{Failed, block_on};
use teller::Teller;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the consumer calls its provider.
const PROVIDER: &str = "provider";

/// What to do when there is no provider.
const HINT: &str = "start one in another terminal with `btx-reference provider`, or both at once with \
                    `btx-reference consumer --with-provider`";

/// Talks to the provider of this file, or to one of its own.
pub(super) fn run(hand_over: Option<PathBuf>, with_provider: bool) -> Result<(), Failed> {
    block_on(async {
        let outcome = if with_provider {
            talk_to_own().await
        } else {
            talk_to(&read(hand_over)?).await
        };
        outcome.map_err(|error| Failed::Broken(error.to_string()))
    })
}

fn read(path: Option<PathBuf>) -> Result<HandOver, Failed> {
    let path = path.unwrap_or_else(usual_path);
    HandOver::read(&path).map_err(|error| {
        let path = path.display();
        Failed::Broken(match error.kind() {
            ErrorKind::NotFound => format!("no provider is running: {path} is not there; {HINT}"),
            _ => format!("{path} cannot be read: {error}; {HINT}"),
        })
    })
}

async fn talk_to_own() -> Result<(), Anything> {
    let anywhere = ([127, 0, 0, 1], 0).into();
    let (provider, hand_over) = provider::start(anywhere, std::future::pending()).await?;
    talk_to(&hand_over).await?;
    // It ends with the process.
    drop(provider);
    Ok(())
}

async fn talk_to(provider: &HandOver) -> Result<(), Anything> {
    let teller = Arc::new(Teller::new(provider::way_to(provider)?));
    let good = client(provider, &provider.secret, &teller)?;
    let bad = client(provider, "this secret is a bad one", &teller)?;
    let url = |path: &str| format!("{}{path}", provider.origin);
    let read = url("/read-resource");

    teller.about("public");
    show(&teller, &url("/public"), None).await?;
    expect(&teller, 200)?;

    teller.about("not authenticated");
    show(&teller, &read, None).await?;
    expect(&teller, 401)?;

    teller.about("bad credentials");
    refused(bad.token(PROVIDER).await)?;
    expect(&teller, 401)?;

    teller.about("valid credentials");
    good.token(PROVIDER).await?;
    expect(&teller, 200)?;
    anstream::println!("access token successfully retrieved!\n");

    teller.about("authenticated, resource is not yet defined");
    good.call(PROVIDER, Method::Get, &read, Bytes::new())
        .await?;
    expect(&teller, 200)?;

    teller.about("invalid token");
    show(
        &teller,
        &url("/write-resource"),
        Some("this-token-was-never-issued"),
    )
    .await?;
    expect(&teller, 401)?;

    teller.about("authenticated");
    let (write, text) = (url("/write-resource"), Bytes::from_static(b"foo-bar-moo"));
    good.call(PROVIDER, Method::Post("text/plain"), &write, text)
        .await?;
    expect(&teller, 200)?;

    teller.about("authenticated, resource is now defined");
    good.call(PROVIDER, Method::Get, &read, Bytes::new())
        .await?;
    expect(&teller, 200)
}

/// A client of the provider with this secret.
fn client(provider: &HandOver, secret: &str, teller: &Arc<Teller>) -> Result<Client, Anything> {
    let entry = ServerEntry {
        name: PROVIDER.to_owned(),
        issuer: Identifier::parse(&provider.origin)?,
        token: TokenEndpoint::At(HttpsUrl::parse(&format!("{}{TOKEN}", provider.origin))?),
        grant: Grant::ClientCredentials,
        identity: Some(Identity {
            id: provider.id.clone(),
            proof: Proof::SecretBasic(Secret::held(secret)),
        }),
        scope: Some(Scope::parse("read write")?),
        resource: None,
        api: vec![HttpsUrl::parse(&provider.origin)?],
    };
    let parts = Parts::new(Arc::new(MemoryTokens::new()), Arc::clone(teller) as Arc<_>);
    Ok(Client::new(Config::new(vec![entry]), parts))
}

/// A request as a client would not make it: without a token it reads, and with a wrong one it writes.
async fn show(teller: &Teller, url: &str, token: Option<&str>) -> Result<(), Anything> {
    let request = OutboundRequest::bare(url, Instant::now() + PATIENCE);
    let outcome = match token {
        None => teller.get(request).await,
        Some(token) => {
            let request = request.with("authorization", format!("Bearer {token}"));
            teller.post(request).await
        }
    };
    match outcome {
        OutboundOutcome::Answered(_) => Ok(()),
        OutboundOutcome::Unreachable(why) => {
            Err(format!("no provider is running any more: {why}; {HINT}").into())
        }
        OutboundOutcome::NoAnswer(why) => Err(why.into()),
    }
}

/// A failure is what was to be seen.
fn refused<T>(outcome: Result<T, Failure>) -> Result<(), Anything> {
    match outcome {
        Err(Failure::Refused { .. }) => Ok(()),
        Err(other) => Err(CallError::from(other).into()),
        Ok(_) => Err("bad credentials were taken".into()),
    }
}

fn expect(teller: &Teller, status: u16) -> Result<(), Anything> {
    match teller.status() {
        Some(answered) if answered == status => Ok(()),
        other => Err(format!("expected the status {status}, and it was {other:?}").into()),
    }
}
