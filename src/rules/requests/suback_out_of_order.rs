use super::Grants;
use crate::rule::prelude::*;

rule! {
    /// The codes of SUBACK are in another order than the Topic Filters of SUBSCRIBE.
    ///
    /// Seen only where a code grants more than was asked for at its place, while all codes would fit in another order; told as
    /// likely.
    ///
    /// ## Why it matters
    ///
    /// The client believes the wrong subscription refused or granted.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the SUBSCRIBE may be another one.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=7 filter=a:0 filter=b:2
    /// S>C SUBACK packet_id=7 codes=2,0
    /// ```
    name: "suback-out-of-order",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.9.3-1"],
    v5_0: ["MQTT-3.9.3-1"],
    on: [Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    match super::grants_of(context) {
        Some((Grants::Swapped(place), _, codes_at)) => {
            let fault = Fault::new("the codes fit the Topic Filters in another order only").at(codes_at + place as u32, 1);
            Verdict::Fail(fault.likely()).given(context.history(Role::Client))
        }
        // Codes that fit prove nothing: they nearly always fit in several orders.
        _ => Verdict::NotApplicable,
    }
}
