//! An initiator that is killed again and again uses the tokens that it has and no others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use btx_spec::hooks::{HookAnswer, HookRequest, Order, Report, StartOutcome};
use tokio::time::{sleep, timeout};

use super::farm::{Answers, Awaited, Farm, Stage};
use super::program::{Home, lasting_address};
use crate::chance::Chance;
use crate::lab::Lab;
use crate::turn;

/// How often it is killed.
const KILLS: usize = 50;
/// How long after its moment the kill comes at the latest, in microseconds.
const LATEST: u64 = 4_000;
/// Far longer than any stage of an exchange takes to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// When in the course of an exchange the initiator is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Soon after the issuer has seen or done this.
    At(Stage),
    /// When the initiator has said that the exchange has ended.
    Ended,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_initiator_that_is_killed_uses_what_has_succeeded() {
    let _turn = turn().await;
    let mut chance = Chance::of("kill the initiator");
    let at = lasting_address(&mut chance);
    let control = lasting_address(&mut chance);
    let mut lab = Lab::new();
    let shop = format!("shop.test:{}", at.port());
    lab.resolve.insert(shop.clone(), at);
    let place = lab.place("farm.test");
    let home = Home::new("initiator", control);
    let (peers, config) = configuration(at.port(), control, place.address.port());
    home.furnish(&lab, "shop.test", &peers, &config);
    let remote = Remote {
        control: format!("http://{control}/"),
        issuer: place.url(""),
    };
    // A new client for each exchange: the connections of its predecessor have died with the program.
    let new_farm = || Farm::new(lab.outbound(), &format!("https://{shop}/receive"));
    let current = Arc::new(std::sync::Mutex::new(new_farm()));
    lab.serve(place, super::farm::router(&current)).await;

    let mut in_use: Option<String> = None;
    let (mut renewed, mut kept) = (0, 0);
    let mut program = home.start().await;
    for _ in 0..KILLS {
        let farm = {
            let mut current = current.lock().unwrap();
            *current = new_farm();
            current.clone()
        };
        let answers = chance.pick(&[
            Answers::With(204),
            Answers::With(204),
            Answers::With(502),
            Answers::Never,
        ]);
        let moments = match answers {
            Answers::Never => &[Moment::At(Stage::Called), Moment::At(Stage::Accepted)][..],
            Answers::With(_) => &[
                Moment::At(Stage::Called),
                Moment::At(Stage::Accepted),
                Moment::At(Stage::Told),
                Moment::Ended,
            ],
        };
        let moment = chance.pick(moments);
        let awaited = Awaited::new(answers, chance.bytes());
        farm.awaits(Arc::clone(&awaited));

        let mut stage = awaited.stage.subscribe();
        let mut starting = tokio::spawn(remote.start());
        let mut ended = None;
        match moment {
            Moment::At(moment) => {
                let coming = stage.wait_for(|stage| *stage >= moment);
                let has_come = timeout(PATIENCE, coming).await.is_ok();
                assert!(has_come, "the exchange does not come to {moment:?}");
                sleep(Duration::from_micros(chance.below(LATEST))).await;
            }
            Moment::Ended => {
                let come = timeout(PATIENCE, &mut starting).await;
                ended = come.unwrap().unwrap();
            }
        }
        program.kill();
        if moment != Moment::Ended {
            ended = starting.await.unwrap();
        }
        program = home.start().await;

        let shown = remote.shown(&farm).await;
        let new = Some(awaited.token.expose().to_owned());
        let was_told = *awaited.stage.borrow() == Stage::Told && answers == Answers::With(204);
        let allowed = match ended {
            Some(StartOutcome::Active) => vec![new.clone()],
            // The answer was on its way: it came in time, or it did not.
            None if was_told => vec![new.clone(), in_use.clone()],
            _ => vec![in_use.clone()],
        };
        assert!(
            allowed.contains(&shown),
            "killed at {moment:?} of an exchange that the issuer answers {answers:?} and that ended as \
             {ended:?}, the initiator shows {shown:?} after its restart; allowed is {allowed:?}"
        );
        if shown == new {
            renewed += 1;
        } else {
            kept += 1;
        }
        in_use = shown;
    }
    println!("a new token {renewed} times, the one from before {kept} times");
    let least = KILLS / 10;
    assert!(
        renewed >= least && kept >= least,
        "the kills did not meet all phases: a new token {renewed} times, the one from before {kept} times"
    );
}

/// The program's control.
struct Remote {
    control: String,
    issuer: String,
}

impl Remote {
    /// Starts an exchange; gives how it ended, unless the program ended first.
    fn start(&self) -> impl Future<Output = Option<StartOutcome>> + Send + use<> {
        let order = Order::Start {
            peer: "farm".to_owned(),
            issuer: self.issuer.clone(),
            token_call: format!("{}/btx/token-call", self.issuer),
        };
        let told = self.told(order);
        async move {
            match told.await? {
                Report::Started { outcome, .. } => Some(outcome),
                other => panic!("the program does not start an exchange: {other:?}"),
            }
        }
    }

    /// The token that it shows to the issuer's API, if it has one.
    async fn shown(&self, farm: &Farm) -> Option<String> {
        let order = Order::Use {
            peer: "farm".to_owned(),
            issuer: self.issuer.clone(),
            url: format!("{}/api/whoami", self.issuer),
        };
        let Some(Report::Used { status, .. }) = self.told(order).await else {
            panic!("the program does not call the API");
        };
        assert_eq!(status, Some(200), "the API was not reached");
        farm.shown().pop().unwrap()
    }

    fn told(&self, order: Order) -> impl Future<Output = Option<Report>> + Send + use<> {
        // Without a pool: the program at the other end may have ended since.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0);
        let request = client.build().unwrap().post(&self.control);
        let request = request.json(&HookRequest { id: 1, order });
        async move {
            let answer: HookAnswer = request.send().await.ok()?.json().await.ok()?;
            Some(answer.report)
        }
    }
}

/// The peers and the configuration of an initiator at `at` that takes orders at `control`.
fn configuration(at: u16, control: SocketAddr, farm: u16) -> (String, String) {
    let peers = format!(
        "[{{\"name\":\"farm\",\"identifier\":\"https://farm.test:{farm}\",\
          \"token_call\":\"https://farm.test:{farm}/btx/token-call\",\
          \"token_issue\":[\"https://shop.test:{at}/receive\"]}}]"
    );
    let config = format!(
        "identifier = \"https://shop.test:{at}\"\n\
         listen = {{ protocol = \"127.0.0.1:{at}\" }}\n\
         control = {{ listen = \"{control}\" }}\n\
         tls = {{ certificate = \"certificate.pem\", key = \"key.pem\" }}\n\
         store = {{ path = \"initiator.redb\" }}\n\
         initiator = {{ issuers_file = \"peers.json\" }}\n\
         log = {{ level = \"warn\" }}\n\
         [outbound]\n\
         system_trust = false\n\
         trust = [\"ca.pem\"]\n\
         public_networks = [\"127.0.0.1\"]\n\
         resolve = {{ \"farm.test:{farm}\" = \"127.0.0.1:{farm}\" }}\n"
    );
    (peers, config)
}
