//! The two addresses of an IP datagram: where they stand in the header, and a copy for what outlives the frame.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Source and destination, one after the other as both IP headers have them. Only a reference is handed from layer to layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addresses<'a> {
    V4(&'a [u8; 8]),
    V6(&'a [u8; 32]),
}

impl Addresses<'_> {
    #[inline(always)]
    pub fn source_and_destination(self) -> (IpAddr, IpAddr) {
        match self {
            Self::V4(&[s1, s2, s3, s4, d1, d2, d3, d4]) => {
                (IpAddr::V4(Ipv4Addr::new(s1, s2, s3, s4)), IpAddr::V4(Ipv4Addr::new(d1, d2, d3, d4)))
            }
            Self::V6(both) => {
                // Both halves are there: 32 bytes are two chunks of 16.
                let half = |at| both.as_chunks::<16>().0.get(at).copied().unwrap_or_default();
                (IpAddr::V6(Ipv6Addr::from(half(0))), IpAddr::V6(Ipv6Addr::from(half(1))))
            }
        }
    }

    pub const fn is_v6(self) -> bool {
        matches!(self, Self::V6(_))
    }

    pub const fn to_owned(self) -> OwnedAddresses {
        match self {
            Self::V4(both) => OwnedAddresses::V4(*both),
            Self::V6(both) => OwnedAddresses::V6(*both),
        }
    }
}

/// A copy of [`Addresses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OwnedAddresses {
    V4([u8; 8]),
    V6([u8; 32]),
}

impl OwnedAddresses {
    pub const fn borrow(&self) -> Addresses<'_> {
        match self {
            Self::V4(both) => Addresses::V4(both),
            Self::V6(both) => Addresses::V6(both),
        }
    }
}

impl Default for OwnedAddresses {
    fn default() -> Self {
        Self::V4([0; 8])
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn source_stands_before_destination() {
        let v4 = hex!("0a000007 0a000005");
        let (source, destination) = Addresses::V4(&v4).source_and_destination();
        assert_eq!((source.to_string(), destination.to_string()), ("10.0.0.7".into(), "10.0.0.5".into()));
        let v6 = hex!("fd000000000000000000000000000007 fd000000000000000000000000000005");
        let (source, destination) = Addresses::V6(&v6).to_owned().borrow().source_and_destination();
        assert_eq!((source.to_string(), destination.to_string()), ("fd00::7".into(), "fd00::5".into()));
    }
}
