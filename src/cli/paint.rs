//! Whether and how results are coloured. Meaning never hangs on colour alone.

use std::env;
use std::fmt;

use anstyle::{AnsiColor, Style};

use super::args::ColorChoice;
use crate::finding::Severity;
use crate::mqtt::PacketType;

/// Puts styles around text, or does not.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    on: bool,
}

/// Bold, for headings.
pub const BOLD: Style = Style::new().bold();
/// For what matters less.
pub const DIM: Style = Style::new().dimmed();
/// For what is broken.
pub const RED: Style = AnsiColor::Red.on_default().bold();

impl Paint {
    /// `auto` is colour on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is a dumb one.
    pub fn new(choice: ColorChoice, terminal: bool) -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let on = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        Self { on }
    }

    /// Whether there is colour.
    pub const fn is_on(self) -> bool {
        self.on
    }

    /// Text in a style.
    pub fn text<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted { style: self.on.then_some(style), text }
    }
}

/// Text with its style.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{style}{}{style:#}", self.text),
            None => self.text.fmt(f),
        }
    }
}

/// The style of a packet's type: handshake, messages, subscriptions, the rest.
pub fn packet_style(kind: PacketType) -> Style {
    match kind {
        PacketType::Connect | PacketType::Connack | PacketType::Auth => AnsiColor::Green.on_default(),
        PacketType::Publish => AnsiColor::Cyan.on_default(),
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => AnsiColor::Blue.on_default(),
        PacketType::Subscribe | PacketType::Suback | PacketType::Unsubscribe | PacketType::Unsuback => AnsiColor::Magenta.on_default(),
        PacketType::Pingreq | PacketType::Pingresp => DIM,
        PacketType::Disconnect => AnsiColor::Yellow.on_default(),
        PacketType::Reserved => RED,
    }
}

/// The style of a severity.
pub const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Info => AnsiColor::Blue.on_default(),
    }
}
