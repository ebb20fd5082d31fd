use crate::rule::prelude::*;

rule! {
    /// The server sent more CONNACKs than the client sent CONNECTs.
    ///
    /// CONNACK answers a CONNECT. 5.0 says outright that a connection has at most one. A second CONNACK that answers a second
    /// CONNECT is `second-connect-answered`.
    ///
    /// ## Why it matters
    ///
    /// The client starts its session over, resends what it had sent, or closes with a protocol error.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: another CONNECT may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// S>C CONNACK
    /// S>C CONNACK
    /// ```
    name: "connack-unasked",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.2-2"],
    v5_0: ["MQTT-3.2.0-2"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connects, connacks) = (context.session.connects(), context.session.connacks());
    // 5.0 forbids a second one only.
    if connacks == 0 && context.version == Version::V5_0 {
        return Verdict::Pass;
    }
    let verdict = Verdict::require(connacks < connects, || {
        Fault::new("CONNACK although no CONNECT waits for one").related(context.session.connack().map(|first| first.stamp))
    });
    verdict.given(context.whole_history())
}
