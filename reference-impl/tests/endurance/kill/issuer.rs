//! An issuer that is killed a hundred times keeps its word.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::Identifier;
use futures::future::join_all;
use tokio::time::{sleep, timeout};

use super::calls::{Call, Fate, Issuer};
use super::program::{Home, lasting_address};
use super::shop::{Manner, Shop, Stage};
use crate::chance::Chance;
use crate::lab::Lab;
use crate::turn;

/// How often it is killed.
const KILLS: usize = 100;
/// How many exchanges are under way each time.
const AT_ONCE: usize = 3;
/// How long after its moment the kill comes at the latest, in microseconds.
const LATEST: u64 = 4_000;
/// Far longer than any stage of an exchange takes to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an exchange does, and when in the course of it the issuer is killed.
#[derive(Debug, Clone, Copy)]
struct Plan {
    manner: Manner,
    asks_async: bool,
    killed_at: Stage,
}

impl Plan {
    fn new(chance: &mut Chance) -> Self {
        // Acceptance is where a promise is made, so it has half of the cases.
        let manner = chance.pick(&[
            Manner::Answers(204),
            Manner::Answers(204),
            Manner::Answers(204),
            Manner::Answers(200),
            Manner::Answers(403),
            Manner::Holds,
        ]);
        let stages = match manner {
            Manner::Holds => &[Stage::Calling, Stage::Issued][..],
            Manner::Answers(_) => &[
                Stage::Calling,
                Stage::Issued,
                Stage::Decided,
                Stage::Settled,
            ],
        };
        Self {
            manner,
            asks_async: chance.once_in(2),
            killed_at: chance.pick(stages),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_killed_keeps_its_word() {
    let _turn = turn().await;
    let mut chance = Chance::of("kill the issuer");
    let at = lasting_address(&mut chance);
    let mut lab = Lab::new();
    lab.resolve.insert(format!("farm.test:{}", at.port()), at);
    let place = lab.place("shop.test");
    let home = Home::new("issuer", at);
    let (peers, config) = configuration(at.port(), place.address.port());
    home.furnish(&lab, "farm.test", &peers, &config);
    let (initiator, shop) = (place.identifier(), Shop::default());
    lab.serve(place, shop.router()).await;
    // Its connections end with the process, so each life of the issuer is called with new ones.
    let issuer = || Issuer {
        identifier: Identifier::parse(&format!("https://farm.test:{}", at.port())).unwrap(),
        initiator: initiator.clone(),
        outbound: lab.outbound(),
    };

    let mut calls: Vec<Call> = Vec::new();
    let mut slowest = Duration::ZERO;
    let mut program = home.start().await;
    for _ in 0..KILLS {
        let current = Arc::new(issuer());
        let plans: Vec<Plan> = (0..AT_ONCE).map(|_| Plan::new(&mut chance)).collect();
        let under_way = plans.iter().map(|plan| {
            let (manner, asks_async) = (plan.manner, plan.asks_async);
            Call::new(&current, &shop, &mut chance, manner, asks_async)
        });
        let under_way: Vec<Call> = under_way.collect();
        let mut stage = under_way[0].awaited.stage.subscribe();
        let making = under_way.into_iter().map(|call| {
            let current = Arc::clone(&current);
            tokio::spawn(async move { call.make(&current).await })
        });
        let making: Vec<_> = making.collect();

        let moment = plans[0].killed_at;
        let coming = stage.wait_for(|stage| *stage >= moment);
        let has_come = timeout(PATIENCE, coming).await.is_ok();
        assert!(has_come, "nothing came of this exchange: {:?}", plans[0]);
        if moment != Stage::Settled {
            sleep(Duration::from_micros(chance.below(LATEST))).await;
        }
        program.kill();

        let mut latest: Vec<Call> = join_all(making)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        program = home.start().await;
        slowest = slowest.max(program.ready_after);
        let restarted = issuer();
        join_all(latest.iter_mut().map(|call| call.check(&restarted))).await;
        calls.append(&mut latest);
    }

    let restarted = issuer();
    for call in &mut calls {
        call.check(&restarted).await;
    }
    let fates = [Fate::Live, Fate::Dead, Fate::Either]
        .map(|fate| calls.iter().filter(|call| call.fate() == fate).count());
    println!("live, dead, either: {fates:?}; the slowest start took {slowest:?}");
    assert!(
        fates.iter().all(|count| *count >= KILLS / 10),
        "the kills did not meet all phases: of {} exchanges, live, dead and either are {fates:?}",
        calls.len()
    );
}

/// The peers and the configuration of an issuer at this port whose only partner is at that one.
fn configuration(farm: u16, shop: u16) -> (String, String) {
    let peers = format!(
        "[{{\"name\":\"shop\",\"identifier\":\"https://shop.test:{shop}\",\
          \"receives\":\"https://shop.test:{shop}/receive\"}}]"
    );
    let config = format!(
        "identifier = \"https://farm.test:{farm}\"\n\
         listen = {{ protocol = \"127.0.0.1:{farm}\" }}\n\
         tls = {{ certificate = \"certificate.pem\", key = \"key.pem\" }}\n\
         store = {{ path = \"issuer.redb\" }}\n\
         log = {{ level = \"warn\" }}\n\
         [issuer]\n\
         asynchronous = true\n\
         partners_file = \"peers.json\"\n\
         [outbound]\n\
         system_trust = false\n\
         trust = [\"ca.pem\"]\n\
         public_networks = [\"127.0.0.1\"]\n\
         resolve = {{ \"shop.test:{shop}\" = \"127.0.0.1:{shop}\" }}\n"
    );
    (peers, config)
}
