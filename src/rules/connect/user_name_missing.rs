use crate::rule::prelude::*;

rule! {
    /// A CONNECT announces a User Name, but ends before it is complete.
    ///
    /// In 3.1 it is allowed: there the Remaining Length goes before the flags.
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
    /// C>S 10 0e 00 04 4d 51 54 54 04 82 00 3c 00 02 63 31     Connect Flags 0x82, nothing behind the Client Identifier
    /// ```
    name: "user-name-missing",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-19"],
    v5_0: ["MQTT-3.1.2-17", "PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let announced = context.connect_flags().is_some_and(|(flags, _)| flags.user_name());
    if announced { checks::complete(context, &[Field::UserName]) } else { Verdict::NotApplicable }
}
