//! What the peers of the exchange in a target file have to be.

use super::{
    AsIssuer, Peer, PeerKind,
    check::{Checked, Checker},
    file::{PeerTable, peer_of},
};
use btx_spec::{Identifier, ReceiveUrl};
use std::collections::{BTreeSet, HashMap};
use toml::Spanned;
use url::Url;

impl Checker<'_> {
    pub(super) fn peers(
        &self,
        peers: &Spanned<Vec<PeerTable>>,
        plain_http: bool,
    ) -> Checked<Vec<Peer>> {
        let tables = peers.get_ref();
        if !tables.iter().any(|p| p.kind == PeerKind::Good) {
            return self.wrong(
                peers.span(),
                "peer",
                "no peer of the kind good",
                "at least one, better sixteen",
            );
        }
        let mut names = BTreeSet::new();
        let mut identifiers = BTreeSet::new();
        let mut kinds: HashMap<(Option<u16>, Option<String>), (String, bool)> = HashMap::new();
        let mut found = Vec::new();
        for table in tables {
            let name = table.name.get_ref();
            if !names.insert(name.clone()) {
                return self.wrong(
                    table.name.span(),
                    "peer.name",
                    &format!("a second peer \"{name}\""),
                    "a name of its own for each peer",
                );
            }
            let identifier = self.identifier("peer.identifier", &table.as_initiator.identifier)?;
            if !identifiers.insert(identifier) {
                return self.wrong(
                    table.as_initiator.identifier.span(),
                    "peer.identifier",
                    "the identifier of another peer",
                    "an identifier of its own for each peer",
                );
            }
            let receives = self.receives(table)?;
            let shares = table.kind.shares_its_port();
            // The others all listen at one address.
            let address = receives.host_str().map(str::to_owned);
            let address = address.filter(|_| table.kind == PeerKind::SpecialUse);
            let port = (receives.port_or_known_default(), address);
            if let Some((other, other_shares)) = kinds.get(&port)
                && (!shares || !other_shares)
            {
                return self.wrong(
                    table.as_initiator.receives.span(),
                    "peer.receives",
                    &format!("the port of the peer \"{other}\""),
                    "a port of its own for a peer of that kind: a port shows one certificate, and what comes to it has to be told apart",
                );
            }
            kinds.insert(port, (name.clone(), shares));
            let as_issuer = self.as_issuer(table, &receives, plain_http)?;
            found.push(peer_of(table, receives, as_issuer));
        }
        Ok(found)
    }

    /// What a peer is as an issuer: at the same place as its receive URL.
    fn as_issuer(
        &self,
        table: &PeerTable,
        receives: &Url,
        plain_http: bool,
    ) -> Checked<Option<AsIssuer>> {
        let Some(issuer) = &table.as_issuer else {
            return Ok(None);
        };
        let token_call = self.url("peer.token_call", &issuer.token_call, false)?;
        if token_call.origin() != receives.origin() {
            return self.wrong(
                issuer.token_call.span(),
                "peer.as_issuer",
                &format!("\"{token_call}\""),
                "a URL with the scheme, host and port of the peer's receive URL",
            );
        }
        let token_issue = table.token_issue.iter();
        let token_issue: Checked<Vec<Url>> = token_issue
            .map(|url| self.url("peer.token_issue", url, plain_http))
            .collect();
        let token_issue = token_issue?;
        if token_issue.is_empty() {
            return self.wrong(
                issuer.token_call.span(),
                "peer.token_issue",
                "nothing",
                "the target's URLs for the token issues of this peer, one for each replica",
            );
        }
        Ok(Some(AsIssuer {
            identifier: self.identifier("peer.as_issuer", &issuer.identifier)?,
            token_call,
            token_issue,
        }))
    }

    fn receives(&self, table: &PeerTable) -> Checked<Url> {
        let text = &table.as_initiator.receives;
        let same_origin = ReceiveUrl::parse(text.get_ref()).is_ok_and(|url| {
            Identifier::parse(table.as_initiator.identifier.get_ref())
                .is_ok_and(|identifier| identifier.origin() == url.origin())
        });
        match Url::parse(text.get_ref()) {
            Ok(url) if same_origin => Ok(url),
            _ => self.wrong(
                text.span(),
                "peer.receives",
                &format!("\"{}\"", text.get_ref()),
                "an https URL with the scheme, host and port of the peer's identifier",
            ),
        }
    }
}
