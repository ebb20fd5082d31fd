use crate::rule::prelude::*;

rule! {
    /// The server accepted a Will Message with a QoS above the Maximum QoS of the same CONNACK.
    ///
    /// It has to refuse such a CONNECT, with 0x9b (QoS not supported) if it gives a reason.
    ///
    /// ## Why it matters
    ///
    /// The client relies on a will that the server cannot publish as asked.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 will_topic=w will_qos=2
    /// S>C CONNACK maximum_qos=1
    /// ```
    name: "will-qos-beyond-limit-accepted",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-12"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::will_accepted(context, 0x9b, PropertyId::MaximumQos, |connect, maximum| {
        let qos = connect.will_qos;
        (qos > maximum).then(|| format!("a Will Message with QoS {qos} is accepted with a Maximum QoS of {maximum}"))
    })
}
