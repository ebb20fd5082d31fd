use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The client sends a PUBLISH whose Response Topic holds a wildcard, + or #.
    ///
    /// A copy that the server forwards is not looked at: the server has to pass the Response Topic on as it came.
    ///
    /// ## Why it matters
    ///
    /// The Response Topic is the Topic Name that an answer is published to, not a filter. A responder that uses it as
    /// it is has its connection closed by the server. The usual cause is the filter that the requester itself
    /// subscribed to.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S PUBLISH topic=a response_topic="r/#"
    /// ```
    name: "wildcard-in-response-topic",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.2-14"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_wildcard("Response Topic", super::texts(context, PropertyId::ResponseTopic))
}
