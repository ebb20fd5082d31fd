use crate::rule::prelude::*;

rule! {
    /// The codes of UNSUBACK are in another order than the Topic Filters of UNSUBSCRIBE.
    ///
    /// Seen only where the codes 0x00 (success) and 0x11 (no subscription existed) contradict what was subscribed on this
    /// connection, while they would fit in another order; told as likely.
    ///
    /// ## Why it matters
    ///
    /// The client believes the wrong subscription deleted.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=9 filter=subscribed filter=never
    /// S>C UNSUBACK packet_id=9 codes=0x11,0
    /// ```
    name: "unsuback-out-of-order",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.11.3-1"],
    on: [Packet(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Step::Answered(answered), Some(Body::Unsuback(unsuback))) = (context.step(), context.packet().map(|packet| &packet.body)) else {
        return Verdict::NotApplicable;
    };
    let codes = unsuback.codes;
    let known = !answered.mixed && answered.requested.len() == answered.filters && codes.len() == answered.filters;
    if !known || !codes.iter().all(|code| matches!(code, 0x00 | 0x11)) {
        return Verdict::NotApplicable;
    }
    let expected = |subscribed: &u8| if *subscribed == 1 { 0x00 } else { 0x11 };
    let deleted = codes.iter().filter(|code| **code == 0x00).count();
    let subscribed = answered.requested.iter().filter(|subscribed| **subscribed == 1).count();
    match answered.requested.iter().zip(codes).position(|(subscribed, code)| expected(subscribed) != *code) {
        Some(place) if deleted == subscribed => {
            let fault = Fault::new("the codes fit what was subscribed in another order only").at(unsuback.codes_at + place as u32, 1);
            Verdict::Fail(fault.likely()).given(context.whole_history())
        }
        _ => Verdict::NotApplicable,
    }
}
