//! What an implementation can claim: the roles, and what it may have beside them.

use std::fmt;

/// Something that an implementation can claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Claim {
    /// The exchange, in the role of the issuer, and the resource that its tokens open.
    #[serde(rename = "exchange/issuer")]
    ExchangeIssuer,
    /// The exchange, in the role of the initiator.
    #[serde(rename = "exchange/initiator")]
    ExchangeInitiator,
    /// The asynchronous form of the exchange.
    #[serde(rename = "async")]
    Async,
    /// OAuth, in the role of the authorization server.
    #[serde(rename = "oauth/authorization-server")]
    OauthServer,
    /// OAuth, in the role of the resource server.
    #[serde(rename = "oauth/resource")]
    OauthResource,
    /// OAuth, in the role of the client.
    #[serde(rename = "oauth/client")]
    OauthClient,
    /// An authorization server that takes secrets from the form.
    #[serde(rename = "client-secret-post")]
    ClientSecretPost,
    /// An authorization server whose clients may sign assertions.
    #[serde(rename = "private-key-jwt")]
    PrivateKeyJwt,
    /// An authorization server with the JWT bearer grant.
    #[serde(rename = "jwt-bearer")]
    JwtBearer,
    /// An authorization server that tells resources apart.
    #[serde(rename = "resource-indicators")]
    ResourceIndicators,
    /// An authorization server whose access tokens are JWTs.
    #[serde(rename = "jwt-access-tokens")]
    JwtAccessTokens,
    /// An authorization server that can be asked about tokens.
    #[serde(rename = "introspection")]
    Introspection,
    /// An authorization server at which tokens can be revoked.
    #[serde(rename = "revocation")]
    Revocation,
    /// An authorization server with metadata.
    #[serde(rename = "server-metadata")]
    ServerMetadata,
    /// A resource that reads JWTs of the harness's issuers.
    #[serde(rename = "takes-jwt")]
    TakesJwt,
    /// A resource that asks the harness about tokens.
    #[serde(rename = "takes-opaque")]
    TakesOpaque,
    /// A resource with metadata.
    #[serde(rename = "resource-metadata")]
    ResourceMetadata,
    /// A resource that takes API keys.
    #[serde(rename = "api-keys")]
    ApiKeys,
    /// A client that signs assertions.
    #[serde(rename = "client-private-key-jwt")]
    ClientPrivateKeyJwt,
    /// A client that finds its authorization server by metadata.
    #[serde(rename = "client-discovery")]
    ClientDiscovery,
    /// Service JWTs, in the role of the resource.
    #[serde(rename = "jwt/resource")]
    JwtResource,
    /// Service JWTs, in the role of the authorization server.
    #[serde(rename = "jwt/authorization-server")]
    JwtServer,
    /// Service JWTs, in the role of the client.
    #[serde(rename = "jwt/client")]
    JwtClient,
    /// A resource that hands out access tokens for service JWTs.
    #[serde(rename = "hands-out-tokens")]
    HandsOutTokens,
    /// A resource that wants the tokens of an authorization server.
    #[serde(rename = "wants-tokens")]
    WantsTokens,
    /// A client that uses access tokens which a resource has handed out.
    #[serde(rename = "uses-handed-out-tokens")]
    UsesHandedOutTokens,
    /// A client that asks authorization servers when a resource wants their tokens.
    #[serde(rename = "asks-servers")]
    AsksServers,
    /// Keys and sessions, in the role of the issuer.
    #[serde(rename = "lifecycle/issuer")]
    LifecycleIssuer,
    /// Keys and sessions, in the role of the resource elsewhere.
    #[serde(rename = "lifecycle/resource")]
    LifecycleResource,
    /// Keys and sessions, in the role of the caller.
    #[serde(rename = "lifecycle/caller")]
    LifecycleCaller,
    /// An issuer of bearers that publishes the public halves of its keys.
    #[serde(rename = "publishes-keys")]
    PublishesKeys,
    /// An issuer of bearers that takes a key of the harness when it rotates.
    #[serde(rename = "takes-keys")]
    TakesKeys,
    /// An issuer of bearers at which somebody logs in by HTTP.
    #[serde(rename = "logs-in")]
    LogsIn,
    /// An issuer whose answers have new bearers in `Authorization` as well.
    #[serde(rename = "authorization-field")]
    AuthorizationField,
    /// A caller that reads new bearers from `Authorization` as well.
    #[serde(rename = "reads-authorization-field")]
    ReadsAuthorizationField,
}

impl Claim {
    /// Every claim there is.
    pub const ALL: [Self; 35] = [
        Self::ExchangeIssuer,
        Self::ExchangeInitiator,
        Self::Async,
        Self::OauthServer,
        Self::OauthResource,
        Self::OauthClient,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::JwtBearer,
        Self::ResourceIndicators,
        Self::JwtAccessTokens,
        Self::Introspection,
        Self::Revocation,
        Self::ServerMetadata,
        Self::TakesJwt,
        Self::TakesOpaque,
        Self::ResourceMetadata,
        Self::ApiKeys,
        Self::ClientPrivateKeyJwt,
        Self::ClientDiscovery,
        Self::JwtResource,
        Self::JwtServer,
        Self::JwtClient,
        Self::HandsOutTokens,
        Self::WantsTokens,
        Self::UsesHandedOutTokens,
        Self::AsksServers,
        Self::LifecycleIssuer,
        Self::LifecycleResource,
        Self::LifecycleCaller,
        Self::PublishesKeys,
        Self::TakesKeys,
        Self::LogsIn,
        Self::AuthorizationField,
        Self::ReadsAuthorizationField,
    ];

    /// The claims that stand for a role; the others stand beside one.
    pub const ROLES: [Self; 11] = [
        Self::ExchangeIssuer,
        Self::ExchangeInitiator,
        Self::OauthServer,
        Self::OauthResource,
        Self::OauthClient,
        Self::JwtResource,
        Self::JwtServer,
        Self::JwtClient,
        Self::LifecycleIssuer,
        Self::LifecycleResource,
        Self::LifecycleCaller,
    ];

    /// The claim as it stands in a target file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExchangeIssuer => "exchange/issuer",
            Self::ExchangeInitiator => "exchange/initiator",
            Self::Async => "async",
            Self::OauthServer => "oauth/authorization-server",
            Self::OauthResource => "oauth/resource",
            Self::OauthClient => "oauth/client",
            Self::ClientSecretPost => "client-secret-post",
            Self::PrivateKeyJwt => "private-key-jwt",
            Self::JwtBearer => "jwt-bearer",
            Self::ResourceIndicators => "resource-indicators",
            Self::JwtAccessTokens => "jwt-access-tokens",
            Self::Introspection => "introspection",
            Self::Revocation => "revocation",
            Self::ServerMetadata => "server-metadata",
            Self::TakesJwt => "takes-jwt",
            Self::TakesOpaque => "takes-opaque",
            Self::ResourceMetadata => "resource-metadata",
            Self::ApiKeys => "api-keys",
            Self::ClientPrivateKeyJwt => "client-private-key-jwt",
            Self::ClientDiscovery => "client-discovery",
            Self::JwtResource => "jwt/resource",
            Self::JwtServer => "jwt/authorization-server",
            Self::JwtClient => "jwt/client",
            Self::HandsOutTokens => "hands-out-tokens",
            Self::WantsTokens => "wants-tokens",
            Self::UsesHandedOutTokens => "uses-handed-out-tokens",
            Self::AsksServers => "asks-servers",
            Self::LifecycleIssuer => "lifecycle/issuer",
            Self::LifecycleResource => "lifecycle/resource",
            Self::LifecycleCaller => "lifecycle/caller",
            Self::PublishesKeys => "publishes-keys",
            Self::TakesKeys => "takes-keys",
            Self::LogsIn => "logs-in",
            Self::AuthorizationField => "authorization-field",
            Self::ReadsAuthorizationField => "reads-authorization-field",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
