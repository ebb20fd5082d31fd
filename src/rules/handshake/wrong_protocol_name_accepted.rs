use crate::rule::prelude::*;

rule! {
    /// The server accepted a CONNECT whose Protocol Name is not the one of its Protocol Level.
    ///
    /// Level 4 is called `MQTT`, level 3 is called `MQIsdp`. Told as likely: under another name the server may speak a protocol
    /// that we do not know.
    ///
    /// ## Why it matters
    ///
    /// The name is what firewalls and load balancers recognise MQTT by: a server that takes any name makes clients work in
    /// one network and fail in the next.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 protocol_name=MQTX
    /// S>C CONNACK
    /// ```
    name: "wrong-protocol-name-accepted",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.2-1"],
    v5_0: [],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connect, code) = match context.sole_connack() {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    if connect.version.is_none() || connect.has_right_name() || code != 0 {
        return Verdict::NotApplicable;
    }
    let name = String::from_utf8_lossy(&connect.protocol_name);
    Verdict::Fail(Fault::new(format!("a CONNECT with the Protocol Name \"{name}\" was accepted")).related(connect.stamp).likely())
}
