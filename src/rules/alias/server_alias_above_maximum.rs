use crate::rule::prelude::*;

rule! {
    /// The server used a Topic Alias above the Topic Alias Maximum of CONNECT.
    ///
    /// Without Topic Alias Maximum, or with 0, no alias is allowed.
    ///
    /// ## Why it matters
    ///
    /// The client cannot tell which topic the message is for: it closes with 0x94 (Topic Alias invalid), or worse, takes it
    /// for another.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 topic_alias_maximum=5
    /// S>C CONNACK
    /// S>C PUBLISH topic=a topic_alias=6
    /// ```
    name: "server-alias-above-maximum",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-26", "MQTT-3.1.2-27", "MQTT-3.3.2-11"],
    on: [Packet(PacketType::Publish)],
}

const ABOVE: &[&str] = &["MQTT-3.1.2-26", "MQTT-3.3.2-11"];
const NONE: &[&str] = &["MQTT-3.1.2-27", "MQTT-3.3.2-11"];

fn check(context: &Context<'_>) -> Verdict {
    super::within_maximum(context, [ABOVE, NONE])
}
