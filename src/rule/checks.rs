//! Questions that many rules ask, about a string, a field that is missing, or a length; answered once.

use super::{Context, Fault, Verdict};
use crate::mqtt::{Connack, Field, MalformedKind, Packet, PacketType, Text, Version, decode};
use crate::show;

/// Longest piece of a string in a message, in characters.
const SHOWN: usize = 40;

/// The strings of a field are well-formed UTF-8.
///
/// 3.1 has its strings from Java, whose `writeUTF` spells U+0000 as C0 80 and characters beyond U+FFFF as two surrogates:
/// there both pass.
pub fn utf8<'a>(context: &Context<'_>, field: &str, texts: impl IntoIterator<Item = Text<'a>>) -> Verdict {
    each(texts, |text| {
        let at = ill_formed(text, context.version)?;
        let byte = text.bytes.get(at)?;
        Some(Fault::new(format!("{field} is not UTF-8: byte 0x{byte:02x} at offset {at} of it")).in_text(text, at))
    })
}

/// The strings of a field do not hold U+0000.
pub fn no_nul<'a>(field: &str, texts: impl IntoIterator<Item = Text<'a>>) -> Verdict {
    each(texts, |text| {
        let at = if text.has_nul() { text.first_nul()? } else { return None };
        Some(Fault::new(format!("{field} {} holds U+0000", quoted(text))).in_text(text, at))
    })
}

/// The Topic Name does not hold `+` or `#`.
pub fn no_wildcard<'a>(field: &str, texts: impl IntoIterator<Item = Text<'a>>) -> Verdict {
    each(texts, |text| {
        if !text.has_wildcard() {
            return None;
        }
        let (at, byte) = text.bytes.iter().enumerate().find(|(_, byte)| matches!(byte, b'+' | b'#'))?;
        Some(Fault::new(format!("{field} {} holds the wildcard {}", quoted(text), char::from(*byte))).in_text(text, at))
    })
}

/// The strings of a field have at least one character.
pub fn not_empty<'a>(field: &str, texts: impl IntoIterator<Item = Text<'a>>) -> Verdict {
    each(texts, |text| text.is_empty().then(|| Fault::new(format!("{field} is empty")).at(text.at.saturating_sub(2), 2)))
}

/// None of the strings has a fault; nothing to say where there is none.
pub fn each<'a>(texts: impl IntoIterator<Item = Text<'a>>, fault: impl Fn(&Text<'a>) -> Option<Fault>) -> Verdict {
    let mut verdict = Verdict::NotApplicable;
    for text in texts {
        match fault(&text) {
            Some(fault) => return Verdict::Fail(fault),
            None => verdict = Verdict::Pass,
        }
    }
    verdict
}

/// A string in quotes, fit for a message.
pub fn quoted(text: &Text<'_>) -> String {
    format!("\"{}\"", show::short(text.bytes, SHOWN))
}

/// The packet does not end inside one of these fields; nothing to say where it breaks off in another.
pub fn complete(context: &Context<'_>, fields: &[Field]) -> Verdict {
    match context.packet().map(|packet| packet.malformed) {
        None => Verdict::NotApplicable,
        Some(None) => Verdict::Pass,
        Some(Some(malformed)) if malformed.kind == MalformedKind::Truncated && fields.contains(&malformed.field) => {
            Verdict::Fail(Fault::new(format!("the packet ends too early: {malformed}")).at(malformed.at as u32, malformed.have))
        }
        Some(Some(_)) => Verdict::NotApplicable,
    }
}

/// Nothing stands behind the last field of the packet; if it does, it `is` this.
pub fn nothing_behind(packet: &Packet<'_>, is: &str) -> Verdict {
    let len = packet.trailing.len();
    let bytes = if len == 1 { "byte" } else { "bytes" };
    Verdict::require(len == 0, || Fault::new(format!("{len} {bytes} behind the last field: {is}")).at(packet.trailing_at, len))
}

/// The packet has this Remaining Length.
pub fn remaining_length(context: &Context<'_>, wanted: u32) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let length = packet.header.remaining_length;
    Verdict::require(length.value == wanted, || {
        let fault = Fault::new(format!("{} has a Remaining Length of {}, not {wanted}", packet.packet_type(), length.value));
        match packet.trailing.len() {
            0 => fault.at(1, usize::from(length.encoded_len)),
            surplus => fault.at(packet.trailing_at, surplus),
        }
    })
}

/// The lower four bits of the first byte are these.
pub fn flags(context: &Context<'_>, wanted: u8) -> Verdict {
    let Some(header) = context.header() else { return Verdict::NotApplicable };
    // 3.1 section 2.1: DUP may be set where a packet with a Packet Identifier (QoS 1) is sent again.
    let free = if context.version == Version::V3_1 && wanted != 0 { 0x08 } else { 0 };
    Verdict::require(header.flags() & !free == wanted & !free, || {
        let (kind, flags) = (header.packet_type(), header.flags());
        Fault::new(format!("the flags of {kind} are {flags:04b}, not {wanted:04b}")).at(0, 1)
    })
}

/// The CONNACK is how a server of another version turns a client away, in the format that it knows: 0x84 in the format of
/// 5.0 (5.0 section 3.1.2.2), or 0x01 in that of 3.1.1 (3.1.1 section 3.1.2.2). In the version that the client asked for it
/// would be wrong in more than one way, but the client has been told all that can be said.
pub fn is_foreign_refusal(context: &Context<'_>, connack: &Connack<'_>) -> bool {
    let Some(judged) = context.judged() else { return false };
    if context.version == Version::V5_0 {
        return judged.packet.header.remaining_length.value == 2 && connack.flags == Some(0) && connack.code == Some(1);
    }
    let new = decode(judged.packet.header, judged.framed.body, Version::V5_0);
    judged.packet.packet_type() == PacketType::Connack
        && connack.flags == Some(0)
        && new.reason_code() == Some(0x84)
        && new.malformed.is_none()
        && new.trailing.is_empty()
}

fn ill_formed(text: &Text<'_>, version: Version) -> Option<usize> {
    if text.is_well_formed() {
        return None;
    }
    let mut from = 0;
    loop {
        let at = from + std::str::from_utf8(text.bytes.get(from..)?).err()?.valid_up_to();
        let java = match text.bytes.get(at..)? {
            [0xc0, 0x80, ..] => 2,
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            _ => 0,
        };
        if version != Version::V3_1 || java == 0 {
            return Some(at);
        }
        from = at + java;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_spellings_pass_in_3_1_only() {
        let java = Text::new(b"a\xc0\x80b\xed\xa0\xbd\xed\xb8\x80c", 0);
        assert_eq!(ill_formed(&java, Version::V3_1), None);
        assert_eq!(ill_formed(&java, Version::V3_1_1), Some(1));
        let other = Text::new(b"\xc0\x80\xff", 0);
        assert_eq!(ill_formed(&other, Version::V3_1), Some(2));
        assert_eq!(ill_formed(&Text::new("größe".as_bytes(), 0), Version::V3_1_1), None);
    }
}
