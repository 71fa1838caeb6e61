//! Registrations as they are told at run time or in a file: what they make of a party, and why one is
//! refused.

use btx_spec::hooks::Registration;
use btx_spec::{HttpsUrl, Identifier};

use crate::duration;
use crate::initiator::IssuerEntry;
use crate::issuer::{Partner, WrongOrigin};
use crate::outbound::Reason;
use crate::store::StoreError;

/// Why a party is not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// A member is not of its form (EX-ANY-001).
    #[error("`{member}`: {why}")]
    Form {
        /// The name of the member.
        member: &'static str,
        /// What is wrong with its value.
        why: &'static str,
    },
    /// An issuer has both `token_call` and `token_issue`, or neither.
    #[error("`token_call` and `token_issue` go together")]
    Incomplete,
    /// It is to be neither an initiator nor an issuer here.
    #[error("it has no part that anybody here could play with")]
    NoRole,
    /// The receive URL has another origin (EX-ISS-001).
    #[error(transparent)]
    WrongOrigin(#[from] WrongOrigin),
    /// The receive URL names an address that no token issue may go to (EX-ISS-005).
    #[error("`receives`: {0}")]
    Address(Reason),
    /// The identifier has its registrant (EX-ANY-003).
    #[error("this identifier is registered already")]
    Taken,
    /// Another issuer is called so.
    #[error("an issuer of this name is registered already")]
    NameTaken,
    /// What an earlier registrant left could not be cleared away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The initiator that the registration makes: there is one if it has `receives`.
///
/// # Errors
/// [`RegistrationError`] when a value is not of its form, or the receive URL of another origin.
pub fn partner(registration: &Registration) -> Result<Option<Partner>, RegistrationError> {
    let Some(receives) = &registration.receives else {
        return Ok(None);
    };
    let identifier = identifier(registration)?;
    let mut partner = Partner::new(identifier, url("receives", receives)?)?;
    if let Some(text) = &registration.token_lifetime {
        let lifetime = duration::parse(text).map_err(|why| RegistrationError::Form {
            member: "token_lifetime",
            why,
        })?;
        partner.token_lifetime = Some(lifetime);
    }
    Ok(Some(partner))
}

/// The issuer that the registration makes: there is one if it has `token_call` and `token_issue`. Its
/// token issues arrive at the first URL of the latter.
///
/// # Errors
/// [`RegistrationError`] when one of the two is missing, or a value is not of its form.
pub fn issuer_entry(registration: &Registration) -> Result<Option<IssuerEntry>, RegistrationError> {
    let (token_call, receives) = match (&registration.token_call, registration.token_issue.first())
    {
        (Some(token_call), Some(receives)) => (token_call, receives),
        (None, None) => return Ok(None),
        _ => return Err(RegistrationError::Incomplete),
    };
    if registration.name.is_empty() {
        return Err(RegistrationError::Form {
            member: "name",
            why: "an issuer needs one",
        });
    }
    Ok(Some(IssuerEntry {
        name: registration.name.clone(),
        identifier: identifier(registration)?,
        token_call: url("token_call", token_call)?,
        receives: url("token_issue", receives)?,
        // That it offers the form is no reason to want it; that it does not is one to go without.
        asynchronous: registration.asynchronous.filter(|offered| !offered),
    }))
}

fn identifier(registration: &Registration) -> Result<Identifier, RegistrationError> {
    Identifier::parse(&registration.identifier).map_err(|error| RegistrationError::Form {
        member: "identifier",
        why: error.why(),
    })
}

fn url(member: &'static str, text: &str) -> Result<HttpsUrl, RegistrationError> {
    HttpsUrl::parse(text).map_err(|error| RegistrationError::Form {
        member,
        why: error.why(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn both() -> Registration {
        Registration {
            name: "shop".to_owned(),
            identifier: "https://shop.example".to_owned(),
            receives: Some("https://shop.example/btx/token-issue".to_owned()),
            asynchronous: Some(false),
            token_lifetime: Some("4s".to_owned()),
            token_call: Some("https://shop.example/btx/token-call".to_owned()),
            token_issue: vec![
                "https://own.example/btx/token-issue".to_owned(),
                "https://own.example:8443/btx/token-issue".to_owned(),
            ],
        }
    }

    #[test]
    fn a_registration_makes_an_initiator_and_an_issuer() {
        let partner = partner(&both()).unwrap().unwrap();
        assert_eq!(partner.identifier.as_str(), "https://shop.example");
        assert_eq!(partner.token_lifetime, Some(Duration::from_secs(4)));
        let issuer = issuer_entry(&both()).unwrap().unwrap();
        assert_eq!(
            issuer.receives.as_str(),
            "https://own.example/btx/token-issue"
        );
        assert_eq!(issuer.asynchronous, Some(false));
    }

    #[test]
    fn what_it_has_no_members_for_it_does_not_make() {
        let bare = Registration {
            receives: None,
            token_call: None,
            token_issue: Vec::new(),
            ..both()
        };
        assert_eq!(partner(&bare), Ok(None));
        assert_eq!(issuer_entry(&bare), Ok(None));
    }

    #[test]
    fn offering_the_asynchronous_form_is_as_good_as_no_word() {
        for offered in [None, Some(true)] {
            let registration = Registration {
                asynchronous: offered,
                ..both()
            };
            let issuer = issuer_entry(&registration).unwrap().unwrap();
            assert_eq!(issuer.asynchronous, None);
        }
    }

    #[test]
    fn wrong_values_are_refused_and_named() {
        type Spoil = fn(&mut Registration);
        let cases: [(Spoil, &str); 6] = [
            (
                |r| r.identifier = "http://shop.example".into(),
                "`identifier`",
            ),
            (
                |r| r.receives = Some("https://shop.example/#x".into()),
                "`receives`",
            ),
            (
                |r| r.receives = Some("https://evil.example/in".into()),
                "the receive URL must have",
            ),
            (|r| r.token_lifetime = Some("4".into()), "`token_lifetime`"),
            (|r| r.token_call = Some("shop".into()), "`token_call`"),
            (|r| r.token_issue.clear(), "go together"),
        ];
        for (spoil, expected) in cases {
            let mut registration = both();
            spoil(&mut registration);
            let wrong = partner(&registration).err();
            let wrong = wrong.or_else(|| issuer_entry(&registration).err());
            let told = wrong.unwrap().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
