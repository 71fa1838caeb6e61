//! Saboteurs of the chapter "The token issue", as initiators: which exchange a token issue is for, who may
//! send it, and what it does to the exchange. Its members stand in `members.rs`.

use crate::{
    Saboteur,
    diary::{Diary, Entry, Fate, base, is_api, signed_with, text},
    ledger::lock,
    message::{self, Members, Told, members, sound_members},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_spec::{ProblemType, Timestamp, TokenIssue};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Scenarios about exchanges that never were.
const NEVER: &[&str] = &["that never was", "for no exchange of its own"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_exchange();
    all.extend(of_the_parties());
    all.extend(of_the_expiry());
    all.extend(of_sound_ones());
    all.extend(of_refused_ones());
    all
}

fn of_the_exchange() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "accepts-what-it-never-asked-for",
            "EX-INI-042",
            "Answers a token issue for an exchange that never was with 204.",
            || thanking_for(|entry| entry.is_none()),
        )
        .only(NEVER)
        .also(
            "EX-INI-031",
            &["answered 404"],
            "what is accepted is not refused",
        ),
        Saboteur::of_the_initiator(
            "accepts-what-comes-too-late",
            "EX-INI-042",
            "Answers a token issue for an exchange that has ended with 204.",
            || thanking_for(|entry| entry.is_some()),
        )
        .except(NEVER)
        .also(
            "EX-INI-067",
            &["has an end"],
            "an end is seen by what comes after it",
        ),
    ]
}

/// Accepts what is for no open exchange, at the URL of the issuer of that one if it is known.
fn thanking_for(which: fn(Option<&Entry>) -> bool) -> Alterations {
    let diary = Diary::default();
    Sabotage::of_the_initiator()
        .keeping(&diary)
        .issue_verdicts(move |asked, told| {
            let entry = diary.by_id(&asked.text("exchange_id").unwrap_or_default());
            let path = entry.as_ref().and_then(|e| diary.path_of(&e.call.issuer));
            let at_its_url = path.is_none_or(|path| path == asked.head.uri.path());
            let unknown = told.problem() == Some(ProblemType::UnknownExchange);
            if unknown && at_its_url && which(entry.as_ref()) {
                *told = Told::empty(204);
            }
        })
        .alterations()
}

fn of_the_parties() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "forgets-whom-it-called",
            "EX-INI-043",
            "Checks the signature over the names in the token issue, and compares them with nothing.",
            || naming(|_, _| true),
        )
        .except(&[
            "at the URL of the other issuer",
            "for the exchange of another",
            "signed as stored",
        ])
        .also("EX-ANY-002", &["slash at its end, signed so", "capitals, signed so"], "nothing is compared at all")
        .also("EX-INI-032", &["answered 403"], "what is accepted is not refused")
        .also("EX-INI-044", &[], "the scenario is about the URL as well"),
        Saboteur::of_the_initiator(
            "does-not-know-its-own-name",
            "EX-INI-043",
            "Takes a token issue that names another initiator, and is signed so.",
            || naming(|entry, members| text(members, "issuer") == entry.call.issuer.as_str()),
        )
        .only(&["another initiator", "the initiator with a slash"])
        .except(&["signed as stored"])
        .also("EX-ANY-002", &["the initiator with a slash"], "it is another initiator")
        .also("EX-INI-032", &["another initiator"], "what is accepted is not refused"),
        Saboteur::of_the_initiator(
            "compares-identifiers-as-urls",
            "EX-ANY-002",
            "Takes identifiers that differ in a slash, or in letter case, for one.",
            || {
                Sabotage::of_the_initiator()
                    .reading_issues(|entry, members| {
                        let same = |one: &str, other: &str| {
                            one.trim_end_matches('/').to_lowercase() == other
                        };
                        let between = same(text(members, "issuer"), entry.call.issuer.as_str())
                            && same(text(members, "initiator"), entry.call.initiator.as_str());
                        (between && entry.has_signed(members)).then(|| {
                            entry.right_issue(
                                text(members, "bearer_token"),
                                text(members, "expires_at"),
                            )
                        })?
                    })
                    .alterations()
            },
        )
        .except(&["signed as stored"])
        .also("EX-INI-043", &[], "identifiers that differ are those of others"),
        Saboteur::of_the_initiator(
            "compares-stored-names-as-urls",
            "EX-ANY-002",
            "Takes identifiers for one that differ in a slash or in letter case, and checks the stored ones.",
            || {
                Sabotage::of_the_initiator()
                    .reading_issues(|entry, members| {
                        let same = |name: &str, stored: &str| {
                            text(members, name).trim_end_matches('/').to_lowercase() == stored
                        };
                        let between = same("issuer", entry.call.issuer.as_str())
                            && same("initiator", entry.call.initiator.as_str());
                        between.then(|| with_stored_names(entry, members))?
                    })
                    .alterations()
            },
        )
        .only(&["slash at its end, signed as stored", "capitals, signed as stored"])
        .also("EX-INI-043", &[], "identifiers that differ are those of others"),
        Saboteur::of_the_initiator(
            "compares-no-names",
            "EX-INI-043",
            "Checks the signature over the names that it has stored, and looks at none in the token issue.",
            || {
                Sabotage::of_the_initiator()
                    .reading_issues(|entry, members| {
                        with_stored_names(entry, members)
                    })
                    .alterations()
            },
        )
        .only(&["signed as stored"])
        .also("EX-ANY-002", &["signed as stored"], "nothing is compared at all"),
        Saboteur::of_the_initiator(
            "finds-the-key-by-the-name-of-the-issuer",
            "EX-INI-043",
            "Finds the exchange by its id, and the key by the issuer that the token issue names.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .arriving(move |asked| {
                        let read = members(&asked.body).and_then(|members| {
                            let entry = diary.by_id(text(&members, "exchange_id"))?;
                            let named = diary.last(|one| {
                                one.call.issuer.as_str() == text(&members, "issuer")
                                    && one.call.issuer != entry.call.issuer
                                    && one.fate == Fate::Open
                            })?;
                            signed_with(named.call.hmac_key.as_bytes(), &members).then_some(())?;
                            let body = entry.right_issue(
                                text(&members, "bearer_token"),
                                text(&members, "expires_at"),
                            )?;
                            Some((diary.path_of(&entry.call.issuer)?.parse().ok()?, body))
                        });
                        if let Some((uri, body)) = read {
                            asked.head.uri = uri;
                            asked.body = body;
                        }
                    })
                    .alterations()
            },
        )
        .only(&["refused: signed with the key of its own"])
        .also("EX-INI-050", &[], "the scenario is about the signature as well"),
        Saboteur::of_the_initiator(
            "takes-every-issue-at-every-url",
            "EX-INI-044",
            "Does not look at the URL at which a token issue arrives.",
            || anywhere(false),
        )
        .only(&["in the name of the first"])
        .also("EX-INI-043", &[], "the scenario is about the names as well"),
        Saboteur::of_the_initiator(
            "is-open-to-relays",
            "EX-INI-043",
            "Looks neither at the URL of a token issue nor at the names in it.",
            || anywhere(true),
        )
        .also("EX-ANY-002", &["slash at its end, signed so", "capitals, signed so"], "nothing is compared at all")
        .also("EX-INI-032", &["answered 403"], "what is accepted is not refused")
        .except(&["for the exchange of another", "signed as stored"])
        .also("EX-INI-044", &["was relayed"], "nothing is compared at all"),
    ]
}

/// A token issue that is signed over the names that are stored, with these names in it.
fn with_stored_names(entry: &Entry, members: &Members) -> Option<bytes::Bytes> {
    let named = |name: &str| members.get(name).is_some_and(serde_json::Value::is_string);
    let mut stored = members.clone();
    stored.insert("issuer".to_owned(), entry.call.issuer.as_str().into());
    stored.insert("initiator".to_owned(), entry.call.initiator.as_str().into());
    let differs = named("issuer") && named("initiator") && stored != *members;
    (differs && entry.has_signed(&stored))
        .then(|| serde_json::Value::Object(stored).to_string().into())
}

/// Takes a token issue that is signed as it should be with other names, if these are like this.
fn naming(which: fn(&Entry, &Members) -> bool) -> Alterations {
    Sabotage::of_the_initiator()
        .reading_issues(move |entry, members| read_names(entry, members, which))
        .alterations()
}

fn read_names(
    entry: &Entry,
    members: &Members,
    which: fn(&Entry, &Members) -> bool,
) -> Option<bytes::Bytes> {
    let mut formal = members.clone();
    // An identifier that is none is another one too.
    for name in ["issuer", "initiator"] {
        let lower = text(members, name).replacen("HTTPS:", "https:", 1);
        formal.insert(name.to_owned(), lower.into());
    }
    let issue = TokenIssue::parse(serde_json::Value::Object(formal).to_string().as_bytes()).ok()?;
    (entry.has_signed(members) && which(entry, members))
        .then(|| entry.right_issue_like(&issue))
        .flatten()
}

/// Takes token issues wherever they arrive, and whatever names they have if it is told so.
fn anywhere(any_names: bool) -> Alterations {
    let diary = Diary::default();
    Sabotage::of_the_initiator()
        .keeping(&diary)
        .arriving(move |asked| {
            let Some(members) = sound_members(&asked.body) else {
                return;
            };
            let Some(entry) = diary.by_id(text(&members, "exchange_id")) else {
                return;
            };
            let path = diary.path_of(&entry.call.issuer);
            if let Some(uri) = path.and_then(|path| path.parse().ok()) {
                asked.head.uri = uri;
            }
            let right = read_names(&entry, &members, |_, _| true);
            if let Some(right) = right.filter(|_| any_names) {
                asked.body = right;
            }
        })
        .alterations()
}

fn of_the_expiry() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "accepts-expired-tokens",
            "EX-INI-045",
            "Does not look at the expiry of a token issue.",
            || {
                Sabotage::of_the_initiator()
                    .judging_issues(|entry, issue| {
                        let members = members(&issue.to_json())?;
                        let expired = issue.expires_at.unix() < now() - 60;
                        let sound = entry.is_between(issue) && entry.has_signed(&members);
                        let later = Timestamp::from_unix(now() + 60).to_string();
                        (expired && sound)
                            .then(|| entry.right_issue(issue.bearer_token.expose(), &later))?
                    })
                    .alterations()
            },
        )
        .also(
            "EX-INI-034",
            &["answered 400"],
            "what is accepted is not refused",
        ),
        Saboteur::of_the_initiator(
            "is-generous-about-clocks",
            "EX-INI-045",
            "Allows clocks to differ by twice as much as it says.",
            || allowing(Duration::from_secs(120)),
        )
        .only(&["just beyond the clock skew"]),
        Saboteur::of_the_initiator(
            "allows-no-skew",
            "EX-INI-046",
            "Refuses a token that has expired by less than the clock skew.",
            || allowing(Duration::ZERO),
        )
        .only(&["less than the clock skew"]),
    ]
}

fn allowing(skew: Duration) -> Alterations {
    Sabotage::of_the_initiator()
        .initiator_config(move |config| config.limits.clock_skew = skew)
        .alterations()
}

fn now() -> i64 {
    btx_reference::clock::Clock::now(&btx_reference::clock::SystemClock)
}

fn of_sound_ones() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "wants-the-length-announced",
            "EX-INI-046",
            "Refuses a token issue without Content-Length.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::MalformedMessage, |issue| {
                        issue.field("content-length").is_none()
                    })
                    .alterations()
            },
        )
        .only(&["in chunks is accepted"]),
        Saboteur::of_the_initiator(
            "does-one-thing-at-a-time",
            "EX-INI-046",
            "Refuses every token issue while several exchanges are open.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .refusing_issues(ProblemType::TemporarilyUnavailable, move |_| {
                        diary.open() > 1
                    })
                    .alterations()
            },
        )
        .only(&["several issuers at once", "open at once are accepted"])
        .also(
            "EX-INI-066",
            &[],
            "the scenario is about the tokens as well",
        )
        .one_by_one(),
        Saboteur::of_the_initiator(
            "remembers-one-exchange-for-each-issuer",
            "EX-INI-046",
            "Forgets an exchange when it begins another one with the same issuer.",
            || {
                let latest = Arc::new(Mutex::new(HashMap::new()));
                let calling = latest.clone();
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .sending(move |call| {
                        let id = members(&call.body).and_then(|m| message::text(&m, "exchange_id"));
                        lock(&calling).insert(call.url.clone(), id);
                    })
                    .refusing_issues(ProblemType::UnknownExchange, move |issue| {
                        let id =
                            members(&issue.body).and_then(|m| message::text(&m, "exchange_id"));
                        let entry = id.as_ref().and_then(|id| diary.by_id(id));
                        entry.is_some_and(|entry| {
                            entry.fate == Fate::Open && lock(&latest).get(&entry.url) != Some(&id)
                        })
                    })
                    .alterations()
            },
        )
        .only(&["open at once are accepted"]),
        Saboteur::of_the_initiator(
            "waits-for-its-apis",
            "EX-INI-046",
            "Refuses every token issue while a call of an API of that issuer is under way.",
            || {
                let busy = Arc::<Mutex<Vec<String>>>::default();
                let calling = busy.clone();
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .getting(move |inner, request| {
                        let calling = calling.clone();
                        Box::pin(async move {
                            let _busy =
                                is_api(&request.url).then(|| Busy::with(&calling, &request.url));
                            inner.get(request).await
                        })
                    })
                    .refusing_issues(ProblemType::TemporarilyUnavailable, move |issue| {
                        let named = members(&issue.body);
                        let entry = named.and_then(|m| diary.by_id(text(&m, "exchange_id")));
                        entry.is_some_and(|entry| {
                            lock(&busy).iter().any(|url| base(url) == base(&entry.url))
                        })
                    })
                    .alterations()
            },
        )
        .only(&["holds up no exchange"]),
        Saboteur::of_the_initiator(
            "takes-small-issues-only",
            "EX-INI-040",
            "Refuses a token issue of more than 4096 bytes.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::MessageTooLarge, |issue| {
                        issue.body.len() > 4096
                    })
                    .alterations()
            },
        )
        .also(
            "HT-ANY-012",
            &["5000 digits"],
            "the member that nobody knows is as large as that",
        ),
    ]
}

/// While this exists, a call of an API is under way.
struct Busy(Arc<Mutex<Vec<String>>>, String);

impl Busy {
    fn with(all: &Arc<Mutex<Vec<String>>>, url: &str) -> Self {
        lock(all).push(url.to_owned());
        Self(all.clone(), url.to_owned())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut all = lock(&self.0);
        if let Some(found) = all.iter().position(|url| *url == self.1) {
            all.swap_remove(found);
        }
    }
}

fn of_refused_ones() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "ends-at-the-first-wrong-issue",
            "EX-INI-047",
            "Ends the exchange when it has refused a token issue that arrived at the URL of its issuer.",
            ending_at_the_first,
        )
        .except(&["cut off within its head", "at the URL of the other issuer"])
        .also("EX-INI-043", &["that it has open itself"], RIGHT),
    ]
}

const RIGHT: &str = "the scenario sends the right one afterwards";

fn ending_at_the_first() -> Alterations {
    let diary = Diary::default();
    let ended: Arc<Mutex<HashSet<String>>> = Arc::default();
    let dead = ended.clone();
    let open = diary.clone();
    Sabotage::of_the_initiator()
        .keeping(&diary)
        .issue_verdicts(move |asked, told| {
            let entry = diary.at(asked.head.uri.path());
            if let Some(entry) = entry.filter(|_| told.head.status.is_client_error()) {
                lock(&ended).insert(entry.call.exchange_id.as_str().to_owned());
            }
        })
        .refusing_issues(ProblemType::UnknownExchange, move |asked| {
            let entry = open.at(asked.head.uri.path());
            entry.is_some_and(|e| lock(&dead).contains(e.call.exchange_id.as_str()))
        })
        .alterations()
}
