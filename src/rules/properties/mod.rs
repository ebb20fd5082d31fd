//! Properties of 5.0: where they may stand, how often, and with which values (5.0 section 2.2.2.2).

use crate::mqtt::{Properties, PropertyId, PropertyPlace, PropertyValue, Text};
use crate::rule::prelude::*;
use crate::rules;

rules![
    repeated_connect_property,
    repeated_will_property,
    repeated_connack_property,
    repeated_publish_property,
    repeated_puback_property,
    repeated_pubrec_property,
    repeated_pubrel_property,
    repeated_pubcomp_property,
    repeated_subscribe_property,
    repeated_suback_property,
    repeated_unsuback_property,
    repeated_client_disconnect_property,
    repeated_server_disconnect_property,
    repeated_auth_property,
    misplaced_property,
    property_cut_short,
    connect_property_out_of_range,
    connack_property_out_of_range,
    undefined_will_payload_format,
    undefined_payload_format,
    topic_alias_zero,
    subscription_identifier_zero,
    subscription_identifier_zero_from_server,
    subscription_identifier_from_client,
    session_expiry_from_server,
    ill_formed_user_property,
    ill_formed_response_topic,
    ill_formed_content_type,
    ill_formed_property_string,
    wildcard_in_response_topic,
    wildcard_in_will_response_topic,
    auth_data_without_method,
    auth_without_method,
];

/// A property that may occur once, and the statements that say so.
type Once = (PropertyId, &'static [&'static str]);

/// A property whose values are limited, and the statements that say so.
type Ranged = (PropertyId, Range, &'static [&'static str]);

/// Which values a property may have.
#[derive(Clone, Copy)]
enum Range {
    NotZero,
    ZeroOrOne,
}

/// The statements that a string breaks. Ill-formed: that of the field first. U+0000: the one that names it first, as for all
/// other strings.
#[derive(Clone, Copy)]
struct Clauses {
    ill_formed: &'static [&'static str],
    nul: &'static [&'static str],
}

/// Properties and where they stand.
#[derive(Clone, Copy)]
struct Block<'a> {
    place: PropertyPlace,
    properties: &'a Properties<'a>,
}

/// The properties of the packet, if it has any.
fn own<'a>(context: &Context<'a>) -> Option<Block<'a>> {
    let packet = context.packet()?;
    readable(PropertyPlace::Packet(packet.packet_type()), packet.properties()?)
}

/// The Will Properties of a CONNECT, if it has any.
fn of_will<'a>(context: &Context<'a>) -> Option<Block<'a>> {
    readable(PropertyPlace::Will, &context.connect()?.will.as_ref()?.properties)
}

/// Both.
fn blocks<'a>(context: &Context<'a>) -> impl Iterator<Item = Block<'a>> + use<'a> {
    own(context).into_iter().chain(of_will(context))
}

/// Where the Property Length runs past the packet, other rules say so; what looks like properties may be something else.
fn readable<'a>(place: PropertyPlace, properties: &'a Properties<'a>) -> Option<Block<'a>> {
    (!properties.is_empty() && !properties.is_cut()).then_some(Block { place, properties })
}

/// None of these properties occurs more than once.
fn unrepeated(block: Option<Block<'_>>, once: &[Once]) -> Verdict {
    let Some(Block { place, properties }) = block else { return Verdict::NotApplicable };
    if !properties.has_repeated() {
        return Verdict::Pass;
    }
    let mut seen = Vec::new();
    for (id, at) in properties.ids() {
        if seen.contains(&id)
            && let Some((_, clauses)) = once.iter().find(|(known, _)| *known == id)
        {
            let message = format!("{} occurs more than once in {}", id.name(), place.name());
            return Verdict::Fail(Fault::new(message).at(at, 1).citing(clauses));
        }
        seen.push(id);
    }
    Verdict::Pass
}

/// The properties that are limited have a value that they may have.
fn in_range(block: Option<Block<'_>>, limited: &[Ranged]) -> Verdict {
    let Some(Block { place, properties }) = block else { return Verdict::NotApplicable };
    let mut verdict = Verdict::NotApplicable;
    for (id, range, clauses) in limited {
        for property in properties.all(*id) {
            let number = match property.value {
                PropertyValue::Byte(value) => u32::from(value),
                PropertyValue::TwoByte(value) => u32::from(value),
                PropertyValue::FourByte(value) => value,
                PropertyValue::Varint(value) => value.value,
                _ => continue,
            };
            let (name, place) = (id.name(), place.name());
            let message = match range {
                Range::NotZero if number == 0 => format!("{name} of {place} is 0"),
                Range::ZeroOrOne if number > 1 => format!("{name} of {place} is {number}, neither 0 nor 1"),
                _ => {
                    verdict = Verdict::Pass;
                    continue;
                }
            };
            return Verdict::Fail(Fault::new(message).at(property.at, 1).citing(clauses));
        }
    }
    verdict
}

/// The values of a property of the packet that is a string.
fn texts<'a>(context: &Context<'a>, id: PropertyId) -> impl Iterator<Item = Text<'a>> {
    let values = own(context).into_iter().flat_map(move |block| block.properties.all(id));
    values.filter_map(|property| match property.value {
        PropertyValue::Text(text) => Some(text),
        _ => None,
    })
}

/// The strings of a property are well-formed UTF-8 without U+0000.
fn strings<'a>(field: &str, texts: impl IntoIterator<Item = Text<'a>>, clauses: Clauses) -> Verdict {
    checks::each(texts, |text| {
        if !text.is_well_formed() {
            let at = text.find_ill_formed()?;
            let byte = text.bytes.get(at)?;
            let message = format!("{field} is not UTF-8: byte 0x{byte:02x} at offset {at} of it");
            return Some(Fault::new(message).in_text(text, at).citing(clauses.ill_formed));
        }
        let at = if text.has_nul() { text.first_nul()? } else { return None };
        Some(Fault::new(format!("{field} {} holds U+0000", checks::quoted(text))).in_text(text, at).citing(clauses.nul))
    })
}
