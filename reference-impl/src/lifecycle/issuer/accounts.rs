//! Who may log in, and the passwords of these, as the issuer keeps them.

use std::collections::HashMap;
use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{ARGON2ID_IDENT, Argon2, Params, Version};

use crate::random::{Random, RandomError};

/// A password, kept as its Argon2id hash.
///
/// The secret of a client is drawn at random and kept as a fast keyed hash. A password is chosen by a person,
/// so that a thief of the table would find it by trying what people choose. Each try is to cost time and
/// memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(PasswordHash);

/// What one try of a password costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, in KiB.
    pub memory: u32,
    /// How often that memory is gone through.
    pub passes: u32,
}

impl Default for HashCost {
    /// What OWASP recommends: 19 MiB, twice.
    fn default() -> Self {
        Self {
            memory: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
        }
    }
}

impl HashCost {
    fn params(self) -> Result<Params, PasswordError> {
        Params::new(self.memory, self.passes, 1, None).map_err(|_| PasswordError::Cost)
    }
}

/// A password cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The hash would cost less than it can, or more.
    #[error("a password hash cannot have that cost")]
    Cost,
    /// The text is no hash of the right kind.
    #[error("it is no Argon2id hash in the form of PHC")]
    NoHash,
    /// No salt could be made for it.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Password {
    /// The hash of `password`, with a salt of its own.
    ///
    /// # Errors
    /// [`PasswordError`] when the cost is impossible, or no salt can be made.
    pub fn of(password: &str, cost: HashCost, random: &dyn Random) -> Result<Self, PasswordError> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        let hash = Argon2::from(cost.params()?).hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(Self).map_err(|_| PasswordError::Cost)
    }

    /// Reads a hash as configuration files have it: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    ///
    /// # Errors
    /// [`PasswordError::NoHash`] when it is none of Argon2id, or is not whole.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let hash = PasswordHash::new(text).map_err(|_| PasswordError::NoHash)?;
        let whole = hash.algorithm == ARGON2ID_IDENT
            && hash.salt.is_some()
            && hash.hash.is_some()
            && Params::try_from(&hash).is_ok();
        whole.then_some(Self(hash)).ok_or(PasswordError::NoHash)
    }

    /// What is compared with the password for an account that does not exist. It costs as much as any other
    /// (LC-ISS-054), and nobody knows a password that it fits.
    fn decoy(cost: HashCost) -> Result<Self, PasswordError> {
        let params = cost.params()?;
        let hash = || {
            Some(PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(params).ok()?,
                salt: Some(Salt::new(&[0; 16]).ok()?),
                hash: Some(Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).ok()?),
            })
        };
        hash().map(Self).ok_or(PasswordError::Cost)
    }

    /// Whether it is the hash of `password`; the hashes are compared in constant time. It takes as long as it
    /// is meant to.
    pub fn fits(&self, password: &str) -> bool {
        Argon2::default()
            .verify_password(password.as_bytes(), &self.0)
            .is_ok()
    }
}

/// As configuration files have it.
impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A hash can be tried out, so none of it is shown.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Every account, by its name.
#[derive(Debug, Clone)]
pub struct Accounts {
    passwords: HashMap<String, Password>,
    decoy: Password,
}

impl Accounts {
    /// No accounts yet. Their passwords are to be hashed at this cost, as is what an unknown name is judged by.
    ///
    /// # Errors
    /// [`PasswordError::Cost`] when the cost is impossible.
    pub fn new(cost: HashCost) -> Result<Self, PasswordError> {
        Ok(Self {
            passwords: HashMap::new(),
            decoy: Password::decoy(cost)?,
        })
    }

    /// Adds an account, or gives it another password.
    pub fn add(&mut self, name: &str, password: Password) {
        self.passwords.insert(name.to_owned(), password);
    }

    /// Whether this is the password of this account. One that does not exist has none, and is as long in saying
    /// so (LC-ISS-054).
    pub(super) fn fits(&self, name: &str, password: &str) -> bool {
        let kept = self.passwords.get(name);
        kept.unwrap_or(&self.decoy).fits(password)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::random::SystemRandom;

    const COST: HashCost = HashCost {
        memory: 8,
        passes: 1,
    };

    fn kept(password: &str) -> Password {
        Password::of(password, COST, &SystemRandom).unwrap()
    }

    #[test]
    fn only_the_password_itself_fits() {
        let kept = kept("pa55 wörd");
        assert!(kept.fits("pa55 wörd"));
        for wrong in ["", "pa55 wörd ", "Pa55 wörd", "pa55 wo\u{308}rd"] {
            assert!(!kept.fits(wrong), "{wrong}");
        }
    }

    #[test]
    fn hashes_are_salted_and_are_read_again() {
        let once = kept("password");
        assert_ne!(once, kept("password"));
        let text = once.to_string();
        assert!(text.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{text}");
        let again = Password::parse(&text).unwrap();
        assert!(again.fits("password") && !again.fits("passwords"));
        assert!(!format!("{again:?}").contains("argon2"));
    }

    #[test]
    fn other_hashes_are_not_read() {
        let text = kept("password").to_string();
        let (without_output, _) = text.rsplit_once('$').unwrap();
        for wrong in [
            "",
            "password",
            without_output,
            &text.replace("argon2id", "argon2i"),
            &text.replace("m=8", "m=1"),
        ] {
            assert_eq!(
                Password::parse(wrong),
                Err(PasswordError::NoHash),
                "{wrong}"
            );
        }
        let nothing = HashCost {
            memory: 0,
            passes: 0,
        };
        assert!(Accounts::new(nothing).is_err());
    }

    /// LC-ISS-053, LC-ISS-054
    #[test]
    fn an_unknown_name_is_judged_by_a_hash_of_the_same_cost_and_fits_nothing() {
        let mut accounts = Accounts::new(COST).unwrap();
        accounts.add("anna", kept("password"));
        assert!(accounts.fits("anna", "password"));
        for (name, password) in [("anna", "Password"), ("bert", "password"), ("bert", "")] {
            assert!(!accounts.fits(name, password), "{name}");
        }
        let cost = |password: &Password| password.0.params.to_string();
        assert_eq!(cost(&accounts.decoy), cost(&kept("password")));
    }
}
