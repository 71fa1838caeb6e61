//! What an inspection says of one rule.

use btx_spec::jwt::{GRANT_TYPE_JWT, Role, SERVICE_TYPE};
use serde::Serialize;

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// It is kept.
    Right,
    /// It is broken.
    Wrong,
    /// It cannot be judged here.
    Open,
}

/// One rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What became of it.
    pub verdict: Verdict,
    /// The id of the requirement, where it is one.
    pub requirement: Option<&'static str>,
    /// What was found.
    pub says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// A rule that is kept.
    pub(super) fn right(requirement: Option<&'static str>, says: impl Into<String>) -> Self {
        Self::new(Verdict::Right, requirement, says.into(), None)
    }

    /// A rule that is broken, and what to do about it.
    pub(super) fn wrong(
        requirement: Option<&'static str>,
        says: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(
            Verdict::Wrong,
            requirement,
            says.into(),
            Some(advice.into()),
        )
    }

    /// A rule that cannot be judged, and why.
    pub(super) fn open(requirement: Option<&'static str>, says: impl Into<String>) -> Self {
        Self::new(Verdict::Open, requirement, says.into(), None)
    }

    fn new(
        verdict: Verdict,
        requirement: Option<&'static str>,
        says: String,
        advice: Option<String>,
    ) -> Self {
        Self {
            verdict,
            requirement,
            says,
            advice,
        }
    }
}

/// What the JWT is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A service JWT, for a resource.
    Service,
    /// An assertion, for an authorization server.
    Grant,
}

impl Kind {
    /// The `typ` of such a JWT.
    pub(super) fn typ(self) -> &'static str {
        match self {
            Self::Service => SERVICE_TYPE,
            Self::Grant => GRANT_TYPE_JWT,
        }
    }

    /// Who judges it.
    pub(super) fn verifier(self) -> Role {
        match self {
            Self::Service => Role::Resource,
            Self::Grant => Role::AuthorizationServer,
        }
    }

    /// The requirement of the one who judges it.
    pub(super) fn pick(self, resource: &'static str, server: &'static str) -> Option<&'static str> {
        match self {
            Self::Service => Some(resource),
            Self::Grant => Some(server),
        }
    }
}
