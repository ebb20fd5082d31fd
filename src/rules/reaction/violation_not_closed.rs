use crate::rule::prelude::*;

rule! {
    /// A receiver did not close after a packet that it cannot have taken for a good one.
    ///
    /// Counted are a body that does not have the layout of its type, a type or direction that does not exist, a packet before
    /// CONNECT, SUBSCRIBE and UNSUBSCRIBE without a filter, and a wildcard in a Topic Name. Faults that need memory do not
    /// count, nor those with a rule of their own. An answer to that packet or to a later one shows it at once. The time is
    /// that of the capture, 5 s unless configured. Told as likely where nothing shows that the receiver was alive after it,
    /// and of a client that got a wildcard: it need not look into the names that it is sent.
    ///
    /// ## Why it matters
    ///
    /// The two sides no longer agree on what was said. What follows is a guess.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the sender closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a/+
    /// C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "violation-not-closed",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-4.8.0-1"],
    v5_0: [],
    on: [AfterFault, After("connect-not-first")],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(trigger) = context.trigger() else { return Verdict::NotApplicable };
    let told = trigger.packet == Some(PacketType::Connect) && context.subject == Role::Server;
    if told || context.faults().iter().any(|fault| super::HAVE_RULES.contains(fault)) {
        return Verdict::NotApplicable;
    }
    let plain = |fault: &&str| {
        matches!(
            *fault,
            "reserved-packet-type"
                | "packet-from-wrong-side"
                | "connect-not-first"
                | "endless-integer"
                | "subscribe-without-filter"
                | "unsubscribe-without-filter"
                | "wildcard-in-topic-name"
        )
    };
    let name = trigger.packet.map_or("a packet without end", PacketType::name);
    match context.faults().iter().find(|fault| plain(fault)) {
        Some(fault) => {
            let verdict = context.closed_after(&format!("{name} with the fault {fault}"));
            match verdict {
                // A client has no filters to match: it need not have looked into the name.
                Verdict::Fail(found) if *fault == "wildcard-in-topic-name" && context.subject == Role::Client => {
                    Verdict::Fail(found.likely())
                }
                verdict => verdict,
            }
        }
        None if trigger.malformed => context.closed_after(&format!("{name} whose body does not have the layout of one")),
        None => Verdict::NotApplicable,
    }
}
