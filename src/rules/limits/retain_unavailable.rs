use crate::rule::prelude::*;

rule! {
    /// The client published with RETAIN although the server had said that retained messages are not available.
    ///
    /// Told as likely of a message that a resumed session makes the client send again.
    ///
    /// ## Why it matters
    ///
    /// The server closes with DISCONNECT 0x9a (Retain not supported), and the client most likely comes back and does it
    /// again.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNACK may be missing in the capture, or the segment of the packet does not acknowledge it: both may have
    /// crossed in flight. For one second this also holds for a client that did not wait for CONNACK, since its bytes may have
    /// waited in a socket.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK retain_available=0
    /// C>S PUBLISH topic=a retain
    /// ```
    name: "retain-unavailable",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-14"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let retain = context.header().is_some_and(|header| header.retain());
    let verdict = context.under_connack(|connack| match connack.retain_available {
        true => Verdict::NotApplicable,
        false => Verdict::require(!retain, || {
            Fault::new("PUBLISH with RETAIN, but the server has no retained messages").at(0, 1).related(connack.stamp)
        }),
    });
    super::unless_repeated(context, verdict)
}
