use crate::mqtt::{Properties, PropertyId, PropertyValue, Text};
use crate::rule::prelude::*;

rule! {
    /// A string holds a control character (U+0001 to U+001F, U+007F to U+009F) or a Unicode non-character.
    ///
    /// ## Why it matters
    ///
    /// Such a string SHOULD NOT be sent. A receiver may close the connection on it, and some servers do; a topic that
    /// looks the same on a screen is another topic. The usual cause is a line end read from a configuration file.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed. A
    /// PUBLISH from the server is not looked at: it passes on what another client has written.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 30 06 00 04 74 65 6d 0a    "tem" and a line feed
    /// ```
    name: "control-character-in-string",
    binds: Sender,
    severity: Warning,
    v3_1: No,
    v3_1_1: ["PE3-1.5.3-1"],
    v5_0: ["PE-1.5.4-1"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Publish),
        Packet(PacketType::Puback),
        Packet(PacketType::Pubrec),
        Packet(PacketType::Pubrel),
        Packet(PacketType::Pubcomp),
        Packet(PacketType::Subscribe),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsubscribe),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Disconnect),
        Packet(PacketType::Auth),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let own = match &packet.body {
        Body::Publish(_) if context.subject == Role::Server => return Verdict::NotApplicable,
        Body::Publish(publish) => look("Topic Name", publish.topic),
        Body::Connect(connect) => {
            let will = connect.will.as_ref();
            first([
                look("Client Identifier", connect.client_id),
                look("Will Topic", will.and_then(|will| will.topic)),
                look("User Name", connect.user_name),
                will.map_or(Verdict::NotApplicable, |will| in_properties(&will.properties)),
            ])
        }
        Body::Subscribe(subscribe) => look("Topic Filter", subscribe.filters.iter().map(|pair| pair.filter)),
        Body::Unsubscribe(unsubscribe) => look("Topic Filter", unsubscribe.filters.iter()),
        _ => Verdict::NotApplicable,
    };
    match packet.properties() {
        Some(properties) if !properties.is_empty() => first([own, in_properties(properties)]),
        _ => own,
    }
}

/// The first that fails, else a pass if there is one.
fn first<const N: usize>(verdicts: [Verdict; N]) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Fail(_) => 0,
        Verdict::Pass => 1,
        _ => 2,
    };
    verdicts.into_iter().min_by_key(rank).unwrap_or(Verdict::NotApplicable)
}

fn in_properties(properties: &Properties<'_>) -> Verdict {
    let mut verdict = Verdict::NotApplicable;
    for property in properties {
        let name = property.property_id().map_or("property", PropertyId::name);
        let found = match property.value {
            PropertyValue::Text(text) => look(name, [text]),
            PropertyValue::Pair(key, value) => look(name, [key, value]),
            _ => Verdict::NotApplicable,
        };
        verdict = first([verdict, found]);
    }
    verdict
}

fn look<'a>(field: &str, texts: impl IntoIterator<Item = Text<'a>>) -> Verdict {
    // What is not UTF-8 has no characters, and is another fault.
    checks::each(texts.into_iter().filter(Text::is_well_formed), |text| {
        let at = if text.has_control_or_noncharacter() { text.first_control()? } else { return None };
        let character = text.as_str()?.get(at..)?.chars().next()?;
        Some(Fault::new(format!("{field} {} holds U+{:04X}", checks::quoted(text), u32::from(character))).in_text(text, at))
    })
}
