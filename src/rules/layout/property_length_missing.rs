use crate::rule::prelude::*;

rule! {
    /// A packet of 5.0 ends where its Property Length has to be.
    ///
    /// ## Why it matters
    ///
    /// The Property Length is there even when there are no properties, then as 0. A packet without it was built by
    /// the rules of 3.1.1: the sender has not noticed which version the connection speaks.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed. A
    /// CONNACK `20 02 00 01` is not counted: so a server that does not know 5.0 turns a client away.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C 20 02 00 00                CONNACK as in 3.1.1
    /// ```
    name: "property-length-missing",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-2.2.2-1", "PE-1.2-1"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Publish),
        Packet(PacketType::Subscribe),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsubscribe),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Auth),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.connack() {
        Some(connack) if checks::is_foreign_refusal(context, connack) => Verdict::NotApplicable,
        _ => checks::complete(context, &[Field::PropertyLength]),
    }
}
