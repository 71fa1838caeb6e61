//! What a saboteur knows of the issuers that it is: their keys, also those that are over, and their sessions.

use crate::{
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcIssuerSabotage,
};
use axum::middleware::Next;
use btx_reference::lifecycle::{
    keys::{Keys, KeysError, Rotation},
    ring::Ring,
};
use btx_spec::{
    jose::{Algorithm, KeySet, PublicKey, SignedToken},
    lifecycle::{BearerClaims, RingKey},
};
use futures::{FutureExt as _, future::BoxFuture};
use std::sync::{Arc, Mutex};

/// An issuer, as its saboteur knows it.
pub(super) struct Issuer {
    /// Its identifier, which is the audience of its bearers as well.
    pub(super) identifier: String,
    keys: Arc<dyn Keys>,
    /// The keys that it had, those of before an emergency among them.
    past: Mutex<Vec<Arc<RingKey>>>,
    sessions: Mutex<Vec<Session>>,
}

/// A session, as its login told.
#[derive(Clone)]
pub(super) struct Session {
    /// The replica at which it began.
    pub(super) replica: usize,
    /// The key that has signed its first bearer.
    pub(super) key_id: String,
    /// What that says.
    pub(super) claims: BearerClaims,
}

impl Issuer {
    /// Its ring.
    pub(super) fn ring(&self) -> Option<Arc<Ring>> {
        self.keys.ring().now_or_never()?.ok()
    }

    /// The keys that it had.
    pub(super) fn past(&self) -> Vec<Arc<RingKey>> {
        lock(&self.past).clone()
    }

    /// All of its keys that have signed.
    pub(super) fn all_keys(&self) -> Vec<Arc<RingKey>> {
        let current = self.ring().map(|ring| ring.current.clone());
        current.into_iter().chain(self.past()).collect()
    }

    /// The key that has that name, or had it.
    pub(super) fn called(&self, name: &str) -> Option<Arc<RingKey>> {
        self.all_keys().into_iter().find(|key| key.id() == name)
    }

    /// The key that has signed that.
    pub(super) fn signer_of(&self, token: &SignedToken) -> Option<Arc<RingKey>> {
        let mut keys = self.all_keys().into_iter();
        keys.find(|key| has_signed(key, token))
    }

    /// Its sessions, the newest last.
    pub(super) fn sessions(&self) -> Vec<Session> {
        lock(&self.sessions).clone()
    }

    /// Rotates its keys.
    pub(super) fn keys(&self) -> Arc<dyn Keys> {
        self.keys.clone()
    }
}

/// Whether a key has signed that, whatever name of a key stands there.
fn has_signed(key: &RingKey, token: &SignedToken) -> bool {
    if key.verifier().verify(token).is_ok() {
        return true;
    }
    let renamed = || {
        let mut jwk = key.to_published_jwk()?;
        let name = token.key_id()?;
        jwk.as_object_mut()?.insert("kid".to_owned(), name.into());
        PublicKey::parse_jwk(&jwk.to_string()).ok()
    };
    renamed().is_some_and(|key| KeySet::of(vec![key]).verify(token, &Algorithm::ALL).is_ok())
}

/// All issuers of a saboteur.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<Vec<Arc<Issuer>>>>);

/// Alters an order to rotate before it is carried out.
type OnRotation = Arc<dyn Fn(&mut Rotation) + Send + Sync>;

impl Known {
    /// A saboteur that knows all issuers, and does nothing yet.
    pub(super) fn sabotage(&self) -> LcIssuerSabotage {
        self.rotating(|_| {})
    }

    /// The same, which alters each order to rotate.
    pub(super) fn rotating(
        &self,
        alter: impl Fn(&mut Rotation) + Send + Sync + 'static,
    ) -> LcIssuerSabotage {
        let alter: OnRotation = Arc::new(alter);
        let (configured, known) = (Arc::new(Mutex::new(String::new())), self.clone());
        let identifier = configured.clone();
        LcIssuerSabotage::new()
            .config(move |config| {
                config
                    .identifier
                    .as_str()
                    .clone_into(&mut lock(&configured));
            })
            .parts(move |_, mut parts| {
                let issuer = known.met(&lock(&identifier), &parts.keys);
                let (inner, alter) = (parts.keys, alter.clone());
                parts.keys = Arc::new(Watched {
                    inner,
                    issuer,
                    alter,
                });
                parts
            })
            .layer(Noting(self.clone()))
    }

    /// The issuer of that name; an issuer is met once for each of its replicas.
    fn met(&self, identifier: &str, keys: &Arc<dyn Keys>) -> Arc<Issuer> {
        if let Some(issuer) = self.called(identifier) {
            return issuer;
        }
        let issuer = Arc::new(Issuer {
            identifier: identifier.to_owned(),
            keys: keys.clone(),
            past: Mutex::default(),
            sessions: Mutex::default(),
        });
        lock(&self.0).push(issuer.clone());
        issuer
    }

    /// The issuer of that identifier.
    pub(super) fn called(&self, identifier: &str) -> Option<Arc<Issuer>> {
        let issuers = lock(&self.0);
        issuers
            .iter()
            .find(|one| one.identifier == identifier)
            .cloned()
    }

    /// The issuer whose first replica is asked: its identifier is where that is.
    pub(super) fn asked(&self, asked: &Asked) -> Option<Arc<Issuer>> {
        let there = asked.head.uri.authority().map(ToString::to_string);
        let there = there.or_else(|| asked.field("host").map(str::to_owned))?;
        self.called(&format!("https://{there}"))
    }

    /// The issuer that has, or had, a key of that name.
    pub(super) fn with_key(&self, name: &str) -> Option<Arc<Issuer>> {
        let issuers = lock(&self.0).clone();
        issuers.into_iter().find(|one| one.called(name).is_some())
    }

    /// The issuer that has signed that, with any of its keys.
    pub(super) fn signer_of(&self, token: &SignedToken) -> Option<Arc<Issuer>> {
        let issuers = lock(&self.0).clone();
        issuers
            .into_iter()
            .find(|one| one.signer_of(token).is_some())
    }
}

/// Keys that are watched as they rotate.
struct Watched {
    inner: Arc<dyn Keys>,
    issuer: Arc<Issuer>,
    alter: OnRotation,
}

impl Keys for Watched {
    fn ring(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.inner.ring()
    }

    fn look(&self) -> BoxFuture<'_, Result<Arc<Ring>, KeysError>> {
        self.inner.look()
    }

    fn rotate(&self, mut rotation: Rotation) -> BoxFuture<'_, Result<String, KeysError>> {
        (self.alter)(&mut rotation);
        Box::pin(async move {
            let before = self.inner.ring().await?;
            lock(&self.issuer.past).push(before.current.clone());
            self.inner.rotate(rotation).await
        })
    }
}

/// Notes the sessions that begin.
struct Noting(Known);

impl Layer for Noting {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let (known, replica) = (self.0.clone(), asked.replica);
        Box::pin(async move {
            let told = pass(asked, next).await;
            let note = || {
                let bearer = told.text("bearer_token")?;
                let token = SignedToken::parse(&bearer).ok()?;
                let (header, claims) = BearerClaims::read(&token).ok()?;
                let issuer = known.called(&claims.issuer)?;
                lock(&issuer.sessions).push(Session {
                    replica,
                    key_id: header.key_id,
                    claims,
                });
                Some(())
            };
            note();
            told
        })
    }
}
