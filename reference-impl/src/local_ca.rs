//! A certificate authority that lives as long as the process: for the demonstration, the tests
//! and the benchmark. Nothing of it is ever written to disk.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::serve::{TlsError, tls_config};

/// A certificate authority with one root.
pub struct LocalCa {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LocalCaError {
    /// The generator refuses.
    #[error("a certificate could not be made: {0}")]
    Generator(#[from] rcgen::Error),
    /// The TLS library refuses what was generated.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl LocalCa {
    /// A new authority with a fresh key.
    ///
    /// # Errors
    /// [`LocalCaError`] when the key or the root certificate cannot be made.
    pub fn new(name: &str) -> Result<Self, LocalCaError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        let root = params.self_signed(&key)?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem: root.pem(),
        })
    }

    /// The root certificate, as a trust anchor for clients.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A fresh key with a certificate for these names or IP addresses, both as PEM.
    ///
    /// # Errors
    /// [`LocalCaError`] when a name is no DNS name.
    pub fn issue_pem(&self, names: &[&str]) -> Result<(String, String), LocalCaError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// What a server with these names or IP addresses needs for TLS.
    ///
    /// # Errors
    /// [`LocalCaError`] when a name is no DNS name.
    pub fn issue(&self, names: &[&str]) -> Result<Arc<rustls::ServerConfig>, LocalCaError> {
        let (certificate, key) = self.issue_pem(names)?;
        Ok(tls_config(certificate.as_bytes(), key.as_bytes())?)
    }
}
