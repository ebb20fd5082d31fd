use crate::rule::prelude::*;

rule! {
    /// A receiver did not close although a string was not UTF-8 or held U+0000.
    ///
    /// An answer to that packet or to a later one shows it at once. The time is that of the capture, 5 s unless configured.
    /// Told as likely where nothing shows that the receiver was alive after it. A CONNECT is a matter of
    /// `bad-connect-not-closed`.
    ///
    /// ## Why it matters
    ///
    /// The string goes on to other clients, which have to close when they receive it: one publisher ends them all.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the sender closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 32 07 00 03 ff fe fd 00 01
    /// S>C PUBACK packet_id=1
    /// ```
    name: "bad-string-not-closed",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-1.5.3-1", "MQTT-1.5.3-2"],
    v5_0: [],
    on: [
        After("topic-name-not-utf8"),
        After("subscribe-filter-not-utf8"),
        After("unsubscribe-filter-not-utf8"),
        After("nul-in-topic-name"),
        After("nul-in-subscribe-filter"),
        After("nul-in-unsubscribe-filter"),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    if context.faults().iter().any(|fault| fault.ends_with("-not-utf8")) {
        super::citing(context.closed_after("a string that is not UTF-8"), &["MQTT-1.5.3-1"])
    } else {
        super::citing(context.closed_after("a string with U+0000"), &["MQTT-1.5.3-2"])
    }
}
