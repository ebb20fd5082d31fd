use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A PUBLISH has the Topic Alias 0.
    ///
    /// ## Why it matters
    ///
    /// Aliases begin with 1. The receiver has to close the connection. The usual cause is an index into a table that
    /// counts from 0.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK topic_alias_maximum=5
    /// C>S PUBLISH topic=a topic_alias=0
    /// ```
    name: "topic-alias-zero",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.2-8"],
    on: [Packet(PacketType::Publish)],
}

const RANGES: &[Ranged] = &[(PropertyId::TopicAlias, Range::NotZero, &["MQTT-3.3.2-8"])];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
