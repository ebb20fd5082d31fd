use crate::rule::prelude::*;

rule! {
    /// A packet has a type that is reserved: 0, or in 3.1 and 3.1.1 also 15.
    ///
    /// ## Why it matters
    ///
    /// The receiver cannot know what such a packet means and closes the connection. Type 15 on a 3.1.1 connection is
    /// mostly an AUTH from a peer that believes to speak 5.0; type 0 comes from a stream in which bytes were lost or
    /// written by two threads at once.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S f0 00                      type 15: reserved in 3.1.1
    /// ```
    name: "reserved-packet-type",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-2.2.1-1"],
    v5_0: ["PE-2.1.2-1"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let reserved = match context.packet_type() {
        Some(PacketType::Reserved) => true,
        // AUTH is of 5.0.
        Some(PacketType::Auth) => context.version != Version::V5_0,
        Some(_) => false,
        None => return Verdict::NotApplicable,
    };
    Verdict::require(!reserved, || {
        let number = context.packet_type().map_or(0, PacketType::index);
        Fault::new(format!("packet type {number} is reserved in MQTT {}", context.version)).at(0, 1)
    })
}
