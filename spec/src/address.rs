//! Special-use addresses: those to which no message of the protocol is sent unless the
//! deployment declares their network public.
//!
//! The list is the part of IANA's special-purpose registries (RFC 6890) that is not
//! globally reachable, with multicast, reserved space and every form of IPv6 address
//! that carries an IPv4 address in it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 network: its first address and the length of its prefix.
type Network4 = (Ipv4Addr, u32);
/// An IPv6 network: its first address and the length of its prefix.
type Network6 = (Ipv6Addr, u32);

const SPECIAL_4: [Network4; 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network, RFC 791
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private use, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared address space, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback, RFC 1122
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link local, RFC 3927
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private use, RFC 1918
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // IETF protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation, RFC 5737
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays, RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private use, RFC 1918
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation, RFC 5737
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast, RFC 5771
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, RFC 1112
    (Ipv4Addr::BROADCAST, 32),            // limited broadcast, RFC 919
];

/// The only space of global unicast addresses (RFC 4291 section 2.4). Loopback, mapped,
/// translated, unique-local, link-local and multicast addresses are all outside it.
const GLOBAL_UNICAST_6: Network6 = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special use inside [`GLOBAL_UNICAST_6`].
const SPECIAL_6: [Network6; 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo: RFC 2928, RFC 4380
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation, RFC 3849
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4, RFC 3056
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation, RFC 9637
];

/// Whether `address` is of special use, so that a message sent to it might reach a
/// machine that strangers are not meant to reach.
#[must_use]
pub fn is_special_use(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => SPECIAL_4.iter().any(|network| holds_4(*network, address)),
        IpAddr::V6(address) => {
            !holds_6(GLOBAL_UNICAST_6, address)
                || SPECIAL_6.iter().any(|network| holds_6(*network, address))
        }
    }
}

fn holds_4((first, prefix): Network4, address: Ipv4Addr) -> bool {
    let network = |address: Ipv4Addr| address.to_bits().checked_shr(32 - prefix);
    network(first) == network(address)
}

fn holds_6((first, prefix): Network6, address: Ipv6Addr) -> bool {
    let network = |address: Ipv6Addr| address.to_bits().checked_shr(128 - prefix);
    network(first) == network(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_each_network_are_inside_and_their_neighbours_outside() {
        let cases = [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("172.15.255.255", false),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("255.255.255.255", true),
            ("::ffff:8.8.8.8", true),
            ("1fff::1", true),
            ("2606:4700::1", false),
            ("2001:1ff::1", true),
            ("2001:200::1", false),
            ("4000::1", true),
        ];
        for (text, special) in cases {
            assert_eq!(is_special_use(text.parse().unwrap()), special, "{text}");
        }
    }
}
