use crate::rule::prelude::*;

rule! {
    /// A CONNECT has a Will QoS, but no Will.
    ///
    /// ## Why it matters
    ///
    /// Without the Will Flag the bits that describe a Will have to be 0. Often the Will Flag was forgotten, and the
    /// client relies on a Will that does not exist.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0e 00 04 4d 51 54 54 04 0a 00 3c 00 02 63 31     Connect Flags 0x0a
    /// ```
    name: "will-qos-without-will",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-13", "MQTT-3.1.2-11"],
    v5_0: ["MQTT-3.1.2-11"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((flags, at)) = context.connect_flags() else { return Verdict::NotApplicable };
    if flags.will() {
        return Verdict::NotApplicable;
    }
    Verdict::require(flags.will_qos() == 0, || {
        Fault::new(format!("the Will QoS is {}, though the Will Flag is 0", flags.will_qos())).at(at, 1)
    })
}
