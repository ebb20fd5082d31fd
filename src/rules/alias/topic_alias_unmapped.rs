use crate::rule::prelude::*;

rule! {
    /// A PUBLISH without Topic Name uses a Topic Alias that stands for no topic yet.
    ///
    /// ## Why it matters
    ///
    /// The receiver cannot know the topic and closes with 0x82 (Protocol Error). Senders that carry aliases over from an
    /// earlier connection do this: they are gone with it.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the sender are missing before the packet: the alias may have been set there.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK topic_alias_maximum=5
    /// C>S PUBLISH topic= topic_alias=1
    /// ```
    name: "topic-alias-unmapped",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.3.4-2"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((publish, alias, at)) = super::alias(context) else { return Verdict::NotApplicable };
    if !publish.topic.is_some_and(|topic| topic.is_empty()) {
        return Verdict::NotApplicable;
    }
    let aliases = context.session.aliases();
    let known = aliases.is_some_and(|aliases| aliases.get(context.subject, alias).is_some());
    let complete = aliases.is_none_or(|aliases| aliases.is_complete(context.subject));
    let verdict = Verdict::require(known, || Fault::new(format!("Topic Alias {alias} stands for no topic yet")).at(at, 2));
    verdict.given(if complete { context.history(context.subject) } else { Err(Doubt::Incomplete) })
}
