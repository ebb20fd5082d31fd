use crate::rule::prelude::*;

rule! {
    /// The client sent CONNECT a second time on one connection.
    ///
    /// ## Why it matters
    ///
    /// The server has to close. It happens to clients that run their reconnect logic on a connection that is still open.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: a new connection between the same ports may have begun.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// S>C CONNACK
    /// C>S CONNECT client_id=c1
    /// ```
    name: "connect-repeated",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["PE3-3.1-1"],
    v5_0: ["PE-3.1-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let verdict = match context.session.connect() {
        None => Verdict::Pass,
        Some(first) => Verdict::Fail(Fault::new("a second CONNECT on the connection").related(first.stamp)),
    };
    verdict.given(context.history(Role::Client))
}
