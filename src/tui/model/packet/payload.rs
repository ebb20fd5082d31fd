//! A payload as lines: JSON, text or bytes. Nothing is tidied up: JSON is only broken into lines.

use serde::de::IgnoredAny;
use unicode_width::UnicodeWidthChar;

use crate::show;

/// Deepest indentation of JSON, in levels.
const DEEPEST: usize = 16;

/// How a payload is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, one value a line.
    Json,
    /// UTF-8, what cannot be shown as escapes.
    Text,
    /// Bytes.
    Hex,
}

impl Form {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Hex => "hex",
        }
    }

    /// The forms that a payload has, the one that says most first.
    pub fn all(payload: &[u8]) -> Vec<Self> {
        let is_text = |text: &str| !text.chars().any(|c| show::is_hidden(c) && !matches!(c, '\n' | '\r' | '\t'));
        match std::str::from_utf8(payload) {
            // A number alone is JSON, too; that helps nobody.
            Ok(text) if text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                vec![Self::Json, Self::Text, Self::Hex]
            }
            Ok(text) if is_text(text) => vec![Self::Text, Self::Hex],
            _ => vec![Self::Hex, Self::Text],
        }
    }

    /// A payload in lines of so many columns; those of bytes are drawn by whoever shows them.
    pub fn lines(self, payload: &[u8], columns: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(payload);
        match self {
            Self::Json => broken(&indented(&text), columns),
            Self::Text => broken(&text, columns),
            Self::Hex => Vec::new(),
        }
    }
}

/// Valid JSON with one value a line: only white space between its tokens is changed.
fn indented(json: &str) -> String {
    let mut out = String::new();
    let mut depth: usize = 0;
    let (mut in_string, mut is_escaped) = (false, false);
    let mut rest = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth.min(DEEPEST)));
    };
    while let Some(c) = rest.next() {
        if in_string {
            out.push(c);
            in_string = is_escaped || c != '"';
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// Text in lines of at most so many columns, fit for a terminal.
fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let (mut part, mut width) = (String::new(), 0);
        for c in show::tame(&line.replace('\t', "    ")).chars() {
            let needed = c.width().unwrap_or(0);
            if width + needed > columns && !part.is_empty() {
                lines.push(std::mem::take(&mut part));
                width = 0;
            }
            part.push(c);
            width += needed;
        }
        lines.push(part);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_only_broken_into_lines() {
        let lines = Form::Json.lines(br#"{"b":[1, {}],"a":"x\" {y","b":1.50}"#, 80);
        assert_eq!(lines, ["{", r#"  "b": ["#, "    1,", "    {}", "  ],", r#"  "a": "x\" {y","#, r#"  "b": 1.50"#, "}"]);
    }

    #[test]
    fn form_that_says_most_comes_first() {
        assert_eq!(Form::all(b"{\"a\":1}"), [Form::Json, Form::Text, Form::Hex]);
        assert_eq!(Form::all(b"21.5"), [Form::Text, Form::Hex]);
        assert_eq!(Form::all(b"{\"a\":"), [Form::Text, Form::Hex]);
        assert_eq!(Form::all(b"\xff\x00"), [Form::Hex, Form::Text]);
    }

    #[test]
    fn text_is_tamed_and_broken() {
        assert_eq!(Form::Text.lines(b"ab\x1b[2J\ncd", 4), ["ab\\x", "1b[2", "J", "cd"]);
    }
}
