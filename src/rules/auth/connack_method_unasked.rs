use crate::rule::prelude::*;

rule! {
    /// CONNACK has an Authentication Method although CONNECT has none.
    ///
    /// ## Why it matters
    ///
    /// The client did not ask for enhanced authentication and has no use for the answer; most close.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK authentication_method=M
    /// ```
    name: "connack-method-unasked",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-6"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(known), Some(connack)) = (context.sole_connack(), context.connack()) else { return Verdict::NotApplicable };
    let connect = match known {
        Ok((connect, _)) => connect,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    if connect.authentication_method.is_some() || !connect.is_clear {
        return Verdict::NotApplicable;
    }
    Verdict::unless(connack.properties.find(PropertyId::AuthenticationMethod).map(|property| {
        let message = "CONNACK has an Authentication Method, but CONNECT has none";
        Fault::new(message).at(property.at, usize::from(property.id_len)).related(connect.stamp)
    }))
}
