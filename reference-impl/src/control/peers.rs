//! The verb `peers`: parties are registered, and removed, with the roles that are played here.

use btx_spec::Identifier;
use btx_spec::hooks::{RefusedPeer, Registration, Report};

use super::Roles;
use crate::registration::{RegistrationError, issuer_entry, partner};

/// Removes parties, then registers others: one that is in both lists begins anew.
pub(super) async fn change(
    roles: &Roles,
    register: &[Registration],
    remove: &[String],
) -> Result<Report, String> {
    for identifier in remove {
        remove_one(roles, identifier).await?;
    }
    let (mut registered, mut refused) = (Vec::new(), Vec::new());
    for registration in register {
        let name = registration.name.clone();
        match register_one(roles, registration).await {
            Ok(()) => registered.push(name),
            Err(why) => refused.push(RefusedPeer {
                name,
                reason: why.to_string(),
            }),
        }
    }
    Ok(Report::Peers {
        registered,
        refused,
    })
}

/// Nobody is registered under an identifier of wrong form, or twice: then there is nothing to remove.
async fn remove_one(roles: &Roles, identifier: &str) -> Result<(), String> {
    let Ok(identifier) = Identifier::parse(identifier) else {
        return Ok(());
    };
    let failed = |error| format!("{identifier} is not removed as it should be: {error}");
    if let Some(issuer) = &roles.issuer {
        issuer.remove(&identifier).await.map_err(failed)?;
    }
    if let Some(initiator) = &roles.initiator {
        initiator.remove(&identifier).await.map_err(failed)?;
    }
    Ok(())
}

/// Registers a party with every role that it has a part for, or with none of them.
async fn register_one(roles: &Roles, of: &Registration) -> Result<(), RegistrationError> {
    let (partner, entry) = (partner(of)?, issuer_entry(of)?);
    let as_partner = roles.issuer.as_ref().zip(partner);
    let as_issuer = roles.initiator.as_ref().zip(entry);
    if as_partner.is_none() && as_issuer.is_none() {
        return Err(RegistrationError::NoRole);
    }
    if let Some((issuer, partner)) = &as_partner {
        issuer.register(partner.clone()).await?;
    }
    if let Some((initiator, entry)) = as_issuer
        && let Err(why) = initiator.register(entry).await
    {
        if let Some((issuer, partner)) = as_partner {
            issuer.remove(&partner.identifier).await?;
        }
        return Err(why);
    }
    Ok(())
}
