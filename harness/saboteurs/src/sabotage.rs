//! Puts the alterations of a saboteur together.

mod initiator_side;
pub mod role_side;
pub mod roles;

pub use role_side::{Asking, Calling, Role, RoleSabotage, Routed, is_api};

/// The alterations of an authorization server.
pub type ServerSabotage = RoleSabotage<roles::OauthServer>;
/// The alterations of a resource whose tokens come from one.
pub type ResourceSabotage = RoleSabotage<roles::OauthResource>;
/// The alterations of an OAuth client.
pub type ClientSabotage = RoleSabotage<roles::OauthClient>;
/// The alterations of a resource that takes service JWTs.
pub type JwtResourceSabotage = RoleSabotage<roles::JwtResource>;
/// The alterations of an authorization server that knows clients by their documents.
pub type JwtServerSabotage = RoleSabotage<roles::JwtServer>;
/// The alterations of a client that signs service JWTs.
pub type JwtClientSabotage = RoleSabotage<roles::JwtClient>;
/// The alterations of an issuer of bearers and sessions.
pub type LcIssuerSabotage = RoleSabotage<roles::LifecycleIssuer>;
/// The alterations of a resource elsewhere that takes its bearers.
pub type LcResourceSabotage = RoleSabotage<roles::LifecycleResource>;
/// The alterations of a caller that logs in.
pub type LcCallerSabotage = RoleSabotage<roles::LifecycleCaller>;

use crate::{
    Side,
    inbound::{In, Instead, Layer, Out, around},
    ledger::Ledger,
    message::{Asked, Members, Told, edit},
    outbound::{Answers, Courier, Couriered, Issues},
    store::{Clerk, Clerked},
};
use axum::Router;
use btx_harness::embedded::{Alterations, OutboundSetup, Starts};
use btx_reference::{
    Parts, initiator,
    issuer::Config,
    outbound::{Outbound, OutboundOutcome, OutboundRequest, SetupError},
};
use btx_spec::ProblemType;
use std::{io, net::TcpListener, sync::Arc};

type OnParts = Box<dyn Fn(usize, Parts) -> Parts + Send>;
type OnConfig = Box<dyn Fn(&mut Config) + Send>;
type OnRouter = Box<dyn Fn(usize, Router) -> Router + Send>;
type OnInitiator = Box<dyn Fn(&mut initiator::Config) + Send>;
type Build = Box<dyn Fn(OutboundSetup) -> Result<Arc<dyn Outbound>, SetupError> + Send>;
type OnDoor = Box<dyn Fn(TcpListener) -> io::Result<TcpListener> + Send>;
type OnControl = Box<dyn Fn(Router) -> Router + Send>;

/// The alterations of a saboteur, in the making. What is added later stands further outside.
#[derive(Default)]
pub struct Sabotage {
    side: Side,
    parts: Vec<OnParts>,
    config: Vec<OnConfig>,
    initiator_config: Vec<OnInitiator>,
    router: Vec<OnRouter>,
    outbound: Option<Build>,
    control: Vec<OnControl>,
    door: Option<OnDoor>,
}

impl Sabotage {
    /// The reference, which waits for the answer to a token issue as long as the exchange may take:
    /// on a busy machine it would otherwise send one again that a scenario holds.
    #[must_use]
    pub fn new() -> Self {
        Self::default().config(|c| c.limits.attempt_timeout = c.limits.exchange_deadline)
    }

    /// The reference, whose initiator is altered instead of its issuer.
    #[must_use]
    pub fn of_the_initiator() -> Self {
        Self {
            side: Side::Initiator,
            ..Self::default()
        }
    }

    /// Changes the configuration of the initiator.
    #[must_use]
    pub fn initiator_config(
        mut self,
        alter: impl Fn(&mut initiator::Config) + Send + 'static,
    ) -> Self {
        self.initiator_config.push(Box::new(alter));
        self
    }

    /// Builds another outbound client.
    #[must_use]
    pub fn outbound(
        mut self,
        build: impl Fn(OutboundSetup) -> Result<Arc<dyn Outbound>, SetupError> + Send + 'static,
    ) -> Self {
        self.outbound = Some(Box::new(build));
        self
    }

    /// Puts a layer around the control.
    #[must_use]
    pub fn control(mut self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.control
            .push(Box::new(move |router| around(router, 0, layer.clone())));
        self
    }

    /// Puts a proxy in front of the listeners.
    #[must_use]
    pub fn door(
        mut self,
        proxy: impl Fn(TcpListener) -> io::Result<TcpListener> + Send + 'static,
    ) -> Self {
        self.door = Some(Box::new(proxy));
        self
    }

    /// Changes the configuration.
    #[must_use]
    pub fn config(mut self, alter: impl Fn(&mut Config) + Send + 'static) -> Self {
        self.config.push(Box::new(alter));
        self
    }

    /// Exchanges components of a replica.
    #[must_use]
    pub fn parts(mut self, alter: impl Fn(usize, Parts) -> Parts + Send + 'static) -> Self {
        self.parts.push(Box::new(alter));
        self
    }

    /// Wraps the router of a replica.
    #[must_use]
    pub fn router(mut self, alter: impl Fn(usize, Router) -> Router + Send + 'static) -> Self {
        self.router.push(Box::new(alter));
        self
    }

    /// Puts a layer around all replicas.
    #[must_use]
    pub fn layer(self, layer: impl Layer) -> Self {
        let layer: Arc<dyn Layer> = Arc::new(layer);
        self.router(move |replica, router| around(router, replica, layer.clone()))
    }

    /// Alters what comes in.
    #[must_use]
    pub fn asked(self, alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        self.layer(In(alter))
    }

    /// Alters token calls.
    #[must_use]
    pub fn calls(self, alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        self.asked(move |asked| {
            if asked.is_call() {
                alter(asked);
            }
        })
    }

    /// Alters the members of token calls.
    #[must_use]
    pub fn call_members(self, alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Self {
        self.calls(move |call| call.edit(&alter))
    }

    /// Alters the requests to the resource.
    #[must_use]
    pub fn uses(self, alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        self.asked(move |asked| {
            if asked.is_resource() {
                alter(asked);
            }
        })
    }

    /// Answers some requests in the place of the reference.
    #[must_use]
    pub fn instead(self, answer: impl Fn(&Asked) -> Option<Told> + Send + Sync + 'static) -> Self {
        self.layer(Instead(answer))
    }

    /// Refuses some token calls in the place of the reference.
    #[must_use]
    pub fn refusing(
        self,
        problem: ProblemType,
        which: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.instead(move |asked| (asked.is_call() && which(asked)).then(|| Told::refusal(problem)))
    }

    /// Alters what goes out.
    #[must_use]
    pub fn told(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.layer(Out(Arc::new(alter)))
    }

    /// Alters the answers to token calls.
    #[must_use]
    pub fn call_answers(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.told(move |asked, told| {
            if asked.is_call() {
                alter(asked, told);
            }
        })
    }

    /// Alters the answers of status URLs.
    #[must_use]
    pub fn statuses(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.told(move |asked, told| {
            if asked.is_status() {
                alter(asked, told);
            }
        })
    }

    /// Alters the members of pending answers, to calls and at status URLs.
    #[must_use]
    pub fn pending(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.told(move |asked, told| {
            if told.is(202) {
                alter(asked, told);
            }
        })
    }

    /// Alters the answers of the resource.
    #[must_use]
    pub fn use_answers(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.told(move |asked, told| {
            if asked.is_resource() {
                alter(asked, told);
            }
        })
    }

    /// Gives a problem another status than its own.
    #[must_use]
    pub fn status_of(self, problem: ProblemType, status: u16) -> Self {
        self.told(move |_, told| {
            if told.problem() == Some(problem) {
                told.status(status);
            }
        })
    }

    /// Puts a courier in the place of the outbound client of all replicas.
    #[must_use]
    pub fn courier(self, courier: impl Courier) -> Self {
        let courier: Arc<dyn Courier> = Arc::new(courier);
        self.parts(move |_, mut parts| {
            parts.outbound = Arc::new(Couriered {
                inner: parts.outbound,
                courier: courier.clone(),
            });
            parts
        })
    }

    /// Alters token issues before they leave.
    #[must_use]
    pub fn issues(self, alter: impl Fn(&mut OutboundRequest) + Send + Sync + 'static) -> Self {
        self.courier(Issues(alter))
    }

    /// Alters the members of token issues; the signature stays as it was.
    #[must_use]
    pub fn issue_members(self, alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Self {
        self.issues(move |request| edit(&mut request.body, &alter))
    }

    /// Alters the members of token issues and signs them again.
    #[must_use]
    pub fn issue_signed_again(self, alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Self {
        let ledger = Ledger::default();
        self.noting_calls(&ledger).issues(move |request| {
            edit(&mut request.body, &alter);
            if let Some(signed) = ledger.signed_again(&request.body) {
                request.body = signed;
            }
        })
    }

    /// Makes something else of the answers to token issues.
    #[must_use]
    pub fn issue_answers(
        self,
        read: impl Fn(&OutboundRequest, OutboundOutcome) -> OutboundOutcome + Send + Sync + 'static,
    ) -> Self {
        self.courier(Answers(read))
    }

    /// Notes token calls in a ledger.
    #[must_use]
    pub fn noting_calls(self, ledger: &Ledger) -> Self {
        let ledger = ledger.clone();
        self.calls(move |call| ledger.note_call(&call.body))
    }

    /// Notes token issues in a ledger.
    #[must_use]
    pub fn noting_issues(self, ledger: &Ledger) -> Self {
        let ledger = ledger.clone();
        self.issues(move |request| ledger.note_issue(&request.body))
    }

    /// Puts a clerk before the store of each replica.
    #[must_use]
    pub fn clerk<C: Clerk>(self, clerk: impl Fn(usize) -> Arc<C> + Send + 'static) -> Self {
        self.parts(move |replica, mut parts| {
            parts.store = Arc::new(Clerked {
                inner: parts.store,
                clerk: clerk(replica),
            });
            parts
        })
    }

    /// Puts one clerk before the store of all replicas.
    #[must_use]
    pub fn one_clerk<C: Clerk>(self, clerk: C) -> Self {
        let clerk = Arc::new(clerk);
        self.clerk(move |_| clerk.clone())
    }

    /// What the harness starts the reference with.
    #[must_use]
    pub fn alterations(self) -> Alterations {
        let Self {
            side,
            parts,
            config,
            initiator_config,
            router,
            outbound,
            control,
            door,
        } = self;
        let parts = move |replica: usize, given: Parts| {
            let alter = |given, alter: &OnParts| alter(replica, given);
            parts.iter().fold(given, alter)
        };
        let router = move |replica: usize, given: Router| {
            let alter = |given, alter: &OnRouter| alter(replica, given);
            router.iter().fold(given, alter)
        };
        let mut alterations = Alterations {
            starts: Starts::Exchange,
            config: Box::new(move |given| config.iter().for_each(|alter| alter(given))),
            initiator_config: Box::new(move |given| {
                initiator_config.iter().for_each(|alter| alter(given));
            }),
            control: Box::new(move |given| control.iter().fold(given, |given, alter| alter(given))),
            ..Alterations::default()
        };
        if let Some(outbound) = outbound {
            alterations.outbound = outbound;
        }
        if let Some(door) = door {
            match side {
                Side::Initiator => alterations.initiator_door = door,
                _ => alterations.door = door,
            }
        }
        match side {
            Side::Initiator => {
                alterations.initiator_parts = Box::new(move |given| parts(0, given));
                alterations.initiator_router = Box::new(move |given| router(0, given));
            }
            _ => {
                alterations.parts = Box::new(parts);
                alterations.router = Box::new(router);
            }
        }
        alterations
    }
}
