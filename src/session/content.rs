//! What tells exchanges and messages apart.

/// Identifiers are told apart within a family only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// PUBLISH with QoS 1 or 2 and its acknowledgements.
    Publish,
    /// SUBSCRIBE and SUBACK.
    Subscribe,
    /// UNSUBSCRIBE and UNSUBACK.
    Unsubscribe,
}

/// What makes two packets with one identifier the same message or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// CRC-32 of topic (or filters); `None` if it is not known which topic an alias stands for.
    pub topic: Option<u32>,
    /// CRC-32 of the payload; `None` if a part of it is not in the capture.
    pub payload: Option<u32>,
    /// Quality of Service of a PUBLISH; 0 for requests.
    pub qos: u8,
}

impl Content {
    /// What is known of a PUBLISH with QoS 2 that was not captured.
    pub(super) const UNSEEN: Self = Self { topic: None, payload: None, qos: 2 };

    /// Whether both can be the same message; `None` if the capture does not show it.
    pub fn same(&self, other: &Self) -> Option<bool> {
        let differ = |one: Option<u32>, other: Option<u32>| one.zip(other).is_some_and(|(one, other)| one != other);
        if self.qos != other.qos || differ(self.topic, other.topic) || differ(self.payload, other.payload) {
            return Some(false);
        }
        let known = [self.topic, other.topic, self.payload, other.payload].iter().all(Option::is_some);
        known.then_some(true)
    }
}
