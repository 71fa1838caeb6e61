//! What has to be in a target file for a claim about service JWTs.

use super::{
    Claim, PeerKind,
    jwt::{Flow, Jwt},
    oauth::Oauth,
};

/// What has to be there for a claim, and what it is in the target file.
pub(super) fn missing_for(
    claim: Claim,
    oauth: &Oauth,
    jwt: &Jwt,
) -> Option<(&'static str, &'static str)> {
    let resource = jwt.resource.as_ref();
    let server = oauth.server.as_ref();
    let peer_with = |flow| {
        let mut peers = jwt.peers.iter();
        peers.any(|p| p.kind == PeerKind::Good && p.flow == flow)
    };
    let documents = (
        jwt.documents.is_some(),
        "documents",
        "a table [documents], where the harness publishes documents of clients",
    );
    let needed: &[(bool, &'static str, &'static str)] = match claim {
        Claim::JwtResource => &[
            (resource.is_some(), "jwt_resource", "a table [jwt_resource]"),
            documents,
        ],
        Claim::JwtServer => &[
            (
                server.is_some(),
                "authorization_server",
                "a table [authorization_server]",
            ),
            (
                server.is_some_and(|s| s.issuer.is_some()),
                "authorization_server.issuer",
                "`issuer` in [authorization_server], the audience of assertions",
            ),
            (
                server.is_some_and(|s| !s.resources.is_empty()),
                "authorization_server.resources",
                "`resources` in [authorization_server]",
            ),
            documents,
        ],
        Claim::JwtClient => &[
            (jwt.client.is_some(), "jwt_client", "a table [jwt_client]"),
            (
                peer_with(Flow::Alone),
                "jwt_peer",
                "a good [[jwt_peer]] with `flow = \"alone\"`",
            ),
        ],
        Claim::HandsOutTokens => &[(resource.is_some(), "jwt_resource", "a table [jwt_resource]")],
        Claim::WantsTokens => &[
            (
                resource.is_some_and(|r| r.wants_token.is_some()),
                "jwt_resource.wants_token",
                "`wants_token` in [jwt_resource]",
            ),
            (
                resource.is_some_and(|r| r.server.is_some()),
                "jwt_resource.server",
                "`server` in [jwt_resource]",
            ),
        ],
        Claim::UsesHandedOutTokens => &[(
            peer_with(Flow::HandsOut),
            "jwt_peer",
            "a good [[jwt_peer]] with `flow = \"hands-out\"`",
        )],
        Claim::AsksServers => &[(
            peer_with(Flow::Server),
            "jwt_peer",
            "a good [[jwt_peer]] with `flow = \"server\"`",
        )],
        _ => &[],
    };
    let missing = needed.iter().find(|(there, ..)| !there);
    missing.map(|(_, table, what)| (*table, *what))
}
