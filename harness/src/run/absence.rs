//! What must be absent until the end of the run: judged once more when all scenarios are over.

use super::Context;
use crate::{
    caller::{Outgoing, Pace, request_to},
    lab::{Mailbox, Visit, inbox::Lease},
    steps::{Blame, Failure, answers_followed, sent_twice},
    timeline::{Timeline, What},
    wire::Fields,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Something that must not happen, however late.
#[derive(Debug, Clone)]
pub enum Absence {
    /// No further token issue in a mailbox, and nothing astray at its peer.
    NoIssue {
        /// The mailbox.
        mailbox: Arc<Mailbox>,
        /// How many it may hold.
        allowed: usize,
        /// Whether one of these may come once more.
        again: Again,
        /// The lease of the peer.
        lease: Arc<Lease>,
    },
    /// A token opens nothing.
    DeadToken {
        /// The token.
        token: String,
        /// The timeline of its scenario.
        timeline: Timeline,
    },
    /// A token is not used.
    UnusedToken {
        /// The lease of the peer as an issuer.
        lease: Arc<Lease>,
        /// The token.
        token: String,
    },
    /// No token call comes twice.
    NoRepeatedCall {
        /// The lease of the peer as an issuer.
        lease: Arc<Lease>,
    },
    /// No request for the status, or none after a moment.
    NoPoll {
        /// The lease of the peer as an issuer.
        lease: Arc<Lease>,
        /// After when; without it, none at all.
        after: Option<Instant>,
    },
    /// No connection to an address that is not public.
    NotTouched {
        /// The lease of the peer.
        lease: Arc<Lease>,
    },
    /// No request for a key to where a signed assertion led.
    NotAsked {
        /// The path at the server elsewhere.
        elsewhere: String,
    },
    /// No request to where a redirect led.
    NotReached {
        /// The lease of the peer that answered with the redirect.
        lease: Arc<Lease>,
        /// The path at the server elsewhere.
        elsewhere: String,
    },
}

/// Whether a token issue that has come before may come once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It counts as one too many.
    IsLate,
    /// It belongs to an exchange that is open.
    IsFine,
}

/// How long the resource may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Absence {
    /// That somebody went where a signed assertion said that its key is.
    pub(crate) fn asked() -> Failure {
        Failure::new(
            "no request to where the assertion says that its key is",
            "a request arrived there",
            None,
        )
    }

    /// Judges it now.
    pub(super) async fn judge(&self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::NoIssue {
                mailbox,
                allowed,
                again,
                lease,
            } => {
                let deliveries = match again {
                    Again::IsLate => mailbox
                        .deliveries()
                        .split_off((*allowed).min(mailbox.deliveries().len())),
                    Again::IsFine => mailbox.deliveries_beyond(*allowed),
                };
                let strays = lease.strays();
                let late = deliveries.first().or(strays.first());
                match late {
                    None => Ok(()),
                    Some(late) => Err(Failure::new(
                        "no token issue until the end of the run",
                        "a token issue after the scenario was over",
                        Some(late.event),
                    )
                    .blaming(if *allowed == 0 {
                        Blame::Only("EX-ISS-013")
                    } else {
                        Blame::All
                    })),
                }
            }
            Self::UnusedToken { lease, token } => {
                let uses = lease.desk.uses();
                let used = uses.iter().find(|u| {
                    let head = u.request.head();
                    String::from_utf8_lossy(&head).contains(token.as_str())
                });
                match used {
                    None => Ok(()),
                    Some(used) => Err(Failure::new(
                        "no request with the token until the end of the run",
                        "a request with it",
                        Some(used.event),
                    )),
                }
            }
            Self::NoPoll { lease, after } => {
                let polls = lease.desk.polls();
                let late = |p: &&Visit| after.is_none_or(|after| p.at > after);
                match polls.iter().find(late) {
                    None => Ok(()),
                    Some(poll) => Err(Failure::new(
                        "no request for the status until the end of the run",
                        "one",
                        Some(poll.event),
                    )),
                }
            }
            Self::NotTouched { lease } => match lease.touched().first() {
                None => Ok(()),
                Some(event) => Err(Failure::new(
                    "no connection to an address that is not public, until the end of the run",
                    "a connection",
                    Some(*event),
                )),
            },
            Self::NoRepeatedCall { lease } => sent_twice(&lease.desk.calls()),
            Self::DeadToken { token, timeline } => dead(context, token, timeline).await,
            Self::NotAsked { elsewhere } if context.lab.was_reached_elsewhere(elsewhere) => {
                Err(Self::asked())
            }
            Self::NotAsked { .. } => Ok(()),
            Self::NotReached { lease, elsewhere } => {
                let stray = lease.strays().first().map(|s| s.event);
                if stray.is_some() || context.lab.was_reached_elsewhere(elsewhere) {
                    return Err(answers_followed(stray));
                }
                Ok(())
            }
        }
    }
}

async fn dead(context: &Context, token: &str, timeline: &Timeline) -> Result<(), Failure> {
    for url in context.target.issuer.iter().flat_map(|i| &i.resource) {
        let bearer = format!("Bearer {token}");
        let request = request_to(
            url,
            "GET",
            Fields::from([("authorization", bearer.as_str())]),
            Vec::new(),
        );
        let outgoing = Outgoing {
            url: url.clone(),
            request: request.clone(),
            pace: Pace::Whole,
        };
        let outcome = context.caller.call(outgoing, PATIENCE).await;
        if let crate::caller::Outcome::Answered(response) = outcome
            && (200..300).contains(&response.status)
        {
            timeline.add(
                "at the end of the run",
                "target",
                What::Request(url.to_string(), request),
            );
            let event = timeline.add("target", "at the end of the run", What::Response(response));
            return Err(Failure::new(
                "4xx to a token that is not live, until the end of the run",
                "the token opens the resource",
                Some(event),
            )
            .blaming(Blame::Only("EX-ISS-063")));
        }
    }
    Ok(())
}
