//! What the replicas of an issuer of bearers remember of sessions.

use futures::FutureExt as _;

use super::SharedStore;
use super::link::Broken;
use super::names::digest_text;
use super::script::{
    ATTEMPT, DELETE, FIELDS, SESSION_BEGIN, SESSION_BY_DIGEST, SESSION_END, SESSION_END_ALL,
    SESSION_RENEW,
};
use crate::lifecycle::sessions::{
    Attempt, Attempts, Digest, NewSession, Outcome, Renewal, Session, SessionStore, SessionsError,
};

impl From<Broken> for SessionsError {
    fn from(broken: Broken) -> Self {
        match broken.is_full() {
            true => Self::Full,
            false => Self::Broken(broken.0),
        }
    }
}

impl SessionStore for SharedStore {
    fn begin(&self, new: NewSession, now: i64) -> Outcome<'_, ()> {
        async move {
            let (session, digest) = (new.session, digest_text(&new.digest));
            let keys = [
                of_name(&session.name),
                of_digest(&digest),
                of_subject(&session.subject),
            ];
            let arguments = [
                session.name,
                session.subject,
                session.ends_at.to_string(),
                digest,
                now.to_string(),
            ];
            let arguments: Vec<&[u8]> = arguments.iter().map(String::as_bytes).collect();
            let _: u8 = self.link.run(&SESSION_BEGIN, &keys, &arguments).await?;
            Ok(())
        }
        .boxed()
    }

    fn by_digest(&self, digest: Digest, now: i64) -> Outcome<'_, Option<Session>> {
        async move {
            let keys = [of_digest(&digest_text(&digest)), of_name("")];
            let found: Vec<Option<String>> = self.link.run(&SESSION_BY_DIGEST, &keys, &[]).await?;
            let [Some(name), Some(subject), Some(ends_at)] = found.as_slice() else {
                return Ok(None);
            };
            let session = Session {
                name: name.clone(),
                subject: subject.clone(),
                ends_at: number(ends_at)?,
            };
            Ok(Some(session).filter(|session| now < session.ends_at))
        }
        .boxed()
    }

    fn subject_of(&self, name: &str, now: i64) -> Outcome<'_, Option<String>> {
        let keys = [of_name(name)];
        async move {
            let fields: [&[u8]; 2] = [b"subject", b"ends_at"];
            let found: Vec<Option<String>> = self.link.run(&FIELDS, &keys, &fields).await?;
            let [Some(subject), Some(ends_at)] = found.as_slice() else {
                return Ok(None);
            };
            let lives = now < number(ends_at)?;
            Ok(lives.then(|| subject.clone()))
        }
        .boxed()
    }

    fn renew(&self, name: &str, wanted: Renewal, reuse_from: i64) -> Outcome<'_, Option<Renewal>> {
        let keys = [of_name(name)];
        async move {
            let arguments =
                [wanted.issued_at, wanted.expires_at, reuse_from].map(|at| at.to_string());
            let arguments = arguments.each_ref().map(String::as_bytes);
            let found: Vec<String> = self.link.run(&SESSION_RENEW, &keys, &arguments).await?;
            let [issued_at, expires_at] = found.as_slice() else {
                return Ok(None);
            };
            Ok(Some(Renewal {
                issued_at: number(issued_at)?,
                expires_at: number(expires_at)?,
            }))
        }
        .boxed()
    }

    fn end(&self, name: &str, now: i64) -> Outcome<'_, bool> {
        let (keys, name) = (
            [of_name(name), of_digest(""), of_subject("")],
            name.to_owned(),
        );
        async move {
            let now = now.to_string();
            let arguments = [name.as_bytes(), now.as_bytes()];
            let lived: u8 = self.link.run(&SESSION_END, &keys, &arguments).await?;
            Ok(lived == 1)
        }
        .boxed()
    }

    fn end_all(&self, subject: &str) -> Outcome<'_, ()> {
        let keys = [of_subject(subject), of_name(""), of_digest("")];
        async move {
            let _: u8 = self.link.run(&SESSION_END_ALL, &keys, &[]).await?;
            Ok(())
        }
        .boxed()
    }

    fn attempt(&self, account: Digest, now: i64, allowed: Attempts) -> Outcome<'_, Attempt> {
        async move {
            let keys = [of_account(&account)];
            let arguments = [
                now.to_string(),
                allowed.most.to_string(),
                allowed.pause.to_string(),
            ];
            let arguments = arguments.each_ref().map(String::as_bytes);
            match self.link.run(&ATTEMPT, &keys, &arguments).await? {
                0_u32 => Ok(Attempt::Go),
                seconds => Ok(Attempt::Wait(seconds)),
            }
        }
        .boxed()
    }

    fn let_in(&self, account: Digest) -> Outcome<'_, ()> {
        async move {
            let _: u8 = self.link.run(&DELETE, &[of_account(&account)], &[]).await?;
            Ok(())
        }
        .boxed()
    }
}

fn of_name(name: &str) -> String {
    format!("session:{name}")
}

fn of_digest(digest: &str) -> String {
    format!("session-token:{digest}")
}

fn of_subject(subject: &str) -> String {
    format!("sessions:{subject}")
}

fn of_account(account: &Digest) -> String {
    format!("account:{}", digest_text(account))
}

fn number(text: &str) -> Result<i64, SessionsError> {
    let strange = |_| SessionsError::Broken(super::STRANGE.to_owned());
    text.parse().map_err(strange)
}
