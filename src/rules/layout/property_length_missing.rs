use crate::rule::prelude::*;

rule! {
    /// A packet of 5.0 ends where its Property Length has to be.
    ///
    /// ## Why it matters
    ///
    /// The Property Length is there even when there are no properties, then as 0. A packet without it was built by
    /// the rules of 3.1.1: the sender has not noticed which version the connection speaks. One that ends inside the Property
    /// Length is malformed for that alone.
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

const CUT_SHORT: &[&str] = &["PE-1.2-1"];

fn check(context: &Context<'_>) -> Verdict {
    if context.connack().is_some_and(|connack| checks::is_foreign_refusal(context, connack)) {
        return Verdict::NotApplicable;
    }
    let begun = context.packet().and_then(|packet| packet.malformed).is_some_and(|malformed| malformed.have > 0);
    match checks::complete(context, &[Field::PropertyLength]) {
        Verdict::Fail(fault) if begun => Verdict::Fail(fault.citing(CUT_SHORT)),
        verdict => verdict,
    }
}
