//! Which addresses an outbound request may go to.
//!
//! A URL that a partner registered may point at anything: at this machine, at the cloud's
//! metadata service, at a printer. So an address is refused unless it is an ordinary public one,
//! or lies in a network that the deployment has declared public.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Whether a request may go to this address.
pub fn is_allowed(address: IpAddr, public_networks: &[Network]) -> bool {
    public_networks
        .iter()
        .any(|network| network.contains(address))
        || !is_special(address)
}

/// Whether the address has a special use: everything in the registries of RFC 6890 that is not
/// globally reachable, multicast, and every IPv6 form that carries an IPv4 address inside.
pub fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4 >= FIRST_NOT_UNICAST_V4
                || SPECIAL_V4
                    .iter()
                    .any(|(base, prefix)| v4_within(v4, Ipv4Addr::from(*base), *prefix))
        }
        // Only 2000::/3 is global unicast at all.
        IpAddr::V6(v6) => {
            !v6_within(v6, Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                || SPECIAL_V6
                    .iter()
                    .any(|(base, prefix)| v6_within(v6, Ipv6Addr::from(*base), *prefix))
        }
    }
}

const SPECIAL_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared by carriers
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, cloud metadata
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 31, 196, 0], 24), // AS112
    ([192, 52, 193, 0], 24), // AMT
    ([192, 88, 99, 0], 24),  // 6to4 relay
    ([192, 168, 0, 0], 16),  // private
    ([192, 175, 48, 0], 24), // AS112
    ([198, 18, 0, 0], 15),   // benchmarking
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
];

/// Multicast, reserved and broadcast are one block at the end of IPv4.
const FIRST_NOT_UNICAST_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 0);

const SPECIAL_V6: [([u16; 8], u32); 6] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments, Teredo
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4: an IPv4 address inside
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), // AS112
    ([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), // returned by the 6bone
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

fn v4_within(address: Ipv4Addr, base: Ipv4Addr, prefix: u32) -> bool {
    u32::from(address).leading_bits(prefix) == u32::from(base).leading_bits(prefix)
}

fn v6_within(address: Ipv6Addr, base: Ipv6Addr, prefix: u32) -> bool {
    u128::from(address).leading_bits(prefix) == u128::from(base).leading_bits(prefix)
}

/// The first bits of an address.
trait LeadingBits: Sized {
    fn leading_bits(self, count: u32) -> Option<Self>;
}

impl LeadingBits for u32 {
    fn leading_bits(self, count: u32) -> Option<Self> {
        self.checked_shr(Self::BITS - count)
    }
}

impl LeadingBits for u128 {
    fn leading_bits(self, count: u32) -> Option<Self> {
        self.checked_shr(Self::BITS - count)
    }
}

/// A network in CIDR form, `127.0.1.0/24` or `2001:db8::/32`. An address alone is a network of
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether the address lies in this network. An IPv6 address with an IPv4 address inside
    /// never lies in an IPv4 network.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => v4_within(address, base, self.prefix),
            (IpAddr::V6(base), IpAddr::V6(address)) => v6_within(address, base, self.prefix),
            _ => false,
        }
    }
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP network such as \"127.0.1.0/24\"")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, prefix) = text
            .split_once('/')
            .map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.parse().map_err(|_| NetworkError)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) => digits.parse().map_err(|_| NetworkError)?,
        };
        if prefix > longest {
            return Err(NetworkError);
        }
        Ok(Self { base, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn special_addresses_are_refused() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.5",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.0.1.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::a00:5",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_special(ip(text)), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_allowed() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
            "2001:4860:4860::8888",
        ] {
            assert!(!is_special(ip(text)), "{text}");
            assert!(is_allowed(ip(text), &[]), "{text}");
        }
    }

    #[test]
    fn a_declared_network_is_public_and_its_neighbours_are_not() {
        let declared = ["127.0.1.0/24".parse().unwrap(), "::1".parse().unwrap()];
        assert!(is_allowed(ip("127.0.1.77"), &declared));
        assert!(is_allowed(ip("::1"), &declared));
        assert!(!is_allowed(ip("127.0.2.1"), &declared));
        assert!(!is_allowed(ip("::ffff:127.0.1.77"), &declared));
        assert!(!is_allowed(ip("::2"), &declared));
    }

    #[test]
    fn a_network_is_read_or_refused() {
        for text in ["0.0.0.0/0", "::/0", "10.1.2.3", "fd00::/8"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/",
            "lab",
            "1.1.1.1/-1",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
    }
}
