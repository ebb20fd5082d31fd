//! Whether bytes that come in pieces are UTF-8, without keeping them.

/// Longest UTF-8 sequence, in bytes.
const LONGEST: usize = 4;

/// Looks at one piece after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8 {
    /// How many bytes from the start are whole characters.
    valid: u64,
    /// The first bytes of a character that the last piece broke off.
    begun: [u8; LONGEST],
    begun_len: usize,
    /// What stands behind the valid bytes is no character.
    broken: bool,
}

impl Utf8 {
    /// Takes the next piece.
    pub fn add(&mut self, mut piece: &[u8]) {
        while self.begun_len > 0
            && !self.broken
            && let Some((next, rest)) = piece.split_first()
        {
            if let Some(slot) = self.begun.get_mut(self.begun_len) {
                *slot = *next;
            }
            self.begun_len += 1;
            piece = rest;
            let begun = self.begun;
            self.look(begun.get(..self.begun_len).unwrap_or(&[]));
        }
        if !self.broken && !piece.is_empty() {
            self.look(piece);
        }
    }

    /// The offset of the first byte that is not UTF-8, now that no more come.
    pub fn ill_formed(&self) -> Option<u64> {
        (self.broken || self.begun_len > 0).then_some(self.valid)
    }

    /// Looks at bytes that follow the valid ones.
    fn look(&mut self, bytes: &[u8]) {
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) => {
                self.broken = error.error_len().is_some();
                error.valid_up_to()
            }
        };
        self.valid += valid as u64;
        let begun = bytes.get(valid..).filter(|begun| begun.len() < LONGEST).unwrap_or(&[]);
        self.begun_len = begun.len();
        self.begun.iter_mut().zip(begun).for_each(|(slot, byte)| *slot = *byte);
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    fn ill_formed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<u64> {
        let mut utf8 = Utf8::default();
        pieces.into_iter().for_each(|piece| utf8.add(piece));
        utf8.ill_formed()
    }

    #[test]
    fn characters_may_be_cut_anywhere() {
        assert_eq!(ill_formed("aß€😀".as_bytes().chunks(1)), None);
        assert_eq!(ill_formed([&hex!("61 f0 9f")[..], &hex!(""), &hex!("98"), &hex!("80 62")]), None);
        assert_eq!(ill_formed([]), None);
    }

    #[test]
    fn fault_is_where_the_character_begins() {
        assert_eq!(ill_formed([&hex!("61 e2")[..], &hex!("82 61")]), Some(1));
        assert_eq!(ill_formed([&hex!("61 e2")[..], &hex!("82")]), Some(1));
        assert_eq!(ill_formed([&hex!("61 ed")[..], &hex!("a0 80 ff")]), Some(1));
        assert_eq!(ill_formed([&hex!("61 f4")[..], &hex!("90"), &hex!("80 80")]), Some(1));
        assert_eq!(ill_formed([&hex!("6161")[..], &hex!("ff"), &hex!("61")]), Some(2));
    }

    proptest! {
        #[test]
        fn pieces_agree_with_the_whole(
            bytes in prop::collection::vec(prop_oneof![
                prop::char::any().prop_map(|c| c.to_string().into_bytes()),
                prop::collection::vec(prop::sample::select(vec![0x61, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff]), 1..3),
            ], 0..12),
            cut in 1usize..7,
        ) {
            let bytes = bytes.concat();
            let expected = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to() as u64);
            prop_assert_eq!(ill_formed(bytes.chunks(cut)), expected);
        }
    }
}
