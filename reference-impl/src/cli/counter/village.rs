//! Who takes part: four servers with names of their own, which share nothing but the certificate authority.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use btx_reference::jwt::client::{self, Client, PeerEntry, SigningKeys};
use btx_reference::jwt::resource::{self, ServiceResource};
use btx_reference::jwt::verifier;
use btx_reference::local_ca::LocalCa;
use btx_reference::oauth::resource::TrustedIssuer;
use btx_reference::oauth::server::metadata::JWKS;
use btx_reference::oauth::server::{self, AuthorizationServer, TokenForm, TokenRules};
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::oauth::{Parts, resource as by_server};
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::serve;
use btx_spec::jose::Algorithm;
use btx_spec::jwt::ClientId;
use btx_spec::oauth::Scope;

use super::narrator::{Narrator, Record};
use crate::cli::rutabaga::House;

pub(super) use crate::cli::rutabaga::Anything;

/// The path of the shop's document.
const DOCUMENT: &str = "/services/orders.json";

/// Everybody, and the way to each other.
pub(super) struct Village {
    ca: LocalCa,
    resolve: Overrides,
    shop: House,
    stock: House,
    barn: House,
    auth: House,
    record: Record,
}

impl Village {
    pub(super) fn new() -> Result<Self, Anything> {
        let mut resolve = Overrides::new();
        Ok(Self {
            shop: House::new("shop.example", &mut resolve)?,
            stock: House::new("stock.farm.example", &mut resolve)?,
            barn: House::new("barn.farm.example", &mut resolve)?,
            auth: House::new("auth.farm.example", &mut resolve)?,
            ca: LocalCa::new("village")?,
            resolve,
            record: Record::default(),
        })
    }

    /// What passes between them.
    pub(super) fn record(&self) -> Record {
        self.record.clone()
    }

    /// The counter that a peer of the shop has.
    pub(super) fn url(&self, peer: &str) -> Result<String, Anything> {
        let (house, path) = match peer {
            "stock" => (&self.stock, "/counter"),
            "barn" => (&self.barn, "/counter"),
            _ => (&self.barn, "/by-server/counter"),
        };
        Ok(house.url(path)?.as_str().to_owned())
    }

    /// Opens every house, until the process ends.
    pub(super) async fn open(&self) -> Result<Client, Anything> {
        let shop = self.shop()?;
        let stock = resource::Config::new(self.stock.identifier()?);
        let stock = ServiceResource::new(stock, self.parts("stock")?);
        let barn = ServiceResource::new(self.barn_config()?, self.parts("barn")?);
        let auth = AuthorizationServer::new(self.auth_config()?, self.parts("auth")?);
        self.serve(&self.shop, shop.router()).await?;
        self.serve(&self.stock, stock.router()).await?;
        self.serve(&self.barn, barn.router()).await?;
        self.serve(&self.auth, auth.router()).await?;
        Ok(shop)
    }

    async fn serve(&self, house: &House, router: Router) -> Result<(), Anything> {
        let tls = self.ca.issue(&[house.host])?;
        let forever = std::future::pending::<()>();
        drop(serve::https(router, house.listener()?, tls, forever).await?);
        Ok(())
    }

    /// What one of them needs from the world: above all the way to the others, told aloud.
    fn parts(&self, who: &'static str) -> Result<Parts, Anything> {
        let trust = Trust::only(self.ca.pem());
        let loopback = vec!["127.0.0.0/8".parse()?];
        let https = HttpsOutbound::new(&trust, &self.resolve, loopback)?;
        let narrator = Narrator::new(https, who, self.record());
        Ok(Parts::new(
            Arc::new(MemoryTokens::new()),
            Arc::new(narrator),
        ))
    }

    /// The caller: it has a key, and publishes its public half.
    fn shop(&self) -> Result<Client, Anything> {
        let key = client::keys::draw(Algorithm::ES256, "orders-1").ok_or("no key can be made")?;
        let id = ClientId::parse(self.shop.url(DOCUMENT)?.as_str())?;
        let mut config = client::Config::new(id, SigningKeys::new(key));
        config.peers = vec![
            self.peer("stock", &self.stock)?,
            self.peer("barn", &self.barn)?,
            PeerEntry {
                servers: vec![self.auth.identifier()?],
                ..self.peer("by-server", &self.barn)?
            },
        ];
        Ok(Client::new(config, self.parts("shop")?))
    }

    fn peer(&self, name: &str, house: &House) -> Result<PeerEntry, Anything> {
        Ok(PeerEntry {
            name: name.to_owned(),
            resource: house.identifier()?,
            api: vec![house.url("/")?],
            servers: Vec::new(),
        })
    }

    /// One of its counters hands out tokens, and the other wants those of the authorization server.
    fn barn_config(&self) -> Result<resource::Config, Anything> {
        let mut config = resource::Config::new(self.barn.identifier()?);
        config.hand_out = Some(Duration::from_secs(300));
        let nothing = Scope::default;
        let mut wants = by_server::Config::new(self.barn.identifier()?, nothing(), nothing());
        wants.issuers = vec![TrustedIssuer {
            issuer: self.auth.origin.clone(),
            jwks: self.auth.url(JWKS)?,
            algorithms: vec![Algorithm::ES256],
        }];
        config.server = Some(wants);
        Ok(config)
    }

    /// It knows clients by their documents alone, and signs tokens for the barn.
    fn auth_config(&self) -> Result<server::Config, Anything> {
        let key = client::keys::draw(Algorithm::ES256, "auth-1").ok_or("no key can be made")?;
        let mut config = server::Config::new(self.auth.identifier()?);
        config.documents = Some(verifier::Config::default());
        let mut tokens = TokenRules::new(Scope::parse("count")?);
        tokens.form = TokenForm::Jwt;
        config.document_tokens = tokens;
        config.resources = vec![self.barn.origin.clone()];
        config.signing_key = Some(key);
        Ok(config)
    }
}
