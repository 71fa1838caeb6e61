//! One saboteur: what it breaks, how, and which scenarios have to notice.

use btx_harness::{embedded::Alterations, scenario::Scenario};

/// The role that a saboteur plays badly, and by whose scenarios it is examined.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The issuer, and its resource.
    #[default]
    Issuer,
    /// The initiator.
    Initiator,
    /// The authorization server.
    AuthorizationServer,
    /// The resource whose tokens come from an authorization server.
    Resource,
    /// The client.
    Client,
    /// The resource that takes service JWTs.
    JwtResource,
    /// The authorization server that knows clients by their documents.
    JwtServer,
    /// The client that signs service JWTs.
    JwtClient,
    /// The issuer of bearers and sessions.
    LifecycleIssuer,
    /// The resource elsewhere that takes its bearers.
    LifecycleResource,
    /// The caller that logs in.
    LifecycleCaller,
}

impl Side {
    /// Every side there is.
    pub const ALL: [Self; 11] = [
        Self::Issuer,
        Self::Initiator,
        Self::AuthorizationServer,
        Self::Resource,
        Self::Client,
        Self::JwtResource,
        Self::JwtServer,
        Self::JwtClient,
        Self::LifecycleIssuer,
        Self::LifecycleResource,
        Self::LifecycleCaller,
    ];

    /// Whether a scenario is one of this side. Those about a target in both roles of the exchange are of the
    /// initiator's: they need one that can be set off.
    #[must_use]
    pub fn has(self, scenario: &Scenario) -> bool {
        let has = |tag| scenario.has_tag(tag);
        match self {
            Self::Issuer => has("exchange") && !has("initiator"),
            Self::Initiator => has("exchange") && has("initiator"),
            Self::AuthorizationServer => has("oauth") && has("authorization-server"),
            Self::Resource => has("oauth") && has("resource"),
            Self::Client => has("oauth") && has("client"),
            Self::JwtResource => has("jwt-resource"),
            Self::JwtServer => has("jwt-authorization-server"),
            Self::JwtClient => has("jwt-client"),
            Self::LifecycleIssuer => has("lifecycle-issuer"),
            Self::LifecycleResource => has("lifecycle-resource"),
            Self::LifecycleCaller => has("lifecycle-caller"),
        }
    }

    /// What it is called in the list of saboteurs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Initiator => "initiator",
            Self::AuthorizationServer => "authorization server",
            Self::Resource => "resource",
            Self::Client => "client",
            Self::JwtResource => "resource of service JWTs",
            Self::JwtServer => "authorization server of service JWTs",
            Self::JwtClient => "client of service JWTs",
            Self::LifecycleIssuer => "issuer of sessions",
            Self::LifecycleResource => "resource of bearers",
            Self::LifecycleCaller => "caller with sessions",
        }
    }
}

/// An implementation that breaks one requirement and nothing else.
pub struct Saboteur {
    /// By whose scenarios it is examined.
    pub side: Side,
    /// A name that stays.
    pub name: &'static str,
    /// The id of the requirement that it breaks.
    pub breaks: &'static str,
    /// What it does, in one sentence.
    pub does: &'static str,
    /// What of the reference is exchanged. Made anew for each run.
    pub alterations: fn() -> Alterations,
    /// Words of the scenarios that it concerns; all of its requirement, if there are none.
    pub only: &'static [&'static str],
    /// Words of the scenarios of its requirement that it does not concern.
    pub except: &'static [&'static str],
    /// What it cannot help breaking as well.
    pub extras: Vec<Extra>,
    /// Whether its scenarios run one after the other, since one exchange gets in the way of another.
    pub one_by_one: bool,
}

/// A requirement that a saboteur is blamed for besides its own.
pub struct Extra {
    /// The id of the requirement.
    pub requirement: &'static str,
    /// Words of the names of the scenarios of that requirement that fail. None where only the
    /// scenarios of the saboteur's own requirement blame it.
    pub scenarios: &'static [&'static str],
    /// Why that cannot be helped.
    pub why: &'static str,
}

impl Saboteur {
    /// An issuer that all scenarios of its requirement, and no others, have to notice.
    pub fn new(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::Issuer,
            name,
            breaks,
            does,
            alterations,
            only: &[],
            except: &[],
            extras: Vec::new(),
            one_by_one: false,
        }
    }

    /// The same of an initiator.
    pub fn of_the_initiator(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::Initiator,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of an authorization server.
    pub fn of_the_authorization_server(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::AuthorizationServer,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of an OAuth client.
    pub fn of_the_client(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::Client,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of an OAuth resource.
    pub fn of_the_resource(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::Resource,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of a resource that takes service JWTs.
    pub fn of_the_jwt_resource(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::JwtResource,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of an authorization server that knows clients by their documents.
    pub fn of_the_jwt_server(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::JwtServer,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of a client that signs service JWTs.
    pub fn of_the_jwt_client(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::JwtClient,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of an issuer of bearers and sessions.
    pub fn of_the_lifecycle_issuer(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::LifecycleIssuer,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of a resource elsewhere that takes its bearers.
    pub fn of_the_lc_resource(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::LifecycleResource,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// The same of a caller that logs in.
    pub fn of_the_lc_caller(
        name: &'static str,
        breaks: &'static str,
        does: &'static str,
        alterations: fn() -> Alterations,
    ) -> Self {
        Self {
            side: Side::LifecycleCaller,
            ..Self::new(name, breaks, does, alterations)
        }
    }

    /// Leaves out the scenarios of its requirement that have none of these words in their name or
    /// in a step.
    #[must_use]
    pub fn only(mut self, words: &'static [&'static str]) -> Self {
        self.only = words;
        self
    }

    /// Leaves out the scenarios of its requirement that have one of these words in their name or in
    /// a step.
    #[must_use]
    pub fn except(mut self, words: &'static [&'static str]) -> Self {
        self.except = words;
        self
    }

    /// Declares that scenarios of another requirement notice as well, and why.
    #[must_use]
    pub fn also(
        mut self,
        requirement: &'static str,
        scenarios: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        self.extras.push(Extra {
            requirement,
            scenarios,
            why,
        });
        self
    }

    /// Lets its scenarios run one after the other.
    #[must_use]
    pub fn one_by_one(mut self) -> Self {
        self.one_by_one = true;
        self
    }

    /// Whether a scenario has to turn red and to blame the requirement that is broken.
    #[must_use]
    pub fn breaks_in(&self, scenario: &Scenario) -> bool {
        is_about(scenario, self.breaks)
            && (self.only.is_empty() || has_words(scenario, self.only))
            && !has_words(scenario, self.except)
    }

    /// Whether a scenario has to turn red.
    #[must_use]
    pub fn concerns(&self, scenario: &Scenario) -> bool {
        self.breaks_in(scenario)
            || self.extras.iter().any(|extra| {
                is_about(scenario, extra.requirement) && has_words(scenario, extra.scenarios)
            })
    }
}

/// Whether a scenario carries that requirement.
#[must_use]
pub fn is_about(scenario: &Scenario, requirement: &str) -> bool {
    scenario.has_tag(requirement)
}

/// Whether the name of a scenario, or one of its steps, has one of these words.
#[must_use]
pub fn has_words(scenario: &Scenario, words: &[&str]) -> bool {
    let steps = scenario.steps.iter().map(|step| step.text.as_str());
    std::iter::once(scenario.name.as_str())
        .chain(steps)
        .any(|text| words.iter().any(|word| text.contains(word)))
}
