//! What can happen next, and what becomes of it. The machines decide; here messages are carried, and the store
//! keeps its promise: each order takes effect as a whole or not at all.

use std::sync::LazyLock;

use btx_reference::initiator::{Action as InitiatorAction, Answered, Event as InitiatorEvent};
use btx_reference::initiator::{Failure as CallFailure, OnIssue, Outcome};
use btx_reference::issuer::judge::judge;
use btx_reference::issuer::mint::mint;
use btx_reference::issuer::{self, Action as IssuerAction, Ending, Event as IssuerEvent};
use btx_spec::signature::sign;
use btx_spec::{BearerToken, Timestamp, TokenCall, TokenIssue};
use bytes::Bytes;

use super::parties::{MALLORY_RECEIVES, NOW, Of, Party, Same, partners, receives};
use super::promises::Exchanges;
use super::world::{Kept, Message, REPLICAS, Run, RunKey, Token, World};

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// The initiator begins an exchange.
    Begin(Of),
    /// A message arrives; a token call at one of the replicas.
    Arrives(Message, usize),
    /// A replica waits no longer for the answer to a token issue.
    NoAnswer(RunKey),
    /// A replica gets no connection for its token issue.
    NoConnection(RunKey),
    /// The time for a run is over.
    Deadline(RunKey),
    /// The same, and the failure does not get into the store.
    DeadlineUnrecorded(RunKey),
    /// The store writes an activation.
    Written(RunKey),
    /// It does not.
    NotWritten(RunKey),
    /// It may, and does not say so.
    Unsaid(RunKey),
    /// It may, does not say so, and the failure does not get into it either.
    UnsaidUnrecorded(RunKey),
    /// It writes one for which nobody waits any more.
    WrittenLate(Of, Token),
    /// The initiator waits no longer.
    GivesUp(Of),
    /// A replica dies, and is started again.
    Dies(usize),
    /// Mallory passes a token call on, naming that issuer.
    PassesOn(Of, Party),
    /// Mallory sends the initiator a token issue with that token, for an exchange whose key it knows, in the
    /// name of that issuer, to the URL of that issuer.
    Forges(Of, Token, Party, Party),
    /// Mallory answers the initiator's token call.
    Answers(u16),
    /// The initiator uses the token that it has for Mallory.
    UsesAtMallory,
}

/// Everything that can happen next.
pub(crate) fn possible(setting: &Exchanges, world: &World, acts: &mut Vec<Act>) {
    if setting.with_honest && !world.with_honest.begun {
        acts.push(Act::Begin(Of::Honest));
    }
    if setting.with_mallory && !world.with_mallory.begun {
        acts.push(Act::Begin(Of::Mallory));
    }
    for message in world.wire.keys() {
        let places = match message {
            // Replicas are alike as long as nothing has come to any.
            Message::Call { .. } if !world.store.is_empty() => REPLICAS,
            _ => 1,
        };
        acts.extend((0..places).map(|place| Act::Arrives(message.clone(), place)));
    }
    for (key, run) in &world.runs {
        acts.push(Act::Deadline(*key));
        if run.activating.is_some() {
            acts.extend([Act::Written, Act::NotWritten, Act::Unsaid].map(|act| act(*key)));
            if world.losses_left > 0 {
                acts.extend([Act::DeadlineUnrecorded, Act::UnsaidUnrecorded].map(|act| act(*key)));
            }
        } else {
            acts.extend([Act::NoAnswer(*key), Act::NoConnection(*key)]);
        }
    }
    acts.extend(
        world
            .late
            .iter()
            .map(|(of, token)| Act::WrittenLate(*of, *token)),
    );
    for (of, initiated) in [
        (Of::Honest, &world.with_honest),
        (Of::Mallory, &world.with_mallory),
    ] {
        if initiated.begun && !initiated.ended {
            acts.push(Act::GivesUp(of));
        }
    }
    if world.deaths_left > 0 {
        let alive = |replica: &usize| world.runs.keys().any(|(at, _)| at == replica);
        acts.extend((0..REPLICAS).filter(alive).map(Act::Dies));
    }
    mallory(world, acts);
}

fn mallory(world: &World, acts: &mut Vec<Act>) {
    if world
        .with_mallory
        .uses
        .is_some_and(|token| !world.mallory.tokens.contains(&token))
    {
        acts.push(Act::UsesAtMallory);
    }
    if world.mallory.sends_left == 0 {
        return;
    }
    for of in &world.mallory.calls {
        acts.extend([Party::Honest, Party::Mallory].map(|issuer| Act::PassesOn(*of, issuer)));
        if *of == Of::Own {
            continue;
        }
        for token in &world.mallory.tokens {
            for named in [Party::Honest, Party::Mallory] {
                let at = |url| Act::Forges(*of, *token, named, url);
                acts.extend([Party::Honest, Party::Mallory].map(at));
            }
        }
    }
    if world.mallory.calls.contains(&Of::Mallory) && !world.with_mallory.ended {
        acts.extend([204, 502].map(Act::Answers));
    }
}

/// What becomes of the world when that happens; nothing if it makes no difference.
pub(crate) fn happen(setting: &Exchanges, before: &World, act: Act) -> Option<World> {
    let mut world = before.clone();
    match act {
        Act::Begin(of) => begin(setting, &mut world, of),
        Act::Arrives(message, replica) => arrive(setting, &mut world, message, replica),
        Act::NoAnswer(key) => to_run(setting, &mut world, key, IssuerEvent::Unanswered, true),
        Act::NoConnection(key) => no_connection(setting, &mut world, key)?,
        Act::Deadline(key) => over(setting, &mut world, key, true),
        Act::DeadlineUnrecorded(key) => {
            world.losses_left -= 1;
            over(setting, &mut world, key, false);
        }
        Act::Unsaid(key) => unsaid(setting, &mut world, key, true),
        Act::UnsaidUnrecorded(key) => {
            world.losses_left -= 1;
            unsaid(setting, &mut world, key, false);
        }
        Act::Written(key) => written(setting, &mut world, key),
        Act::NotWritten(key) => {
            world.runs.get_mut(&key)?.activating = None;
            to_run(setting, &mut world, key, IssuerEvent::NotActivated, true);
        }
        Act::WrittenLate(of, token) => {
            world.late.remove(&(of, token));
            activate(&mut world, of, token);
        }
        Act::GivesUp(of) => to_initiator(setting, &mut world, of, InitiatorEvent::DeadlinePassed),
        Act::Dies(replica) => dies(&mut world, replica),
        Act::PassesOn(of, issuer) => {
            let mut call = of.call().clone();
            call.issuer = issuer.identifier();
            let body = Bytes::copy_from_slice(&call.to_json());
            let from = Party::Mallory;
            mallory_sends(&mut world, Message::Call { from, body });
        }
        Act::Forges(of, token, named, at) => {
            let body = forged(of, token, named);
            let to = receives(at, setting.one_url_for_all_issuers).to_owned();
            let answer_to = None;
            let issue = Message::Issue {
                to,
                body,
                answer_to,
            };
            mallory_sends(&mut world, issue);
        }
        Act::Answers(status) => {
            let of = Of::Mallory;
            mallory_sends(&mut world, Message::CallAnswer { of, status });
        }
        Act::UsesAtMallory => {
            let token = world.with_mallory.uses?;
            world.mallory.tokens.insert(token);
        }
    }
    (world != *before).then_some(world)
}

fn begin(setting: &Exchanges, world: &mut World, of: Of) {
    let Some(initiated) = world.initiated(of) else {
        return;
    };
    initiated.begun = true;
    let prepare = initiated.machine.start();
    assert_eq!(prepare, [InitiatorAction::Prepare]);
    to_initiator(setting, world, of, InitiatorEvent::Prepared);
}

fn mallory_sends(world: &mut World, message: Message) {
    world.mallory.sends_left -= 1;
    world.send(message, 1);
}

fn forged(of: Of, token: Token, named: Party) -> Bytes {
    let call = of.call();
    let issuer = named.identifier();
    let token = BearerToken::from_random([token; 32]);
    let expires_at = Timestamp::from_unix(NOW + 3600);
    let (initiator, id) = (&call.initiator, &call.exchange_id);
    let issue = TokenIssue {
        version: call.version,
        signature: sign(&call.hmac_key, &issuer, initiator, id, &expires_at, &token),
        exchange_id: call.exchange_id.clone(),
        initiator: call.initiator.clone(),
        issuer,
        bearer_token: token,
        expires_at,
    };
    Bytes::copy_from_slice(&issue.to_json())
}

fn arrive(setting: &Exchanges, world: &mut World, message: Message, replica: usize) {
    if let Some(left) = world.wire.get_mut(&message) {
        *left -= 1;
        if *left == 0 {
            world.wire.remove(&message);
        }
    }
    match message {
        Message::Call { from, body } => called(setting, world, from, &body, replica),
        Message::Issue {
            to,
            body,
            answer_to,
        } if to == MALLORY_RECEIVES => {
            let issue = TokenIssue::parse(&body).unwrap();
            world.mallory.tokens.insert(token_of(&issue));
            answer_issue(world, answer_to, token_of(&issue), 204);
        }
        Message::Issue {
            to,
            body,
            answer_to,
        } => {
            let issue = TokenIssue::parse(&body).unwrap();
            let token = token_of(&issue);
            let status = issued(setting, world, &to, issue);
            answer_issue(world, answer_to, token, status);
        }
        Message::IssueAnswer {
            run,
            attempt,
            token,
            status,
        } => {
            // Whoever waits no longer has closed the connection.
            let waits = world.runs.get(&run).is_some_and(|run| {
                run.attempt == attempt && run.token == token && run.activating.is_none()
            });
            if waits {
                if status != 204 {
                    world.record.dead.insert(token);
                }
                to_run(setting, world, run, IssuerEvent::Answered(status), true);
            }
        }
        Message::CallAnswer { of, status } => {
            let answered = match status {
                204 => Answered::Live,
                status => Answered::Failed(CallFailure::Refused {
                    status,
                    problem: None,
                    retry_after: None,
                }),
            };
            to_initiator(setting, world, of, InitiatorEvent::Answered(answered));
        }
    }
}

/// A token call comes to a replica of the honest issuer.
fn called(setting: &Exchanges, world: &mut World, from: Party, body: &[u8], replica: usize) {
    let meant = TokenCall::parse(body).unwrap();
    let own = match setting.any_audience {
        true => meant.issuer.clone(),
        false => Party::Honest.identifier(),
    };
    let of = Of::with_id(&meant.exchange_id);
    let Ok(admitted) = judge(body, &own, partners(setting.one_url_for_all_issuers)) else {
        return answer_call(world, from, of, 400);
    };
    if world.store.contains_key(&of) {
        return answer_call(world, from, of, 409);
    }
    world.store.insert(of, Kept::Open);
    let token = u8::try_from(replica).unwrap() * 10 + of as u8 + 1;
    let minted = mint(&admitted.call, 3600, NOW, &Same(token)).unwrap();
    world.record.minted.insert((of, token));
    let mut run = Run {
        machine: issuer::Exchange::new(minted),
        caller: from,
        receives: admitted.partner.receives.as_str().to_owned(),
        token,
        attempt: 0,
        activating: None,
    };
    let actions = run.machine.start(false);
    world.runs.insert((replica, of), run);
    perform(setting, world, (replica, of), actions, true);
}

/// A token issue comes to the initiator. Gives the status of its answer.
fn issued(setting: &Exchanges, world: &mut World, at: &str, issue: TokenIssue) -> u16 {
    let of = Of::with_id(&issue.exchange_id);
    let issuer = match of {
        Of::Honest => Party::Honest,
        Of::Mallory => Party::Mallory,
        Of::Own => return 404,
    };
    // EX-INI-044: an exchange is known only at the URL that its own issuer was given.
    if at != receives(issuer, setting.one_url_for_all_issuers) {
        return 404;
    }
    let token = token_of(&issue);
    let Some(initiated) = world.initiated(of).filter(|initiated| initiated.begun) else {
        return 404;
    };
    let answer = match initiated.machine.on_issue(issue, NOW) {
        OnIssue::Hold(_) => initiated.machine.on_held(true),
        other => other,
    };
    match answer {
        OnIssue::Refuse(refusal) => refusal.problem.status(),
        OnIssue::Accept | OnIssue::Hold(_) => {
            initiated.holds = Some(token);
            world.record.accepted.insert(token);
            204
        }
    }
}

fn answer_issue(world: &mut World, to: Option<(RunKey, u8)>, token: Token, status: u16) {
    if let Some((run, attempt)) = to {
        let answer = Message::IssueAnswer {
            run,
            attempt,
            token,
            status,
        };
        world.send(answer, 1);
    }
}

fn answer_call(world: &mut World, to: Party, of: Of, status: u16) {
    if to == Party::Initiator {
        world.send(Message::CallAnswer { of, status }, 1);
    }
}

/// Tells a run what happened, and does what it wants.
fn to_run(setting: &Exchanges, world: &mut World, key: RunKey, event: IssuerEvent, recorded: bool) {
    let Some(run) = world.runs.get_mut(&key) else {
        return;
    };
    let actions = run.machine.on(event);
    perform(setting, world, key, actions, recorded);
}

fn perform(
    setting: &Exchanges,
    world: &mut World,
    key: RunKey,
    actions: Vec<IssuerAction>,
    recorded: bool,
) {
    for action in actions {
        let Some(run) = world.runs.get_mut(&key) else {
            return;
        };
        match action {
            IssuerAction::AnswerPending => {}
            IssuerAction::Post(_) => {
                run.attempt += 1;
                let message = Message::Issue {
                    to: run.receives.clone(),
                    body: run.machine.token_issue(),
                    answer_to: Some((key, run.attempt)),
                };
                let again = run.attempt > 1;
                world.record.resent |= again;
                world.send(message, setting.arrivals);
            }
            IssuerAction::Activate(live) => run.activating = Some(live),
            IssuerAction::Fail(_) => {
                let token = run.token;
                world.record.dead.insert(token);
                if recorded {
                    world.store.insert(key.1, Kept::Failed);
                }
            }
            IssuerAction::Answer(ending) => {
                let (caller, token) = (run.caller, run.token);
                world.runs.remove(&key);
                let status = match ending {
                    Ending::Live => 204,
                    Ending::Failed(_) => 502,
                };
                if ending == Ending::Live {
                    world.record.told_live.insert(token);
                }
                answer_call(world, caller, key.1, status);
            }
        }
    }
}

/// Nothing of the latest token issue was sent.
fn no_connection(setting: &Exchanges, world: &mut World, key: RunKey) -> Option<()> {
    let attempt = world.runs.get(&key)?.attempt;
    let unsent = world
        .wire
        .iter()
        .find_map(|(message, left)| match message {
            Message::Issue { answer_to, .. }
                if *answer_to == Some((key, attempt)) && *left == setting.arrivals =>
            {
                Some(message.clone())
            }
            _ => None,
        })?;
    world.wire.remove(&unsent);
    to_run(setting, world, key, IssuerEvent::Unreachable, true);
    Some(())
}

/// The time for a run is over. An activation that is being written may still be written.
fn over(setting: &Exchanges, world: &mut World, key: RunKey, recorded: bool) {
    leave(setting, world, key, recorded);
    to_run(setting, world, key, IssuerEvent::DeadlinePassed, recorded);
}

/// The store does not say whether it has written an activation.
fn unsaid(setting: &Exchanges, world: &mut World, key: RunKey, recorded: bool) {
    leave(setting, world, key, recorded);
    to_run(setting, world, key, IssuerEvent::NotActivated, recorded);
}

/// Nobody waits for an activation any more. A failure that cannot be recorded is told when the store takes the
/// activation no longer.
fn leave(setting: &Exchanges, world: &mut World, key: RunKey, recorded: bool) {
    if let Some(run) = world.runs.get_mut(&key)
        && run.activating.take().is_some()
        && (recorded || setting.store_takes_what_is_late)
    {
        world.late.insert((key.1, run.token));
    }
}

fn written(setting: &Exchanges, world: &mut World, key: RunKey) {
    let Some(run) = world.runs.get_mut(&key) else {
        return;
    };
    run.activating = None;
    let token = run.token;
    let event = match activate(world, key.1, token) {
        true => IssuerEvent::Activated,
        false => IssuerEvent::NotActivated,
    };
    to_run(setting, world, key, event, true);
}

/// The store makes a token live, if its exchange is open. Gives whether it did.
fn activate(world: &mut World, of: Of, token: Token) -> bool {
    let open = world.store.get(&of) == Some(&Kept::Open);
    if open {
        world.store.insert(of, Kept::Live(token));
    }
    open
}

/// What a replica was doing is lost; what it had ordered from the store may still be done.
fn dies(world: &mut World, replica: usize) {
    world.deaths_left -= 1;
    let lost: Vec<RunKey> = world
        .runs
        .keys()
        .filter(|(at, _)| *at == replica)
        .copied()
        .collect();
    for key in lost {
        if let Some(run) = world.runs.remove(&key)
            && run.activating.is_some()
        {
            world.late.insert((key.1, run.token));
        }
    }
}

/// Tells an exchange of the initiator what happened, and does what it wants.
fn to_initiator(setting: &Exchanges, world: &mut World, of: Of, event: InitiatorEvent) {
    let Some(initiated) = world.initiated(of).filter(|i| i.begun && !i.ended) else {
        return;
    };
    let mut actions = initiated.machine.on(event);
    while let Some(action) = actions.pop() {
        let Some(initiated) = world.initiated(of) else {
            return;
        };
        match action {
            InitiatorAction::Call => {
                let body = Bytes::copy_from_slice(&of.call().to_json());
                if of == Of::Mallory {
                    world.mallory.calls.insert(of);
                } else {
                    let from = Party::Initiator;
                    world.send(Message::Call { from, body }, setting.arrivals);
                }
            }
            InitiatorAction::Adopt => actions = initiated.machine.on(InitiatorEvent::Adopted),
            InitiatorAction::Finish(outcome) => {
                initiated.ended = true;
                if matches!(outcome, Outcome::Active { .. }) {
                    initiated.uses = initiated.holds;
                }
            }
            InitiatorAction::Prepare | InitiatorAction::Ask { .. } | InitiatorAction::Discard => {}
        }
    }
}

/// The byte that the token of an issue is made of.
fn token_of(issue: &TokenIssue) -> Token {
    static TOKENS: LazyLock<Vec<BearerToken>> = LazyLock::new(|| {
        let bytes = 0..=u8::MAX;
        bytes
            .map(|byte| BearerToken::from_random([byte; 32]))
            .collect()
    });
    let place = TOKENS.iter().position(|token| *token == issue.bearer_token);
    place.unwrap().try_into().unwrap()
}
