use crate::rule::prelude::*;

rule! {
    /// The server sent a Reason String or User Property that made its CONNACK larger than the client takes.
    ///
    /// Both are optional, and have to be left out where they would make the packet exceed the Maximum Packet Size of CONNECT.
    /// Whichever of them is too large on its own is named, or both where only the two together are. A packet that does not
    /// fit without them either is told by `server-packet-too-large`.
    ///
    /// ## Why it matters
    ///
    /// The text is for people; it must never be the reason why a packet cannot be taken in. The client cannot read why it is
    /// turned away.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 maximum_packet_size=20
    /// S>C CONNACK code=0x87 reason_string="a text of some length"
    /// ```
    name: "connack-text-too-large",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-19", "MQTT-3.2.2-20", "MQTT-3.1.2-24"],
    on: [Packet(PacketType::Connack)],
}

const REASON: &[&str] = &["MQTT-3.2.2-19", "MQTT-3.1.2-24"];
const USER: &[&str] = &["MQTT-3.2.2-20", "MQTT-3.1.2-24"];
const BOTH: &[&str] = &["MQTT-3.2.2-19", "MQTT-3.2.2-20", "MQTT-3.1.2-24"];

fn check(context: &Context<'_>) -> Verdict {
    super::texts_fit(context, [REASON, USER, BOTH])
}
