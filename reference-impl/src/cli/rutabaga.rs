//! `btx-reference rutabaga`: a shop and a farm in one process, with real messages between them.
//!
//! The shop has sold 5000 rutabagas and tells the farm to deliver them. The farm takes orders from
//! its partners only, so the shop first gets a token from it.

mod narrator;
mod script;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Extension, Json, Router};
use btx_reference::initiator::{self, Initiator, IssuerEntry, Outcome};
use btx_reference::issuer::{self, Caller, Issuer, Partner};
use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{
    Answer, HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest, Overrides, Trust,
};
use btx_reference::store::memory::MemoryStore;
use btx_reference::{Parts, serve};
use btx_spec::{BearerToken, HttpsUrl, Identifier};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Failed, block_on};
use narrator::{Narrator, say};

/// How long one delivery order may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The farm's API, in the words of the farm.
const DELIVER: &str = "/api/deliver/those/rutabagas/";

pub(super) fn run() -> Result<(), Failed> {
    block_on(async {
        tell()
            .await
            .map_err(|error| Failed::Broken(error.to_string()))
    })
}

pub(super) type Anything = Box<dyn std::error::Error + Send + Sync>;

async fn tell() -> Result<(), Anything> {
    let village = Village::new()?;
    let book = OrderBook::default();
    let farm = village.farm(&book)?;
    let shop = village.shop()?;
    let (farm_at, shop_at) = (village.farm.listener()?, village.shop.listener()?);
    let farm_tls = village.ca.issue(&[village.farm.host])?;
    let shop_tls = village.ca.issue(&[village.shop.host])?;
    let forever = std::future::pending::<()>;
    let _farm = serve::https(farm, farm_at, farm_tls, forever()).await?;
    let _shop = serve::https(shop.initiator.router(), shop_at, shop_tls, forever()).await?;

    say(script::OPENING);
    shop.deliver(None).await?;
    match shop.initiator.exchange(&shop.farm).await {
        Outcome::Active { .. } => {}
        Outcome::Failed(failure) => return Err(format!("the exchange failed: {failure:?}").into()),
    }
    let token = shop.initiator.token_for(&shop.farm.identifier).await;
    let answer = shop.deliver(token.as_ref()).await?;
    if answer.status != 204 {
        return Err(format!("the farm answered {}", answer.status).into());
    }
    say(&book.last_line());
    say(script::CLOSING);
    Ok(())
}

/// A server with a name, a place to listen at, and an identifier.
pub(super) struct House {
    pub(super) host: &'static str,
    listener: TcpListener,
    pub(super) origin: String,
}

impl House {
    pub(super) fn new(host: &'static str, resolve: &mut Overrides) -> Result<Self, Anything> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let name = format!("{host}:{}", address.port());
        resolve.insert(name.clone(), address);
        Ok(Self {
            host,
            listener,
            origin: format!("https://{name}"),
        })
    }

    pub(super) fn listener(&self) -> std::io::Result<TcpListener> {
        self.listener.try_clone()
    }

    pub(super) fn identifier(&self) -> Result<Identifier, Anything> {
        Ok(Identifier::parse(&self.origin)?)
    }

    pub(super) fn url(&self, path: &str) -> Result<HttpsUrl, Anything> {
        Ok(HttpsUrl::parse(&format!("{}{path}", self.origin))?)
    }
}

/// Everything that both parties share: the certificate authority and the way to find each other.
struct Village {
    ca: LocalCa,
    resolve: Overrides,
    farm: House,
    shop: House,
}

impl Village {
    fn new() -> Result<Self, Anything> {
        let mut resolve = Overrides::new();
        let farm = House::new("farm.example", &mut resolve)?;
        let shop = House::new("shop.example", &mut resolve)?;
        Ok(Self {
            ca: LocalCa::new("village")?,
            resolve,
            farm,
            shop,
        })
    }

    /// The way to other servers, told aloud.
    fn outbound(&self, sender: &'static str, receiver: &'static str) -> Result<Narrator, Anything> {
        let trust = Trust::only(self.ca.pem());
        let loopback = vec!["127.0.0.0/8".parse()?];
        let https = HttpsOutbound::new(&trust, &self.resolve, loopback)?;
        Ok(Narrator::new(https, sender, receiver))
    }

    /// The farm: gives tokens to the shop, and takes delivery orders from whoever has one.
    fn farm(&self, book: &OrderBook) -> Result<Router, Anything> {
        let partner = Partner::new(
            self.shop.identifier()?,
            self.shop.url("/btx/from-the-farm")?,
        )?;
        let mut config = issuer::Config::new(self.farm.identifier()?, vec![partner]);
        config.realm = "rutabagas".to_owned();
        let outbound = self.outbound("farm", "shop")?;
        let parts = Parts::new(Arc::new(MemoryStore::new()), Arc::new(outbound));
        let issuer = Issuer::new(config, parts);
        let deliver = Router::new().route(DELIVER, post(deliver).with_state(book.clone()));
        Ok(issuer.router().merge(issuer.protect(deliver)))
    }

    /// The shop: gets tokens from the farm, and sends it orders.
    fn shop(&self) -> Result<Shop, Anything> {
        let farm = IssuerEntry {
            name: "farm".to_owned(),
            identifier: self.farm.identifier()?,
            token_call: self.farm.url("/btx/token-call")?,
            receives: self.shop.url("/btx/from-the-farm")?,
            asynchronous: None,
        };
        let outbound: Arc<dyn Outbound> = Arc::new(self.outbound("shop", "farm")?);
        let parts = Parts::new(Arc::new(MemoryStore::new()), Arc::clone(&outbound));
        let config = initiator::Config::new(self.shop.identifier()?, vec![farm.clone()]);
        Ok(Shop {
            initiator: Initiator::new(config, parts),
            outbound,
            deliver: format!("{}{DELIVER}", self.farm.origin),
            farm,
        })
    }
}

struct Shop {
    initiator: Initiator,
    outbound: Arc<dyn Outbound>,
    farm: IssuerEntry,
    deliver: String,
}

impl Shop {
    /// Tells the farm what to deliver, and shows a token if there is one.
    async fn deliver(&self, token: Option<&BearerToken>) -> Result<Answer, Anything> {
        let order = Order {
            goods: "rutabaga".to_owned(),
            quantity: 5000,
            quality: "excellent".to_owned(),
            deliver_to: "7 Turnip Lane, New Orleans".to_owned(),
        };
        let body = Bytes::from(serde_json::to_vec(&order)?);
        let deadline = Instant::now() + PATIENCE;
        let mut request = OutboundRequest::json(self.deliver.as_str(), body, deadline);
        if let Some(token) = token {
            request = request.with("authorization", format!("Bearer {}", token.expose()));
        }
        match self.outbound.post(request).await {
            OutboundOutcome::Answered(answer) => Ok(answer),
            OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => Err(why.into()),
        }
    }
}

/// What the farm has agreed to deliver, and to whom.
#[derive(Clone, Default)]
struct OrderBook(Arc<Mutex<Vec<String>>>);

impl OrderBook {
    fn write(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }

    fn last_line(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.last().cloned().unwrap_or_default()
    }
}

/// A delivery order.
#[derive(Serialize, Deserialize)]
struct Order {
    goods: String,
    quantity: u32,
    quality: String,
    deliver_to: String,
}

/// The farm's handler. Only requests with a live token get here.
async fn deliver(
    axum::extract::State(book): axum::extract::State<OrderBook>,
    Extension(caller): Extension<Caller>,
    Json(order): Json<Order>,
) -> StatusCode {
    let Order {
        goods,
        quantity,
        quality,
        deliver_to,
    } = order;
    let initiator = caller.initiator;
    book.write(format!(
        "In the farm's order book: {quantity} × {quality} {goods} to {deliver_to}, ordered by \
         {initiator}."
    ));
    StatusCode::NO_CONTENT
}
