use crate::rule::prelude::*;

rule! {
    /// The server went on after a Malformed Packet or a Protocol Error of the client.
    ///
    /// Told as likely only: 5.0 leaves open how strictly a server checks. Where it does not (CONNECT, the flags of some
    /// packets, reserved Subscription Options), other rules ask. An answer to that packet or to a later one shows it at
    /// once; the time is that of the capture, 5 s unless configured.
    ///
    /// ## Why it matters
    ///
    /// A fault that one server lets pass ends the connection with the next one.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 36 06 00 01 61 00 01 00    # QoS 3
    /// C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "malformed-packet-not-closed",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.13.1-1"],
    on: [AfterFault, After("packet-id-zero"), After("connect-not-first")],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(trigger) = context.trigger() else { return Verdict::NotApplicable };
    let told = match trigger.packet {
        // `bad-connect-not-closed`
        Some(PacketType::Connect) => true,
        // `wrong-flags-not-closed`
        Some(PacketType::Pubrel | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::Disconnect | PacketType::Auth) => {
            context.faults().iter().any(|fault| super::FLAGS.contains(fault) || *fault == "reserved-subscription-bits")
        }
        _ => false,
    };
    // No Reason Code is given for DUP, and nobody has to look into payloads (5.0 section 3.3.2.3.2).
    let fault = context.faults().iter().find(|fault| !matches!(**fault, "dup-on-qos-0" | "payload-not-utf8"));
    let Some(fault) = fault.filter(|_| !told) else { return Verdict::NotApplicable };
    let name = trigger.packet.map_or("a packet without end", PacketType::name);
    match context.closed_after(&format!("{name} with the fault {fault}")) {
        Verdict::Fail(fault) => Verdict::Fail(fault.likely()),
        verdict => verdict,
    }
}
