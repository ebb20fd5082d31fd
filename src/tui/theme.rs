//! How the parts of the screen look. Views name a role, never a colour; every role that carries meaning has a shape beside it,
//! so that nothing is lost without colour.

use ratatui::style::{Color, Modifier, Style};

use crate::finding::Severity;

/// Which colours there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// What the environment suggests: NO_COLOR, COLORFGBG, COLORTERM, TERM
    #[default]
    Auto,
    /// For a dark background
    Dark,
    /// For a light background
    Light,
    /// Only the sixteen colours of the terminal's own palette
    #[value(name = "16")]
    Sixteen,
    /// No colour: bold, dim, underlined and reversed
    None,
}

/// Styles by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// What is there to be found, not to be read first.
    pub faint: Style,
    /// The line at the top.
    pub header: Style,
    /// Headings of columns and sections.
    pub heading: Style,
    /// The tab of the pane that is open.
    pub tab: Style,
    /// The selected row; put over what is there.
    pub selected: Style,
    /// Names of clients and rules.
    pub name: Style,
    /// Rows that are marked.
    pub marked: Style,
    /// Rows and bytes that belong to what is selected.
    pub linked: Style,
    /// What a search found.
    pub found: Style,
    /// Errors.
    pub error: Style,
    /// Warnings.
    pub warning: Style,
    /// Notes.
    pub info: Style,
    /// What is well.
    pub good: Style,
    /// What the client does.
    pub client: Style,
    /// What the server does.
    pub server: Style,
    /// Borders of overlays.
    pub border: Style,
    /// Colours of series in charts.
    pub series: [Style; 4],
    /// Symbols are ASCII.
    pub ascii: bool,
}

const PLAIN: Style = Style::new();

const fn ink(color: Color) -> Style {
    Style::new().fg(color)
}

const fn index(number: u8) -> Style {
    ink(Color::Indexed(number))
}

impl Theme {
    /// A theme by choice; `Auto` looks at the environment through `variable`.
    pub fn new(choice: Choice, ascii: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let theme = match if choice == Choice::Auto { suggested(variable) } else { choice } {
            Choice::Auto | Choice::Dark => DARK,
            Choice::Light => LIGHT,
            Choice::Sixteen => SIXTEEN,
            Choice::None => COLOURLESS,
        };
        Self { ascii, ..theme }
    }

    /// The look of a severity; its shape is [`crate::report::style::sign`].
    pub const fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

fn suggested(variable: impl Fn(&str) -> Option<String>) -> Choice {
    let says = |name: &str, what: &[&str]| variable(name).is_some_and(|value| what.iter().any(|what| value.contains(what)));
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Choice::None;
    }
    if !says("TERM", &["256color", "kitty", "alacritty", "ghostty", "foot"]) && !says("COLORTERM", &["truecolor", "24bit"]) {
        return Choice::Sixteen;
    }
    // `foreground;background` by number in the palette; 7 and 15 are white.
    let background = variable("COLORFGBG").and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok());
    if matches!(background, Some(7 | 15)) { Choice::Light } else { Choice::Dark }
}

const DARK: Theme = Theme {
    text: PLAIN,
    faint: index(245),
    header: index(252).bg(Color::Indexed(236)),
    heading: index(110).add_modifier(Modifier::BOLD),
    tab: index(234).bg(Color::Indexed(110)).add_modifier(Modifier::BOLD),
    selected: PLAIN.bg(Color::Indexed(238)).add_modifier(Modifier::BOLD),
    name: index(223),
    marked: index(219),
    linked: PLAIN.bg(Color::Indexed(236)),
    found: index(234).bg(Color::Indexed(221)),
    error: index(203).add_modifier(Modifier::BOLD),
    warning: index(221),
    info: index(117),
    good: index(114),
    client: index(117),
    server: index(150),
    border: index(245),
    series: [index(117), index(150), index(221), index(219)],
    ascii: false,
};

const LIGHT: Theme = Theme {
    text: PLAIN,
    faint: index(243),
    header: index(236).bg(Color::Indexed(254)),
    heading: index(25).add_modifier(Modifier::BOLD),
    tab: index(255).bg(Color::Indexed(25)).add_modifier(Modifier::BOLD),
    selected: PLAIN.bg(Color::Indexed(252)).add_modifier(Modifier::BOLD),
    name: index(94),
    marked: index(127),
    linked: PLAIN.bg(Color::Indexed(254)),
    found: index(232).bg(Color::Indexed(221)),
    error: index(160).add_modifier(Modifier::BOLD),
    warning: index(130),
    info: index(25),
    good: index(28),
    client: index(25),
    server: index(28),
    border: index(243),
    series: [index(25), index(28), index(130), index(127)],
    ascii: false,
};

const SIXTEEN: Theme = Theme {
    text: PLAIN,
    faint: PLAIN.add_modifier(Modifier::DIM),
    header: PLAIN.add_modifier(Modifier::REVERSED),
    heading: PLAIN.add_modifier(Modifier::BOLD),
    tab: PLAIN.add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
    selected: PLAIN.add_modifier(Modifier::REVERSED),
    name: ink(Color::Cyan),
    marked: ink(Color::Magenta),
    linked: PLAIN.add_modifier(Modifier::BOLD),
    found: ink(Color::Black).bg(Color::Yellow),
    error: ink(Color::Red).add_modifier(Modifier::BOLD),
    warning: ink(Color::Yellow),
    info: ink(Color::Cyan),
    good: ink(Color::Green),
    client: ink(Color::Cyan),
    server: ink(Color::Green),
    border: PLAIN,
    series: [ink(Color::Cyan), ink(Color::Green), ink(Color::Yellow), ink(Color::Magenta)],
    ascii: false,
};

const COLOURLESS: Theme = Theme {
    text: PLAIN,
    faint: PLAIN.add_modifier(Modifier::DIM),
    header: PLAIN.add_modifier(Modifier::REVERSED),
    heading: PLAIN.add_modifier(Modifier::BOLD),
    tab: PLAIN.add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
    selected: PLAIN.add_modifier(Modifier::REVERSED),
    name: PLAIN,
    marked: PLAIN.add_modifier(Modifier::BOLD),
    linked: PLAIN.add_modifier(Modifier::BOLD),
    found: PLAIN.add_modifier(Modifier::UNDERLINED),
    error: PLAIN.add_modifier(Modifier::BOLD),
    warning: PLAIN.add_modifier(Modifier::BOLD),
    info: PLAIN,
    good: PLAIN,
    client: PLAIN,
    server: PLAIN,
    border: PLAIN,
    series: [PLAIN, PLAIN.add_modifier(Modifier::BOLD), PLAIN.add_modifier(Modifier::DIM), PLAIN.add_modifier(Modifier::UNDERLINED)],
    ascii: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_suggests_a_theme() {
        let suggested = |variables: &[(&str, &str)]| {
            suggested(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(suggested(&[("TERM", "linux")]), Choice::Sixteen);
        assert_eq!(suggested(&[("TERM", "xterm-256color")]), Choice::Dark);
        assert_eq!(suggested(&[("TERM", "xterm-256color"), ("COLORFGBG", "0;15")]), Choice::Light);
        assert_eq!(suggested(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Choice::None);
        assert_eq!(suggested(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), Choice::Dark);
    }

    #[test]
    fn no_colour_is_no_colour() {
        let shown = format!("{COLOURLESS:?}");
        assert!(!shown.contains("Some("), "{shown}");
    }
}
