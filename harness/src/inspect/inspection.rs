//! One inspection: the JWT first, then the document, then the keys, then the signature, as a verifier goes.

use super::fetch::{Answer, Fetched, What, address, fetch};
use super::finding::{Finding, Kind, Verdict};
use super::orders::{File, Means};
use super::{published, token};
use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use btx_spec::jwt::{
    ClientDocument, ClientId, GRANT_TYPE_JWT, Keys, LARGEST_DOCUMENT, LARGEST_KEY_SET,
};
use serde_json::{Map, Value};
use url::Url;

const DOCUMENT: What = What {
    name: "the document",
    largest: LARGEST_DOCUMENT,
    of_size: "JW-ANY-008",
};
const KEYS: What = What {
    name: "the key set",
    largest: LARGEST_KEY_SET,
    of_size: "JW-ANY-010",
};

/// What was seen, and what is to be said of it.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    /// Header and claims, if it is a JWT.
    pub token: Option<(Map<String, Value>, Map<String, Value>)>,
    /// What the client says of itself, and where.
    pub document: Option<Shown<Document>>,
    /// The keys that can be used, and where they are.
    pub keys: Option<Shown<Vec<Key>>>,
    /// What became of each rule, part by part.
    pub parts: Vec<(&'static str, Vec<Finding>)>,
    /// What did not come.
    pub absent: Vec<String>,
}

/// Something that was read, and where it is from.
#[derive(Debug)]
pub(super) struct Shown<T> {
    /// An address or a file.
    pub from: String,
    /// What it is.
    pub what: T,
}

/// What is shown of a document.
#[derive(Debug)]
pub(super) struct Document {
    /// The name for people.
    pub name: Option<String>,
    /// Where the keys are, if they are not in it.
    pub keys_at: Option<String>,
}

/// What is shown of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its id.
    pub id: Option<String>,
    /// What it is for.
    pub algorithms: Vec<&'static str>,
    /// Whether the JWT names it.
    pub named: bool,
}

impl Inspection {
    /// Looks at everything that there is.
    pub(super) async fn of(means: &Means) -> Self {
        let mut seen = Self::default();
        let token = match token::form(&means.token, means.kind) {
            Ok(token) => token,
            Err(finding) => {
                seen.parts.push(("The JWT", vec![finding]));
                return seen;
            }
        };
        seen.token = Some((token.header().clone(), token.claims().clone()));
        let kind = means.kind.unwrap_or_else(|| said(&token));
        let facts = token::Facts {
            kind,
            audience: means.audience.as_deref(),
            now: means.now.as_millisecond() as f64 / 1000.0,
        };
        seen.parts.push(("The JWT", token::rules(&token, &facts)));
        let keys = seen.published(&token, means).await;
        let mut findings = match keys {
            Some(keys) => {
                seen.show_keys(&keys, &token);
                published::signature(&token, &means.token, &keys, kind)
            }
            None => vec![Finding::open(
                kind.pick("JW-RES-007", "JW-AUS-010"),
                "the signature: there are no keys to verify it with",
            )],
        };
        findings.push(Finding::open(
            kind.pick("JW-RES-015", "JW-AUS-007"),
            "whether jti was used before: the verifier alone knows",
        ));
        seen.parts.push(("The signature", findings));
        seen
    }

    /// 0 if nothing is wrong, 1 if something is, 3 if something did not come.
    pub(super) fn exit(&self) -> u8 {
        match () {
            () if self.count(Verdict::Wrong) > 0 => 1,
            () if !self.absent.is_empty() => 3,
            () => 0,
        }
    }

    /// How many rules ended so.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        let findings = self.parts.iter().flat_map(|(_, findings)| findings);
        findings
            .filter(|finding| finding.verdict == verdict)
            .count()
    }

    /// The keys that the client publishes, if they can be had.
    async fn published(&mut self, token: &SignedToken<'_>, means: &Means) -> Option<KeySet> {
        let Some(client) = token::client(token) else {
            let why = "the document: iss names no place where it could be";
            self.parts
                .push(("The document", vec![Finding::open(None, why)]));
            return self.keys_of_file(means.keys.as_ref());
        };
        let document = self.document(&client, means).await;
        if means.keys.is_some() {
            return self.keys_of_file(means.keys.as_ref());
        }
        match document?.into_keys() {
            Keys::Inline(keys) => {
                self.parts.push(("The keys", published::inline_keys()));
                self.keys = Some(Shown {
                    from: "the document".to_owned(),
                    what: Vec::new(),
                });
                Some(keys)
            }
            Keys::At(at) => self.keys_at(at.as_str(), means).await,
        }
    }

    async fn document(&mut self, client: &ClientId, means: &Means) -> Option<ClientDocument> {
        let mut findings = Vec::new();
        let from = match &means.document {
            Some(file) => file.name.clone(),
            None => client.as_str().to_owned(),
        };
        let bytes = match &means.document {
            Some(file) => Some(file.bytes.clone()),
            None => {
                self.fetched(client.as_str(), DOCUMENT, means, &mut findings)
                    .await
            }
        };
        let document = bytes.and_then(|bytes| {
            let (document, told) = published::document(&bytes, client);
            findings.extend(told);
            document
        });
        self.parts.push(("The document", findings));
        let document = document?;
        self.document = Some(Shown {
            from,
            what: Document {
                name: document.name().map(str::to_owned),
                keys_at: match document.keys() {
                    Keys::At(at) => Some(at.as_str().to_owned()),
                    Keys::Inline(_) => None,
                },
            },
        });
        Some(document)
    }

    async fn keys_at(&mut self, at: &str, means: &Means) -> Option<KeySet> {
        let mut findings = Vec::new();
        let bytes = self.fetched(at, KEYS, means, &mut findings).await;
        self.read_keys(at, bytes, findings)
    }

    fn keys_of_file(&mut self, file: Option<&File>) -> Option<KeySet> {
        let file = file?;
        self.read_keys(&file.name, Some(file.bytes.clone()), Vec::new())
    }

    fn read_keys(
        &mut self,
        from: &str,
        bytes: Option<Vec<u8>>,
        mut findings: Vec<Finding>,
    ) -> Option<KeySet> {
        let keys = bytes.and_then(|bytes| {
            let (keys, told) = published::keys(&bytes);
            findings.extend(told);
            keys
        });
        self.parts.push(("The keys", findings));
        if keys.is_some() {
            self.keys = Some(Shown {
                from: from.to_owned(),
                what: Vec::new(),
            });
        }
        keys
    }

    fn show_keys(&mut self, keys: &KeySet, token: &SignedToken<'_>) {
        let Some(shown) = &mut self.keys else {
            return;
        };
        let key = |key: &btx_spec::jose::PublicKey| Key {
            id: key.id().map(str::to_owned),
            algorithms: key.algorithms().map(Algorithm::name).collect(),
            named: key.id().is_some() && key.id() == token.key_id(),
        };
        shown.what = keys.keys().iter().map(key).collect();
    }

    /// What comes from that address, if it is something that can be read.
    async fn fetched(
        &mut self,
        from: &str,
        what: What,
        means: &Means,
        findings: &mut Vec<Finding>,
    ) -> Option<Vec<u8>> {
        let Some(caller) = &means.caller else {
            findings.push(Finding::open(
                None,
                format!("{}: nothing is fetched", what.name),
            ));
            return None;
        };
        let url = Url::parse(from).ok()?;
        if !means.connect.contains_key(&place(&url)) {
            findings.extend(address(&url).await);
        }
        match fetch(caller, &url, what).await {
            Fetched::Came(Answer {
                body,
                cache_control,
                age,
            }) => {
                let size = format!("{} came with 200 and as JSON", what.name);
                findings.push(Finding::right(Some("JW-ANY-005"), size));
                findings.push(published::holds(what.name, &cache_control, age.as_deref()));
                Some(body)
            }
            Fetched::Unusable(finding) => {
                findings.push(finding);
                None
            }
            Fetched::Absent(why) => {
                findings.push(Finding::open(None, format!("{} did not come", what.name)));
                self.absent.push(format!("{from}: {why}"));
                None
            }
        }
    }
}

/// What its `typ` says that it is; a service JWT, unless it says the other.
fn said(token: &SignedToken<'_>) -> Kind {
    match token.is_of_type(GRANT_TYPE_JWT) {
        true => Kind::Grant,
        false => Kind::Service,
    }
}

fn place(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or(443);
    format!("{}:{port}", url.host_str().unwrap_or_default())
}
