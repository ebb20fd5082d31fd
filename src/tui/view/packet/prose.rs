//! Prose in lines of the screen's width, and the Markdown of manuals as such.

use crate::tui::view::cell;

/// Text broken between words.
pub fn filled(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if cell::width(line) + 1 + cell::width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A manual: headings without their signs, paragraphs filled, code as it is.
pub fn manual(markdown: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut paragraph, mut is_code) = (String::new(), false);
    let end = |paragraph: &mut String, lines: &mut Vec<String>| {
        if !paragraph.is_empty() {
            lines.extend(filled(paragraph, columns));
            paragraph.clear();
        }
    };
    for line in markdown.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let is_fence = line.trim_start().starts_with("```");
        let is_item = line.trim_start().starts_with("- ") || line.trim_start().starts_with("* ");
        if is_fence || is_code || is_item || line.is_empty() || line.starts_with('#') {
            end(&mut paragraph, &mut lines);
        }
        match () {
            () if is_fence => is_code = !is_code,
            () if is_code => lines.push(format!("    {line}")),
            () if line.starts_with('#') => lines.push(line.trim_start_matches('#').trim().to_uppercase()),
            () if line.is_empty() => {
                if lines.last().is_some_and(|last| !last.is_empty()) {
                    lines.push(String::new());
                }
            }
            () => {
                paragraph.push_str(line);
                paragraph.push(' ');
            }
        }
    }
    end(&mut paragraph, &mut lines);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_becomes_lines() {
        let text = " A fault\n of two lines.\n\n ## Example\n\n ```text\n C>S  PINGREQ\n ```\n";
        assert_eq!(manual(text, 12), ["A fault of", "two lines.", "", "EXAMPLE", "", "    C>S  PINGREQ"]);
    }
}
