use crate::rule::prelude::*;
use crate::session::ConnectFacts;

rule! {
    /// The server neither answered CONNECT nor closed.
    ///
    /// No deadline is set. The absence of CONNACK counts when the connection stayed open for the response timeout (30 s unless
    /// configured). In 5.0 an AUTH of the server is an answer, too. Closing without CONNACK is a legal refusal. 3.1 describes the
    /// answer without demanding it: there it is a warning. Told as likely where nothing shows that the server was alive after that
    /// time.
    ///
    /// A CONNECT that is not whole, or has another protocol name or level, is none that the server has to answer.
    ///
    /// ## Why it matters
    ///
    /// The client hangs. Behind it is often a proxy whose backend is gone, or an authentication service that does not answer.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// +60s S>C ACK
    /// ```
    name: "connect-unanswered",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.4-4"],
    v5_0: ["MQTT-3.1.4-5"],
    on: [Packet(PacketType::Connack), Unanswered(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    if context.connack().is_some() {
        return if context.sole_connack().is_some_and(|known| known.is_ok()) { Verdict::Pass } else { Verdict::NotApplicable };
    }
    // Of a CONNECT that is not in order the server may demand nothing but to be rid of it.
    let is_plain = |connect: &ConnectFacts| !connect.malformed && connect.has_right_name();
    if !context.session.connect().is_some_and(is_plain) {
        return Verdict::NotApplicable;
    }
    context.overdue(|_| "CONNECT was neither answered with CONNACK nor by closing the connection".to_owned())
}
