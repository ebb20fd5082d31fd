use crate::mqtt::reason;
use crate::rule::prelude::*;

rule! {
    /// A CONNACK has a code that is not defined.
    ///
    /// ## Why it matters
    ///
    /// The client cannot know why it was turned away, and some take any unknown code for a success. If none of the
    /// defined codes fits, a server of 3.1.1 closes the connection without a CONNACK.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    /// Not counted is how a server of another version turns a client away: CONNACK 0x84 in the format of 5.0, or `20
    /// 02 00 01` to a client of 5.0.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C 20 02 00 06                the last code of 3.1.1 is 5
    /// ```
    name: "reserved-connack-code",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.2.2.3-1", "MQTT-3.2.2-6"],
    v5_0: ["MQTT-3.2.2-8"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((connack, code)) = context.connack().and_then(|connack| Some((connack, connack.code?))) else {
        return Verdict::NotApplicable;
    };
    let defined = match context.version {
        Version::V5_0 => reason::allowed(PacketType::Connack, code).is_some(),
        Version::V3_1 | Version::V3_1_1 => code <= 5,
    };
    if !defined && checks::is_foreign_refusal(context, connack) {
        return Verdict::NotApplicable;
    }
    Verdict::require(defined, || {
        let message = format!("the code 0x{code:02x} is not defined for CONNACK in MQTT {}", context.version);
        let fault = Fault::new(message).at(connack.code_at, 1);
        // 3.1 does not say what a server does for which no code fits.
        if context.version == Version::V3_1 { fault.citing(&["PE3-3.2.2.3-1"]) } else { fault }
    })
}
