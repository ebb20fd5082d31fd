use crate::mqtt::reason;
use crate::rule::prelude::*;

rule! {
    /// A SUBACK has a code that is not defined.
    ///
    /// In 3.1 the upper six bits are "not used" and there is no failure code: there it is a warning, and 0x80 is let
    /// pass.
    ///
    /// ## Why it matters
    ///
    /// The client cannot know whether it is subscribed. 3.1.1 knows the granted QoS 0, 1 and 2, and 0x80 for a
    /// failure; the reasons for a failure came with 5.0.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 filter=a:0
    /// S>C 90 03 00 01 03             there is no QoS 3
    /// ```
    name: "reserved-suback-code",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.9.3-2"],
    v5_0: ["MQTT-3.9.3-2", "MQTT-3.8.4-7"],
    on: [Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(suback) = context.suback() else { return Verdict::NotApplicable };
    let defined = |code: u8| match context.version {
        // A server of 3.1.1 may answer a client of 3.1 by its own rules.
        Version::V3_1 | Version::V3_1_1 => matches!(code, 0..=2 | 0x80),
        Version::V5_0 => reason::allowed(PacketType::Suback, code).is_some(),
    };
    if suback.codes.is_empty() {
        return Verdict::NotApplicable;
    }
    Verdict::unless((suback.codes_at..).zip(suback.codes).find(|(_, code)| !defined(**code)).map(|(at, code)| {
        let fault = Fault::new(format!("the code 0x{code:02x} is not defined for SUBACK in MQTT {}", context.version)).at(at, 1);
        // From 0x80 on it says at least that the subscription failed.
        if context.version == Version::V5_0 && *code >= 0x80 { fault.citing(&["MQTT-3.9.3-2"]) } else { fault }
    }))
}
