//! The gate: lets in whoever shows a bearer of a live session, and puts a new one into the answer where one is
//! due.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use btx_spec::lifecycle::{BearerClaims, SESSION_FIELD, SessionToken, new_bearer};
use tracing::{debug, warn};
use zeroize::Zeroizing;

use super::judge::{Judged, Refused, Verdict, judge_session, read};
use super::{Inner, mint};
use crate::http::bearer::{Denied, challenge, credentials};
use crate::http::refusal::Refusal;
use crate::lifecycle::keys::KeysError;
use crate::lifecycle::sessions::SessionsError;

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whom the bearer speaks for.
    pub subject: String,
    /// The name of the session.
    pub session: String,
}

/// Why somebody is not let in.
pub(super) enum Shut {
    /// What is shown opens nothing.
    Denied(Denied),
    /// Nobody can say whether it opens anything (LC-ISS-097).
    Undecided,
}

impl From<Refused> for Shut {
    fn from(why: Refused) -> Self {
        debug!(%why, "bearer refused");
        Self::Denied(Denied::InvalidToken)
    }
}

impl From<KeysError> for Shut {
    fn from(error: KeysError) -> Self {
        warn!(%error, "no keys");
        Self::Undecided
    }
}

impl From<SessionsError> for Shut {
    fn from(error: SessionsError) -> Self {
        warn!(%error, "no look into the sessions");
        Self::Undecided
    }
}

impl Shut {
    pub(super) fn answer(self, realm: &str) -> Response {
        match self {
            // HT-RES-008 to HT-RES-012
            Self::Denied(denied) => challenge(denied, realm),
            Self::Undecided => Refusal::unavailable().into_response(),
        }
    }
}

/// Somebody who comes in.
struct Admitted {
    caller: Caller,
    due: Option<Due>,
}

/// A new bearer that is to come with the answer.
struct Due {
    claims: BearerClaims,
    /// The key that has signed the old one.
    key_id: String,
}

#[derive(Clone)]
struct Gate {
    inner: Arc<Inner>,
    /// Whether each request looks into the store.
    looks: bool,
}

pub(super) fn protect(inner: &Arc<Inner>, router: Router, looks: bool) -> Router {
    let gate = Gate {
        inner: Arc::clone(inner),
        looks,
    };
    router.route_layer(from_fn_with_state(gate, pass))
}

async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let inner = gate.inner.as_ref();
    match inner.admit(request.headers(), gate.looks).await {
        Ok(Admitted { caller, due }) => {
            request.extensions_mut().insert(caller);
            let answer = next.run(request).await;
            match due {
                Some(due) => inner.add_bearer(due, answer).await,
                None => answer,
            }
        }
        Err(shut) => shut.answer(&inner.config.realm),
    }
}

impl Inner {
    async fn admit(&self, headers: &HeaderMap, looks: bool) -> Result<Admitted, Shut> {
        let shown = credentials(headers).map_err(Shut::Denied)?;
        let now = self.parts.clock.now();
        let judged = self.judge(shown, now).await?;
        let old = &judged.claims;
        let claims = match judged.verdict {
            Verdict::Open if !looks => None,
            Verdict::Open => {
                self.find_session(old, now).await?;
                None
            }
            Verdict::OpenAndReissue => {
                self.find_session(old, now).await?;
                Some(mint::reissued(old, now))
            }
            Verdict::Refresh => Some(self.refresh(old, headers, now).await?),
        };
        Ok(Admitted {
            caller: Caller {
                subject: old.subject.clone(),
                session: old.session.clone(),
            },
            due: claims.map(|claims| Due {
                claims,
                key_id: judged.key_id.clone(),
            }),
        })
    }

    /// A key that is not known may be one of which this replica has not heard (LC-ISS-027, LC-ISS-028).
    async fn judge(&self, text: &str, now: i64) -> Result<Judged, Shut> {
        let shown = read(text)?;
        let ring = self.parts.keys.ring().await?;
        match shown.judge(&ring, &self.limits, now) {
            Err(Refused::UnknownKey) => {
                let ring = self.look.newest().await?;
                Ok(shown.judge(&ring, &self.limits, now)?)
            }
            judged => Ok(judged?),
        }
    }

    /// LC-ISS-090. The session is that of the subject, or somebody with a stolen key would put another's name on a
    /// session of his own.
    async fn find_session(&self, bearer: &BearerClaims, now: i64) -> Result<(), Shut> {
        let subject = self.parts.sessions.subject_of(&bearer.session, now).await?;
        match subject.is_some_and(|subject| subject == bearer.subject) {
            true => Ok(()),
            false => Err(Refused::SessionOver.into()),
        }
    }

    /// What the new bearer says that takes the place of this expired one.
    async fn refresh(
        &self,
        old: &BearerClaims,
        headers: &HeaderMap,
        now: i64,
    ) -> Result<BearerClaims, Shut> {
        let sessions = &self.parts.sessions;
        let token = session_token(headers).ok_or(Refused::NoSession)?;
        let session = sessions.by_digest(token.digest(), now).await?;
        judge_session(old, session.as_ref(), now)?;
        let session = session.ok_or(Refused::SessionOver)?;
        let wanted = mint::life(&session, &self.limits, now);
        let reuse_from = now.saturating_sub(self.limits.refresh_repeat);
        let renewal = sessions.renew(&session.name, wanted, reuse_from).await?;
        // LC-ISS-091: it may have ended meanwhile.
        let renewal = renewal.ok_or(Refused::SessionOver)?;
        Ok(mint::refreshed(old, renewal))
    }

    /// Adds the new bearer to an answer of 2xx (LC-ISS-102). Where that does not work the answer is as good
    /// without: the caller shows the old bearer again, and gets a new one then.
    async fn add_bearer(&self, due: Due, mut answer: Response) -> Response {
        if !answer.status().is_success() {
            return answer;
        }
        match self.new_bearer(&due).await {
            Ok(bearer) => self.write(&bearer, answer.headers_mut()),
            Err(why) => warn!(why, "no new bearer comes with the answer"),
        }
        answer
    }

    /// Signs with the key that is current now: there may have been a rotation while the request was answered
    /// (LC-ISS-020). If the key of the old bearer counts no more, nothing follows from that bearer, or whoever
    /// can forge it could live through an emergency rotation (LC-ISS-025).
    async fn new_bearer(&self, due: &Due) -> Result<new_bearer::NewBearer, String> {
        let now = self.parts.clock.now();
        let ring = self.parts.keys.signing().await;
        let ring = ring.map_err(|error| error.to_string())?;
        ring.find(&due.key_id, now).ok_or("its key is over")?;
        let left = due.claims.expires_at.saturating_sub(now);
        if left <= 0 {
            return Err("it would have expired".to_owned());
        }
        let bearer = mint::sign(&due.claims, &ring).map_err(|error| error.to_string())?;
        Ok(new_bearer::NewBearer {
            bearer,
            expires_in: Duration::from_secs(left.unsigned_abs()),
        })
    }

    fn write(&self, new: &new_bearer::NewBearer, fields: &mut HeaderMap) {
        // LC-ISS-100
        insert_secret(fields, AUTHENTICATION_INFO, &new_bearer::write(new));
        // LC-ISS-103, LC-ISS-104
        if self.config.authorization_field {
            let value = Zeroizing::new(format!("Bearer {}", new.bearer.as_str()));
            insert_secret(fields, header::AUTHORIZATION, &value);
        }
        // LC-ISS-101
        let no_store = HeaderValue::from_static("no-store");
        fields.insert(header::CACHE_CONTROL, no_store);
    }
}

fn insert_secret(fields: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        fields.insert(name, value);
    }
}

/// The one session token of a request (LC-ISS-083).
pub(super) fn session_token(headers: &HeaderMap) -> Option<SessionToken> {
    let mut fields = headers.get_all(SESSION_FIELD).iter();
    let (Some(only), None) = (fields.next(), fields.next()) else {
        return None;
    };
    SessionToken::parse(only.to_str().ok()?).ok()
}
