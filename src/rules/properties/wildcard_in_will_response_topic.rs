use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Response Topic of the Will holds a wildcard, + or #.
    ///
    /// The specification says so of the Response Topic of a PUBLISH; of that of a Will it only follows from what the
    /// topic is for. So it is only a suspicion.
    ///
    /// ## Why it matters
    ///
    /// The Response Topic is the Topic Name that an answer is published to, not a filter. A responder that uses it as
    /// it is has its connection closed by the server.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c will_topic=w will_payload=x will.response_topic="r/#"
    /// ```
    name: "wildcard-in-will-response-topic",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.7.0-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let topic = super::of_will(context).and_then(|block| block.properties.text(PropertyId::ResponseTopic));
    match checks::no_wildcard("Response Topic of the Will", topic) {
        Verdict::Fail(fault) => Verdict::Fail(fault.likely()),
        verdict => verdict,
    }
}
