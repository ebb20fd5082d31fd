use crate::rule::prelude::*;

rule! {
    /// The server answered a second CONNECT instead of closing.
    ///
    /// A second CONNECT on a connection is a protocol violation of the client (`connect-repeated`); the server has to
    /// disconnect it. A CONNACK that refuses may be how it does so in 3.1.1; in 5.0 it must not be sent.
    ///
    /// ## Why it matters
    ///
    /// With a second CONNECT a client could change its name, its rights or its will on a connection that was checked for
    /// another.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing: a new connection between the same ports may have begun.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// S>C CONNACK
    /// C>S CONNECT client_id=c2
    /// S>C CONNACK
    /// ```
    name: "second-connect-answered",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.0-2"],
    v5_0: ["MQTT-3.1.0-2", "MQTT-3.2.0-2"],
    on: [Packet(PacketType::Connack)],
}

const REFUSED: &[&str] = &["MQTT-3.2.0-2"];

fn check(context: &Context<'_>) -> Verdict {
    let (connects, connacks) = (context.session.connects(), context.session.connacks());
    if connects < 2 || connacks == 0 || connacks >= connects {
        return Verdict::NotApplicable;
    }
    let refuses = context.connack().and_then(|connack| connack.code).is_some_and(|code| code != 0);
    if refuses && context.version != Version::V5_0 {
        return Verdict::NotApplicable;
    }
    let first = context.session.connect().map(|first| first.stamp);
    let fault = Fault::new("a second CONNECT was answered with CONNACK").related(first);
    Verdict::Fail(if refuses { fault.citing(REFUSED) } else { fault }).given(context.whole_history())
}
