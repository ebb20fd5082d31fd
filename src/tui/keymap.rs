//! Keys into actions. One table says which key does what in which context; dispatch and the help overlay are made from it.
//!
//! A key is known by its name: the character itself, `Space`, `Enter`, `Up`, `F7`, `Ctrl-l`. What only one pane knows stands in
//! the `KEYS` of `update/<pane>.rs`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Motion, Pane};
use super::update::{findings, keep_alive, ladder, packet, sessions, statistics};

/// What a key can ask for.
#[allow(dead_code, reason = "panes that have no keys of their own yet")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Move in the list, or in the overlay.
    Move(Motion),
    /// Show what is selected, or choose it.
    Open,
    /// Back to where one came from; from the first pane, out.
    Back,
    /// End the program.
    Quit,
    /// What the keys do.
    Help,
    /// Ask what to look for.
    Search,
    /// To the next row that has it.
    NextMatch,
    /// To the row before that has it.
    PreviousMatch,
    /// Show a pane.
    Show(Pane),
    /// The pane to the right.
    NextPane,
    /// The pane to the left.
    PreviousPane,
    /// Mark the selected connection, or not.
    Mark,
    /// Ask for a filter expression.
    Filter,
    /// Save something.
    Save,
    /// Only connections of the selected client id.
    Linked,
    /// Another way to tell the time.
    Time,
    /// Hold the screen while loading goes on.
    Pause,
    /// Stay at the end while more comes in.
    Follow,
    /// Explain the rule of the selected finding.
    Explain,
    /// Stop until the shell continues the program.
    Suspend,
    /// Draw the screen anew.
    Redraw,
    /// Forget what was typed.
    Clear,
    /// What only the sessions pane does.
    Sessions(sessions::Action),
    /// What only the ladder does.
    Ladder(ladder::Action),
    /// What only the packet pane does.
    Packet(packet::Action),
    /// What only the keep-alive timeline does.
    KeepAlive(keep_alive::Action),
    /// What only the findings pane does.
    Findings(findings::Action),
    /// What only the statistics pane does.
    Statistics(statistics::Action),
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Context {
    /// In pane 1.
    Sessions,
    /// In pane 2.
    Ladder,
    /// In pane 3.
    Packet,
    /// In pane 4.
    KeepAlive,
    /// In pane 5.
    Findings,
    /// In pane 6.
    Statistics,
    /// In an overlay of text: help, the manual of a rule.
    Text,
    /// In an overlay with a choice: columns, what to save.
    Choice,
    /// While a search, a filter or a file name is typed.
    Prompt,
}

impl Context {
    /// What the help calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Ladder => "Ladder",
            Self::Packet => "Packet",
            Self::KeepAlive => "Keep alive",
            Self::Findings => "Findings",
            Self::Statistics => "Statistics",
            Self::Text => "Text",
            Self::Choice => "Choice",
            Self::Prompt => "Line of input",
        }
    }
}

impl From<Pane> for Context {
    fn from(pane: Pane) -> Self {
        match pane {
            Pane::Sessions => Self::Sessions,
            Pane::Ladder => Self::Ladder,
            Pane::Packet => Self::Packet,
            Pane::KeepAlive => Self::KeepAlive,
            Pane::Findings => Self::Findings,
            Pane::Statistics => Self::Statistics,
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub struct Binding {
    /// Names of keys, separated by spaces.
    pub keys: &'static str,
    /// Where they are bound.
    pub contexts: &'static [Context],
    /// What they do.
    pub action: Action,
    /// What the help says about it.
    pub help: &'static str,
}

/// A line of the table.
pub const fn bind(keys: &'static str, contexts: &'static [Context], action: Action, help: &'static str) -> Binding {
    Binding { keys, contexts, action, help }
}

use Action::Move;
use Context::{Choice, Prompt, Text};

/// All panes.
pub const PANES: &[Context] =
    &[Context::Sessions, Context::Ladder, Context::Packet, Context::KeepAlive, Context::Findings, Context::Statistics];
/// Wherever one can move.
const LISTS: &[Context] =
    &[Context::Sessions, Context::Ladder, Context::Packet, Context::KeepAlive, Context::Findings, Context::Statistics, Text, Choice];
/// Everywhere.
const ALL: &[Context] = &[
    Context::Sessions,
    Context::Ladder,
    Context::Packet,
    Context::KeepAlive,
    Context::Findings,
    Context::Statistics,
    Text,
    Choice,
    Prompt,
];
/// Panes with a rule to explain.
const JUDGED: &[Context] = &[Context::Sessions, Context::Ladder, Context::Packet, Context::KeepAlive, Context::Findings];

/// The keys that panes share, and those of overlays and prompts.
const COMMON: &[Binding] = &[
    bind("k Up", LISTS, Move(Motion::Up), "up"),
    bind("j Down", LISTS, Move(Motion::Down), "down"),
    bind("Left", LISTS, Move(Motion::Left), "left"),
    bind("Right", LISTS, Move(Motion::Right), "right"),
    bind("PgUp Ctrl-b", LISTS, Move(Motion::PageUp), "a page up"),
    bind("PgDn Ctrl-f", LISTS, Move(Motion::PageDown), "a page down"),
    bind("g Home", LISTS, Move(Motion::First), "to the first row"),
    bind("G End", LISTS, Move(Motion::Last), "to the last row"),
    bind("Enter", PANES, Action::Open, "open what is selected"),
    bind("Enter Space", &[Choice], Action::Open, "choose"),
    bind("Enter", &[Prompt], Action::Open, "take what was typed"),
    bind("Esc q", LISTS, Action::Back, "back; in the first pane: quit"),
    bind("Esc", &[Prompt], Action::Back, "leave things as they were"),
    bind("Ctrl-u", &[Prompt], Action::Clear, "empty the line"),
    bind("Q", PANES, Action::Quit, "quit"),
    bind("Ctrl-c", ALL, Action::Quit, "quit"),
    bind("? h F1", PANES, Action::Help, "this help"),
    bind("?", &[Text], Action::Back, "close it"),
    bind("1", PANES, Action::Show(Pane::Sessions), "sessions"),
    bind("2", PANES, Action::Show(Pane::Ladder), "ladder of the marked or the selected connections"),
    bind("3", PANES, Action::Show(Pane::Packet), "packet"),
    bind("4", PANES, Action::Show(Pane::KeepAlive), "keep-alive timeline"),
    bind("5", PANES, Action::Show(Pane::Findings), "findings"),
    bind("6", PANES, Action::Show(Pane::Statistics), "statistics"),
    bind("Tab", PANES, Action::NextPane, "next pane"),
    bind("Shift-Tab", PANES, Action::PreviousPane, "previous pane"),
    bind("/", PANES, Action::Search, "search"),
    bind("n", PANES, Action::NextMatch, "next match"),
    bind("N", PANES, Action::PreviousMatch, "previous match"),
    bind("f F7", PANES, Action::Filter, "filter"),
    bind("x", PANES, Action::Linked, "only connections of this client id"),
    bind("Space", PANES, Action::Mark, "mark the connection"),
    bind("s F2", PANES, Action::Save, "save"),
    bind("w", PANES, Action::Time, "time: of day, since the start, since the row above"),
    bind("e", JUDGED, Action::Explain, "explain the rule that was broken"),
    bind("p", PANES, Action::Pause, "hold the screen while loading or capturing goes on"),
    bind("A", PANES, Action::Follow, "follow the end"),
    bind("Ctrl-z", ALL, Action::Suspend, "back to the shell; fg continues"),
    bind("Ctrl-l", ALL, Action::Redraw, "draw the screen anew"),
];

/// All lines, the common ones first.
pub fn table() -> impl Iterator<Item = &'static Binding> {
    [COMMON, sessions::KEYS, ladder::KEYS, packet::KEYS, keep_alive::KEYS, findings::KEYS, statistics::KEYS].into_iter().flatten()
}

/// What a key does in a context.
pub fn action(key: &str, context: Context) -> Option<Action> {
    let mut bound = table().filter(|binding| binding.contexts.contains(&context));
    bound.find(|binding| binding.keys.split(' ').any(|name| name == key)).map(|binding| binding.action)
}

/// The name of a key; `None` for those that nothing is bound to.
pub fn name(event: KeyEvent) -> Option<String> {
    let name = match event.code {
        KeyCode::Char(' ') => "Space".into(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "Enter".into(),
        KeyCode::Esc => "Esc".into(),
        KeyCode::Backspace => "Backspace".into(),
        KeyCode::Delete => "Delete".into(),
        KeyCode::Left => "Left".into(),
        KeyCode::Right => "Right".into(),
        KeyCode::Up => "Up".into(),
        KeyCode::Down => "Down".into(),
        KeyCode::Home => "Home".into(),
        KeyCode::End => "End".into(),
        KeyCode::PageUp => "PgUp".into(),
        KeyCode::PageDown => "PgDn".into(),
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => "Shift-Tab".into(),
        KeyCode::BackTab => "Shift-Tab".into(),
        KeyCode::Tab => "Tab".into(),
        KeyCode::F(number) => format!("F{number}"),
        _ => return None,
    };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(if control {
        format!("Ctrl-{name}")
    } else if alt {
        format!("Alt-{name}")
    } else {
        name
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn no_key_is_bound_twice_in_a_context() {
        for context in Context::iter() {
            let mut seen = HashSet::new();
            for binding in table().filter(|binding| binding.contexts.contains(&context)) {
                for key in binding.keys.split(' ') {
                    assert!(seen.insert(key), "{key} is bound twice in {context:?}");
                }
            }
        }
    }

    #[test]
    fn every_action_has_a_key_and_a_help_text() {
        let mut all = vec![
            Action::Open,
            Action::Back,
            Action::Quit,
            Action::Help,
            Action::Search,
            Action::NextMatch,
            Action::PreviousMatch,
            Action::NextPane,
            Action::PreviousPane,
            Action::Mark,
            Action::Filter,
            Action::Save,
            Action::Linked,
            Action::Time,
            Action::Pause,
            Action::Follow,
            Action::Explain,
            Action::Suspend,
            Action::Redraw,
            Action::Clear,
        ];
        all.extend(Motion::iter().map(Action::Move));
        all.extend(Pane::iter().map(Action::Show));
        all.extend(sessions::Action::iter().map(Action::Sessions));
        all.extend(ladder::Action::iter().map(Action::Ladder));
        all.extend(packet::Action::iter().map(Action::Packet));
        all.extend(keep_alive::Action::iter().map(Action::KeepAlive));
        all.extend(findings::Action::iter().map(Action::Findings));
        all.extend(statistics::Action::iter().map(Action::Statistics));
        for action in all {
            assert!(table().any(|binding| binding.action == action), "no key for {action:?}");
        }
        for binding in table() {
            assert!(!binding.help.is_empty() && !binding.contexts.is_empty(), "{binding:?}");
        }
    }

    #[test]
    fn names_of_the_table_are_names_of_keys() {
        let code = |code| KeyEvent::new(code, KeyModifiers::NONE);
        let events = (' '..='~')
            .map(|c| code(KeyCode::Char(c)))
            .chain(('a'..='z').map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
            .chain((1..=12).map(|number| code(KeyCode::F(number))))
            .chain([KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Home, KeyCode::End].map(code))
            .chain([KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::PageUp, KeyCode::PageDown].map(code))
            .filter_map(name)
            .collect::<HashSet<_>>();
        for key in table().flat_map(|binding| binding.keys.split(' ')) {
            assert!(events.contains(key), "{key} is not the name of a key");
        }
    }
}
