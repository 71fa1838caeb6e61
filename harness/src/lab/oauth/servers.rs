//! The authorization servers of a lab: their places, and by which token a request belongs to a scenario.

use super::{Desk, Place, sound};
use crate::{
    lab::{door::not_found, played::Played},
    target::{PeerKind, oauth::ServerPeer},
    wire::{Request, Response},
};
use std::{io, time::SystemTime};
use url::Url;

impl Played for ServerPeer {
    type Place = Place;

    const API: Place = Place::Api;
    const OTHER: Place = Place::Other;

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> PeerKind {
        self.kind
    }

    fn base(&self) -> &Url {
        &self.issuer
    }

    fn places(&self) -> Vec<(Url, Place)> {
        vec![
            (self.token(), Place::Token),
            (self.jwks(), Place::Jwks),
            (self.introspection(), Place::Introspection),
            (sound::metadata_url(&self.issuer), Place::Metadata),
            (self.api(), Place::Api),
        ]
    }

    fn token_in(place: Place, request: &Request) -> Option<String> {
        match place {
            Place::Introspection => form_value(&request.body, "token"),
            Place::Api => bearer(request),
            _ => None,
        }
    }

    /// What a sound server answers; a token that it gives is one of the scenario from then on.
    async fn soundly(&self, desk: &Desk, place: Place, request: &Request) -> io::Result<Response> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
        let asked = sound::Asked {
            peer: self,
            request,
            now: SystemTime::now(),
            random: &random,
        };
        Ok(match place {
            Place::Token => match sound::token(&asked) {
                Ok(token) => {
                    desk.give(&token);
                    sound::token_answer(&token)
                }
                Err(refusal) => refusal,
            },
            Place::Jwks => sound::jwks(self),
            Place::Introspection => sound::introspection(&asked, |token| desk.known(token)),
            Place::Metadata => sound::metadata(self),
            Place::Api => sound::api(&asked, |token| desk.has(token)),
            Place::Other => not_found(),
        })
    }
}

/// A value of a form, read leniently: it decides only to whom the request is shown.
pub(in crate::lab) fn form_value(body: &[u8], name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(body);
    pairs
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}

/// The token in the field that is there for it, read leniently.
pub(in crate::lab) fn bearer(request: &Request) -> Option<String> {
    let field = request.fields.get("authorization")?;
    let (scheme, token) = field.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::oauth::ServerBox,
        server_peers::{Counts, Layout, propose},
        timeline::Timeline,
        wire::Fields,
    };
    use btx_spec::jose::KeySet;
    use serde_json::Map;
    use std::{net::SocketAddr, sync::Arc};

    fn server() -> ServerBox {
        let layout = Layout::consecutive(SocketAddr::from(([127, 0, 0, 1], 9463))).unwrap();
        let counts = Counts {
            secret: 1,
            assertion: 0,
            discovery: 0,
        };
        let nobody = Arc::new(KeySet::of(Vec::new()));
        let mut proposed = propose(counts, &layout, None, &nobody).unwrap();
        ServerBox::new(proposed.remove(0).peer)
    }

    fn question(token: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            target: "/o1/introspect".to_owned(),
            fields: Fields::default(),
            body: format!("token={token}").into_bytes(),
        }
    }

    #[test]
    fn a_question_belongs_to_the_scenario_whose_token_it_is_about() {
        let server = server();
        let first = server.lease(Timeline::default());
        first.desk.know("of-the-first", Map::new());
        let second = server.lease(Timeline::default());
        let shared = server.share(Timeline::default());
        shared.desk.know("of-the-shared", Map::new());
        for (token, expected) in [
            ("of-the-first", &first),
            ("of-the-shared", &shared),
            ("of-nobody", &second),
        ] {
            let found = server.lease_of(Place::Introspection, &question(token));
            assert!(Arc::ptr_eq(&found, expected), "{token}");
        }
    }
}
