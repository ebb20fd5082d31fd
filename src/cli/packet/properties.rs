//! A property block as a JSON object.
//!
//! Each property stands under its name; `user_properties` (pairs) and `subscription_identifiers` are arrays in the order
//! sent. Nothing is lost: what may stand only once and is sent again goes to `repeated_properties` (`[name, value]` pairs),
//! and from the first unknown or broken property on, the rest of the block is given as `unread_hex`. Authentication Data is
//! `***` unless secrets are wanted; then `unread_hex` is left out too where it may hold some.

use crate::analysis::secret::{self, REDACTED};
use crate::cli::json::Json;
use crate::mqtt::{PacketType, Properties, Property, PropertyId, PropertyValue};

/// Writes the member `properties`, if there is a block on the wire, of a packet of type `kind`.
pub fn field(json: &mut Json, properties: &Properties<'_>, kind: PacketType, show_secrets: bool) {
    if properties.is_absent() {
        return;
    }
    json.key("properties");
    json.object();
    let mut seen = 0u64;
    let mut repeated = false;
    for property in properties {
        let Some(id) = property.property_id() else { continue };
        let bit = 1 << id.to_u32();
        match id {
            PropertyId::UserProperty | PropertyId::SubscriptionIdentifier => {}
            _ if seen & bit != 0 => repeated = true,
            _ => member(json, id, &property, show_secrets),
        }
        seen |= bit;
    }
    if seen & (1 << PropertyId::SubscriptionIdentifier.to_u32()) != 0 {
        subscription_identifiers(json, properties);
    }
    if seen & (1 << PropertyId::UserProperty.to_u32()) != 0 {
        user_properties(json, properties);
    }
    if repeated {
        repeated_properties(json, properties, show_secrets);
    }
    let unread = properties.unread();
    // What is broken may hold a secret anywhere behind the break.
    if !unread.is_empty() && (show_secrets || !secret::is_possible_in(kind)) {
        json.hex_field("unread_hex", unread);
    }
    json.end_object();
}

fn member(json: &mut Json, id: PropertyId, property: &Property<'_>, show_secrets: bool) {
    if let PropertyValue::Text(text) = property.value {
        json.text_field(id.key(), text.bytes);
    } else {
        json.key(id.key());
        unless_secret(json, property, show_secrets);
    }
}

/// A value, or what stands in its place if it is a secret.
fn unless_secret(json: &mut Json, property: &Property<'_>, show_secrets: bool) {
    if secret::is_secret(property.property_id()) && !show_secrets {
        json.string(REDACTED);
    } else {
        element(json, property.value);
    }
}

/// A value where no `_hex` can stand beside it.
fn element(json: &mut Json, value: PropertyValue<'_>) {
    match value {
        PropertyValue::Byte(value) => json.number(u64::from(value)),
        PropertyValue::TwoByte(value) => json.number(u64::from(value)),
        PropertyValue::FourByte(value) => json.number(u64::from(value)),
        PropertyValue::Varint(value) => json.number(u64::from(value.value)),
        PropertyValue::Binary(value) => json.hex(value.bytes),
        PropertyValue::Text(text) => json.lossy(text.bytes),
        PropertyValue::Pair(name, value) => {
            json.array();
            json.lossy(name.bytes);
            json.lossy(value.bytes);
            json.end_array();
        }
    }
}

fn subscription_identifiers(json: &mut Json, properties: &Properties<'_>) {
    json.key("subscription_identifiers");
    json.array();
    for property in properties {
        if property.property_id() == Some(PropertyId::SubscriptionIdentifier) {
            element(json, property.value);
        }
    }
    json.end_array();
}

fn user_properties(json: &mut Json, properties: &Properties<'_>) {
    let pairs = || {
        properties.iter().filter_map(|property| match property.value {
            PropertyValue::Pair(name, value) => Some((name, value)),
            _ => None,
        })
    };
    json.key("user_properties");
    json.array();
    for (name, value) in pairs() {
        element(json, PropertyValue::Pair(name, value));
    }
    json.end_array();
    if pairs().all(|(name, value)| name.is_well_formed() && value.is_well_formed()) {
        return;
    }
    json.key("user_properties_hex");
    json.array();
    for (name, value) in pairs() {
        json.array();
        json.hex(name.bytes);
        json.hex(value.bytes);
        json.end_array();
    }
    json.end_array();
}

fn repeated_properties(json: &mut Json, properties: &Properties<'_>, show_secrets: bool) {
    json.key("repeated_properties");
    json.array();
    let mut seen = 0u64;
    for property in properties {
        let Some(id) = property.property_id() else { continue };
        let bit = 1 << id.to_u32();
        if seen & bit != 0 && !matches!(id, PropertyId::UserProperty | PropertyId::SubscriptionIdentifier) {
            json.array();
            json.string(id.key());
            unless_secret(json, &property, show_secrets);
            if let PropertyValue::Text(text) = property.value
                && !text.is_well_formed()
            {
                json.hex(text.bytes);
            }
            json.end_array();
        }
        seen |= bit;
    }
    json.end_array();
}
