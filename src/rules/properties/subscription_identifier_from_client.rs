use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The client sends a PUBLISH with a Subscription Identifier.
    ///
    /// ## Why it matters
    ///
    /// The property tells the receiver which of its subscriptions a message belongs to; the server has none. It is
    /// mostly left from a message that was received and is published again, as bridges do. The server may close the
    /// connection.
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
    /// C>S PUBLISH topic=a subscription_identifier=1
    /// ```
    name: "subscription-identifier-from-client",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.4-6"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let identifier = super::own(context).and_then(|block| block.properties.find(PropertyId::SubscriptionIdentifier));
    Verdict::unless(identifier.map(|property| {
        Fault::new("a PUBLISH of the client has a Subscription Identifier, which is for the server to send").at(property.at, 1)
    }))
}
