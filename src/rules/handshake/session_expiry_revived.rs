use crate::rule::prelude::*;

rule! {
    /// The DISCONNECT of the client sets a Session Expiry Interval although that of its CONNECT was 0.
    ///
    /// A CONNECT without the property has 0. An interval that is not 0 may be changed to any other.
    ///
    /// ## Why it matters
    ///
    /// The client believes that its session is kept. For the server this is a Protocol Error: it need not take the DISCONNECT
    /// as one, so the Will Message may be published.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK
    /// C>S DISCONNECT code=0 session_expiry_interval=60
    /// ```
    name: "session-expiry-revived",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.14.2.2.2-2"],
    on: [Packet(PacketType::Disconnect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(disconnect) = context.disconnect() else { return Verdict::NotApplicable };
    let seconds = disconnect.properties.u32(PropertyId::SessionExpiryInterval).filter(|seconds| *seconds > 0);
    let property = disconnect.properties.find(PropertyId::SessionExpiryInterval);
    let (Some(seconds), Some(property)) = (seconds, property) else { return Verdict::NotApplicable };
    context.under_connect(|connect| {
        Verdict::require(connect.session_expiry.unwrap_or(0) > 0, || {
            let message = format!("Session Expiry Interval {seconds}, but that of CONNECT was 0");
            Fault::new(message).at(property.value_at(), 4).related(connect.stamp)
        })
    })
}
