//! The protocol versions whose wire formats are read and written here.

use std::fmt;
use std::str::FromStr;

/// A version of the MQTT protocol, ordered by age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// MQTT 3.1 (IBM and Eurotech, 2010): protocol name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1 (OASIS, 2014): protocol name `MQTT`, level 4.
    V3_1_1,
    /// MQTT 5.0 (OASIS, 2019): protocol name `MQTT`, level 5.
    V5_0,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5_0];

    /// The number by which people call it: `3.1`, `3.1.1` or `5.0`.
    pub const fn name(self) -> &'static str {
        match self {
            Version::V3_1 => "3.1",
            Version::V3_1_1 => "3.1.1",
            Version::V5_0 => "5.0",
        }
    }

    /// The protocol level CONNECT carries for it: 3, 4 or 5 (3.1.1 section 3.1.2.2).
    pub const fn level(self) -> u8 {
        match self {
            Version::V3_1 => 3,
            Version::V3_1_1 => 4,
            Version::V5_0 => 5,
        }
    }

    /// The version of a protocol level, or `None` for a level no version has.
    ///
    /// Bit 7 is left out of the comparison: bridges (mosquitto and others) announce themselves with 0x83 and 0x84.
    pub const fn from_level(level: u8) -> Option<Version> {
        match level & 0x7f {
            3 => Some(Version::V3_1),
            4 => Some(Version::V3_1_1),
            5 => Some(Version::V5_0),
            _ => None,
        }
    }

    /// The protocol name CONNECT carries for it: `MQIsdp` in 3.1, `MQTT` later (3.1.1 section 3.1.2.1).
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Version::V3_1 => "MQIsdp",
            Version::V3_1_1 | Version::V5_0 => "MQTT",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text given as a version is none of `3.1`, `3.1.1`, `5.0` and `5`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownVersion;

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MQTT versions are 3.1, 3.1.1 and 5.0")
    }
}

impl std::error::Error for UnknownVersion {}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "3.1" => Ok(Version::V3_1),
            "3.1.1" => Ok(Version::V3_1_1),
            "5.0" | "5" => Ok(Version::V5_0),
            _ => Err(UnknownVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_parses_back() {
        for version in Version::ALL {
            assert_eq!(version.name().parse(), Ok(version));
            assert_eq!(Version::from_level(version.level()), Some(version));
        }
        assert_eq!("5".parse(), Ok(Version::V5_0));
        assert_eq!("4".parse::<Version>(), Err(UnknownVersion));
    }

    #[test]
    fn bridge_bit_does_not_hide_the_version() {
        assert_eq!(Version::from_level(0x83), Some(Version::V3_1));
        assert_eq!(Version::from_level(0x84), Some(Version::V3_1_1));
        assert_eq!(Version::from_level(0x06), None);
    }

    #[test]
    fn versions_order_by_age() {
        assert!(Version::V3_1 < Version::V3_1_1 && Version::V3_1_1 < Version::V5_0);
    }
}
