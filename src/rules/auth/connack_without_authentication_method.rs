use crate::rule::prelude::*;

rule! {
    /// The server accepted the connection, and CONNACK does not repeat the Authentication Method of CONNECT.
    ///
    /// A server that does not know the method has to refuse, with 0x8c (Bad authentication method) or 0x87 (Not authorized).
    ///
    /// ## Why it matters
    ///
    /// The client cannot tell whether the server has authenticated it by that method, or has not looked at it.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C CONNACK
    /// ```
    name: "connack-without-authentication-method",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-5"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(known), Some(connack)) = (context.sole_connack(), context.connack()) else { return Verdict::NotApplicable };
    let (connect, code) = match known {
        Ok(known) => known,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    // Of properties that break off, the method may be among those that cannot be read.
    let readable = connect.is_clear && context.packet().is_some_and(|packet| packet.malformed.is_none());
    let Some(wanted) = connect.authentication_method.as_deref().filter(|_| code == 0 && readable) else {
        return Verdict::NotApplicable;
    };
    let method = connack.properties.text(PropertyId::AuthenticationMethod);
    Verdict::require(method.is_some_and(|method| *method.bytes == *wanted), || {
        let fault = Fault::new("CONNACK does not have the Authentication Method of CONNECT").related(connect.stamp);
        match method {
            Some(method) => fault.at(method.at, method.bytes.len()),
            None => fault,
        }
    })
}
