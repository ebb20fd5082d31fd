use crate::rule::prelude::*;
use crate::session::Reaction;

rule! {
    /// The server did not close although the client sent CONNECT a second time.
    ///
    /// A CONNACK for the second CONNECT is a matter of `second-connect-answered`. An answer to a later packet shows at once
    /// that the server does not mean to close. The time is that of the capture, 5 s unless configured. Told as likely where
    /// nothing shows that the server was alive after it.
    ///
    /// ## Why it matters
    ///
    /// Whose connection it is then, with which Keep Alive and will, is open: the two sides will not agree.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// S>C CONNACK
    /// C>S CONNECT client_id=c2 ; PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "second-connect-not-closed",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.0-2"],
    v5_0: ["MQTT-3.1.0-2"],
    on: [After("connect-repeated")],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.reaction() {
        Some(Reaction::Answered { with: PacketType::Connack, .. }) => Verdict::NotApplicable,
        _ => context.closed_after("a second CONNECT"),
    }
}
