//! Text cut and padded to columns of the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Text in at most `width` columns; where it was cut, an ellipsis says so.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut room = width.saturating_sub(1);
    for c in text.chars() {
        let needed = c.width().unwrap_or(0);
        if needed > room {
            break;
        }
        room -= needed;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Text in exactly `width` columns, to the left.
pub fn left(text: &str, width: usize) -> String {
    let mut out = cut(text, width);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(out.width())));
    out
}

/// Text in exactly `width` columns, to the right.
pub fn right(text: &str, width: usize) -> String {
    let out = cut(text, width);
    " ".repeat(width.saturating_sub(out.width())) + &out
}

/// Prose in lines of so many columns, broken between words.
pub fn filled(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(left("温度", 6), "温度  ");
        assert_eq!(left("温度計", 4), "温… ");
        assert_eq!(right("ab", 4), "  ab");
        assert_eq!(cut("abc", 0), "");
    }
    #[test]
    fn words_stay_whole() {
        assert_eq!(filled("a fault  of two lines", 10), ["a fault of", "two lines"]);
    }
}
