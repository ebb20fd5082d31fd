//! Length-prefixed fields: strings that may or may not be UTF-8, and binary data.

/// Set in [`Text::traits`] by what one pass over the bytes found.
const ILL_FORMED: u8 = 1;
const NUL: u8 = 2;
const CONTROL: u8 = 4;
const WILDCARD: u8 = 8;
/// Only while scanning: a byte that needs a look at the whole character.
const NON_ASCII: u8 = 16;

/// A field the specification calls a UTF-8 Encoded String, as sent, without its length prefix (5.0 section 1.5.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    /// The bytes as sent, whatever they are.
    pub bytes: &'a [u8],
    /// The offset of the first of them from the start of the packet; the length prefix is the two bytes before.
    pub at: u32,
    traits: u8,
}

impl<'a> Text<'a> {
    /// Looks through the bytes once, so that the questions below cost nothing.
    #[inline]
    pub fn new(bytes: &'a [u8], at: u32) -> Text<'a> {
        Text { bytes, at, traits: if is_plain(bytes) { 0 } else { traits(bytes) } }
    }

    /// Whether the bytes are UTF-8 without surrogates and overlong forms ([MQTT-1.5.4-1], 3.1.1 [MQTT-1.5.3-1]).
    #[inline]
    pub const fn is_well_formed(&self) -> bool {
        self.traits & ILL_FORMED == 0
    }

    /// Whether U+0000 is among them ([MQTT-1.5.4-2], 3.1.1 [MQTT-1.5.3-2]).
    #[inline]
    pub const fn has_nul(&self) -> bool {
        self.traits & NUL != 0
    }

    /// Whether a control character (U+0001 to U+001F, U+007F to U+009F) or a non-character (U+FDD0 to U+FDEF, U+nFFFE,
    /// U+nFFFF) is in the well-formed part, which 5.0 section 1.5.4 advises against.
    #[inline]
    pub const fn has_control_or_noncharacter(&self) -> bool {
        self.traits & CONTROL != 0
    }

    /// Whether `+` or `#` occurs, which Topic Names must not hold ([MQTT-3.3.2-2]).
    #[inline]
    pub const fn has_wildcard(&self) -> bool {
        self.traits & WILDCARD != 0
    }

    /// Whether the field was sent with length 0.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The number of bytes, without the length prefix.
    #[inline]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The field as a string, or `None` when it is not well-formed.
    pub fn as_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// The offset within the field of the first byte that is not UTF-8.
    pub fn find_ill_formed(&self) -> Option<usize> {
        std::str::from_utf8(self.bytes).err().map(|error| error.valid_up_to())
    }

    /// The offset within the field of the first U+0000.
    pub fn first_nul(&self) -> Option<usize> {
        self.bytes.iter().position(|&byte| byte == 0)
    }

    /// The offset within the field of the first control character or non-character.
    pub fn first_control(&self) -> Option<usize> {
        let mut at = 0;
        for chunk in self.bytes.utf8_chunks() {
            if let Some((offset, _)) = chunk.valid().char_indices().find(|&(_, c)| is_control_or_noncharacter(c)) {
                return Some(at + offset);
            }
            at += chunk.valid().len() + chunk.invalid().len();
        }
        None
    }
}

/// A field the specification calls Binary Data, without its length prefix (5.0 section 1.5.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Binary<'a> {
    /// The bytes as sent.
    pub bytes: &'a [u8],
    /// The offset of the first of them from the start of the packet; the length prefix is the two bytes before.
    pub at: u32,
}

/// Whether all bytes are printable ASCII but `+` and `#`, as in nearly every string there is.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let (words, tail) = bytes.as_chunks::<8>();
    // Two looks at some bytes cost less than a loop over the last seven.
    match bytes.last_chunk::<8>() {
        Some(last) => words.iter().all(|word| is_plain_word(*word)) && (tail.is_empty() || is_plain_word(*last)),
        None => bytes.iter().all(|&byte| ascii_traits(byte) == 0),
    }
}

/// [`ascii_traits`] is 0 for each of eight bytes, found without a loop.
#[inline]
const fn is_plain_word(word: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES * 0x80;
    let word = u64::from_ne_bytes(word);
    // Bit 7 of a byte is set by the subtraction when the byte is smaller; a borrow only ever follows a byte that was.
    let control = word.wrapping_sub(ONES * 0x20);
    let delete = (word ^ (ONES * 0x7f)).wrapping_sub(ONES);
    let plus = (word ^ (ONES * b'+' as u64)).wrapping_sub(ONES);
    let hash = (word ^ (ONES * b'#' as u64)).wrapping_sub(ONES);
    (word | control | delete | plus | hash) & HIGH == 0
}

const fn ascii_traits(byte: u8) -> u8 {
    match byte {
        0 => NUL,
        0x01..=0x1f | 0x7f => CONTROL,
        b'+' | b'#' => WILDCARD,
        0x80.. => NON_ASCII,
        _ => 0,
    }
}

#[cold]
fn traits(bytes: &[u8]) -> u8 {
    match bytes.iter().fold(0, |traits, &byte| traits | ascii_traits(byte)) {
        traits if traits & NON_ASCII != 0 => traits & !NON_ASCII | character_traits(bytes),
        traits => traits,
    }
}

fn character_traits(bytes: &[u8]) -> u8 {
    let control = |text: &str| if text.chars().any(is_control_or_noncharacter) { CONTROL } else { 0 };
    match std::str::from_utf8(bytes) {
        Ok(text) => control(text),
        Err(_) => bytes.utf8_chunks().fold(ILL_FORMED, |traits, chunk| traits | control(chunk.valid())),
    }
}

const fn is_control_or_noncharacter(c: char) -> bool {
    matches!(c, '\u{1}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: &[u8]) -> Text<'_> {
        Text::new(bytes, 0)
    }

    #[test]
    fn plain_topic_has_no_traits() {
        let topic = text("plant/pumpe/Größe/温度".as_bytes());
        assert!(topic.is_well_formed() && !topic.has_nul() && !topic.has_control_or_noncharacter() && !topic.has_wildcard());
        assert_eq!(topic.as_str(), Some("plant/pumpe/Größe/温度"));
    }

    #[test]
    fn surrogates_and_overlong_forms_are_ill_formed() {
        for (bytes, at) in [(&hex!("61 eda080")[..], 1), (&hex!("6161 c080"), 2), (&hex!("ff"), 0), (&hex!("61 e282"), 1)] {
            assert!(!text(bytes).is_well_formed());
            assert_eq!(text(bytes).find_ill_formed(), Some(at));
            assert_eq!(text(bytes).as_str(), None);
        }
        assert_eq!(text(b"").find_ill_formed(), None);
    }

    #[test]
    fn nul_is_not_a_control_character() {
        assert!(text(&hex!("61 00")).has_nul());
        assert!(!text(&hex!("61 00")).has_control_or_noncharacter());
        assert_eq!(text(&hex!("61 00")).first_nul(), Some(1));
    }

    #[test]
    fn controls_and_noncharacters_are_found() {
        for c in ['\u{1}', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}', '\u{fdd0}', '\u{fdef}', '\u{fffe}', '\u{1ffff}', '\u{10ffff}'] {
            let string = format!("aß{c}");
            assert!(text(string.as_bytes()).has_control_or_noncharacter(), "{c:?}");
            assert_eq!(text(string.as_bytes()).first_control(), Some(3), "{c:?}");
        }
        for c in [' ', '~', '\u{a0}', '\u{feff}', '\u{fdcf}', '\u{fdf0}', '\u{fffd}'] {
            assert!(!text(c.to_string().as_bytes()).has_control_or_noncharacter(), "{c:?}");
        }
        assert_eq!(text(&hex!("ff 07")).first_control(), Some(1));
    }

    proptest! {
        #[test]
        fn traits_agree_with_the_slow_way(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(vec![0, 1, b'+', b'#', 0x7f, b'a', 0xc2, 0x80, 0xef, 0xbf, 0xbe])], 0..60)) {
            let text = text(&bytes);
            prop_assert_eq!(text.is_well_formed(), std::str::from_utf8(&bytes).is_ok());
            prop_assert_eq!(text.is_well_formed(), text.find_ill_formed().is_none());
            prop_assert_eq!(text.has_nul(), text.first_nul().is_some());
            prop_assert_eq!(text.has_control_or_noncharacter(), text.first_control().is_some());
            prop_assert_eq!(text.has_wildcard(), bytes.iter().any(|b| b"+#".contains(b)));
            prop_assert_eq!(is_plain(&bytes), bytes.iter().all(|&byte| ascii_traits(byte) == 0));
        }
    }
}
