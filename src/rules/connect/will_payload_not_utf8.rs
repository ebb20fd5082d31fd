use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Will Payload is not UTF-8 although its Payload Format Indicator says so.
    ///
    /// ## Why it matters
    ///
    /// The server may refuse the connection; else subscribers get text that cannot be read, at a moment when nobody can
    /// ask the client.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c will_topic=w will_payload="\xff" will.payload_format_indicator=1
    /// ```
    name: "will-payload-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.1.3.2.3-2"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(will) = context.connect().and_then(|connect| connect.will.as_ref()) else { return Verdict::NotApplicable };
    if will.properties.is_empty() || will.properties.byte(PropertyId::PayloadFormatIndicator) != Some(1) {
        return Verdict::NotApplicable;
    }
    let Some(payload) = will.message else { return Verdict::NotApplicable };
    Verdict::unless(std::str::from_utf8(payload.bytes).err().map(|error| {
        let at = error.valid_up_to();
        let message = format!("Payload Format Indicator 1 says that the Will Payload is UTF-8: it is not at offset {at} of it");
        Fault::new(message).at(payload.at + at as u32, 1)
    }))
}
