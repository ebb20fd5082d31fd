use crate::rule::prelude::*;

rule! {
    /// CONNACK has Response Information although the client had not asked for it.
    ///
    /// It has to ask with Request Response Information 1; even then the server may leave it out.
    ///
    /// ## Why it matters
    ///
    /// The client has no room for it, or does not know what it means.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK response_information=replies
    /// ```
    name: "response-information-unasked",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-28"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(known), Some(connack)) = (context.sole_connack(), context.connack()) else { return Verdict::NotApplicable };
    let connect = match known {
        Ok((connect, _)) => connect,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    if connect.wants_response_information || !connect.is_clear {
        return Verdict::NotApplicable;
    }
    Verdict::unless(connack.properties.find(PropertyId::ResponseInformation).map(|property| {
        let message = "Response Information, but Request Response Information is not 1";
        Fault::new(message).at(property.at, usize::from(property.id_len)).related(connect.stamp)
    }))
}
