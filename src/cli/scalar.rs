//! Single values in a configuration file, in the same words as on the command line: whatever the value, an error says what
//! is expected.

use std::fmt;
use std::marker::PhantomData;

use clap::ValueEnum;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use super::args::FailOn;
use super::value::{ByteSize, PortHint, Seconds};
use crate::finding::Severity;

/// A value that a word or a number can stand for.
pub trait Scalar: Sized {
    /// What has to stand there.
    const EXPECTED: &'static str;

    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

/// Reads a value that may be absent: for `deserialize_with`.
///
/// # Errors
/// Something else stands there.
pub fn some<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<Option<T>, D::Error> {
    Of::deserialize(deserializer).map(|Of(value)| Some(value))
}

/// Reads a list of values: for `deserialize_with`.
///
/// # Errors
/// Something else stands there.
pub fn list<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list: Vec<Of<T>> = Vec::deserialize(deserializer)?;
    Ok(list.into_iter().map(|Of(value)| value).collect())
}

/// A value that is read so.
#[derive(Clone, Copy, Debug)]
pub struct Of<T>(pub T);

impl<'de, T: Scalar> Deserialize<'de> for Of<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(PhantomData)).map(Self)
    }
}

struct Words<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for Words<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::read(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::read(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::read(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}

macro_rules! numbers {
    ($($number:ident),*) => {
        $(impl Scalar for $number {
            const EXPECTED: &'static str = "a whole number";

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        })*
    };
}

numbers![u32, u64, usize];

impl Scalar for ByteSize {
    const EXPECTED: &'static str = "a number of bytes, such as 1500 or \"4M\"";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Scalar for Seconds {
    const EXPECTED: &'static str = "a number of seconds";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Scalar for PortHint {
    const EXPECTED: &'static str = "a port and what it carries, such as 11883 or \"8084=wss\"";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Scalar for FailOn {
    const EXPECTED: &'static str = "\"error\", \"warning\", \"info\" or \"never\"";

    fn read(text: &str) -> Option<Self> {
        Self::from_str(text, false).ok()
    }
}

impl Scalar for Severity {
    const EXPECTED: &'static str = "\"error\", \"warning\" or \"info\"";

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == text)
    }
}
