//! The caller with issuers that answer as they like: what it sends, and that nobody waits for ever.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lifecycle_caller_lab;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use btx_reference::lifecycle::caller::{Caller, Config, Failure, NoBearer, Parts, Password, Peer};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::{HttpsUrl, Identifier};
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use lifecycle_caller_lab::{bearer, bringing, invalid_token, login, session_token, status};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

const API: &str = "https://farm.example/api";
/// An API that takes nearly all the time that there is.
const SLOW: &str = "https://farm.example/api/slow";
const LOGIN: &str = "https://farm.example/login";
const DEADLINE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(1);

/// What is answered to a request; nothing if that takes for ever.
type Says = dyn Fn(&OutboundRequest) -> Option<Answer> + Send + Sync;

/// An issuer, and what has come to it.
struct Farm {
    says: Mutex<Arc<Says>>,
    asked: Mutex<Vec<OutboundRequest>>,
}

impl Farm {
    fn new(says: impl Fn(&OutboundRequest) -> Option<Answer> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            says: Mutex::new(Arc::new(says)),
            asked: Mutex::default(),
        })
    }

    fn say(&self, says: impl Fn(&OutboundRequest) -> Option<Answer> + Send + Sync + 'static) {
        *self.says.lock().unwrap() = Arc::new(says);
    }

    fn asked(&self) -> Vec<OutboundRequest> {
        self.asked.lock().unwrap().clone()
    }

    fn count(&self, is_it: impl Fn(&OutboundRequest) -> bool) -> usize {
        self.asked().iter().filter(|asked| is_it(asked)).count()
    }

    async fn send(&self, request: OutboundRequest) -> OutboundOutcome {
        self.asked.lock().unwrap().push(request.clone());
        let says = Arc::clone(&self.says.lock().unwrap());
        if request.url == SLOW {
            tokio::time::sleep(DEADLINE - PATIENCE).await;
        }
        // Others get their turn meanwhile, as they would while octets travel.
        tokio::task::yield_now().await;
        match says(&request) {
            Some(answer) => OutboundOutcome::Answered(answer),
            None => {
                tokio::time::sleep_until(request.deadline).await;
                OutboundOutcome::NoAnswer("too slow".to_owned())
            }
        }
    }
}

impl Outbound for Farm {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(request).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(request).boxed()
    }
}

fn field<'r>(request: &'r OutboundRequest, name: &str) -> Option<&'r str> {
    let mut fields = request.headers.iter();
    let (_, value) = fields.find(|(field, _)| *field == name)?;
    Some(value.as_str())
}

fn has_session(request: &OutboundRequest) -> bool {
    field(request, "x-session-token").is_some()
}

fn shows(request: &OutboundRequest, bearer: &str) -> bool {
    field(request, "authorization") == Some(&format!("Bearer {bearer}"))
}

fn caller(farm: &Arc<Farm>) -> Caller {
    let https = |url: &str| HttpsUrl::parse(url).unwrap();
    let config = Config {
        peers: vec![Peer {
            name: "farm".to_owned(),
            issuer: Identifier::parse("https://farm.example").unwrap(),
            login: https(LOGIN),
            api: vec![https(API), https("https://mill.example/api")],
            account: "anna \"a\"".to_owned(),
            password: Password::new("pa55 wörd"),
        }],
        deadline: DEADLINE,
        ..Config::default()
    };
    Caller::new(config, Parts::new(farm.clone()))
}

/// An issuer that takes the first bearer as expired, and the second one for good.
fn refreshing(request: &OutboundRequest) -> Option<Answer> {
    Some(match request.url.as_str() {
        LOGIN => login("s", 60),
        _ if shows(request, &bearer("s", 90)) => status(200),
        _ if has_session(request) => bringing(200, &bearer("s", 90)),
        _ => invalid_token(),
    })
}

async fn status_of(caller: &Caller) -> u16 {
    caller.call("farm", API).await.unwrap().status
}

/// LC-CLI-001, LC-CLI-004, LC-CLI-005
#[tokio::test]
async fn every_request_has_what_belongs_there_and_nothing_else() {
    let farm = Farm::new(refreshing);
    let caller = caller(&farm);
    assert_eq!(status_of(&caller).await, 200);
    assert_eq!(status_of(&caller).await, 200);
    let asked = farm.asked();
    let urls: Vec<_> = asked.iter().map(|asked| asked.url.as_str()).collect();
    assert_eq!(urls, [LOGIN, API, API, API]);
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(
        body,
        json!({ "username": "anna \"a\"", "password": "pa55 wörd" })
    );
    assert_eq!(field(&asked[0], "content-type"), Some("application/json"));
    assert_eq!(field(&asked[0], "authorization"), None);
    let (old, new) = (bearer("s", 60), bearer("s", 90));
    assert!(shows(&asked[1], &old) && shows(&asked[2], &old) && shows(&asked[3], &new));
    let sessions: Vec<_> = asked
        .iter()
        .map(|asked| field(asked, "x-session-token"))
        .collect();
    assert_eq!(
        sessions,
        [None, None, Some(session_token("s").as_str()), None]
    );
}

/// LC-CLI-008
#[tokio::test]
async fn many_calls_at_once_log_in_once_and_refresh_once() {
    let farm = Farm::new(refreshing);
    let caller = caller(&farm);
    let answers = join_all((0..50).map(|_| status_of(&caller))).await;
    assert_eq!(answers, [200; 50]);
    assert_eq!(farm.count(|asked| asked.url == LOGIN), 1);
    assert_eq!(farm.count(has_session), 1);
    assert!(farm.count(|_| true) <= 102);
}

/// LC-CLI-002, LC-CLI-003
#[tokio::test]
async fn no_token_goes_where_it_does_not_belong() {
    let farm = Farm::new(|request| match request.url.as_str() {
        LOGIN => Some(login("s", 4_000_000_000)),
        _ => Some(invalid_token()),
    });
    let caller = caller(&farm);
    for elsewhere in ["https://farm.example/admin", "https://other.example/api"] {
        let refused = caller.call("farm", elsewhere).await;
        assert_eq!(refused.unwrap_err(), Failure::NotAllowed);
    }
    assert_eq!(
        caller.call("mill", API).await.unwrap_err(),
        Failure::UnknownPeer
    );
    assert_eq!(farm.count(|_| true), 0);
    let refused = caller.call("farm", "https://mill.example/api/flour").await;
    assert_eq!(refused.unwrap().status, 401);
    assert_eq!(farm.count(has_session), 0);
}

/// LC-CLI-025
#[tokio::test(start_paused = true)]
async fn what_is_never_answered_is_given_up_by_all_who_wait() {
    let farm = Farm::new(|_| None);
    let caller = caller(&farm);
    let began = Instant::now();
    let outcomes = join_all((0..3).map(|_| caller.call("farm", API))).await;
    assert_eq!(began.elapsed(), DEADLINE);
    for outcome in outcomes {
        let why = outcome.unwrap_err();
        assert!(matches!(
            why,
            Failure::NoBearer(NoBearer::Unanswered | NoBearer::TooLate)
        ));
    }
    farm.say(refreshing);
    assert_eq!(status_of(&caller).await, 200);
    // The second request has no more time than the call.
    farm.say(|request| (!has_session(request)).then(invalid_token));
    let began = Instant::now();
    assert_eq!(
        caller.call("farm", API).await.unwrap_err(),
        Failure::Unanswered
    );
    assert_eq!(began.elapsed(), DEADLINE);
}

/// LC-CLI-025: the wait for the refresh of another call counts, too.
#[tokio::test(start_paused = true)]
async fn no_call_takes_longer_because_it_waits_for_another() {
    let farm = Farm::new(refreshing);
    let caller = caller(&farm);
    farm.say(|request| match request.url.as_str() {
        LOGIN => Some(login("s", 60)),
        _ => (!has_session(request)).then(invalid_token),
    });
    let began = Instant::now();
    let refreshes = async {
        tokio::time::sleep(DEADLINE - 2 * PATIENCE).await;
        caller.call("farm", API).await
    };
    let waits = async {
        let outcome = caller.call("farm", SLOW).await;
        (outcome.unwrap_err(), began.elapsed())
    };
    let ((why, after), _) = tokio::join!(waits, refreshes);
    assert_eq!((why, after), (NoBearer::TooLate.into(), DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_a_refresh_leaves_it_to_the_next() {
    let farm = Farm::new(refreshing);
    let caller = caller(&farm);
    farm.say(|request| match request.url.as_str() {
        LOGIN => Some(login("s", 60)),
        _ => (!has_session(request)).then(invalid_token),
    });
    let first = timeout(PATIENCE, caller.call("farm", API));
    let second = async {
        tokio::time::sleep(PATIENCE / 2).await;
        let waiting = status_of(&caller);
        farm.say(refreshing);
        waiting.await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_err());
    assert_eq!(second, 200);
    assert_eq!(farm.count(|asked| asked.url == LOGIN), 1);
}

#[test]
fn a_password_is_not_shown() {
    assert!(!format!("{:?}", Password::new("pa55")).contains("pa55"));
}
