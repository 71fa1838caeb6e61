//! The rehearsal of one issuer of sessions: every place of its table in the target file, used once.

use crate::{
    control::shown,
    lenient::Members,
    steps::{Stop, obtain_session},
    target::{
        Verb,
        lifecycle::{Account, SessionIssuer},
    },
    wire::{Fields, Response},
    world::{World, describe},
};
use btx_spec::{
    hooks::{Order, Report},
    jose::SignedToken,
};
use serde_json::{Value, json};
use url::Url;

/// What did not go as it has to, and what of the target file to look at.
pub(super) struct Fault {
    /// What came.
    pub(super) came: String,
    /// The key of the target file, and what to do about it.
    pub(super) look_at: String,
}

/// One issuer, with the words that faults are told in.
struct Rehearsed<'a> {
    world: &'a World,
    issuer: &'a SessionIssuer,
}

/// Begins sessions at each replica, shows a bearer wherever it opens, reads the key set, and rotates.
///
/// # Errors
/// The first place that does not do what the target file says of it.
pub(super) async fn rehearse(
    world: &World,
    issuer: &SessionIssuer,
    accounts: &[Account],
) -> Result<(), Fault> {
    let rehearsed = Rehearsed { world, issuer };
    let mut bearer = String::new();
    // Everybody once, and every replica once.
    for turn in 0..accounts.len().max(issuer.replicas()) {
        let Some(account) = accounts.get(turn % accounts.len().max(1)) else {
            break;
        };
        bearer = match issuer.login.get(turn % issuer.login.len().max(1)) {
            Some(url) => rehearsed.log_in(url, account).await?,
            None => rehearsed.obtain(account, turn).await?,
        };
    }
    for url in &issuer.api {
        rehearsed.open(url, &bearer).await?;
    }
    if let Some(url) = &issuer.missing {
        rehearsed.miss(url, &bearer).await?;
    }
    if let Some(url) = &issuer.key_set {
        rehearsed.read_keys(url, &bearer).await?;
    }
    rehearsed.rotate().await
}

impl Rehearsed<'_> {
    async fn log_in(&self, url: &Url, account: &Account) -> Result<String, Fault> {
        let key = "login";
        let fields = Fields::from([("content-type", "application/json")]);
        let body = json!({ "username": account.name, "password": account.password });
        let response = self.ask(key, url, "POST", fields, body.to_string()).await?;
        let advice = match response.status {
            200..300 => {
                let what = "it has to answer with `session_token` and `bearer_token`";
                return tokens(&response.body)
                    .ok_or_else(|| self.fault(key, Some(url), &describe(&response), what));
            }
            400 | 401 | 403 => format!(
                "has every issuer the account \"{}\" of [[account]], with the password that stands there?",
                account.name
            ),
            429 => format!(
                "the account \"{}\" of [[account]] pauses: does something log in with a wrong password?",
                account.name
            ),
            _ => "does it take logins there, as JSON by POST?".to_owned(),
        };
        Err(self.fault(key, Some(url), &describe(&response), &advice))
    }

    async fn obtain(&self, account: &Account, turn: usize) -> Result<String, Fault> {
        let Some(hook) = &self.issuer.obtain else {
            return Ok(String::new());
        };
        let obtained = obtain_session(
            self.world,
            hook,
            account,
            turn % self.issuer.replicas().max(1),
        )
        .await;
        let body = obtained.map_err(|stop: Stop| {
            let advice = format!(
                "it has to bring a session of the account \"{}\" of [[account]]",
                account.name
            );
            self.fault("obtain", None, &stop.words(), &advice)
        })?;
        tokens(&body).ok_or_else(|| {
            let came = "something else than the answer to a login";
            let what =
                "it has to answer or print a JSON object with `session_token` and `bearer_token`";
            self.fault("obtain", None, came, what)
        })
    }

    async fn open(&self, url: &Url, bearer: &str) -> Result<(), Fault> {
        let response = self.show("api", url, bearer).await?;
        match response.status {
            200..300 => Ok(()),
            404 | 405 => self.wrong("api", url, &response, "does GET open it?"),
            _ => self.wrong(
                "api",
                url,
                &response,
                "does a bearer of another replica open it? All of them share keys and sessions",
            ),
        }
    }

    async fn miss(&self, url: &Url, bearer: &str) -> Result<(), Fault> {
        let response = self.show("missing", url, bearer).await?;
        let advice = "it has to answer 404 to whoever is let in; without one leave the key out";
        match response.status {
            404 => Ok(()),
            _ => self.wrong("missing", url, &response, advice),
        }
    }

    async fn read_keys(&self, url: &Url, bearer: &str) -> Result<(), Fault> {
        let key = "key_set";
        let response = self
            .ask(key, url, "GET", Fields::default(), String::new())
            .await?;
        let set: Option<Value> = serde_json::from_slice(&response.body).ok();
        let keys = set.as_ref().and_then(|set| set.get("keys")?.as_array());
        let Some(keys) = keys.filter(|_| (200..300).contains(&response.status)) else {
            return self.wrong(
                key,
                url,
                &response,
                "are the public keys there, for everybody?",
            );
        };
        let token = SignedToken::parse(bearer).ok();
        let name = token.as_ref().and_then(SignedToken::key_id);
        let named = |key: &Value| key.get("kid").and_then(Value::as_str) == name;
        match name.is_none() || keys.iter().any(named) {
            true => Ok(()),
            false => Err(self.fault(
                key,
                Some(url),
                "a key set without the key of a bearer that came just now",
                "is it the key set of this issuer?",
            )),
        }
    }

    /// Rotates once, if the target can be told to.
    async fn rotate(&self) -> Result<(), Fault> {
        let context = &self.world.context;
        let control = context.target.control.as_ref();
        if !control.is_some_and(|control| control.verbs.contains(&Verb::Rotate)) {
            return Ok(());
        }
        let order = Order::Rotate {
            issuer: Some(self.issuer.identifier.clone()),
            urgent: None,
            key: None,
        };
        let came = match context.order(order, context.patience).await {
            Ok(Report::Rotated { .. }) => return Ok(()),
            Ok(_) => "rotate: the answer is that of another verb".to_owned(),
            Err(words) => words,
        };
        Err(Fault {
            came: shown(&came),
            look_at: format!(
                "see [control] and `identifier` of the [[session_issuer]] \"{}\": the verb `rotate` has to rotate the keys of that issuer; without it take it out of `verbs`",
                self.issuer.identifier
            ),
        })
    }

    async fn show(&self, key: &str, url: &Url, bearer: &str) -> Result<Response, Fault> {
        let shown = format!("Bearer {bearer}");
        let fields = Fields::from([("authorization", shown.as_str())]);
        self.ask(key, url, "GET", fields, String::new()).await
    }

    async fn ask(
        &self,
        key: &str,
        url: &Url,
        method: &str,
        fields: Fields,
        body: String,
    ) -> Result<Response, Fault> {
        let answer = self.world.ask(url, method, fields, body.into_bytes()).await;
        answer.response().cloned().ok_or_else(|| {
            self.fault(
                key,
                Some(url),
                &answer.words(),
                "does a replica listen there?",
            )
        })
    }

    fn wrong(&self, key: &str, url: &Url, came: &Response, advice: &str) -> Result<(), Fault> {
        Err(self.fault(key, Some(url), &describe(came), advice))
    }

    fn fault(&self, key: &str, url: Option<&Url>, came: &str, advice: &str) -> Fault {
        let issuer = &self.issuer.identifier;
        let at = url.map(|url| format!(", {url}")).unwrap_or_default();
        Fault {
            came: came.to_owned(),
            look_at: format!("see `{key}` of the [[session_issuer]] \"{issuer}\"{at}: {advice}"),
        }
    }
}

/// The bearer of an answer that has both tokens.
fn tokens(body: &[u8]) -> Option<String> {
    let members = Members::read(body)?;
    members.text("session_token")?;
    members.text("bearer_token")
}
