//! The resources of a lab: their places, and by which token a request belongs to a scenario.

use super::{ClientKeys, PeerDesk, PeerPlace, sound};
use crate::{
    lab::played::Played,
    target::{PeerKind, jwt::JwtPeer},
    wire::{Request, Response},
};
use std::{io, sync::Arc, time::SystemTime};
use url::Url;

/// A resource that the harness plays, and whose JWTs it takes.
#[derive(Clone)]
pub struct PlayedPeer {
    /// What the target file says of it.
    pub peer: JwtPeer,
    /// The keys of the client.
    pub keys: Arc<ClientKeys>,
}

impl Played for PlayedPeer {
    type Place = PeerPlace;

    const API: PeerPlace = PeerPlace::Api;
    const OTHER: PeerPlace = PeerPlace::Other;

    fn name(&self) -> &str {
        &self.peer.name
    }

    fn kind(&self) -> PeerKind {
        self.peer.kind
    }

    fn base(&self) -> &Url {
        &self.peer.resource
    }

    fn places(&self) -> Vec<(Url, PeerPlace)> {
        vec![
            (self.peer.api(), PeerPlace::Api),
            (self.peer.metadata(), PeerPlace::ResourceMetadata),
            (self.peer.server_metadata(), PeerPlace::ServerMetadata),
            (self.peer.token(), PeerPlace::Token),
        ]
    }

    /// Everything belongs to the scenario that has the resource now: a token of an earlier one is none of it.
    fn token_in(_: PeerPlace, _: &Request) -> Option<String> {
        None
    }

    async fn soundly(
        &self,
        desk: &PeerDesk,
        place: PeerPlace,
        request: &Request,
    ) -> io::Result<Response> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
        let asked = sound::Asked {
            peer: &self.peer,
            keys: &self.keys,
            desk,
            request,
            now: SystemTime::now(),
            random: &random,
        };
        Ok(sound::answer(&asked, place).await)
    }
}
