//! What a target says of registrations, and what it does.

use super::{
    BOUND, SHORT,
    between::{Told, started, through},
    reference,
};
use crate::laboratory::{Say, examine, line, serve};
use btx_harness::{
    caller::{Caller, Outgoing, Pace, request_to},
    issue_draft::{CallValues, IssueDraft},
    target::{self, Channel, Claim, Issuer, Target, Verb},
    verdict::Verdict,
    wire::Request,
};
use btx_spec::hooks::{HookRequest, Order};
use futures::future::join_all;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// What a target says of a registration that it was asked for, and whether it does anything.
fn peers(lie: fn(u64, &str) -> Told) -> impl FnOnce(&mut Target) + Send {
    through(move |request| match &request.order {
        Order::Peers { register, .. } if !register.is_empty() => lie(request.id, &register[0].name),
        _ => Told::Truth,
    })
}

const REGISTRATIONS: [&str; 4] = ["EX-ANY-001", "EX-ANY-003", "EX-ISS-001", "EX-ISS-007"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_registration_passes_nothing() {
    let lies: [fn(u64, &str) -> Told; 5] = [
        |id, name| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[{name:?}],\"refused\":[]}}"),
            ))
        },
        |id, name| {
            Told::Instead(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[{name:?}],\"refused\":[]}}"),
            ))
        },
        |id, _| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[],\"refused\":[]}}"),
            ))
        },
        |id, _| Told::Instead(started(id, "active")),
        |id, _| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"error\":\"closed for lunch\"}}"),
            ))
        },
    ];
    join_all(
        lies.into_iter()
            .enumerate()
            .map(|(number, lie)| async move {
                let (_running, context) = reference(Duration::from_secs(5), peers(lie)).await;
                for role in ["issuer", "initiator"] {
                    for outcome in examine(&context, role, &REGISTRATIONS, BOUND).await {
                        // To be removed is not to be registered.
                        let sound = number == 1
                            && outcome
                                .scenario
                                .requirements
                                .iter()
                                .any(|id| id.to_string() == "EX-ISS-007");
                        let passed = outcome.verdict == Verdict::Passed;
                        assert_eq!(passed, sound, "lie {number}: {}", line(&outcome));
                    }
                }
            }),
    )
    .await;
}

/// An issuer that says of every registration that it refuses it, unless nothing is wrong with it, and
/// registers all the same.
#[derive(Clone)]
struct Lax {
    caller: Caller,
    receives: Arc<Mutex<HashMap<String, String>>>,
    live: Arc<Mutex<HashSet<String>>>,
}

impl Lax {
    fn of(target: &Target) -> Self {
        let mut lab = target.clone();
        lab.trust = target.harness.authority.certificate.clone().into_bytes();
        lab.connect = target
            .peers
            .iter()
            .map(|peer| {
                (
                    authority(&peer.receives),
                    target.harness.place_of(peer).to_string(),
                )
            })
            .collect();
        let known = target
            .peers
            .iter()
            .map(|p| (p.identifier.clone(), p.receives.to_string()));
        Self {
            caller: Caller::new(&lab).unwrap(),
            receives: Arc::new(Mutex::new(known.collect())),
            live: Arc::default(),
        }
    }

    async fn answer(self, request: Request) -> Say {
        match request.target.as_str() {
            "/token-call" => self.take_call(&request.body).await,
            "/api" => {
                let shown = request.fields.get("authorization").unwrap_or_default();
                let live = self.live.lock().unwrap().contains(shown);
                Say::response(if live { 200 } else { 401 }, "{}")
            }
            _ => self.register(&request.body),
        }
    }

    async fn take_call(&self, call: &[u8]) -> Say {
        let values = CallValues::read(call).unwrap();
        let receives = self
            .receives
            .lock()
            .unwrap()
            .get(&values.initiator)
            .cloned();
        let Some(receives) = receives else {
            return Say::response(404, "{}");
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let token = format!("lax.{}", values.exchange_id);
        let issue = IssueDraft::right(values, token.clone(), now.as_secs().try_into().unwrap());
        let message = issue.message();
        self.live.lock().unwrap().insert(format!("Bearer {token}"));
        // It is glad of every call, whether or not anybody takes the token.
        if let Ok(url) = Url::parse(&receives) {
            let outgoing = Outgoing {
                request: request_to(&url, "POST", message.fields.clone(), message.bytes()),
                url,
                pace: Pace::Whole,
            };
            self.caller.call(outgoing, SHORT).await;
        }
        Say::response(204, "")
    }

    fn register(&self, order: &[u8]) -> Say {
        let request: HookRequest = serde_json::from_slice(order).unwrap();
        let Order::Peers { register, .. } = request.order else {
            panic!("only registrations are asked for");
        };
        let (mut registered, mut refused) = (Vec::new(), Vec::new());
        for entry in register {
            let receives = entry.receives.unwrap();
            let own = receives == format!("{}/token-issue", entry.identifier);
            let lab = url::Url::parse(&entry.identifier).is_ok_and(|url| self.knows(&url));
            if own && lab && btx_spec::Identifier::parse(&entry.identifier).is_ok() {
                registered.push(entry.name);
            } else {
                refused.push(serde_json::json!({ "name": entry.name, "reason": "no" }));
            }
            let mut known = self.receives.lock().unwrap();
            known.insert(entry.identifier, receives);
        }
        let answer =
            serde_json::json!({ "id": request.id, "registered": registered, "refused": refused });
        Say::response(200, &answer.to_string())
    }

    fn knows(&self, url: &Url) -> bool {
        let known = self.receives.lock().unwrap();
        let mut known = known.values().filter_map(|known| Url::parse(known).ok());
        known.any(|known| authority(&known) == authority(url))
    }
}

fn authority(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or(443)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_said_to_be_refused_is_looked_for_on_the_wire() {
    let alter = |target: &mut Target| {
        let lax = Lax::of(target);
        let url = serve(move |request| lax.clone().answer(request));
        target.claims = vec![Claim::ExchangeIssuer];
        target.control = Some(target::Control {
            channel: Channel::Http(url.clone()),
            verbs: vec![Verb::Peers],
        });
        target.issuer = Some(Issuer {
            identifier: "https://lax.example".to_owned(),
            token_call: vec![url.join("token-call").unwrap()],
            resource: vec![url.join("api").unwrap()],
        });
    };
    let (_running, context) = reference(Duration::from_secs(5), alter).await;
    for outcome in examine(
        &context,
        "issuer",
        &["EX-ANY-001", "EX-ANY-003", "EX-ISS-001"],
        BOUND,
    )
    .await
    {
        assert_ne!(outcome.verdict, Verdict::Passed, "{}", line(&outcome));
        if outcome
            .scenario
            .name
            .contains("An initiator is not registered")
        {
            assert_eq!(outcome.verdict, Verdict::Failed, "{}", line(&outcome));
        }
    }
}
