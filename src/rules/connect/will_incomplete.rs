use crate::rule::prelude::*;

rule! {
    /// A CONNECT announces a Will, but ends before its topic and message are complete.
    ///
    /// ## Why it matters
    ///
    /// The server cannot read the packet and closes the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 11 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 01 77     no Will Message
    /// ```
    name: "will-incomplete",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.2-9"],
    v5_0: ["MQTT-3.1.2-9", "PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let announced = context.connect_flags().is_some_and(|(flags, _)| flags.will());
    if announced {
        checks::complete(context, &[Field::WillPropertyLength, Field::WillProperties, Field::WillTopic, Field::WillMessage])
    } else {
        Verdict::NotApplicable
    }
}
