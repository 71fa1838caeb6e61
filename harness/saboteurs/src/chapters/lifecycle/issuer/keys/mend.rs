//! Bearers whose fault a saboteur does not see: it mends the fault, and signs again with the current key of the
//! issuer. All other bearers stay as they are.

use super::{
    super::sessions::requests::{is_api, session_token, show, token},
    known::{Issuer, Known},
};
use crate::{chapters::oauth::resource::opened::Opened, sabotage::LcIssuerSabotage};
use btx_harness::embedded::Alterations;
use btx_spec::{jose::SignedToken, lifecycle::RingKey};
use serde_json::{Map, json};
use std::sync::Arc;

/// How long a bearer lives, as with the reference.
pub(super) const LIFETIME: i64 = 2;

/// A bearer that was shown, as a saboteur looks at it.
pub(super) struct Shown<'a> {
    /// As it came.
    pub(super) text: &'a str,
    /// Its parts.
    pub(super) opened: Opened,
    /// The issuers.
    pub(super) known: &'a Known,
    /// Whether a session token came with it.
    pub(super) with_session: bool,
}

impl Shown<'_> {
    /// The issuer that has, or had, the key that it names.
    pub(super) fn issuer(&self) -> Option<Arc<Issuer>> {
        self.known.with_key(self.opened.head("kid"))
    }

    /// The key that it names.
    pub(super) fn key(&self) -> Option<Arc<RingKey>> {
        self.issuer()?.called(self.opened.head("kid"))
    }

    /// The issuer that has signed it, with the key that it names.
    pub(super) fn signed_by(&self) -> Option<Arc<Issuer>> {
        let token = SignedToken::parse(self.text).ok()?;
        let issuer = self.issuer()?;
        let key = issuer.called(self.opened.head("kid"))?;
        key.verifier().verify(&token).ok()?;
        Some(issuer)
    }

    /// The issuer that has signed it, with any key.
    pub(super) fn signed_by_any(&self) -> Option<Arc<Issuer>> {
        self.known.signer_of(&SignedToken::parse(self.text).ok()?)
    }

    /// Makes a bearer of now of it.
    pub(super) fn renew(&mut self) {
        let now = self.opened.now;
        self.opened.say("iat", json!(now));
        self.opened.say("exp", json!(now + LIFETIME));
    }
}

/// Takes a fault away, and gives the issuer whose bearer it is then; nothing if there was none.
pub(super) type Mend = fn(&mut Shown) -> Option<Arc<Issuer>>;

/// An issuer that does not see a fault.
pub(super) fn blind(mend: Mend) -> Alterations {
    let known = Known::default();
    mending(&known, known.sabotage(), mend).alterations()
}

/// The same, of issuers that are known already.
pub(super) fn mending(
    known: &Known,
    sabotage: LcIssuerSabotage,
    mend: impl Fn(&mut Shown) -> Option<Arc<Issuer>> + Send + Sync + 'static,
) -> LcIssuerSabotage {
    let known = known.clone();
    sabotage.asked(move |asked| {
        let mended = token(asked).filter(|_| is_api(asked)).and_then(|text| {
            let mut shown = Shown {
                text,
                opened: Opened::of(text)?,
                known: &known,
                with_session: session_token(asked).is_some(),
            };
            let issuer = mend(&mut shown)?;
            signed(&issuer.ring()?.current, &shown.opened)
        });
        if let Some(mended) = mended {
            show(asked, &mended);
        }
    })
}

/// What is opened, signed with that key as a bearer.
fn signed(key: &RingKey, opened: &Opened) -> Option<String> {
    let header = [
        ("alg", key.algorithm().name()),
        ("typ", "bearer+jwt"),
        ("kid", key.id()),
    ];
    let header: Map<_, _> = header
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    key.sign(&header, &opened.claims).ok()
}
