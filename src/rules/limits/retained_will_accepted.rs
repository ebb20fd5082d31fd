use crate::rule::prelude::*;

rule! {
    /// The server accepted a Will Message that is to be retained and said in the same CONNACK that it retains nothing.
    ///
    /// It has to refuse such a CONNECT, with 0x9a (Retain not supported) if it gives a reason.
    ///
    /// ## Why it matters
    ///
    /// The client relies on a will that those who come later are to see; they will not.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 will_topic=w will_retain
    /// S>C CONNACK retain_available=0
    /// ```
    name: "retained-will-accepted",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-13"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::will_accepted(context, 0x9a, PropertyId::RetainAvailable, |connect, available| {
        let refused = connect.will_retain && available == 0;
        refused.then(|| "a retained Will Message is accepted, but retained messages are not available".to_owned())
    })
}
