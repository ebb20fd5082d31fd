use crate::rule::prelude::*;

rule! {
    /// The server accepted an empty Client Identifier, and CONNACK does not say which one it gave.
    ///
    /// ## Why it matters
    ///
    /// The client cannot come back to its session, nor find itself in the logs of the server.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=
    /// S>C CONNACK
    /// ```
    name: "assigned-client-id-missing",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.3-7", "MQTT-3.2.2-16"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(known), Some(packet)) = (context.sole_connack(), context.packet()) else { return Verdict::NotApplicable };
    let (connect, code) = match known {
        Ok(known) => known,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    if code != 0 || connect.malformed || !connect.client_id.is_empty() || packet.malformed.is_some() {
        return Verdict::NotApplicable;
    }
    let assigned = packet.properties().and_then(|properties| properties.find(PropertyId::AssignedClientIdentifier));
    Verdict::require(assigned.is_some(), || {
        Fault::new("an empty Client Identifier was accepted without an Assigned Client Identifier").related(connect.stamp)
    })
}
