//! What a login begins: pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::lifecycle::SessionToken;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::judge::Limits;
use crate::lifecycle::sessions::{Digest, NewSession, Session};
use crate::random::{Random, RandomError};

/// The name of an account in the store, which keeps no names: those of accounts that do not exist are whatever
/// people type, passwords among them.
pub fn account(issuer: &str, name: &str) -> Digest {
    let mut hash = Sha256::new();
    for part in ["login", issuer, name] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A session of this subject from now on, and its token: 43 characters made of 32 random bytes (LC-ISS-059). Its
/// name is drawn at random too, and has nothing to do with the token (LC-ISS-004, LC-ISS-005).
///
/// # Errors
/// [`RandomError`] when there is no randomness.
pub fn begin(
    subject: &str,
    limits: &Limits,
    now: i64,
    random: &dyn Random,
) -> Result<(SessionToken, NewSession), RandomError> {
    let mut name = [0; 16];
    random.fill(&mut name)?;
    let mut token = Zeroizing::new([0; 32]);
    random.fill(token.as_mut_slice())?;
    let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(token.as_slice()));
    let token = SessionToken::parse(&token).map_err(|_| RandomError)?;
    let session = Session {
        name: URL_SAFE_NO_PAD.encode(name),
        subject: subject.to_owned(),
        ends_at: now.saturating_add(limits.session),
    };
    let digest = token.digest();
    Ok((token, NewSession { digest, session }))
}
