use crate::rule::prelude::*;

rule! {
    /// The client sent AUTH before CONNACK with 0x19 (Re-authenticate) instead of 0x18 (Continue authentication).
    ///
    /// 0x19 (Re-authenticate) is for clients that are connected already. Where the server has sent no AUTH that it could answer,
    /// it is a Protocol Error of no name. A code that a client may never send is told by `reserved-auth-code`.
    ///
    /// ## Why it matters
    ///
    /// The peer cannot go on with the authentication and closes.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: CONNACK may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M
    /// C>S AUTH code=0x19 authentication_method=M
    /// ```
    name: "client-auth-code-before-connack",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-3", "PE-1.2-2"],
    on: [Packet(PacketType::Auth)],
}

const ANSWER: &[&str] = &["MQTT-4.12.0-3"];
const UNASKED: &[&str] = &["PE-1.2-2"];

fn check(context: &Context<'_>) -> Verdict {
    let asked = context.session.packets(Role::Server) > 0;
    match super::asks_to_continue(context) {
        Verdict::Fail(fault) => Verdict::Fail(fault.citing(if asked { ANSWER } else { UNASKED })),
        Verdict::Pass if !asked => Verdict::NotApplicable,
        verdict => verdict,
    }
}
