use crate::mqtt::{MalformedKind, Packet};
use crate::rule::prelude::*;

rule! {
    /// The body of a packet does not have the layout of its type.
    ///
    /// ## Why it matters
    ///
    /// The receiver cannot read the packet and closes the connection. Where the field that does not fit has a
    /// statement of its own, the finding is under that; this rule has the rest: a CONNECT that ends before its Keep
    /// Alive, an acknowledgement without Packet Identifier, a Property Length that runs past the packet, bytes behind
    /// the last field.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 08 00 04 4d 51 54 54 04 02      CONNECT ends behind the Connect Flags
    /// ```
    name: "malformed-body",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-7.1-1"],
    v5_0: ["PE-1.2-1"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let v5 = context.version == Version::V5_0;
    match packet.malformed {
        _ if matches!(packet.body, Body::Reserved) || (matches!(packet.body, Body::Auth(_)) && !v5) => Verdict::NotApplicable,
        // `endless-integer`, `misplaced-property`
        Some(malformed) if matches!(malformed.kind, MalformedKind::VarIntTooLong | MalformedKind::UnknownProperty(_)) => {
            Verdict::NotApplicable
        }
        Some(malformed) if has_rule(packet, malformed.field, context.version) => Verdict::NotApplicable,
        Some(malformed) => {
            let message = format!("the body does not have the layout of {}: {malformed}", packet.packet_type());
            Verdict::Fail(Fault::new(message).at(malformed.at as u32, malformed.have))
        }
        // In 3.x the lengths of all these are fixed, by statements of their own.
        None if v5 && matches!(packet.body, Body::Connack(_) | Body::Ack(_) | Body::Disconnect(_) | Body::Auth(_)) => {
            checks::nothing_behind(packet, "nothing may stand there")
        }
        None if packet.trailing.is_empty() => Verdict::Pass,
        None => Verdict::NotApplicable,
    }
}

/// A more specific rule tells that this field does not fit.
fn has_rule(packet: &Packet<'_>, field: Field, version: Version) -> bool {
    let v5 = version == Version::V5_0;
    match field {
        Field::Property(_) | Field::ClientIdentifier | Field::TopicName => true,
        // Where it may be left out, it can only be cut off.
        Field::PropertyLength => !matches!(packet.body, Body::Ack(_) | Body::Disconnect(_)),
        Field::WillPropertyLength | Field::WillProperties | Field::WillTopic | Field::WillMessage => true,
        // In 3.1 they may be left out though they are announced, so there only a part of one is a fault.
        Field::UserName | Field::Password => version != Version::V3_1,
        Field::ConnectAcknowledgeFlags | Field::ReturnCode => !v5,
        Field::PacketIdentifier => match packet.body {
            Body::Publish(_) | Body::Subscribe(_) | Body::Unsubscribe(_) => true,
            Body::Suback(_) => false,
            _ => !v5,
        },
        // 3.1 does not say that there has to be a filter, so there no rule looks at the first one.
        Field::TopicFilter | Field::RequestedQos | Field::SubscriptionOptions => match &packet.body {
            Body::Subscribe(subscribe) => version != Version::V3_1 || !subscribe.filters.is_empty(),
            _ => true,
        },
        Field::ProtocolName | Field::ProtocolLevel | Field::ConnectFlags | Field::KeepAlive => false,
        Field::Properties | Field::PropertyIdentifier | Field::ReasonCode | Field::End => false,
    }
}
