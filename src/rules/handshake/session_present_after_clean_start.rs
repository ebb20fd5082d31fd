use crate::rule::prelude::*;

rule! {
    /// The server says that it kept a session although the client asked for a new one.
    ///
    /// With Clean Session 1 (5.0: Clean Start 1) there is no earlier session that could be present.
    ///
    /// ## Why it matters
    ///
    /// The client believes that its subscriptions exist already and does not subscribe; or it closes, as 5.0 demands of a
    /// client without a session.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 clean_start=1
    /// S>C CONNACK session_present=1
    /// ```
    name: "session-present-after-clean-start",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.2.2-1"],
    v5_0: ["MQTT-3.2.2-2"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(known), Some(connack)) = (context.sole_connack(), context.connack()) else { return Verdict::NotApplicable };
    let (connect, code) = match known {
        Ok(known) => known,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    if code != 0 || !connect.clean_start || connect.malformed {
        return Verdict::NotApplicable;
    }
    Verdict::require(connack.session_present() == Some(false), || {
        Fault::new("Session Present although the client asked for a clean session").at(connack.flags_at, 1).related(connect.stamp)
    })
}
