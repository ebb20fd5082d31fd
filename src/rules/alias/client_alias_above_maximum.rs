use crate::rule::prelude::*;

rule! {
    /// The client used a Topic Alias above the Topic Alias Maximum of CONNACK.
    ///
    /// Without Topic Alias Maximum, or with 0, no alias is allowed.
    ///
    /// Before CONNACK has passed, nothing is said. If packet and CONNACK may have crossed in flight, or the client did not
    /// wait for CONNACK and its bytes may have waited in a socket, the fault is told as likely.
    ///
    /// ## Why it matters
    ///
    /// The server closes with DISCONNECT 0x94 (Topic Alias invalid). Clients that take their own maximum for that of the
    /// server do this.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNACK may be missing in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK topic_alias_maximum=5
    /// C>S PUBLISH topic=a topic_alias=6
    /// ```
    name: "client-alias-above-maximum",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-17", "MQTT-3.2.2-18", "MQTT-3.3.2-9"],
    on: [Packet(PacketType::Publish)],
}

const ABOVE: &[&str] = &["MQTT-3.2.2-17", "MQTT-3.3.2-9"];
const NONE: &[&str] = &["MQTT-3.2.2-18", "MQTT-3.3.2-9"];

fn check(context: &Context<'_>) -> Verdict {
    match super::within_maximum(context, [ABOVE, NONE]) {
        Verdict::Fail(fault) if !context.has_connack() => Verdict::Fail(fault.likely()),
        verdict => verdict,
    }
}
