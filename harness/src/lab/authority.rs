//! The lab's certificate authority, and the good and bad certificates of its peers.

use crate::target::{Authority, PeerKind};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use std::sync::Arc;

/// The name of every authority of the lab.
const AUTHORITY: &str = "BTX lab";
/// The name of every certificate that one has signed. Another than the authority's: OpenSSL takes a
/// certificate whose subject is its issuer for one that is signed by itself.
const LEAF: &str = "BTX lab peer";

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A certificate or key is not usable.
    #[error("the lab's certificate authority cannot be used: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Certificate and key are not those of one authority of the lab.
    #[error("[harness] ca and ca_key are not a pair that `btx init` wrote: {0}")]
    Foreign(String),
    /// TLS refuses the certificate.
    #[error("the lab's certificate cannot be used for TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Makes a new authority of the lab, valid for ten years.
///
/// # Errors
/// When the system has no randomness.
pub fn create() -> Result<Authority, AuthorityError> {
    let key = KeyPair::generate()?;
    let certificate = authority_params()?.self_signed(&key)?;
    Ok(Authority {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

/// What every authority of the lab has in common; only their keys differ.
fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, AUTHORITY);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2044, 1, 1);
    Ok(params)
}

/// A certificate with its key, as PEM.
pub struct Leaf {
    /// The chain, without the authority.
    pub certificate: String,
    /// The key.
    pub key: String,
    der: (CertificateDer<'static>, PrivateKeyDer<'static>),
}

/// Signs a certificate for `names` that are host names or IP addresses.
///
/// # Errors
/// When the authority's PEM is not usable or a name is none.
pub fn sign(authority: &Authority, names: &[String]) -> Result<Leaf, AuthorityError> {
    let issuer = issuer_of(authority)?;
    leaf(names, false, Some(&issuer))
}

fn issuer_of(authority: &Authority) -> Result<Issuer<'static, KeyPair>, AuthorityError> {
    Ok(Issuer::new(
        authority_params()?,
        KeyPair::from_pem(&authority.key)?,
    ))
}

/// Checks that certificates made with the key of an authority are trusted by its certificate.
///
/// # Errors
/// When the two do not belong together, or were not written by `btx init`.
pub fn check(authority: &Authority) -> Result<(), AuthorityError> {
    let name = "check.harness.test";
    let leaf = sign(authority, &[name.to_owned()])?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.certificate.as_bytes()) {
        roots.add(certificate.map_err(|e| AuthorityError::Foreign(e.to_string()))?)?;
    }
    let foreign = |e: &dyn std::fmt::Display| AuthorityError::Foreign(e.to_string());
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots))
        .build()
        .map_err(|e| foreign(&e))?;
    let server_name = ServerName::try_from(name).map_err(|e| foreign(&e))?;
    verifier
        .verify_server_cert(&leaf.der.0, &[], &server_name, &[], UnixTime::now())
        .map(drop)
        .map_err(|e| foreign(&e))
}

fn leaf(
    names: &[String],
    expired: bool,
    issuer: Option<&Issuer<'_, KeyPair>>,
) -> Result<Leaf, AuthorityError> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, LEAF);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = issuer.is_some();
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = if expired {
        date_time_ymd(2025, 1, 1)
    } else {
        date_time_ymd(2044, 1, 1)
    };
    let key = KeyPair::generate()?;
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer)?,
        None => params.self_signed(&key)?,
    };
    let private = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok(Leaf {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        der: (certificate.der().clone(), private),
    })
}

/// The TLS configuration of a peer's listener: the certificate that its kind calls for.
///
/// # Errors
/// When the authority's PEM is not usable.
pub fn peer_config(
    authority: &Authority,
    kind: PeerKind,
    names: &[String],
) -> Result<Arc<ServerConfig>, AuthorityError> {
    let issuer = issuer_of(authority)?;
    let leaf = match kind {
        PeerKind::Good
        | PeerKind::ShortLived
        | PeerKind::Synchronous
        | PeerKind::Named
        | PeerKind::SpecialUse
        | PeerKind::StalledTls => leaf(names, false, Some(&issuer))?,
        PeerKind::ExpiredCert => leaf(names, true, Some(&issuer))?,
        PeerKind::SelfSigned => leaf(names, false, None)?,
        PeerKind::WrongName => leaf(
            &["another-name.harness.test".to_owned()],
            false,
            Some(&issuer),
        )?,
        PeerKind::OtherCa => sign(&create()?, names)?,
    };
    server_config(leaf)
}

/// The TLS configuration of a server with that certificate, speaking HTTP/1.1.
///
/// # Errors
/// When TLS refuses the certificate.
pub fn server_config(leaf: Leaf) -> Result<Arc<ServerConfig>, AuthorityError> {
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der.0], leaf.der.1)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
