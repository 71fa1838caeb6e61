//! Hostile initiators: each costs its own scenarios, passes none that it should not pass, and a target beside
//! it notices nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod laboratory;

use btx_harness::{
    caller::{Caller, Outcome as Called, Outgoing, Pace, request_to},
    embedded,
    lab::{authority, listener::Sockets},
    peers::{self, Layout},
    run::{Context, Outcome},
    target::{
        Channel, Claim, Control, Harness, Hook, Initiator, Limits, Peer, PeerKind, Target, Verb,
    },
    verdict::Verdict,
    wire::{Fields, Request, Response},
};
use btx_spec::{
    ExchangeId, HmacKey, Identifier, TokenCall, TokenIssue, Version,
    hooks::{HookRequest, Order},
    signature,
};
use futures::future::join_all;
use laboratory::{Say, context, examine, line, serve};
use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// How long is waited for what a hostile initiator does not do.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it waits itself for the answer to a token call.
const CALL_DEADLINE: Duration = Duration::from_millis(1500);
/// How many calls a flood has.
const FLOOD: usize = 200;
/// The pause of an initiator that polls as if there were none.
const NO_PAUSE: Duration = Duration::from_millis(50);
/// What no run here may exceed.
const BOUND: Duration = Duration::from_secs(60);

/// What is wrong with an initiator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Malice {
    /// Nothing.
    None,
    /// It calls hundreds of times where it was told to call once.
    Floods,
    /// It polls without a pause, and for ever.
    Polls,
    /// It calls in the name of somebody else.
    OtherName,
    /// It calls every peer but the one that it was told to.
    OtherPeers,
    /// It accepts every token issue, and uses every token at once.
    AcceptsAll,
    /// It refuses every token issue.
    AcceptsNothing,
    /// It never answers a token issue.
    Silent,
    /// It closes every connection on which a token issue comes.
    Closes,
    /// It resets every connection on which a token issue comes.
    Resets,
    /// It answers token issues with bytes that are nothing.
    Garbage,
}

/// An initiator, good as far as its malice lets it be.
struct Rogue {
    malice: Malice,
    caller: Caller,
    peers: Vec<Peer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    identifier: String,
    /// The calls that are not answered yet, with the token issue for each, if it has come.
    open: HashMap<ExchangeId, (TokenCall, Option<TokenIssue>)>,
    /// The tokens that may be used, by their issuers.
    held: HashMap<String, String>,
}

impl Rogue {
    async fn answer(self: Arc<Self>, request: Request) -> Say {
        if let Some(peer) = request.target.strip_prefix("/btx/token-issue/") {
            return self.take_issue(peer, &request).await;
        }
        let Ok(order) = serde_json::from_slice::<HookRequest>(&request.body) else {
            return Say::response(400, "{}");
        };
        let said = match order.order {
            Order::Start { peer, .. } => self.clone().start(&peer).await,
            Order::Use { issuer, url, .. } => self.use_token(&issuer, &url).await,
            Order::Peers { .. } | Order::Rotate { .. } => "\"error\":\"unknown verb\"".to_owned(),
        };
        Say::response(200, &format!("{{\"id\":{},{said}}}", order.id))
    }

    async fn start(self: Arc<Self>, told: &str) -> String {
        let told = |peer: &&Peer| peer.name == told;
        let (called, times): (Vec<Peer>, usize) = match self.malice {
            Malice::OtherPeers => {
                let good = self.peers.iter().filter(|p| p.kind == PeerKind::Good);
                (good.filter(|p| !told(p)).cloned().collect(), 1)
            }
            Malice::Floods => (self.peers.iter().filter(told).cloned().collect(), FLOOD),
            _ => (self.peers.iter().filter(told).cloned().collect(), 1),
        };
        let calls: Vec<_> = called
            .into_iter()
            .flat_map(|peer| std::iter::repeat_n(peer, times))
            .map(|peer| self.clone().exchange(peer))
            .collect();
        if self.malice == Malice::Polls {
            tokio::spawn(async move { join_all(calls).await });
            return "\"outcome\":\"pending\"".to_owned();
        }
        let outcome = match join_all(calls).await.contains(&true) {
            true => "active",
            false => "failed",
        };
        format!("\"outcome\":\"{outcome}\"")
    }

    /// One exchange, and whether it has brought a token.
    async fn exchange(self: Arc<Self>, peer: Peer) -> bool {
        let issuer = peer.as_issuer.as_ref().unwrap();
        let mut random = [0; 48];
        getrandom::fill(&mut random).unwrap();
        let call = TokenCall {
            version: Version,
            exchange_id: ExchangeId::from_random(random[32..].try_into().unwrap()),
            issuer: Identifier::parse(&issuer.identifier).unwrap(),
            initiator: Identifier::parse(&self.lock().identifier).unwrap(),
            hmac_key: HmacKey::from_bytes(random[..32].try_into().unwrap()),
        };
        let id = call.exchange_id.clone();
        let body = call.to_json().to_vec();
        self.lock().open.insert(id.clone(), (call, None));
        let mut fields = Fields::from([("content-type", "application/json")]);
        if self.malice == Malice::Polls {
            fields.push("prefer", "respond-async");
        }
        let answer = self.send(&issuer.token_call, "POST", fields, body).await;
        let issue = self.lock().open.remove(&id).and_then(|(_, issue)| issue);
        match (answer.map(|a| (a.status, a.body)), issue) {
            (Some((204, _)), Some(issue)) => {
                let token = issue.bearer_token.expose().to_owned();
                self.lock().held.insert(issuer.identifier.clone(), token);
                true
            }
            (Some((202, pending)), _) if self.malice == Malice::Polls => {
                let pending: serde_json::Value = serde_json::from_slice(&pending).unwrap();
                let url: Url = pending["status_url"].as_str().unwrap().parse().unwrap();
                loop {
                    self.send(&url, "GET", Fields::default(), Vec::new()).await;
                    tokio::time::sleep(NO_PAUSE).await;
                }
            }
            _ => false,
        }
    }

    async fn use_token(&self, issuer: &str, url: &str) -> String {
        let held = self.lock().held.get(issuer).cloned();
        let status = self.show(held.as_deref(), url).await;
        let status = status.map_or("null".to_owned(), |s| s.to_string());
        format!("\"token_sent\":{},\"status\":{status}", held.is_some())
    }

    async fn show(&self, token: Option<&str>, url: &str) -> Option<u16> {
        let mut fields = Fields::default();
        if let Some(token) = token {
            fields.push("authorization", format!("Bearer {token}"));
        }
        let url = url.parse().unwrap();
        Some(self.send(&url, "GET", fields, Vec::new()).await?.status)
    }

    async fn send(
        &self,
        url: &Url,
        method: &str,
        fields: Fields,
        body: Vec<u8>,
    ) -> Option<Response> {
        let outgoing = Outgoing {
            url: url.clone(),
            request: request_to(url, method, fields, body),
            pace: Pace::Whole,
        };
        match self.caller.call(outgoing, CALL_DEADLINE).await {
            Called::Answered(response) => Some(response),
            _ => None,
        }
    }

    async fn take_issue(&self, peer: &str, request: &Request) -> Say {
        match self.malice {
            Malice::AcceptsNothing => Say::response(403, "{}"),
            Malice::Silent => Say::Nothing,
            Malice::Closes => Say::Close,
            Malice::Resets => Say::Reset,
            Malice::Garbage => Say::Bytes(b"\x00\xff 204 turnips \r\n\r\n".to_vec()),
            Malice::AcceptsAll => {
                let peer = self.peers.iter().find(|p| p.name == peer);
                let api = peer.and_then(|p| p.as_issuer.as_ref()).map(|i| i.api());
                let issue: serde_json::Value =
                    serde_json::from_slice(&request.body).unwrap_or_default();
                if let (Some(api), Some(token)) = (api, issue["bearer_token"].as_str()) {
                    self.show(Some(token), api.as_str()).await;
                }
                Say::response(204, "")
            }
            _ => Say::response(self.judge(peer, request), "{}"),
        }
    }

    fn judge(&self, peer: &str, request: &Request) -> u16 {
        if request.method != "POST" {
            return 405;
        }
        let Ok(issue) = TokenIssue::parse(&request.body) else {
            return 400;
        };
        let mut state = self.lock();
        let Some((call, held)) = state.open.get_mut(&issue.exchange_id) else {
            return 404;
        };
        let named = self.peers.iter().find(|p| p.name == peer);
        let named = named.is_some_and(|p| p.identifier == call.issuer.as_str());
        if !named || (&issue.issuer, &issue.initiator) != (&call.issuer, &call.initiator) {
            return 403;
        }
        let signed = signature::verify(
            &call.hmac_key,
            &issue.issuer,
            &issue.initiator,
            &issue.exchange_id,
            &issue.expires_at,
            &issue.bearer_token,
            &issue.signature,
        );
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let expired = issue.expires_at.unix() + 60 < i64::try_from(now.as_secs()).unwrap();
        match held {
            _ if !signed => 403,
            Some(first) if first.signature == issue.signature => 204,
            Some(_) => 409,
            None if expired => 400,
            None => {
                *held = Some(issue);
                204
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// A target with that initiator, and a lab for it.
async fn rogue(malice: Malice) -> Arc<Context> {
    let (layout, tcp) = Layout::bind(Ipv4Addr::LOCALHOST.into(), &[]).unwrap();
    let authority = authority::create().unwrap();
    // The initiator has to know its peers, and they where it listens.
    let told = Arc::new(tokio::sync::OnceCell::<Arc<Rogue>>::new());
    let listening = told.clone();
    let url = serve(move |request| {
        let rogue = listening.get().cloned();
        async move { rogue.unwrap().answer(request).await }
    });
    let issues = url.join("btx/token-issue").unwrap().to_string();
    let mut target = Target {
        name: format!("{malice:?}"),
        claims: vec![Claim::ExchangeInitiator],
        trust: authority.certificate.clone().into_bytes(),
        connect: BTreeMap::new(),
        plain_http: true,
        limits: Limits {
            call_deadline: CALL_DEADLINE,
            ..Limits::default()
        },
        issuer: None,
        initiator: Some(Initiator {
            identifier: "https://rogue.example".to_owned(),
            start: Hook::Verb,
            use_token: Some(Hook::Verb),
        }),
        control: Some(Control {
            channel: Channel::Http(url),
            verbs: vec![Verb::Start, Verb::Use],
        }),
        harness: Harness {
            listen: layout.shared,
            dns: None,
            public_networks: Vec::new(),
            canaries: Vec::new(),
            authority,
        },
        peers: peers::propose(16, &layout, None, &[issues]),
        oauth: btx_harness::target::oauth::Oauth::default(),
        jwt: btx_harness::target::jwt::Jwt::default(),
        lifecycle: btx_harness::target::lifecycle::Lifecycle::default(),
    };
    if malice == Malice::Polls {
        target.claims.push(Claim::Async);
    }
    let name = match malice {
        Malice::OtherName => "https://somebody-else.example",
        _ => "https://rogue.example",
    };
    let rogue = Rogue {
        malice,
        caller: Caller::new(&target).unwrap(),
        peers: target.peers.clone(),
        state: Mutex::new(State {
            identifier: name.to_owned(),
            ..State::default()
        }),
    };
    assert!(told.set(Arc::new(rogue)).is_ok());
    context(target, Sockets { tcp, dns: None }, PATIENCE).await
}

/// Scenarios that wait for nothing: what is accepted, what is refused, and what must not be seen.
const SOME: [&str; 6] = [
    "EX-INI-031",
    "EX-INI-050",
    "EX-INI-064",
    "EX-INI-103",
    "HT-ANY-025",
    "A token issue without fault is accepted, and its token used",
];

async fn run(malice: Malice, only: &[&str]) -> Vec<Outcome> {
    let context = rogue(malice).await;
    examine(&context, "initiator", only, BOUND).await
}

fn has_step(outcome: &Outcome, text: &str) -> bool {
    outcome
        .scenario
        .steps
        .iter()
        .any(|step| step.text.contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_initiator_of_this_make_without_malice_passes() {
    for outcome in run(Malice::None, &SOME).await {
        // It does not say what the problem is.
        let recommended = has_step(&outcome, "is refused with");
        assert!(
            outcome.verdict == Verdict::Passed || recommended,
            "{}",
            line(&outcome)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_calls_is_too_many() {
    let only = ["EX-INI-101", "EX-INI-103"];
    for outcome in run(Malice::Floods, &only).await {
        assert_ne!(outcome.verdict, Verdict::Passed, "{}", line(&outcome));
        // It may drown in its own flood, so that nothing can be said.
        let seen = outcome.reason.contains("token calls");
        assert_eq!(
            outcome.verdict == Verdict::Failed,
            seen,
            "{}",
            line(&outcome)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_without_a_pause_are_seen() {
    for outcome in run(Malice::Polls, &["EX-INI-080", "EX-INI-088"]).await {
        assert_eq!(outcome.verdict, Verdict::Failed, "{}", line(&outcome));
        assert!(
            outcome.reason.contains("between polls"),
            "{}",
            line(&outcome)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_the_name_of_somebody_else_is_seen() {
    for outcome in run(Malice::OtherName, &["EX-INI-010"]).await {
        assert_eq!(outcome.verdict, Verdict::Failed, "{}", line(&outcome));
        assert!(
            outcome.reason.contains("somebody-else"),
            "{}",
            line(&outcome)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_goes_to_other_peers_is_none() {
    // One to each initiator, so that no call of another scenario comes.
    let alone = ["EX-INI-010", "EX-INI-101", "A token issue without fault"];
    let alone = join_all(alone.map(|only| async move { run(Malice::OtherPeers, &[only]).await }));
    for outcome in alone.await.concat() {
        assert_eq!(outcome.verdict, Verdict::NotExercised, "{}", line(&outcome));
        assert!(
            outcome.reason.contains("no token call came"),
            "{}",
            line(&outcome)
        );
    }
    run(Malice::OtherPeers, &SOME).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_everything_passes_nothing_that_has_to_be_refused() {
    let only = ["token_issue.feature", "EX-INI-061", "EX-INI-062"];
    let broken = ["is refused", "its token is not used", "was not used before"];
    let outcomes = run(Malice::AcceptsAll, &only).await;
    for outcome in outcomes {
        if broken.iter().any(|text| has_step(&outcome, text)) {
            assert_eq!(outcome.verdict, Verdict::Failed, "{}", line(&outcome));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_token_issue_passes_nothing_about_them() {
    let many = [
        "token_issue.feature",
        "EX-INI-061",
        "EX-INI-062",
        "EX-INI-064",
        "EX-INI-066",
    ];
    let cases = [
        (Malice::AcceptsNothing, many.as_slice()),
        (Malice::Closes, &many),
        (Malice::Resets, &many),
        (Malice::Garbage, &many),
        // It takes its time.
        (Malice::Silent, &["EX-INI-050", "EX-INI-064", "EX-INI-070"]),
    ];
    let cases = join_all(cases.map(|(malice, only)| run(malice, only)));
    for outcome in cases.await.concat() {
        assert_ne!(outcome.verdict, Verdict::Passed, "{}", line(&outcome));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_beside_hostile_initiators_notices_nothing() {
    let mut healthy = embedded::start().await.unwrap();
    let sockets = std::mem::take(&mut healthy.sockets);
    let patience = Duration::from_secs(20);
    let beside = context(healthy.target.clone(), sockets, patience).await;
    let hostile = [
        Malice::Floods,
        Malice::Polls,
        Malice::Resets,
        Malice::OtherPeers,
    ];
    let hostile = join_all(hostile.map(|malice| run(malice, &SOME)));
    let (_, outcomes) = tokio::join!(hostile, examine(&beside, "initiator", &SOME, BOUND));
    for outcome in outcomes {
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", line(&outcome));
    }
}
