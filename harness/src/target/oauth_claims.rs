//! What has to be in a target file for a claim about OAuth.

use super::{
    Claim, PeerKind,
    oauth::{ClientAuth, Oauth, PeerAuth, RegisteredClient, ServerPeer},
};

/// What has to be there for a claim, and what it is in the target file.
pub(super) fn missing_for(claim: Claim, oauth: &Oauth) -> Option<(&'static str, &'static str)> {
    let server = oauth.server.as_ref();
    let resource = oauth.resource.as_ref();
    let client_with =
        |fits: fn(&RegisteredClient) -> bool| server.is_some_and(|s| s.clients.iter().any(fits));
    let peer_with = |fits: fn(&ServerPeer) -> bool| oauth.peers.iter().any(fits);
    let (there, table, what) = match claim {
        Claim::OauthServer => (
            server.is_some(),
            "authorization_server",
            "a table [authorization_server]",
        ),
        Claim::OauthResource => (
            resource.is_some(),
            "resource_server",
            "a table [resource_server]",
        ),
        Claim::OauthClient if oauth.client.is_none() => (false, "client", "a table [client]"),
        Claim::OauthClient | Claim::TakesJwt => (
            peer_with(|p| p.kind == PeerKind::Good),
            "server_peer",
            "a [[server_peer]] of the kind good",
        ),
        Claim::TakesOpaque => (
            peer_with(|p| p.introspection),
            "server_peer.introspection",
            "a [[server_peer]] with `introspection = true`",
        ),
        Claim::ClientSecretPost => (
            client_with(|c| matches!(c.auth, ClientAuth::SecretPost(_))),
            "authorization_server.client",
            "a client with `auth = \"client_secret_post\"`",
        ),
        Claim::PrivateKeyJwt => (
            client_with(|c| matches!(c.auth, ClientAuth::PrivateKeyJwt(_))),
            "authorization_server.client",
            "a client with `auth = \"private_key_jwt\"`",
        ),
        Claim::JwtBearer => (
            server.is_some_and(|s| !s.trusted_issuers.is_empty()),
            "authorization_server.trusted_issuer",
            "a trusted issuer",
        ),
        Claim::ResourceIndicators => (
            server.is_some_and(|s| !s.resources.is_empty()),
            "authorization_server.resources",
            "`resources` in [authorization_server]",
        ),
        Claim::JwtAccessTokens => (
            client_with(|c| c.jwt_tokens),
            "authorization_server.client.jwt_tokens",
            "a client with `jwt_tokens = true`",
        ),
        Claim::Introspection => (
            server.is_some_and(|s| s.introspection.is_some()),
            "authorization_server.introspection",
            "`introspection` in [authorization_server]",
        ),
        Claim::Revocation => (
            server.is_some_and(|s| s.revocation.is_some()),
            "authorization_server.revocation",
            "`revocation` in [authorization_server]",
        ),
        Claim::ServerMetadata => (
            server.is_some_and(|s| s.issuer.is_some() || s.metadata.is_some()),
            "authorization_server.issuer",
            "`issuer` or `metadata` in [authorization_server]",
        ),
        Claim::ResourceMetadata => (
            resource.is_some_and(|r| r.identifier.is_some() || r.metadata.is_some()),
            "resource_server.identifier",
            "`identifier` or `metadata` in [resource_server]",
        ),
        Claim::ApiKeys => (
            resource.is_some_and(|r| r.api_keys.is_some()),
            "resource_server.api_keys",
            "`api_keys` in [resource_server]",
        ),
        Claim::ClientPrivateKeyJwt => (
            peer_with(|p| matches!(p.client.auth, PeerAuth::PrivateKeyJwt(_))),
            "server_peer.client",
            "a [[server_peer]] with `client = { id = \"…\", jwks = \"…\" }`",
        ),
        Claim::ClientDiscovery => (
            peer_with(|p| p.discovery),
            "server_peer.discovery",
            "a [[server_peer]] with `discovery = true`",
        ),
        _ => return None,
    };
    (!there).then_some((table, what))
}
