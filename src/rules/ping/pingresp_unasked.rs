use crate::rule::prelude::*;

rule! {
    /// The server sent PINGRESP although no PINGREQ waited for one.
    ///
    /// PINGRESP is described as the answer to PINGREQ; that it must not come unasked is not said, so this is a warning.
    ///
    /// ## Why it matters
    ///
    /// A client that counts takes it for the answer to its next PINGREQ, and does not notice when that gets none.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: a PINGREQ may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// S>C CONNACK
    /// S>C PINGRESP
    /// ```
    name: "pingresp-unasked",
    binds: Server,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["PE3-3.13-1"],
    v5_0: [],
    on: [Packet(PacketType::Pingresp)],
}

fn check(context: &Context<'_>) -> Verdict {
    let verdict = Verdict::require(context.session.pings_waiting() > 0, || Fault::new("PINGRESP without a PINGREQ"));
    if matches!(verdict, Verdict::Pass) { verdict } else { verdict.given(context.history(Role::Client)) }
}
