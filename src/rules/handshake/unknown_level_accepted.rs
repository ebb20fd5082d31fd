use crate::rule::prelude::*;

rule! {
    /// The server accepted a Protocol Level that no standard defines.
    ///
    /// 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0; with bit 7 set (0x83, 0x84) a bridge announces itself to some servers. Anything else
    /// has to be answered with CONNACK 1 and a close. Told as likely: the server may know a protocol that we do not.
    ///
    /// ## Why it matters
    ///
    /// Both sides go on with different ideas of what the bytes mean.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 protocol_level=6
    /// S>C CONNACK
    /// ```
    name: "unknown-level-accepted",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-2"],
    v5_0: [],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connect, code) = match context.sole_connack() {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    match (connect.version, connect.protocol_level, code) {
        (None, Some(level), 0) if *connect.protocol_name == *b"MQTT" => {
            let message = format!("the unknown Protocol Level {level} was accepted");
            Verdict::Fail(Fault::new(message).related(connect.stamp).likely())
        }
        (None, Some(_), 1) => Verdict::Pass,
        _ => Verdict::NotApplicable,
    }
}
