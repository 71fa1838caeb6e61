//! The algorithms that tokens are signed with.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An algorithm of asymmetric signatures. There is no `none` and nothing symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256 (RFC 7518 section 3.4).
    ES256,
    /// Ed25519 (RFC 8037 section 3.1).
    EdDSA,
    /// RSASSA-PSS with SHA-256 and a salt of 32 octets (RFC 7518 section 3.5).
    PS256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    RS256,
}

/// The text is not the name of one of these algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the algorithm is not one of ES256, EdDSA, PS256 and RS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// Every algorithm, the preferred ones first.
    pub const ALL: [Self; 4] = [Self::ES256, Self::EdDSA, Self::PS256, Self::RS256];

    /// The name of it in a header, in a key and in metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
            Self::RS256 => "RS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Names are told apart by case. `Ed25519` is the younger name of `EdDSA` with that curve (RFC 9864
    /// section 2.2).
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        match name {
            "Ed25519" => Ok(Self::EdDSA),
            _ => Self::ALL
                .into_iter()
                .find(|algorithm| algorithm.name() == name)
                .ok_or(UnknownAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_exactly() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
        for name in [
            "", "none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "es256", "ES256 ",
            "ES384", "RS1", "RS512", "Ed448", "eddsa",
        ] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }
}
