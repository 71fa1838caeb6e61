//! Saboteurs of the chapter "Identifiers and registration": what is registered, and where token issues may
//! go.

use crate::{
    Saboteur,
    inbound::{In, Instead, Out},
    message::{Asked, Members, Told, edit_text, members, text},
    sabotage::Sabotage,
    store::{Clerk, Done},
};
use axum::http::header;
use btx_harness::embedded::{Alterations, OutboundSetup};
use btx_reference::{
    outbound::{Outbound, OutboundOutcome, OutboundRequest, address::Network},
    store::Store,
};
use btx_spec::Identifier;
use futures::future::BoxFuture;
use hickory_proto::{
    op::{Message, Query},
    rr::{Name, RecordType},
};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::net::UdpSocket;
use url::Url;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_registration();
    all.extend(of_the_address());
    all
}

fn of_the_registration() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "registers-what-a-library-makes-of-it",
            "EX-ANY-001",
            "Registers an identifier of a wrong form as a URL library reads it.",
            || {
                Sabotage::new()
                    .control(In(|asked: &mut Asked| {
                        each_registration(asked, |entry| {
                            edit_text(entry, "identifier", mended);
                            edit_text(entry, "receives", mended);
                        });
                    }))
                    .alterations()
            },
        )
        .except(&["number as its host", "an octal number", "no A-label"])
        .also(
            "EX-ISS-001",
            &["a receive URL that is not https"],
            "it mends the scheme of that URL as well",
        ),
        Saboteur::new(
            "registers-numbers-as-hosts",
            "EX-ANY-001",
            "Says that it has registered an identifier whose host is a number.",
            || {
                Sabotage::new()
                    .control(Instead(|asked: &Asked| {
                        let order = members(&asked.body)?;
                        let entry = order.get("register")?.as_array()?.first()?.as_object()?;
                        let host = text(entry, "identifier")?.replacen("https://", "", 1);
                        let numbers = ["0x", "0177", "2130706945"];
                        let number = numbers.iter().any(|n| host.starts_with(n));
                        number.then(|| {
                            said(json!({
                                "id": order.get("id"),
                                "registered": [entry.get("name")],
                                "refused": [],
                            }))
                        })
                    }))
                    .alterations()
            },
        )
        .only(&["number as its host", "an octal number"]),
        Saboteur::new(
            "looks-into-no-label",
            "EX-ANY-001",
            "Says that it has registered an identifier with a label that only looks like an A-label.",
            || {
                Sabotage::new()
                    .control(Instead(|asked: &Asked| {
                        let order = members(&asked.body)?;
                        let entry = order.get("register")?.as_array()?.first()?.as_object()?;
                        let label = text(entry, "identifier")?.starts_with("https://xn--");
                        label.then(|| {
                            said(json!({
                                "id": order.get("id"),
                                "registered": [entry.get("name")],
                                "refused": [],
                            }))
                        })
                    }))
                    .alterations()
            },
        )
        .only(&["no A-label"]),
        Saboteur::new(
            "takes-orders-beside-token-calls",
            "HT-ANY-050",
            "Takes orders of a test control where it takes token calls.",
            || {
                Sabotage::new()
                    .instead(|asked| {
                        let order = members(&asked.body).filter(|o| o.contains_key("verb"))?;
                        Some(said(json!({
                            "id": order.get("id"),
                            "registered": [],
                            "refused": [],
                        })))
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "registers-receive-urls-elsewhere",
            "EX-ISS-001",
            "Registers a receive URL of another origin, as one of the initiator's own.",
            || {
                Sabotage::new()
                    .control(In(|asked: &mut Asked| {
                        each_registration(asked, |entry| {
                            let Some(identifier) = entry.get("identifier").cloned() else {
                                return;
                            };
                            let own = Identifier::parse(identifier.as_str().unwrap_or_default());
                            edit_text(entry, "receives", |url| match &own {
                                Ok(own) if !url.starts_with(&own.origin().to_string()) => {
                                    format!("{}/token-issue", own.as_str())
                                }
                                _ => url.to_owned(),
                            });
                        });
                    }))
                    .alterations()
            },
        ),
        Saboteur::new(
            "says-that-it-has-registered-everybody",
            "EX-ANY-003",
            "Says of a second registrant of an identifier that it is registered.",
            || {
                Sabotage::new()
                    .control(Out(Arc::new(|_: &Asked, told: &mut Told| {
                        told.edit(|answer| {
                            let refused = answer.get("refused").and_then(Value::as_array).cloned();
                            let taken: Vec<Value> = refused
                                .unwrap_or_default()
                                .into_iter()
                                .filter(|r| r.to_string().contains("already"))
                                .filter_map(|r| r.get("name").cloned())
                                .collect();
                            if !taken.is_empty() {
                                answer.insert("registered".to_owned(), json!(taken));
                                answer.insert("refused".to_owned(), json!([]));
                            }
                        });
                    })))
                    .alterations()
            },
        ),
        Saboteur::new(
            "forgets-to-remove",
            "EX-ISS-007",
            "Removes nobody.",
            || {
                Sabotage::new()
                    .control(In(|asked: &mut Asked| {
                        asked.edit(|order| {
                            if order.contains_key("remove") {
                                order.insert("remove".to_owned(), json!([]));
                            }
                        });
                    }))
                    .alterations()
            },
        )
        .except(&["A new registration"]),
        Saboteur::new(
            "revives-tokens",
            "EX-ISS-007",
            "Keeps the tokens of an initiator that was removed until it is registered again.",
            || Sabotage::new().one_clerk(Keeper).alterations(),
        )
        .only(&["A new registration"]),
    ]
}

struct Keeper;

impl Clerk for Keeper {
    fn revoke<'a>(&'a self, _: &'a dyn Store, _: Identifier) -> Done<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// An answer of a control.
pub(super) fn said(answer: Value) -> Told {
    let mut told = Told::empty(200);
    told.set(header::CONTENT_TYPE, "application/json");
    told.body = answer.to_string().into();
    told
}

/// Alters the entries of an order to register somebody.
pub(super) fn each_registration(asked: &mut Asked, alter: impl Fn(&mut Members)) {
    asked.edit(|order| {
        let entries = order.get_mut("register").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                alter(entry);
            }
        }
    });
}

/// An identifier of the right form that a careless program takes a wrong one for.
pub(super) fn mended(identifier: &str) -> String {
    if Identifier::parse(identifier).is_ok() {
        return identifier.to_owned();
    }
    let Ok(mut url) = Url::parse(&identifier.replacen("http:", "https:", 1)) else {
        return identifier.to_owned();
    };
    let _ = url.set_username("");
    url.set_query(None);
    url.set_fragment(None);
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_owned();
    let _ = url.set_host(Some(&host));
    url.as_str().chars().take(512).collect()
}

fn of_the_address() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "calls-everywhere",
            "EX-ISS-005",
            "Takes every address for a public one.",
            || {
                Sabotage::new()
                    .outbound(OutboundSetup::everywhere)
                    .alterations()
            },
        )
        .except(&["that leads to a public address at first"]),
        Saboteur::new(
            "looks-at-ipv4-only",
            "EX-ISS-005",
            "Takes every IPv6 address for a public one.",
            || {
                Sabotage::new()
                    .outbound(|mut setup: OutboundSetup| {
                        setup.public_networks.extend(networks(&["::/0"]));
                        setup.build()
                    })
                    .alterations()
            },
        )
        .only(&["IPv6", "special-use address in it"]),
        Saboteur::new(
            "looks-at-the-last-address-only",
            "EX-ISS-005",
            "Of several addresses looks at the last one only, and connects to any.",
            || looking(|addresses| addresses.last().copied().into_iter().collect()),
        )
        .only(&[
            "an address of loopback and a public one",
            "a public address at first",
        ]),
        Saboteur::new(
            "looks-a-name-up-twice",
            "EX-ISS-005",
            "Looks a name up to check its addresses, and again to connect.",
            || looking(|addresses| addresses),
        )
        .only(&["a public address at first"]),
    ]
}

/// A client that does not look at addresses.
trait Everywhere {
    fn everywhere(self) -> Result<Arc<dyn Outbound>, btx_reference::outbound::SetupError>;
}

impl Everywhere for OutboundSetup {
    fn everywhere(mut self) -> Result<Arc<dyn Outbound>, btx_reference::outbound::SetupError> {
        self.public_networks = networks(&["0.0.0.0/0", "::/0"]);
        self.build()
    }
}

fn networks(all: &[&str]) -> Vec<Network> {
    all.iter().filter_map(|n| n.parse().ok()).collect()
}

/// A client that looks a name up, has a look at some of the addresses, and leaves the connection to one
/// that looks at none.
fn looking(at: fn(Vec<IpAddr>) -> Vec<IpAddr>) -> Alterations {
    Sabotage::new()
        .outbound(move |setup: OutboundSetup| {
            let nameserver = setup.nameservers.first().copied();
            let public_networks = setup.public_networks.clone();
            Ok(Arc::new(Looking {
                at,
                nameserver,
                public_networks,
                inner: setup.everywhere()?,
            }) as Arc<dyn Outbound>)
        })
        .alterations()
}

struct Looking {
    at: fn(Vec<IpAddr>) -> Vec<IpAddr>,
    nameserver: Option<SocketAddr>,
    public_networks: Vec<Network>,
    inner: Arc<dyn Outbound>,
}

impl Outbound for Looking {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        Box::pin(async move {
            let addresses = self.look_up(&request.url).await;
            let public = |a: &IpAddr| {
                btx_reference::outbound::address::is_allowed(*a, &self.public_networks)
            };
            if (self.at)(addresses).iter().all(public) {
                return self.inner.post(request).await;
            }
            OutboundOutcome::Unreachable("a special-use address".to_owned())
        })
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.inner.get(request)
    }
}

impl Looking {
    /// The addresses of the host of a URL, as the name server tells them now. A host that has none there,
    /// since the configuration says where it is, is not looked at.
    async fn look_up(&self, url: &str) -> Vec<IpAddr> {
        let host = Url::parse(url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return vec![address];
        }
        if !host.starts_with("named-") {
            return Vec::new();
        }
        let mut all = self.ask(host, RecordType::A).await.unwrap_or_default();
        all.extend(self.ask(host, RecordType::AAAA).await.unwrap_or_default());
        all
    }

    async fn ask(&self, host: &str, kind: RecordType) -> Option<Vec<IpAddr>> {
        let mut question = Message::query();
        question.add_query(Query::query(Name::from_ascii(host).ok()?, kind));
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.ok()?;
        let bytes = question.to_vec().ok()?;
        socket.send_to(&bytes, self.nameserver?).await.ok()?;
        let mut buffer = [0; 1232];
        let size = socket.recv(&mut buffer).await.ok()?;
        let answer = Message::from_vec(buffer.get(..size)?).ok()?;
        Some(
            answer
                .answers
                .iter()
                .filter_map(|r| r.data.ip_addr())
                .collect(),
        )
    }
}
