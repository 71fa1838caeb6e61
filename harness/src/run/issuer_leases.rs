//! The issuers of a target, leased to scenarios: shared by those that leave the keys alone, and one by one to those
//! that rotate them.

use crate::target::lifecycle::SessionIssuer;
use futures::future::select_all;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// What a scenario needs of an issuer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Whether nobody else may have it meanwhile.
    pub alone: bool,
    /// Whether it has to have a key set.
    pub publishes_keys: bool,
    /// Whether it has to have new bearers in `Authorization` as well.
    pub authorization_field: bool,
    /// Whether somebody has to be able to log in by HTTP.
    pub logs_in: bool,
}

impl Wish {
    /// What a scenario with these tags needs.
    #[must_use]
    pub fn of(tags: &[String]) -> Self {
        let has = |tag: &str| tags.iter().any(|t| t == tag);
        Self {
            alone: has("needs-rotate"),
            publishes_keys: has("claims-publishes-keys"),
            authorization_field: has("claims-authorization-field"),
            logs_in: has("claims-logs-in"),
        }
    }

    fn fits(self, issuer: &SessionIssuer) -> bool {
        (!self.publishes_keys || issuer.key_set.is_some())
            && (!self.authorization_field || issuer.authorization_field)
            && (!self.logs_in || !issuer.login.is_empty())
    }
}

/// The issuers of a target. The first of each kind are shared, and the others are for whoever rotates; where there
/// are no others, whoever rotates has one of the first alone.
pub(super) struct IssuerLeases {
    issuers: Vec<Leased>,
    turn: AtomicUsize,
}

struct Leased {
    issuer: SessionIssuer,
    shared: bool,
    lock: Arc<RwLock<()>>,
}

/// An issuer that is leased; it is free again when this is dropped.
#[derive(Debug)]
pub struct IssuerLease {
    /// The issuer.
    pub issuer: SessionIssuer,
    _held: Held,
}

/// How an issuer is held.
#[derive(Debug)]
#[expect(dead_code, reason = "what is held is let go when it is dropped")]
enum Held {
    Shared(OwnedRwLockReadGuard<()>),
    Alone(OwnedRwLockWriteGuard<()>),
}

impl IssuerLeases {
    /// All issuers, free.
    pub(super) fn new(issuers: &[SessionIssuer]) -> Self {
        let first_of_kind = |index: usize, issuer: &SessionIssuer| {
            let mut before = issuers.iter().take(index);
            !before.any(|other| other.has_secret_keys() == issuer.has_secret_keys())
        };
        let leased = issuers.iter().enumerate().map(|(index, issuer)| Leased {
            issuer: issuer.clone(),
            shared: first_of_kind(index, issuer),
            lock: Arc::default(),
        });
        Self {
            issuers: leased.collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Waits for an issuer that a scenario can use.
    ///
    /// # Errors
    /// When there is none, in words.
    pub(super) async fn lease(&self, wish: Wish) -> Result<IssuerLease, String> {
        let fitting = || self.issuers.iter().filter(|one| wish.fits(&one.issuer));
        // Whoever rotates leaves those alone that others share, as long as there are more.
        let mut meant: Vec<&Leased> = fitting().filter(|one| one.shared != wish.alone).collect();
        if meant.is_empty() {
            meant = fitting().collect();
        }
        if meant.is_empty() {
            return Err("no [[session_issuer]] has what the scenario needs".to_owned());
        }
        if wish.alone {
            let waiting = meant
                .into_iter()
                .map(|one| Box::pin(async move { (one, one.lock.clone().write_owned().await) }));
            let ((one, held), ..) = select_all(waiting).await;
            return Ok(one.held(Held::Alone(held)));
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let one = meant.get(turn % meant.len()).ok_or("no issuer is there")?;
        let held = one.lock.clone().read_owned().await;
        Ok(one.held(Held::Shared(held)))
    }
}

impl Leased {
    fn held(&self, held: Held) -> IssuerLease {
        IssuerLease {
            issuer: self.issuer.clone(),
            _held: held,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::target::lifecycle::KeyAlgorithm;
    use futures::poll;
    use std::pin::pin;

    fn issuer(name: &str, algorithm: KeyAlgorithm) -> SessionIssuer {
        SessionIssuer {
            identifier: format!("https://{name}.example"),
            audience: format!("https://{name}.example"),
            login: Vec::new(),
            obtain: None,
            logout: Vec::new(),
            api: Vec::new(),
            missing: None,
            key_set: None,
            notify: None,
            algorithm,
            authorization_field: name == "field",
        }
    }

    const ALONE: Wish = Wish {
        alone: true,
        publishes_keys: false,
        authorization_field: false,
        logs_in: false,
    };

    #[tokio::test]
    async fn the_first_of_each_kind_are_shared_and_the_others_are_for_one_at_a_time() {
        let leases = IssuerLeases::new(&[
            issuer("s1", KeyAlgorithm::HS512),
            issuer("s2", KeyAlgorithm::ES256),
            issuer("s3", KeyAlgorithm::HS512),
        ]);
        let one = leases.lease(Wish::default()).await.unwrap();
        let two = leases.lease(Wish::default()).await.unwrap();
        assert_ne!(one.issuer.identifier, two.issuer.identifier);
        drop(leases.lease(Wish::default()).await.unwrap());
        let alone = leases.lease(ALONE).await.unwrap();
        assert_eq!(alone.issuer.identifier, "https://s3.example");
        let mut waiting = pin!(leases.lease(ALONE));
        assert!(poll!(&mut waiting).is_pending());
        drop(alone);
        assert!(poll!(&mut waiting).is_ready());
    }

    #[tokio::test]
    async fn a_single_issuer_is_shared_or_had_alone() {
        let leases = IssuerLeases::new(&[issuer("s1", KeyAlgorithm::HS512)]);
        let shared = leases.lease(Wish::default()).await.unwrap();
        drop(leases.lease(Wish::default()).await.unwrap());
        let mut alone = pin!(leases.lease(ALONE));
        assert!(poll!(&mut alone).is_pending());
        drop(shared);
        let alone = alone.await.unwrap();
        let mut shared = pin!(leases.lease(Wish::default()));
        assert!(poll!(&mut shared).is_pending());
        drop(alone);
    }

    #[tokio::test]
    async fn an_issuer_has_what_the_scenario_needs_or_there_is_none() {
        let all = [
            issuer("s1", KeyAlgorithm::HS512),
            issuer("field", KeyAlgorithm::HS512),
        ];
        let leases = IssuerLeases::new(&all);
        let field = Wish::of(&["claims-authorization-field".to_owned()]);
        let leased = leases.lease(field).await.unwrap();
        assert!(leased.issuer.authorization_field);
        let set = Wish::of(&["claims-publishes-keys".to_owned()]);
        assert!(leases.lease(set).await.is_err());
    }
}
