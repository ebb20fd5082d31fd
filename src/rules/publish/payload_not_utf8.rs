use crate::framing;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;
use crate::session::Doubt;

rule! {
    /// The payload of a PUBLISH of the client is not UTF-8 although its Payload Format Indicator says so.
    ///
    /// ## Why it matters
    ///
    /// The server may refuse the message with 0x99, or closes the connection; or the subscribers get text that cannot
    /// be read. A copy that the server forwards is not looked at: it passes on payload and indicator as they came.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    /// When bytes of the payload are missing in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S PUBLISH topic=a payload_format_indicator=1 payload="\xff"
    /// ```
    name: "payload-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.3.2.3.2-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(judged), Some(publish)) = (context.judged(), context.publish()) else { return Verdict::NotApplicable };
    if publish.properties.is_empty() || judged.packet.malformed.is_some() || !framing::is_text(publish) {
        return Verdict::NotApplicable;
    }
    let Ok(ill_formed) = judged.framed.ill_formed_payload(publish) else { return Verdict::Inconclusive(Doubt::Incomplete) };
    Verdict::unless(ill_formed.map(|at| {
        let message = format!("Payload Format Indicator 1 says that the payload is UTF-8: it is not at offset {at} of it");
        let fault = Fault::new(message);
        // The payload itself need not be at hand.
        match publish.properties.find(PropertyId::PayloadFormatIndicator) {
            Some(indicator) => fault.at(indicator.at, 2),
            None => fault,
        }
    }))
}
