//! A line cut into words at blanks outside quotes, values with their escapes, and values written so that they read back.

use std::fmt::Write as _;

use super::TraceError;

/// Longest value that a repetition (`"a"*1000`) may make, in bytes: enough to go beyond every limit there is a rule for.
const REPEAT_LIMIT: usize = 1 << 20;

/// The words of a line up to its comment: `#` at its beginning, or behind two blanks.
pub(super) fn words(text: &str, line: usize) -> Result<Vec<&str>, TraceError> {
    let mut words = Vec::new();
    let mut begin = None;
    let mut blanks = usize::MAX;
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if !quoted && c.is_whitespace() {
            words.extend(begin.take().and_then(|begin| text.get(begin..at)));
            blanks = blanks.saturating_add(1);
            continue;
        }
        if c == '#' && !quoted && begin.is_none() && blanks >= 2 {
            return Ok(words);
        }
        blanks = 0;
        begin.get_or_insert(at);
        match c {
            '"' => quoted = !quoted,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    let last = begin.and_then(|begin| text.get(begin..)).unwrap_or_default();
    if quoted {
        return Err(TraceError::expected(line, "a closing quote", last));
    }
    words.extend((!last.is_empty()).then_some(last));
    Ok(words)
}

/// A value without its quotes and escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub bytes: Vec<u8>,
    /// Where colons stand that were not escaped.
    colons: Vec<usize>,
}

impl Value {
    pub fn read(raw: &str, line: usize) -> Result<Self, TraceError> {
        let mut value = Self::default();
        let mut rest = raw;
        let mut quoted = false;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '"' => {
                    quoted = !quoted;
                    if let Some(times) = rest.strip_prefix('*').filter(|times| !quoted && is_number(times)) {
                        value.repeat(times, line)?;
                        return Ok(value);
                    }
                }
                '\\' => rest = value.escape(rest, line)?,
                ':' => {
                    value.colons.push(value.bytes.len());
                    value.bytes.push(b':');
                }
                c => value.push(c),
            }
        }
        Ok(value)
    }

    /// Cut at the first colon that was not escaped.
    pub fn split_first(&self) -> Option<(&[u8], &[u8])> {
        self.split_at(*self.colons.first()?)
    }

    /// Cut at the last colon that was not escaped.
    pub fn split_last(&self) -> Option<(&[u8], &[u8])> {
        self.split_at(*self.colons.last()?)
    }

    fn split_at(&self, colon: usize) -> Option<(&[u8], &[u8])> {
        Some((self.bytes.get(..colon)?, self.bytes.get(colon + 1..)?))
    }

    fn push(&mut self, c: char) {
        self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Reads what follows a backslash; returns what follows that.
    fn escape<'t>(&mut self, rest: &'t str, line: usize) -> Result<&'t str, TraceError> {
        let mut chars = rest.chars();
        let kind = chars.next();
        let rest_of = chars.as_str();
        let plain = match kind {
            Some(c @ ('"' | '\\')) => Some(c),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('0') => Some('\0'),
            _ => None,
        };
        if let Some(c) = plain {
            self.push(c);
            return Ok(rest_of);
        }
        if kind == Some('x')
            && let Some(digits) = rest_of.get(..2)
            && let Some(byte) = hex_byte(digits)
        {
            self.bytes.push(byte);
            return Ok(rest_of.get(2..).unwrap_or_default());
        }
        if kind == Some('u')
            && let Some((digits, behind)) = rest_of.strip_prefix('{').and_then(|rest| rest.split_once('}'))
            && let Some(c) = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
        {
            self.push(c);
            return Ok(behind);
        }
        Err(TraceError::expected(line, r#"an escape: \" \\ \n \r \t \0 \xNN or \u{N}"#, &format!("\\{rest}")))
    }

    fn repeat(&mut self, times: &str, line: usize) -> Result<(), TraceError> {
        self.bytes = repeated(&self.bytes, times, line)?;
        Ok(())
    }
}

/// The bytes of a word of hex digits, of a quoted text, or of one of them repeated.
pub(super) fn bytes(word: &str, line: usize) -> Result<Vec<u8>, TraceError> {
    if word.starts_with('"') {
        return Ok(Value::read(word, line)?.bytes);
    }
    let (digits, times) = word.split_once('*').unwrap_or((word, "1"));
    let expected = || TraceError::expected(line, "a packet by name, bytes in hex or \"text\"", word);
    if !is_number(times) || !digits.is_ascii() || digits.is_empty() || digits.len() % 2 == 1 {
        return Err(expected());
    }
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2).and_then(hex_byte));
    repeated(&pairs.collect::<Option<Vec<u8>>>().ok_or_else(expected)?, times, line)
}

/// The first part of a value in two parts: as [`quote`], but no colon in it is taken for the one between them.
pub(super) fn quote_name(bytes: &[u8]) -> String {
    if bytes.contains(&b':') { quote(bytes).replace(':', "\\x3a") } else { quote(bytes) }
}

/// A value as it has to be written: quoted unless it is one plain word.
pub(super) fn quote(bytes: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_-.+#$@,:*'()".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        return bytes.iter().copied().map(char::from).collect();
    }
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                // Whatever a terminal might act on, or a reader not see.
                c if !is_shown(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape_byte(&mut out, byte)),
                c => out.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| escape_byte(&mut out, *byte));
    }
    out.push('"');
    out
}

/// Bytes as pairs of hex digits with blanks between them.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        let _ = write!(out, "{}{byte:02x}", if out.is_empty() { "" } else { " " });
    }
    out
}

/// A number, decimal or in hex behind `0x`.
pub(super) fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16).ok(),
        None if is_number(word) => word.parse().ok(),
        _ => None,
    }
}

fn repeated(bytes: &[u8], times: &str, line: usize) -> Result<Vec<u8>, TraceError> {
    let times: usize = times.parse().unwrap_or(usize::MAX);
    if times.saturating_mul(bytes.len().max(1)) > REPEAT_LIMIT {
        return Err(TraceError::expected(line, "a repetition to at most 1,048,576 bytes", &times.to_string()));
    }
    Ok(bytes.repeat(times))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn hex_byte(digits: &str) -> Option<u8> {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

fn is_shown(c: char) -> bool {
    // The decision of `show` on what is fit for people: such a character comes out as it went in.
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    crate::show::text(text.as_bytes()) == text
}

fn escape_byte(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_behind_two_blanks() {
        assert_eq!(words("a  b # c  # d", 1).unwrap(), ["a", "b", "#", "c"]);
        assert_eq!(words("# all of it", 1).unwrap(), [""; 0]);
        assert_eq!(words("  # all of it", 1).unwrap(), [""; 0]);
        assert_eq!(words("filter=#  # don't", 1).unwrap(), ["filter=#"]);
        assert_eq!(words(r#"topic="a  # \" b" x"#, 1).unwrap(), [r#"topic="a  # \" b""#, "x"]);
        assert_eq!(words("a \"b", 3).unwrap_err().to_string(), "line 3: expected a closing quote, found `\"b`");
    }

    #[test]
    fn escapes_and_repetitions() {
        assert_eq!(Value::read(r#""a\x00\u{e9}\"\\""#, 1).unwrap().bytes, b"a\0\xc3\xa9\"\\");
        assert_eq!(Value::read(r#""ab"*3"#, 1).unwrap().bytes, b"ababab");
        assert_eq!(bytes("00ff*2", 1).unwrap(), [0, 0xff, 0, 0xff]);
        assert!(Value::read(r"\q", 1).is_err());
        assert!(Value::read(r#""ab"*99999999999999999999999"#, 1).is_err());
        assert!(bytes("0", 1).is_err() && bytes("", 1).is_err() && bytes("+1", 1).is_err());
    }

    #[test]
    fn a_quoted_value_reads_back() {
        for bytes in [&b""[..], b"a/b", b"a b", b"a:b", b"\"\\:", "gr\u{f6}\u{202e}\x1b".as_bytes(), b"\xff\xc3"] {
            let quoted = quote(bytes);
            assert_eq!(Value::read(&quoted, 1).unwrap().bytes, bytes, "{quoted}");
            assert!(!quoted.chars().any(char::is_control));
            assert_eq!(Value::read(&quote_name(bytes), 1).unwrap(), Value { bytes: bytes.to_vec(), colons: Vec::new() });
        }
    }
}
