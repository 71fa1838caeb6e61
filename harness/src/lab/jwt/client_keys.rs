//! The keys of the client under test, fetched from its document.

use crate::{
    caller::{Caller, Outcome, Outgoing, Pace, request_to},
    wire::Fields,
};
use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken};
use serde_json::Value;
use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// How long a document or a key set is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of the client under test: fetched when they are first needed, and again for a name of a key that is
/// not among them.
#[derive(Default)]
pub struct ClientKeys {
    place: OnceLock<(Caller, Url)>,
    keys: Mutex<Option<KeySet>>,
}

impl ClientKeys {
    /// Says whose keys they are, and who fetches them.
    pub fn of(&self, caller: Caller, id: Url) {
        // A lab is of one run, and that of one client.
        let _ = self.place.set((caller, id));
    }

    /// The keys that are held.
    #[must_use]
    pub fn held(&self) -> Option<KeySet> {
        self.lock().clone()
    }

    /// Fetches the document and the keys.
    ///
    /// # Errors
    /// What came in their place.
    pub async fn fetch(&self) -> Result<(), String> {
        let (caller, id) = self.place.get().ok_or("the target has no client")?;
        let document = get(caller, id).await?;
        let members: Value = serde_json::from_slice(&document)
            .map_err(|e| format!("the document of the client is no JSON: {e}"))?;
        let keys = match (members.get("jwks"), members.get("jwks_uri")) {
            (Some(keys), _) => keys.to_string().into_bytes(),
            (None, Some(place)) => {
                let url = place.as_str().and_then(|url| Url::parse(url).ok());
                get(caller, &url.ok_or("`jwks_uri` is no URL")?).await?
            }
            (None, None) => return Err("the document of the client has no keys".to_owned()),
        };
        let keys = KeySet::parse(&keys).map_err(|e| format!("the keys of the client: {e}"))?;
        *self.lock() = Some(keys);
        Ok(())
    }

    /// Whether a JWT is one of the client, of this type, for this audience and not over. What else has to be in
    /// it is for a scenario to say.
    pub async fn verify(&self, text: &str, typ: &str, audience: &str, now: SystemTime) -> bool {
        let Ok(token) = SignedToken::parse(text) else {
            return false;
        };
        let known = |keys: &KeySet| token.key_id().is_some_and(|id| keys.has(id));
        if !self.held().as_ref().is_some_and(known) && self.fetch().await.is_err() {
            return false;
        }
        let Some(keys) = self.held() else {
            return false;
        };
        let Ok(claims) = Claims::read(token.claims()) else {
            return false;
        };
        let id = self.place.get().map(|(_, id)| id.as_str());
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        token.is_of_type(typ)
            && claims.iss.as_deref() == id
            && claims.aud.is_some_and(|aud| aud.is_only(audience))
            && claims
                .exp
                .is_some_and(|exp| exp.seconds() > now.as_secs_f64())
            && keys.verify(&token, &Algorithm::ALL).is_ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<KeySet>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of a 200 at a URL.
async fn get(caller: &Caller, url: &Url) -> Result<Vec<u8>, String> {
    let fields = Fields::from([("accept", "application/json")]);
    let outgoing = Outgoing {
        url: url.clone(),
        request: request_to(url, "GET", fields, Vec::new()),
        pace: Pace::Whole,
    };
    match caller.call(outgoing, PATIENCE).await {
        Outcome::Answered(response) if response.status == 200 => Ok(response.body),
        Outcome::Answered(response) => Err(format!("{} answers {url}", response.status)),
        Outcome::NotConnected(error) => Err(error.to_string()),
        Outcome::NoAnswer(error) => Err(error.to_string()),
        Outcome::TimedOut => Err(format!("nothing came from {url}")),
    }
}
