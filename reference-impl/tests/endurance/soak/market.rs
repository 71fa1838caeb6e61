//! The parties that behave: two issuers and two initiators of the reference, and who misbehaves with them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use btx_reference::initiator::{self, Initiator, IssuerEntry, Outcome};
use btx_reference::issuer::{self, Failure, Issuer, Partner};
use btx_reference::outbound::Outbound;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::{Begun, ExchangeKey, Opening, Room, Store};
use btx_spec::{ExchangeId, Identifier};
use futures::future::join_all;

use super::rude::{self, Rude};
use crate::lab::{Lab, Place};

/// Exchanges that each pair of parties has under way.
const AT_ONCE: usize = 3;
/// What an initiator may have open with an issuer; whoever wants more gets 429.
const PARALLEL: usize = 8;
/// A day after which issuers may forget everything that has ended, in seconds.
const DAY: i64 = 3600;

/// An issuer of the reference.
pub(crate) struct Farm {
    pub(crate) host: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) identifier: Identifier,
    issuer: Issuer,
    store: Arc<dyn Store>,
    entry: IssuerEntry,
}

/// An initiator of the reference, and the issuers that it knows.
pub(crate) struct Shop {
    pub(crate) initiator: Initiator,
    farms: Vec<IssuerEntry>,
    pub(crate) rude: Vec<IssuerEntry>,
}

pub(crate) struct Market {
    lab: Lab,
    pub(crate) farms: [Farm; 2],
    pub(crate) shops: [Shop; 2],
    pub(crate) rude: Rude,
    /// For calls of the test itself.
    pub(crate) outbound: Arc<dyn Outbound>,
    probes: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Market {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut lab = Lab::new();
        let rude = Rude::new(&mut lab);
        let farms = [lab.place("farm.test"), lab.place("barn.test")];
        let shops = [lab.place("shop.test"), lab.place("stall.test")];
        let durable = |name| Arc::new(DurableStore::open(&folder.path().join(name)).unwrap());
        let stores: [[Arc<dyn Store>; 2]; 2] = [
            [Arc::new(MemoryStore::new()), durable("issuer")],
            [Arc::new(MemoryStore::new()), durable("initiator")],
        ];
        rude.serve(&lab).await;

        let mut partners: Vec<Partner> = shops
            .iter()
            .map(|shop| Partner::new(shop.identifier(), shop.https("/receive")).unwrap())
            .collect();
        partners.extend(rude.partners());
        let [farm_stores, shop_stores] = stores;
        let farms = farms.into_iter().zip(farm_stores);
        let farms = farms.map(|(place, store)| farm(&lab, place, store, partners.clone()));
        let farms: [Farm; 2] = join_all(farms).await.try_into().ok().unwrap();
        let known: Vec<IssuerEntry> = farms.iter().map(|farm| farm.entry.clone()).collect();
        let shops = shops.into_iter().zip(shop_stores).zip([false, true]);
        let shops = shops
            .map(|((place, store), is_async)| shop(&lab, place, store, &known, &rude, is_async));
        let shops: [Shop; 2] = join_all(shops).await.try_into().ok().unwrap();
        Self {
            outbound: lab.outbound(),
            lab,
            farms,
            shops,
            rude,
            probes: AtomicU64::new(0),
            _folder: folder,
        }
    }

    /// So many exchanges, each of which succeeds and gives a token that opens the resource.
    pub(crate) async fn trade(&self, exchanges: usize) {
        let pairs = self.shops.iter().flat_map(|shop| {
            let farms = shop.farms.iter();
            farms.flat_map(move |farm| (0..AT_ONCE).map(move |_| (shop, farm)))
        });
        let pairs: Vec<_> = pairs.collect();
        let each = exchanges.div_ceil(pairs.len());
        join_all(pairs.into_iter().map(|(shop, farm)| async move {
            for _ in 0..each {
                self.buy(shop, farm).await;
            }
        }))
        .await;
    }

    async fn buy(&self, shop: &Shop, farm: &IssuerEntry) {
        let begun = Instant::now();
        let outcome = shop.initiator.exchange(farm).await;
        assert!(
            matches!(outcome, Outcome::Active { .. }),
            "an exchange between parties that behave failed beside the others, after {:?}: {outcome:?}",
            begun.elapsed()
        );
        let token = shop.initiator.token_for(&farm.identifier).await.unwrap();
        let url = format!("{}/api/whoami", farm.identifier);
        let request = rude::with_token(&url, token.expose());
        let opened = rude::status(self.outbound.get(request).await);
        assert_eq!(
            opened,
            Some(200),
            "a token of a finished exchange opens nothing"
        );
    }

    /// The issuer whose listener gets the visits.
    pub(crate) fn visited(&self) -> (SocketAddr, &'static str, &str) {
        (self.farms[0].address, self.farms[0].host, self.lab.ca.pem())
    }

    /// Everything that has ended may be forgotten from now on.
    pub(crate) fn next_day(&self) {
        self.lab.clock.advance(DAY);
    }

    /// No exchange is open, no more are remembered than were admitted, and all are forgotten in time.
    pub(crate) async fn assert_nothing_is_open(&self) {
        for farm in &self.farms {
            let admitted = usize::try_from(farm.issuer.metrics().calls_admitted.get()).unwrap();
            assert_eq!(
                self.probe(farm, admitted).await,
                Begun::New,
                "{}: exchanges are open when all have ended, or more than {admitted} are remembered",
                farm.host
            );
            self.next_day();
            // Each beginning drops a few dozen.
            let mut probes = 1;
            while probes < 2 + admitted / 32 {
                probes += 1;
                self.probe(farm, usize::MAX / 2).await;
            }
            assert_eq!(
                self.probe(farm, probes).await,
                Begun::New,
                "{}: exchanges are remembered beyond their time",
                farm.host
            );
        }
    }

    /// Begins an exchange for which there is room only if none is open and no more than so many are
    /// remembered.
    async fn probe(&self, farm: &Farm, remembered: usize) -> Begun {
        let count = self.probes.fetch_add(1, Ordering::Relaxed);
        let id = u128::from(count).to_le_bytes();
        let now = btx_reference::clock::Clock::now(self.lab.clock.as_ref());
        let key = ExchangeKey {
            peer: Identifier::parse("https://probe.test").unwrap(),
            id: ExchangeId::from_random(id),
        };
        let opening = Opening {
            key: key.clone(),
            status: None,
            now,
            forget_at: now + 1,
            lasts: Duration::from_secs(10),
            room: Room {
                open_per_partner: 1,
                open: 1,
                remembered: remembered + 1,
            },
        };
        let begun = farm.store.begin(opening).await.unwrap();
        if begun == Begun::New {
            farm.store.fail(key, Failure::Refused).await.unwrap();
        }
        begun
    }
}

async fn farm(lab: &Lab, place: Place, store: Arc<dyn Store>, partners: Vec<Partner>) -> Farm {
    let identifier = place.identifier();
    let mut config = issuer::Config::new(identifier.clone(), partners);
    config.asynchronous = true;
    config.limits.exchange_deadline = Duration::from_secs(3);
    config.limits.attempt_timeout = Duration::from_secs(1);
    config.limits.parallel_per_partner = PARALLEL;
    config.limits.token_lifetime = Duration::from_secs(600);
    let issuer = Issuer::new(config, lab.parts(Arc::clone(&store)));
    let farm = Farm {
        host: place.host,
        address: place.address,
        entry: IssuerEntry {
            name: place.host.to_owned(),
            identifier: identifier.clone(),
            token_call: place.https("/btx/token-call"),
            receives: place.https("/receive"),
            asynchronous: None,
        },
        identifier,
        store,
        issuer,
    };
    lab.serve(place, farm.issuer.router()).await;
    farm
}

async fn shop(
    lab: &Lab,
    place: Place,
    store: Arc<dyn Store>,
    farms: &[IssuerEntry],
    rude: &Rude,
    is_async: bool,
) -> Shop {
    let here = |entry: &IssuerEntry| IssuerEntry {
        receives: place.https("/receive"),
        ..entry.clone()
    };
    let farms: Vec<IssuerEntry> = farms.iter().map(here).collect();
    let rude: Vec<IssuerEntry> = rude.issuers(&place.https("/receive"));
    let mut config = initiator::Config::new(place.identifier(), [&farms[..], &rude].concat());
    config.asynchronous = is_async;
    config.limits.call_deadline = Duration::from_secs(5);
    config.limits.pending_deadline = Duration::from_secs(2);
    config.limits.longest_pause = Duration::from_millis(20);
    let initiator = Initiator::new(config, lab.parts(store));
    lab.serve(place, initiator.router()).await;
    Shop {
        initiator,
        farms,
        rude,
    }
}
