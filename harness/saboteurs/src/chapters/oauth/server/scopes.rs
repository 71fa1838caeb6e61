//! Saboteurs of scopes, and of the resources that tokens are for.

use super::requests::{
    CLIENT_CREDENTIALS, JWT_BEARER, asks_for, calling, edit_form, form, parameter, put, reading,
    refusing, take,
};
use crate::{Saboteur, message::Asked, sabotage::ServerSabotage};
use btx_harness::embedded::Alterations;
use btx_spec::oauth::Scope;
use std::sync::{Arc, Mutex};
use url::Url;

/// The scopes of the clients.
const OWN: [&str; 2] = ["read", "write"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_scopes();
    all.extend(of_resources());
    all
}

fn of_scopes() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "wants-a-scope",
            "OA-AUS-060",
            "Refuses a request without a scope as malformed.",
            || {
                refusing("invalid_request", |asked| {
                    asks_for(asked, CLIENT_CREDENTIALS) && parameter(asked, "scope").is_none()
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "grants-clients-every-scope",
            "OA-AUS-061",
            "Grants a client whatever scope it asks for.",
            || granting_all(CLIENT_CREDENTIALS, &OWN),
        ),
        Saboteur::of_the_authorization_server(
            "calls-a-wrong-scope-a-wrong-request",
            "OA-AUS-062",
            "Refuses a scope with the error invalid_request.",
            || calling("invalid_scope", "invalid_request", |_| true),
        ),
        Saboteur::of_the_authorization_server(
            "wants-scopes-in-order",
            "OA-AUS-063",
            "Refuses scopes that do not stand in the order of the alphabet.",
            || {
                refusing("invalid_scope", |asked| {
                    let scope = parameter(asked, "scope").unwrap_or_default();
                    scope == "write read"
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "folds-the-case-of-scopes",
            "OA-AUS-064",
            "Takes scopes in any letter case.",
            || {
                reading(|asked| {
                    edit_form(asked, |form| {
                        for (_, scope) in form.iter_mut().filter(|(name, _)| name == "scope") {
                            *scope = scope.to_ascii_lowercase();
                        }
                    })
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "reads-scopes-leniently",
            "OA-AUS-065",
            "Makes the best of a scope that is not of its grammar.",
            || {
                reading(|asked| {
                    edit_form(asked, |form| {
                        for (_, scope) in form.iter_mut().filter(|(name, _)| name == "scope") {
                            if !scope.is_empty() && scope.parse::<Scope>().is_err() {
                                let known =
                                    scope.split_whitespace().filter(|one| OWN.contains(one));
                                *scope = known.collect::<Vec<_>>().join(" ");
                            }
                        }
                    })
                })
            },
        ),
    ]
}

/// A server that grants every scope that is asked for by a grant.
pub(super) fn granting_all(grant: &'static str, own: &'static [&'static str]) -> Alterations {
    let beyond = move |asked: &Asked| {
        let scope = parameter(asked, "scope").filter(|_| asks_for(asked, grant))?;
        let sound = scope.parse::<Scope>().is_ok();
        let beyond = scope.split(' ').any(|one| !own.contains(&one));
        (sound && beyond).then_some(scope)
    };
    ServerSabotage::new()
        .asked(move |asked| {
            if let Some(scope) = beyond(asked) {
                let kept: Vec<&str> = scope.split(' ').filter(|one| own.contains(one)).collect();
                let kept = kept.join(" ");
                edit_form(asked, |form| match kept.as_str() {
                    "" => take(form, "scope"),
                    kept => put(form, "scope", kept),
                });
            }
        })
        .told(move |asked, told| {
            if let Some(scope) = beyond(asked)
                && told.is(200)
            {
                told.edit(|members| {
                    members.insert("scope".to_owned(), scope.into());
                });
            }
        })
        .alterations()
}

fn of_resources() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "knows-no-resources",
            "OA-AUS-070",
            "Refuses every request for a resource.",
            || {
                refusing("invalid_target", |asked| {
                    parameter(asked, "resource").is_some()
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-any-resource",
            "OA-AUS-071",
            "Issues a token where it was asked for one for a resource that it does not know.",
            || forgetting(|resource, known| is_sound(resource) && !known),
        ),
        Saboteur::of_the_authorization_server(
            "takes-what-names-no-resource",
            "OA-AUS-072",
            "Issues a token where the resource is no absolute URI or has a fragment.",
            || forgetting(|resource, _| !is_sound(resource)),
        ),
        Saboteur::of_the_authorization_server(
            "calls-a-wrong-resource-a-wrong-request",
            "OA-AUS-073",
            "Refuses a resource with the error invalid_request.",
            || calling("invalid_target", "invalid_request", |_| true),
        ),
        Saboteur::of_the_authorization_server(
            "gives-tokens-for-every-resource",
            "OA-AUS-074",
            "Issues the same token whatever resource it is for.",
            || forgetting(|_, known| known),
        ),
    ]
}

fn is_sound(resource: &str) -> bool {
    Url::parse(resource).is_ok_and(|url| url.fragment().is_none())
}

/// A server that forgets which resource it was asked for, in some cases.
fn forgetting(which: fn(&str, bool) -> bool) -> Alterations {
    let resources: Arc<Mutex<Vec<String>>> = Arc::default();
    let learning = resources.clone();
    ServerSabotage::new()
        .config(move |config| *crate::ledger::lock(&learning) = config.resources.clone())
        .asked(move |asked| {
            let known = crate::ledger::lock(&resources).clone();
            let mut named = form(asked)
                .into_iter()
                .filter(|(name, _)| name == "resource");
            if named.any(|(_, resource)| which(&resource, known.contains(&resource))) {
                edit_form(asked, |form| take(form, "resource"));
            }
        })
        .alterations()
}

/// Grants every scope to a service account.
pub(super) fn granting_accounts_all() -> Alterations {
    granting_all(JWT_BEARER, &["read"])
}
