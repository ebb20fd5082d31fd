//! Bytes from the wire made fit for people: no control character, no escape sequence, no bidirectional trick gets through.

use std::fmt::Write as _;

/// UTF-8 for a terminal: what is not valid becomes U+FFFD, control and format characters become `\xNN` or `\u{N}`.
pub fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut out, c);
        }
        if !chunk.invalid().is_empty() {
            out.push('\u{fffd}');
        }
    }
    out
}

/// The same, cut to about `limit` characters with an ellipsis.
pub fn short(bytes: &[u8], limit: usize) -> String {
    let shown = text(bytes.get(..limit * 8).unwrap_or(bytes));
    if shown.chars().count() <= limit {
        return shown;
    }
    let mut cut: String = shown.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Text of our own that may quote the wire: without anything that a terminal would act on.
pub fn tame(own: &str) -> String {
    let mut out = String::with_capacity(own.len());
    for c in own.chars() {
        // A backslash of our own is no escape.
        if is_hidden(c) { push(&mut out, c) } else { out.push(c) }
    }
    out
}

/// Lowercase hex, two digits a byte, without spaces.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Whether a character must not reach a terminal as it is: it acts on it, or it is invisible.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn push(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        c if c.is_control() && u32::from(c) < 0x100 => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        c if is_hidden(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_act_on() {
        assert_eq!(text(b"a\x1b[31m\x07\xc2\x9b"), "a\\x1b[31m\\x07\\x9b");
        assert_eq!(text("a\u{202e}b\u{feff}".as_bytes()), "a\\u{202e}b\\u{feff}");
        assert_eq!(text(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(text("größe".as_bytes()), "größe");
    }

    #[test]
    fn cuts_long_text() {
        assert_eq!(short(b"abcdef", 6), "abcdef");
        assert_eq!(short(b"abcdefg", 6), "abcde…");
    }
}
