use crate::rule::prelude::*;

rule! {
    /// A CONNECT ends before its Client Identifier is complete.
    ///
    /// ## Why it matters
    ///
    /// The Client Identifier is the first field of the payload and always there; a client that wants to have none
    /// sends one of length 0.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0a 00 04 4d 51 54 54 04 02 00 3c     the packet ends behind the Keep Alive
    /// ```
    name: "client-id-missing",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.3-3"],
    v5_0: ["MQTT-3.1.3-3", "PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::complete(context, &[Field::ClientIdentifier])
}
