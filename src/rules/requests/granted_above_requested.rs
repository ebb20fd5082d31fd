use super::Grants;
use crate::rule::prelude::*;

rule! {
    /// The server granted a higher QoS than the client asked for.
    ///
    /// The code in SUBACK is the *granted maximum*: it may be lower than what was asked for. A higher one is not forbidden in
    /// so many words, so this is a warning. Where the same codes in another order would fit, see `suback-out-of-order`.
    ///
    /// ## Why it matters
    ///
    /// A client that can do QoS 0 only gets messages that it does not acknowledge.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the SUBSCRIBE may be another one.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 filter=a:0
    /// S>C SUBACK packet_id=1 codes=1
    /// ```
    name: "granted-above-requested",
    binds: Server,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["MQTT-3.8.4-5"],
    v5_0: ["MQTT-3.8.4-7"],
    on: [Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((grants, codes, codes_at)) = super::grants_of(context) else { return Verdict::NotApplicable };
    let verdict = match grants {
        Grants::Fit => Verdict::Pass,
        Grants::Swapped(_) => Verdict::NotApplicable,
        Grants::Raised(place) => {
            let granted = codes.get(place).copied().unwrap_or_default();
            let fault = Fault::new(format!("QoS {granted} granted, which is more than was asked for"));
            Verdict::Fail(fault.at(codes_at + place as u32, 1))
        }
    };
    verdict.given(context.history(Role::Client))
}
