//! JSON text, value by value, into a buffer that is used again: no tree, no allocation per packet.
//!
//! Text is written so that it is safe on a terminal too: control, format and bidirectional characters are escaped, which
//! a JSON parser undoes.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use crate::show;

/// Writes one JSON value after another.
#[derive(Debug, Default)]
pub struct Json {
    out: Vec<u8>,
    /// A value stands before the next one on the same level.
    comma: bool,
    /// Room for text that is made on the way.
    text: String,
}

impl Json {
    /// Begins an object.
    pub fn object(&mut self) {
        self.begin(b'{');
    }

    /// Ends an object.
    pub fn end_object(&mut self) {
        self.end(b'}');
    }

    /// Begins an array.
    pub fn array(&mut self) {
        self.begin(b'[');
    }

    /// Ends an array.
    pub fn end_array(&mut self) {
        self.end(b']');
    }

    /// The key of the next value; the caller sees to it that an object has each key once.
    pub fn key(&mut self, key: &str) {
        self.string(key);
        self.out.push(b':');
        self.comma = false;
    }

    /// A number.
    pub fn number(&mut self, value: u64) {
        self.separate();
        // Writing to memory cannot fail.
        let _ = write!(self.out, "{value}");
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.separate();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A string.
    pub fn string(&mut self, text: &str) {
        self.separate();
        self.out.push(b'"');
        if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\') {
            self.out.extend_from_slice(text.as_bytes());
        } else {
            text.chars().for_each(|c| self.escaped(c));
        }
        self.out.push(b'"');
    }

    /// Bytes that should be text; what is not UTF-8 becomes U+FFFD.
    pub fn lossy(&mut self, bytes: &[u8]) {
        self.string(&String::from_utf8_lossy(bytes));
    }

    /// Bytes as hex.
    pub fn hex(&mut self, bytes: &[u8]) {
        self.string(&show::hex(bytes));
    }

    /// A member that is a number.
    pub fn number_field(&mut self, key: &str, value: impl Into<u64>) {
        self.key(key);
        self.number(value.into());
    }

    /// A member that is a number with a fraction; infinite ones and NaN, which JSON lacks, are `null`.
    pub fn float_field(&mut self, key: &str, value: f64) {
        self.key(key);
        self.separate();
        let _ = if value.is_finite() { write!(self.out, "{value}") } else { write!(self.out, "null") };
    }

    /// A member that is `true` or `false`.
    pub fn boolean_field(&mut self, key: &str, value: bool) {
        self.key(key);
        self.boolean(value);
    }

    /// A member that is a string.
    pub fn string_field(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    /// A member that is shown as a string.
    pub fn display_field(&mut self, key: &str, value: impl fmt::Display) {
        self.key(key);
        self.text.clear();
        let _ = write!(self.text, "{value}");
        let text = std::mem::take(&mut self.text);
        self.string(&text);
        self.text = text;
    }

    /// A member that is hex.
    pub fn hex_field(&mut self, key: &str, bytes: &[u8]) {
        self.key(key);
        self.hex(bytes);
    }

    /// A member that should be text; where it is not UTF-8, the bytes are given whole in `<key>_hex` beside it.
    pub fn text_field(&mut self, key: &str, bytes: &[u8]) {
        self.key(key);
        self.lossy(bytes);
        if std::str::from_utf8(bytes).is_err() {
            self.key(&format!("{key}_hex"));
            self.hex(bytes);
        }
    }

    /// Ends a line (a document).
    pub fn end_line(&mut self) {
        self.out.push(b'\n');
        self.comma = false;
    }

    /// What was written since the last [`Json::clear`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.out.clear();
        self.comma = false;
    }

    fn begin(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn end(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn escaped(&mut self, c: char) {
        match c {
            '"' | '\\' => self.out.extend_from_slice(&[b'\\', c as u8]),
            '\n' => self.out.extend_from_slice(b"\\n"),
            '\t' => self.out.extend_from_slice(b"\\t"),
            c if show::is_hidden(c) => {
                let mut units = [0; 2];
                let mut text = String::with_capacity(12);
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
                self.out.extend_from_slice(text.as_bytes());
            }
            c => self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(work: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        work(&mut json);
        String::from_utf8(json.as_bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn commas_stand_between_members_and_nowhere_else() {
        let text = written(|json| {
            json.object();
            json.number_field("a", 1u8);
            json.key("b");
            json.array();
            json.boolean(true);
            json.array();
            json.end_array();
            json.object();
            json.end_object();
            json.end_array();
            json.string_field("c", "x");
            json.end_object();
        });
        assert_eq!(text, r#"{"a":1,"b":[true,[],{}],"c":"x"}"#);
    }

    #[test]
    fn text_reads_back_and_carries_no_control_character() {
        let hostile = "\u{1b}[31m\"\\\n\t\u{9b}\u{202e}\u{7f}größe \u{1f980}\u{feff}\u{e0001}";
        let text = written(|json| json.string(hostile));
        assert!(text.chars().all(|c| !show::is_hidden(c)), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), hostile);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_given_twice() {
        let text = written(|json| {
            json.object();
            json.text_field("topic", b"a\xff");
            json.end_object();
        });
        assert_eq!(text, "{\"topic\":\"a\u{fffd}\",\"topic_hex\":\"61ff\"}");
    }
}
