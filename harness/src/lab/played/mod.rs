//! Servers that the harness plays, several behind one listening socket: what they have in common, whatever they
//! are.

mod door;
mod servers;

pub(super) use door::ServerDoor;
pub use servers::{ServerBox, ServerLease, Servers};

use super::reception::Reception;
use crate::{
    target::PeerKind,
    wire::{Request, Response},
};
use std::{fmt, hash::Hash, io};
use url::Url;

/// A server that the harness plays.
pub trait Played: Clone + Send + Sync + 'static {
    /// Its places: where a request can come to.
    type Place: Copy + Eq + Hash + fmt::Debug + Send + Sync;

    /// Its API, to which everything below belongs.
    const API: Self::Place;
    /// Anywhere else at the server.
    const OTHER: Self::Place;

    /// A short name of it, for reports.
    fn name(&self) -> &str;

    /// What is special about it; one of those with faulty certificates, or good.
    fn kind(&self) -> PeerKind;

    /// The URL below which everything is its own.
    fn base(&self) -> &Url;

    /// The URLs of its places.
    fn places(&self) -> Vec<(Url, Self::Place)>;

    /// The token in a request by which it belongs to a scenario, read leniently.
    fn token_in(place: Self::Place, request: &Request) -> Option<String>;

    /// What a sound server answers to a request.
    ///
    /// # Errors
    /// When the system has no randomness.
    fn soundly(
        &self,
        desk: &Reception<Self::Place>,
        place: Self::Place,
        request: &Request,
    ) -> impl Future<Output = io::Result<Response>> + Send;
}
