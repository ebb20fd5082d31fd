//! Bytes as people paste them: bare hex, with separators, as a C array or string, or a dump with offsets and text beside it.

/// Bytes a line of a dump.
const ROW: usize = 16;

/// Reads bytes.
///
/// # Errors
/// In words: what is no hex digit, or that a digit is missing.
pub fn parse(text: &str) -> Result<Vec<u8>, String> {
    let bytes = match dump(text) {
        Some(bytes) => bytes,
        None => listed(body(text))?,
    };
    if bytes.is_empty() { Err("no bytes: give a control packet in hex, such as c000".into()) } else { Ok(bytes) }
}

/// What stands in the braces of `uint8_t packet[] = { … };`.
fn body(text: &str) -> &str {
    let inside = text.split_once('{').map_or(text, |(_, inside)| inside);
    inside.split_once('}').map_or(inside, |(inside, _)| inside)
}

/// Bytes with anything usual between them: blanks, `:` `,` `;` `-` `|`, quotes, `0x`, `\x`.
fn listed(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || ":,;-|\"'\\".contains(c)) {
        // `\x10\x0c` was split at the backslash.
        let digits = ["0x", "0X", "x", "X"].iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
        let lone = digits.len() == 1 && digits.len() < word.len();
        if let Some(other) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("{other:?} in `{}` is no hex digit", crate::show::short(word.as_bytes(), 20)));
        }
        if lone {
            // `0x0` in a C array.
            bytes.extend(u8::from_str_radix(digits, 16));
            continue;
        }
        if digits.len() % 2 == 1 {
            return Err(format!("`{}` has an odd number of hex digits", crate::show::short(word.as_bytes(), 20)));
        }
        bytes.extend(pairs(digits));
    }
    Ok(bytes)
}

fn pairs(digits: &str) -> impl Iterator<Item = u8> {
    digits.as_bytes().chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
}

/// The bytes of a dump (Wireshark, xxd, hexdump -C, tcpdump -X): every line begins with the offset of its first byte.
fn dump(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek()?;
    for line in lines {
        // hexdump ends with an offset alone.
        let (offset, rest) = line.split_once([' ', '\t', ':']).or((!bytes.is_empty()).then_some((line, "")))?;
        let digits = offset.strip_prefix("0x").unwrap_or(offset);
        // Shorter ones are bytes.
        if digits.len() < 3 || usize::from_str_radix(digits, 16) != Ok(bytes.len()) {
            return None;
        }
        // An offset is set off by more than a blank.
        let set_off = line.as_bytes().get(offset.len()) == Some(&b':') || rest.starts_with([' ', '\t']);
        if !set_off && !rest.is_empty() {
            return None;
        }
        bytes.extend(row(rest));
    }
    Some(bytes)
}

/// The bytes of a line, up to the text beside them: behind a full row, a `|` or a wide gap.
fn row(line: &str) -> Vec<u8> {
    let line = line.trim_start().split('|').next().unwrap_or_default();
    let hex = line.split_once("   ").map_or(line, |(hex, _)| hex);
    let mut bytes = Vec::new();
    for word in hex.split_whitespace() {
        let is_hex = word.len().is_multiple_of(2) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || bytes.len() + word.len() / 2 > ROW {
            break;
        }
        bytes.extend(pairs(word));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 22] = *b"\x10\x14\x00\x04MQTT\x04\x02\x00\x3c\x00\x08pump-07b";

    #[test]
    fn lists_are_read_as_people_paste_them() {
        for text in [
            "3005ff00",
            "30 05 FF 00",
            "30:05:ff:00",
            "30-05-ff-00",
            "0x30, 0x05, 0xff, 0x0",
            "0x3005ff00",
            " 30\t05\nff 00 ",
            "\\x30\\x05\\xff\\x00",
            "\"\\x30\\x05\" \\\n\"\\xff\\x00\"",
            "uint8_t packet[4] = { 0x30, 0x05, 0xff, 0x00 };",
            "3005 ff00",
        ] {
            assert_eq!(parse(text), Ok(vec![0x30, 0x05, 0xff, 0x00]), "{text}");
        }
    }

    #[test]
    fn dumps_are_read_without_offsets_and_text() {
        let wireshark = "0000   10 14 00 04 4d 51 54 54 04 02 00 3c 00 08 70 75   ....MQTT...<..pu\n0010   6d 70 2d 30 37 62                                 mp-07b\n";
        let xxd = "00000000: 1014 0004 4d51 5454 0402 003c 0008 7075  ....MQTT...<..pu\n00000010: 6d70 2d30 3762                           mp-07b\n";
        let hexdump = "00000000  10 14 00 04 4d 51 54 54  04 02 00 3c 00 08 70 75  |....MQTT...<..pu|\n00000010  6d 70 2d 30 37 62                                 |mp-07b|\n00000016\n";
        let tcpdump = "\t0x0000:  1014 0004 4d51 5454 0402 003c 0008 7075  ....MQTT...<..pu\n\t0x0010:  6d70 2d30 3762                           mp-07b\n";
        for text in [wireshark, xxd, hexdump, tcpdump] {
            assert_eq!(parse(text).map(|bytes| crate::show::hex(&bytes)), Ok(crate::show::hex(&PACKET)), "{text}");
        }
    }

    #[test]
    fn bytes_that_look_like_an_offset_are_bytes() {
        assert_eq!(parse("0000 1000"), Ok(vec![0, 0, 0x10, 0]));
        assert_eq!(parse("000010"), Ok(vec![0, 0, 0x10]));
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        assert_eq!(parse("3g"), Err("'g' in `3g` is no hex digit".to_owned()));
        assert_eq!(parse("30 0"), Err("`0` has an odd number of hex digits".to_owned()));
        assert!(parse(" ").is_err() && parse("{}").is_err());
    }
}
