//! Saboteurs of what both verifiers of service JWTs do with documents and keys: each of them as a resource, and
//! once more as an authorization server.

mod answers;
mod content;
mod forged;
mod held;
mod places;

use super::resource::requests;
use crate::{
    Saboteur,
    chapters::oauth::server::requests::{edit_form, is_token, parameter, put},
    message::Asked,
    outbound::Courier,
    sabotage::{
        Asking, RoleSabotage, Routed,
        roles::{JwtResource, JwtServer},
    },
};
use btx_harness::embedded::Alterations;
use btx_reference::jwt::verifier::Config;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jwt::{GRANT_TYPE_JWT, SERVICE_TYPE};
use futures::future::BoxFuture;

/// The two names of a saboteur: as a resource, and as an authorization server.
macro_rules! both {
    ($name:literal) => {
        [$name, concat!($name, "-as-a-server")]
    };
}
use both;

/// A role that verifies JWTs by the documents of their clients.
trait Verifies: Routed + Asking + 'static {
    /// The type of the JWTs that it takes.
    const TYPE: &'static str;

    /// The JWT that a request shows.
    fn shown(asked: &Asked) -> Option<String>;

    /// Puts another in its place.
    fn show(asked: &mut Asked, jwt: &str);

    /// A saboteur of the role, by the one of its names that is for it.
    fn saboteur(
        names: [&'static str; 2],
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Saboteur;

    /// Leaves out scenarios that there are of the resource only.
    fn except(saboteur: Saboteur, words: &'static [&'static str]) -> Saboteur;

    /// Changes how it verifies.
    fn verifier(config: &mut Self::Config, alter: impl FnOnce(&mut Config));
}

impl Verifies for JwtResource {
    const TYPE: &'static str = SERVICE_TYPE;

    fn shown(asked: &Asked) -> Option<String> {
        requests::jwt(asked).map(str::to_owned)
    }

    fn show(asked: &mut Asked, jwt: &str) {
        requests::show(asked, jwt);
    }

    fn saboteur(
        [name, _]: [&'static str; 2],
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Saboteur {
        Saboteur::of_the_jwt_resource(name, breaks, does, alterations)
    }

    fn except(saboteur: Saboteur, words: &'static [&'static str]) -> Saboteur {
        saboteur.except(words)
    }

    fn verifier(config: &mut Self::Config, alter: impl FnOnce(&mut Config)) {
        alter(&mut config.verifier);
    }
}

impl Verifies for JwtServer {
    const TYPE: &'static str = GRANT_TYPE_JWT;

    fn shown(asked: &Asked) -> Option<String> {
        is_token(asked).then(|| parameter(asked, "assertion"))?
    }

    fn show(asked: &mut Asked, jwt: &str) {
        edit_form(asked, |form| put(form, "assertion", jwt));
    }

    fn saboteur(
        [_, name]: [&'static str; 2],
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Saboteur {
        Saboteur::of_the_jwt_server(name, breaks, does, alterations)
    }

    fn except(saboteur: Saboteur, _: &'static [&'static str]) -> Saboteur {
        saboteur
    }

    fn verifier(config: &mut Self::Config, alter: impl FnOnce(&mut Config)) {
        if let Some(verifier) = &mut config.documents {
            alter(verifier);
        }
    }
}

/// All of them.
pub(super) fn all() -> Vec<Saboteur> {
    [of_the::<JwtResource>(), of_the::<JwtServer>()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_the<R: Verifies>() -> Vec<Saboteur> {
    [
        places::saboteurs::<R>(),
        answers::saboteurs::<R>(),
        content::saboteurs::<R>(),
        held::saboteurs::<R>(),
        forged::saboteurs::<R>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A verifier that makes something else of what is fetched.
fn mending<R: Verifies>(mend: fn(&str, &mut Answer)) -> Alterations {
    mending_more::<R>(|_| {}, mend)
}

/// The same, which alters what it asks for as well.
fn mending_more<R: Verifies>(
    ask: fn(&mut OutboundRequest),
    mend: fn(&str, &mut Answer),
) -> Alterations {
    RoleSabotage::<R>::new()
        .courier(Mending { ask, mend })
        .alterations()
}

struct Mending {
    ask: fn(&mut OutboundRequest),
    mend: fn(&str, &mut Answer),
}

impl Courier for Mending {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            (self.ask)(&mut request);
            let url = request.url.clone();
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome {
                (self.mend)(&url, answer);
            }
            outcome
        })
    }
}
