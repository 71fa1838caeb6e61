//! The replicas, their ways to the store, the store, and the initiator that they give tokens to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use btx_reference::store::shared::Keeps;
use btx_spec::Identifier;

use crate::calls::Issuer;
use crate::chance::Chance;
use crate::lab::Lab;
use crate::link::Link;
use crate::program::{Home, Program, lasting_address};
use crate::server::Server;
use crate::shop::Shop;

/// How many replicas there are.
pub(crate) const REPLICAS: usize = 3;

/// The deadline of an exchange.
pub(crate) const EXCHANGE_DEADLINE: Duration = Duration::from_secs(3);

/// One replica.
pub(crate) struct Replica {
    home: Home,
    at: SocketAddr,
    /// Its way to the store.
    pub(crate) link: Link,
    program: Option<Program>,
}

/// Everything that runs.
pub(crate) struct Cluster {
    lab: Lab,
    /// The name of the issuer, without its address.
    host: String,
    initiator: Identifier,
    pub(crate) shop: Shop,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) store: Server,
    /// The copy that takes over.
    pub(crate) copy: Option<Server>,
}

impl Cluster {
    /// Starts everything, over a store that is new.
    pub(crate) async fn start(chance: &mut Chance, keeps: Keeps, has_copy: bool) -> Self {
        let store = match keeps {
            Keeps::Everything => Server::durable(),
            Keeps::NotEverything => Server::forgetful(),
        };
        let copy = has_copy.then(|| Server::copy_of(&store));
        let mut lab = Lab::new();
        let shop = Shop::default();
        let place = lab.place("shop.test");
        let (initiator, shop_port) = (place.identifier(), place.address.port());
        lab.serve(place, shop.router()).await;

        let mut replicas = Vec::new();
        let port = lasting_address(chance).port();
        let host = format!("farm.test:{port}");
        for host_number in 1..=REPLICAS {
            // One name and one port for all of them, so each has an address of its own.
            let at = format!("127.0.0.{host_number}:{port}").parse().unwrap();
            let link = Link::to(store.address()).await;
            let home = Home::new("issuer", at);
            let (peers, config) = configuration(&host, at, shop_port, &link, keeps, has_copy);
            home.furnish(&lab, "farm.test", &peers, &config);
            replicas.push(Replica {
                home,
                at,
                link,
                program: None,
            });
        }
        replicas[0].home.once(&["store", "--new"]);
        let mut cluster = Self {
            lab,
            host,
            initiator,
            shop,
            replicas,
            store,
            copy,
        };
        for replica in 0..REPLICAS {
            cluster.start_replica(replica).await;
        }
        cluster
    }

    /// Kills a replica.
    pub(crate) fn kill(&mut self, replica: usize) {
        if let Some(program) = self.replicas[replica].program.take() {
            program.kill();
        }
    }

    /// Starts a replica, if it does not run.
    pub(crate) async fn start_replica(&mut self, replica: usize) {
        let replica = &mut self.replicas[replica];
        if replica.program.is_none() {
            replica.program = Some(replica.home.start().await);
        }
    }

    /// A replica as its callers see it, over connections of its own.
    pub(crate) fn caller(&self, replica: usize) -> Issuer {
        let mut resolve = self.lab.resolve.clone();
        resolve.insert(self.host.clone(), self.replicas[replica].at);
        Issuer {
            identifier: Identifier::parse(&format!("https://{}", self.host)).unwrap(),
            initiator: self.initiator.clone(),
            outbound: self.lab.outbound_with(&resolve),
        }
    }

    /// All replicas as their callers see them.
    pub(crate) fn callers(&self) -> Vec<Arc<Issuer>> {
        let replicas = 0..REPLICAS;
        replicas
            .map(|replica| Arc::new(self.caller(replica)))
            .collect()
    }

    /// The store dies, and the copy takes its place, with a new copy of its own.
    pub(crate) fn fail_over(&mut self) {
        let copy = self.copy.take().expect("a store with a copy");
        self.store.kill();
        copy.order(&["REPLICAOF", "NO", "ONE"]);
        for replica in &self.replicas {
            replica.link.lead_to(copy.address());
        }
        self.copy = Some(Server::copy_of(&copy));
        self.store = copy;
    }
}

fn configuration(
    host: &str,
    at: SocketAddr,
    shop: u16,
    link: &Link,
    keeps: Keeps,
    has_copy: bool,
) -> (String, String) {
    let peers = format!(
        "[{{\"name\":\"shop\",\"identifier\":\"https://shop.test:{shop}\",\
          \"receives\":\"https://shop.test:{shop}/receive\"}}]"
    );
    let config = format!(
        "identifier = \"https://{host}\"\n\
         listen = {{ protocol = \"{at}\" }}\n\
         tls = {{ certificate = \"certificate.pem\", key = \"key.pem\" }}\n\
         log = {{ level = \"warn\" }}\n\
         [store.shared]\n\
         url = \"redis://{}/0\"\n\
         name = \"farm\"\n\
         patience = \"500ms\"\n\
         keeps_everything = {}\n\
         copies = {}\n\
         [issuer]\n\
         asynchronous = true\n\
         partners_file = \"peers.json\"\n\
         [issuer.limits]\n\
         exchange_deadline = \"{}s\"\n\
         parallel_per_partner = 64\n\
         [outbound]\n\
         system_trust = false\n\
         trust = [\"ca.pem\"]\n\
         public_networks = [\"127.0.0.1\"]\n\
         resolve = {{ \"shop.test:{shop}\" = \"127.0.0.1:{shop}\" }}\n",
        link.address,
        keeps == Keeps::Everything,
        u8::from(has_copy),
        EXCHANGE_DEADLINE.as_secs(),
    );
    (peers, config)
}
