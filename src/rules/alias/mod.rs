//! Topic Aliases (5.0 section 3.3.2.3.4): within the Topic Alias Maximum of the receiver, set before they are used alone.

use crate::mqtt::Publish;
use crate::rule::prelude::*;
use crate::rules;

rules![
    client_alias_above_maximum,
    client_rejects_legal_alias,
    server_alias_above_maximum,
    server_rejects_legal_alias,
    topic_alias_unmapped,
];

/// Reason Code: Topic Alias invalid.
const TOPIC_ALIAS_INVALID: u8 = 0x94;

/// The PUBLISH that is judged, its Topic Alias and the offset of that; nothing for the alias 0, which is never allowed.
fn alias<'a>(context: &Context<'a>) -> Option<(&'a Publish<'a>, u16, u32)> {
    let publish = context.publish().filter(|publish| !publish.properties.is_empty())?;
    let property = publish.properties.find(PropertyId::TopicAlias)?;
    let alias = publish.properties.u16(PropertyId::TopicAlias).filter(|alias| *alias > 0)?;
    Some((publish, alias, property.value_at()))
}

/// Whether an alias is within the Topic Alias Maximum of the receiver. The clauses are those for a maximum and for none.
fn within_maximum(context: &Context<'_>, [above, none]: [&'static [&'static str]; 2]) -> Verdict {
    let Some((_, alias, at)) = alias(context) else { return Verdict::NotApplicable };
    let (maximum, said) = match context.subject {
        Role::Client => {
            let Some(connack) = context.session.connack() else {
                return context.history(Role::Server).err().map_or(Verdict::NotApplicable, Verdict::Inconclusive);
            };
            let usable = connack.accepted() && connack.is_clear && context.session.connacks() == 1;
            (usable.then_some(connack.limits.topic_alias_maximum), connack.stamp)
        }
        Role::Server => match context.first_connect() {
            Ok(connect) => {
                let usable = connect.is_clear && context.session.connects() == 1;
                (usable.then_some(connect.limits.topic_alias_maximum), connect.stamp)
            }
            Err(doubt) => return Verdict::Inconclusive(doubt),
        },
    };
    let Some(maximum) = maximum else { return Verdict::NotApplicable };
    Verdict::require(alias <= maximum, || {
        let peer = context.subject.peer();
        let message = format!("Topic Alias {alias}, Topic Alias Maximum of the {peer} is {maximum}");
        Fault::new(message).at(at, 2).related(said).citing(if maximum == 0 { none } else { above })
    })
}

/// Whether the side that is judged took the aliases of its peer, as long as they were allowed by its `maximum`.
fn accepts_legal_aliases(context: &Context<'_>, maximum: Option<u16>) -> Verdict {
    let role = context.subject;
    let used = context.session.aliases().and_then(|aliases| aliases.used(role.peer()));
    let (Some(maximum), Some(used)) = (maximum, used) else { return Verdict::NotApplicable };
    if used.lowest == 0 || used.highest > maximum || used.unmapped {
        return Verdict::NotApplicable;
    }
    let code = |disconnect: Option<Option<u8>>| disconnect.flatten() == Some(TOPIC_ALIAS_INVALID);
    let verdict = match context.disconnect() {
        Some(disconnect) if code(Some(disconnect.reason_code)) => {
            let message = format!("Topic Alias invalid, though only aliases up to {} of {maximum} were used", used.highest);
            Verdict::Fail(Fault::new(message).at(disconnect.reason_code_at, 1))
        }
        None if !code(context.session.disconnect(role).map(|(code, _)| code)) => Verdict::Pass,
        _ => Verdict::NotApplicable,
    };
    verdict.given(context.history(role.peer()))
}
