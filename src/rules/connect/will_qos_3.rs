use crate::rule::prelude::*;

rule! {
    /// The Will QoS of a CONNECT is 3.
    ///
    /// ## Why it matters
    ///
    /// There are the QoS 0, 1 and 2. The server takes the packet for malformed and does not let the client in.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 14 00 04 4d 51 54 54 04 1e 00 3c 00 02 63 31 00 01 77 00 01 78     Connect Flags 0x1e
    /// ```
    name: "will-qos-3",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.2-14"],
    v5_0: ["MQTT-3.1.2-12"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((flags, at)) = context.connect_flags() else { return Verdict::NotApplicable };
    // Without a Will any QoS but 0 is wrong, by another statement.
    if !flags.will() {
        return Verdict::NotApplicable;
    }
    Verdict::require(flags.will_qos() != 3, || Fault::new("the Will QoS is 3").at(at, 1))
}
