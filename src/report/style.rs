//! The few colours of the text outputs: only the sixteen basic ones and bold, which every palette, light or dark, keeps readable.

use anstyle::{AnsiColor, Style};

use crate::finding::Severity;

/// How the parts of a text look; plain where nobody wants colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Errors.
    pub error: Style,
    /// Warnings.
    pub warning: Style,
    /// Notes.
    pub info: Style,
    /// What is well.
    pub good: Style,
    /// Names: rules, clients.
    pub name: Style,
    /// What is there to be found, not to be read first.
    pub faint: Style,
    /// Offending bytes.
    pub marked: Style,
    /// Whether there is any colour.
    pub coloured: bool,
}

impl Palette {
    /// With or without colour.
    pub const fn new(coloured: bool) -> Self {
        if !coloured {
            let plain = Style::new();
            return Self { error: plain, warning: plain, info: plain, good: plain, name: plain, faint: plain, marked: plain, coloured };
        }
        Self {
            error: AnsiColor::Red.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            info: AnsiColor::Cyan.on_default().bold(),
            good: AnsiColor::Green.on_default().bold(),
            name: Style::new().bold(),
            faint: Style::new().dimmed(),
            marked: AnsiColor::Red.on_default().bold().underline(),
            coloured,
        }
    }

    /// The look of a severity.
    pub const fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

/// The sign of a severity: a shape as well as a colour.
pub const fn sign(severity: Severity) -> char {
    match severity {
        Severity::Error => '●',
        Severity::Warning => '▲',
        Severity::Info => '·',
    }
}
