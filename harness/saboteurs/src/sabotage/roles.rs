//! The roles of OAuth, of service JWTs and of sessions: which alterations of the harness are theirs.

use super::role_side::{Asking, Calling, OnConfig, OnParts, OnRouter, Role, Routed};
use btx_harness::embedded::{Alterations, Starts, jwt, lifecycle, oauth};
use btx_reference::{
    jwt as services, lifecycle as sessions,
    oauth::{self as authorization, client, resource, server},
    outbound::Outbound,
};
use std::sync::Arc;

/// The authorization server.
pub struct OauthServer;
/// The resource whose tokens come from one.
pub struct OauthResource;
/// The client of both.
pub struct OauthClient;
/// The resource that takes service JWTs.
pub struct JwtResource;
/// The authorization server that knows clients by their documents.
pub struct JwtServer;
/// The client that signs service JWTs; what it answers are its document and its keys.
pub struct JwtClient;
/// The issuer of bearers and sessions.
pub struct LifecycleIssuer;
/// The resource elsewhere that takes its bearers.
pub struct LifecycleResource;
/// The caller that logs in.
pub struct LifecycleCaller;

impl Role for OauthServer {
    type Config = server::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_oauth(oauth::Alterations {
            server_config: config,
            server_parts: parts,
            server_router: router,
            ..oauth::Alterations::default()
        })
    }
}

impl Role for OauthResource {
    type Config = resource::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_oauth(oauth::Alterations {
            resource_config: config,
            resource_parts: parts,
            resource_router: router,
            ..oauth::Alterations::default()
        })
    }
}

impl Role for OauthClient {
    type Config = client::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        _: OnRouter,
    ) -> Alterations {
        of_oauth(oauth::Alterations {
            client_config: config,
            client_parts: Box::new(move |given| parts(0, given)),
            ..oauth::Alterations::default()
        })
    }
}

impl Role for JwtResource {
    type Config = services::resource::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_jwt(jwt::Alterations {
            resource_config: config,
            resource_parts: parts,
            resource_router: router,
            ..jwt::Alterations::default()
        })
    }
}

impl Role for JwtServer {
    type Config = server::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_jwt(jwt::Alterations {
            server_config: config,
            server_parts: parts,
            server_router: router,
            ..jwt::Alterations::default()
        })
    }
}

impl Role for JwtClient {
    type Config = services::client::Config;
    type Parts = authorization::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_jwt(jwt::Alterations {
            client_config: config,
            client_parts: Box::new(move |given| parts(0, given)),
            client_router: Box::new(move |given| router(0, given)),
            ..jwt::Alterations::default()
        })
    }
}

impl Role for LifecycleIssuer {
    type Config = sessions::issuer::Config;
    type Parts = sessions::issuer::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_lifecycle(lifecycle::Alterations {
            issuer_config: config,
            issuer_parts: parts,
            issuer_router: router,
            ..lifecycle::Alterations::default()
        })
    }
}

impl Role for LifecycleResource {
    type Config = sessions::resource::Config;
    type Parts = sessions::resource::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        router: OnRouter,
    ) -> Alterations {
        of_lifecycle(lifecycle::Alterations {
            resource_config: config,
            resource_parts: parts,
            resource_router: router,
            ..lifecycle::Alterations::default()
        })
    }
}

impl Role for LifecycleCaller {
    type Config = sessions::caller::Config;
    type Parts = sessions::caller::Parts;

    fn altered(
        config: OnConfig<Self::Config>,
        parts: OnParts<Self::Parts>,
        _: OnRouter,
    ) -> Alterations {
        of_lifecycle(lifecycle::Alterations {
            caller_config: config,
            caller_parts: Box::new(move |given| parts(0, given)),
            ..lifecycle::Alterations::default()
        })
    }
}

/// These roles send requests by the same parts.
macro_rules! asking {
    ($($role:ty),*) => {
        $(impl Asking for $role {
            fn outbound(parts: &mut Self::Parts) -> &mut Arc<dyn Outbound> {
                &mut parts.outbound
            }
        })*
    };
}

asking!(
    OauthServer,
    OauthResource,
    OauthClient,
    JwtResource,
    JwtServer,
    JwtClient,
    LifecycleResource,
    LifecycleCaller
);

impl Routed for OauthServer {}
impl Routed for OauthResource {}
impl Routed for JwtResource {}
impl Routed for JwtServer {}
impl Routed for LifecycleIssuer {}
impl Routed for LifecycleResource {}
impl Routed for JwtClient {}
impl Calling for OauthClient {}
impl Calling for JwtClient {}
impl Calling for LifecycleCaller {}

fn of_oauth(oauth: oauth::Alterations) -> Alterations {
    Alterations {
        starts: Starts::Oauth,
        oauth,
        ..Alterations::default()
    }
}

fn of_jwt(jwt: jwt::Alterations) -> Alterations {
    Alterations {
        starts: Starts::Jwt,
        jwt,
        ..Alterations::default()
    }
}

fn of_lifecycle(lifecycle: lifecycle::Alterations) -> Alterations {
    Alterations {
        starts: Starts::Lifecycle,
        lifecycle,
        ..Alterations::default()
    }
}
