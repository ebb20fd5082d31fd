use crate::rule::prelude::*;

rule! {
    /// A CONNECT does not name its protocol as its version does: "MQTT", in 3.1 "MQIsdp".
    ///
    /// ## Why it matters
    ///
    /// The server may close the connection without a word, because it cannot know what the client speaks. The letters
    /// are compared byte by byte: "mqtt" is wrong.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    /// The first packet of a connection is taken for a CONNECT under another name only on a port of MQTT, and only if
    /// everything else in it fits.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0e 00 04 4d 51 54 58 04 02 00 3c 00 02 63 31     the name is "MQTX"
    /// ```
    name: "wrong-protocol-name",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["PE3-3.1.2.1-1"],
    v5_0: ["MQTT-3.1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((version, name)) = context.connect().and_then(|connect| Some((connect.version()?, connect.protocol_name?))) else {
        return Verdict::NotApplicable;
    };
    let wanted = version.protocol_name();
    Verdict::require(name.bytes == wanted.as_bytes(), || {
        let level = version.level();
        Fault::new(format!("the protocol name is {}; with level {level} it is \"{wanted}\"", checks::quoted(&name))).at(name.at, name.len())
    })
}
