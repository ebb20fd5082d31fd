use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The server sends a DISCONNECT with a Session Expiry Interval.
    ///
    /// ## Why it matters
    ///
    /// How long the session is kept the client may change when it leaves, the server states it in CONNACK. The client
    /// may close the connection as on any Protocol Error and lose the reason that the DISCONNECT gives.
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
    /// S>C DISCONNECT code=0x8b session_expiry_interval=10
    /// ```
    name: "session-expiry-from-server",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.14.2-2"],
    on: [Packet(PacketType::Disconnect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let interval = super::own(context).and_then(|block| block.properties.find(PropertyId::SessionExpiryInterval));
    Verdict::unless(interval.map(|property| {
        Fault::new("a DISCONNECT of the server has a Session Expiry Interval, which is for the client to send").at(property.at, 1)
    }))
}
