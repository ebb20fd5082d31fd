use crate::rule::prelude::*;

rule! {
    /// The server put a Reason String or a User Property on an answer although the client had asked it not to.
    ///
    /// With Request Problem Information 0 they may stand on CONNACK and DISCONNECT, and User Properties on PUBLISH, but
    /// nowhere else.
    ///
    /// ## Why it matters
    ///
    /// The client has asked for it because it has no room for such texts, or pays for each byte.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 request_problem_information=0
    /// S>C CONNACK
    /// C>S SUBSCRIBE packet_id=1 filter=t
    /// S>C SUBACK packet_id=1 codes=0 reason_string=ok
    /// ```
    name: "unwanted-problem-information",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-29"],
    on: [Packet(PacketType::Puback), Packet(PacketType::Pubrec), Packet(PacketType::Pubrel), Packet(PacketType::Pubcomp), Packet(PacketType::Suback), Packet(PacketType::Unsuback), Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    context.under_connect(|connect| {
        if connect.wants_problem_information {
            return Verdict::NotApplicable;
        }
        let is_text = |id: Option<PropertyId>| matches!(id, Some(PropertyId::ReasonString | PropertyId::UserProperty));
        let text = context.properties().and_then(|properties| properties.iter().find(|property| is_text(property.property_id())));
        Verdict::unless(text.map(|text| {
            let (what, name) = (packet.packet_type().name(), text.property_id().map_or("", PropertyId::name));
            let message = format!("{what} with {name}, but Request Problem Information is 0");
            Fault::new(message).at(text.at, usize::from(text.id_len)).related(connect.stamp)
        }))
    })
}
