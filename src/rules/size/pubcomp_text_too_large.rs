use crate::rule::prelude::*;

rule! {
    /// A Reason String or User Property made a PUBCOMP larger than its receiver takes.
    ///
    /// Both are optional, and have to be left out where they would make the packet exceed the Maximum Packet Size of CONNECT
    /// or CONNACK. Whichever of them is too large on its own is named, or both where only the two together are. A packet that
    /// does not fit without them either is told by `server-packet-too-large` or `client-packet-too-large`.
    ///
    /// ## Why it matters
    ///
    /// The text is for people; it must never be the reason why a packet cannot be taken in. The receiver closes with 0x95
    /// (Packet too large) instead.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture; for the client, when the CONNACK may be missing, or the segment of the packet
    /// does not acknowledge it: both may have crossed in flight. For one second this also holds for a client that did not
    /// wait for CONNACK.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 maximum_packet_size=20
    /// S>C CONNACK
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S PUBREL packet_id=1
    /// S>C PUBCOMP packet_id=1 code=0x92 reason_string="a text of some length"
    /// ```
    name: "pubcomp-text-too-large",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.7.2-2", "MQTT-3.7.2-3"],
    on: [Packet(PacketType::Pubcomp)],
}

const REASON: &[&str] = &["MQTT-3.7.2-2"];
const USER: &[&str] = &["MQTT-3.7.2-3"];
const BOTH: &[&str] = &["MQTT-3.7.2-2", "MQTT-3.7.2-3"];

fn check(context: &Context<'_>) -> Verdict {
    super::texts_fit(context, [REASON, USER, BOTH])
}
