use crate::rule::prelude::*;

rule! {
    /// A receiver did not close although a PUBLISH had QoS 3.
    ///
    /// An answer to that packet or to a later one shows it at once. The time is that of the capture, 5 s unless configured.
    /// Told as likely where nothing shows that the receiver was alive after it. In 5.0 see `malformed-packet-not-closed`.
    ///
    /// ## Why it matters
    ///
    /// Sender and receiver disagree on whether a Packet Identifier stands in the packet, so on every byte behind the topic.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the sender closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 36 05 00 01 61 00 01
    /// C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "qos-3-not-closed",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.3.1-4"],
    v5_0: [],
    on: [After("publish-qos-3")],
}

fn check(context: &Context<'_>) -> Verdict {
    context.closed_after("a PUBLISH with QoS 3")
}
