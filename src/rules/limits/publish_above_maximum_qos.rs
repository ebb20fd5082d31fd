use crate::rule::prelude::*;

rule! {
    /// The client published with a QoS above the Maximum QoS of CONNACK.
    ///
    /// Told as likely of a message that a resumed session makes the client send again: it has to have the QoS that it had.
    ///
    /// ## Why it matters
    ///
    /// The server cannot handle it: it closes with DISCONNECT 0x9b (QoS not supported), and the client most likely comes back
    /// and does it again.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNACK may be missing in the capture, or the segment of the packet does not acknowledge it: both may have
    /// crossed in flight. For one second this also holds for a client that did not wait for CONNACK, since its bytes may have
    /// waited in a socket.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK maximum_qos=1
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// ```
    name: "publish-above-maximum-qos",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-11"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(header) = context.header() else { return Verdict::NotApplicable };
    let qos = header.qos_bits();
    if qos == 3 {
        return Verdict::NotApplicable;
    }
    let verdict = context.under_connack(|connack| match connack.maximum_qos {
        maximum @ 0..=1 => Verdict::require(qos <= maximum, || {
            let message = format!("PUBLISH with QoS {qos}, Maximum QoS of the server is {maximum}");
            Fault::new(message).at(0, 1).related(connack.stamp)
        }),
        _ => Verdict::NotApplicable,
    });
    super::unless_repeated(context, verdict)
}
