//! The scripts that the store runs: each takes effect as a whole or not at all.

use std::sync::OnceLock;

/// Whether a script changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only reads.
    Reads,
    /// It only reads, and what it has read is told to others: so that has to be on the copies as well.
    Tells,
    /// It changes something, which has to be on as many copies as the deployment wants.
    Writes,
}

/// A script.
pub(super) struct Script {
    body: &'static str,
    pub(super) kind: Kind,
    whole: OnceLock<(String, redis::Script)>,
}

impl Script {
    const fn reads(body: &'static str) -> Self {
        Self {
            body,
            kind: Kind::Reads,
            whole: OnceLock::new(),
        }
    }

    const fn tells(body: &'static str) -> Self {
        Self {
            body,
            kind: Kind::Tells,
            whole: OnceLock::new(),
        }
    }

    const fn writes(body: &'static str) -> Self {
        Self {
            body,
            kind: Kind::Writes,
            whole: OnceLock::new(),
        }
    }

    /// Its text, and what the store makes of that.
    fn whole(&self) -> &(String, redis::Script) {
        self.whole.get_or_init(|| {
            let code = format!("{}{}", include_str!("lua/prelude.lua"), self.body);
            let script = redis::Script::new(&code);
            (code, script)
        })
    }

    /// The name by which the store knows it.
    pub(super) fn hash(&self) -> &str {
        self.whole().1.get_hash()
    }

    /// Its text.
    pub(super) fn code(&self) -> &str {
        &self.whole().0
    }
}

pub(super) static BEGIN: Script = Script::writes(include_str!("lua/begin.lua"));
pub(super) static ACTIVATE: Script = Script::writes(include_str!("lua/activate.lua"));
pub(super) static FAIL: Script = Script::writes(include_str!("lua/fail.lua"));
pub(super) static REVOKE: Script = Script::writes(include_str!("lua/revoke.lua"));
pub(super) static STATUS: Script = Script::tells(include_str!("lua/status.lua"));
pub(super) static FIELDS: Script = Script::reads(include_str!("lua/fields.lua"));
pub(super) static HOLD: Script = Script::writes(include_str!("lua/hold.lua"));
pub(super) static ADOPT: Script = Script::writes(include_str!("lua/adopt.lua"));
pub(super) static DISCARD: Script = Script::writes(include_str!("lua/discard.lua"));
pub(super) static FORGET: Script = Script::writes(include_str!("lua/forget.lua"));
pub(super) static PUT: Script = Script::writes(include_str!("lua/put.lua"));
pub(super) static DELETE: Script = Script::writes(include_str!("lua/delete.lua"));
pub(super) static REMEMBER: Script = Script::writes(include_str!("lua/remember.lua"));
pub(super) static REMEMBERS: Script = Script::reads(include_str!("lua/remembers.lua"));
pub(super) static SESSION_BEGIN: Script = Script::writes(include_str!("lua/session_begin.lua"));
pub(super) static SESSION_BY_DIGEST: Script =
    Script::reads(include_str!("lua/session_by_digest.lua"));
pub(super) static SESSION_RENEW: Script = Script::writes(include_str!("lua/session_renew.lua"));
pub(super) static SESSION_END: Script = Script::writes(include_str!("lua/session_end.lua"));
pub(super) static SESSION_END_ALL: Script = Script::writes(include_str!("lua/session_end_all.lua"));
pub(super) static ATTEMPT: Script = Script::writes(include_str!("lua/attempt.lua"));
pub(super) static RING_WRITE: Script = Script::writes(include_str!("lua/ring_write.lua"));

/// All of them: they are loaded together, so that a store that lacks one has lost its memory.
pub(super) static ALL: [&Script; 21] = [
    &BEGIN,
    &ACTIVATE,
    &FAIL,
    &REVOKE,
    &STATUS,
    &FIELDS,
    &HOLD,
    &ADOPT,
    &DISCARD,
    &FORGET,
    &PUT,
    &DELETE,
    &REMEMBER,
    &REMEMBERS,
    &SESSION_BEGIN,
    &SESSION_BY_DIGEST,
    &SESSION_RENEW,
    &SESSION_END,
    &SESSION_END_ALL,
    &ATTEMPT,
    &RING_WRITE,
];

/// Begins an epoch; the only one that runs without one.
pub(super) const EPOCH: &str = include_str!("lua/epoch.lua");
