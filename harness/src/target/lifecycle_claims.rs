//! What has to be in a target file for a claim about keys and sessions.

use super::{Claim, Control, PeerKind, Verb, lifecycle::Lifecycle};

/// What has to be there for a claim, and what it is in the target file.
pub(super) fn missing_for(
    claim: Claim,
    lifecycle: &Lifecycle,
    control: Option<&Control>,
) -> Option<(&'static str, &'static str)> {
    let Lifecycle {
        issuers,
        accounts,
        resource,
        signers,
        caller,
        peers,
    } = lifecycle;
    let issuer = (
        !issuers.is_empty(),
        "session_issuer",
        "a table [[session_issuer]]",
    );
    let rotates = control.is_some_and(|c| c.verbs.contains(&Verb::Rotate));
    let needed: &[(bool, &'static str, &'static str)] = match claim {
        Claim::LifecycleIssuer => &[
            issuer,
            (
                !accounts.is_empty(),
                "account",
                "a table [[account]]: somebody has to be able to log in",
            ),
        ],
        Claim::LifecycleResource => &[
            (
                resource.is_some(),
                "session_resource",
                "a table [session_resource]",
            ),
            (
                !signers.is_empty(),
                "session_signer",
                "a table [[session_signer]]",
            ),
        ],
        Claim::LifecycleCaller | Claim::ReadsAuthorizationField => &[
            (
                caller.is_some(),
                "session_caller",
                "a table [session_caller]",
            ),
            (
                peers.iter().any(|peer| peer.kind == PeerKind::Good),
                "session_peer",
                "a good [[session_peer]]",
            ),
        ],
        Claim::PublishesKeys => &[(
            issuers.iter().any(|issuer| issuer.key_set.is_some()),
            "session_issuer.key_set",
            "`key_set` in a [[session_issuer]]",
        )],
        Claim::TakesKeys => &[
            issuer,
            (
                rotates,
                "control",
                "a table [control] whose verbs have \"rotate\"",
            ),
        ],
        Claim::LogsIn => &[(
            issuers.iter().any(|issuer| !issuer.login.is_empty()),
            "session_issuer.login",
            "`login` in a [[session_issuer]]",
        )],
        Claim::AuthorizationField => &[(
            issuers.iter().any(|issuer| issuer.authorization_field),
            "session_issuer.authorization_field",
            "`authorization_field = true` in a [[session_issuer]]",
        )],
        _ => &[],
    };
    let missing = needed.iter().find(|(there, ..)| !there);
    missing.map(|(_, table, what)| (*table, *what))
}
