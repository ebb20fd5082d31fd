//! Transitions: what happened into a changed model, and what is to be done about it outside. No I/O, no clock.

pub mod findings;
pub mod keep_alive;
pub mod ladder;
pub mod packet;
pub mod sessions;
pub mod statistics;

mod overlay;
mod prompt;

use strum::IntoEnumIterator;

use super::keymap::{self, Action, Context};
use super::message::{Effect, Message, Mouse};
use super::model::prompt::Purpose;
use super::model::{List, Model, Motion, Overlay, Pane, Prompt, column};
use super::view;
use crate::index::load::Message as Loaded;

/// What may be held while the screen is: some 100 MB.
const HELD: usize = 1 << 20;

/// Rows that one turn of the wheel moves.
const WHEEL: usize = 3;

/// Calls the function of that name of the pane that is open.
macro_rules! pane {
    ($pane:expr, $function:ident($($argument:expr),*)) => {
        match $pane {
            Pane::Sessions => sessions::$function($($argument),*),
            Pane::Ladder => ladder::$function($($argument),*),
            Pane::Packet => packet::$function($($argument),*),
            Pane::KeepAlive => keep_alive::$function($($argument),*),
            Pane::Findings => findings::$function($($argument),*),
            Pane::Statistics => statistics::$function($($argument),*),
        }
    };
}

/// Takes a message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(name) => key(model, &name),
        Message::Paste(text) => {
            if let Some(prompt) = &mut model.prompt {
                prompt.paste(&text);
            }
            Vec::new()
        }
        Message::Mouse(mouse, x, y) => self::mouse(model, mouse, x, y),
        Message::Resize(columns, rows) => {
            model.size = (columns, rows);
            Vec::new()
        }
        Message::Loaded(loaded) => {
            load(model, loaded);
            return Vec::new();
        }
        Message::Tick => Vec::new(),
        Message::Read(packet, detail) => {
            packet::read(model, packet, detail);
            Vec::new()
        }
        Message::Done(Ok(text)) => {
            model.tell(text);
            Vec::new()
        }
        Message::Done(Err(text)) => {
            model.warn(text);
            Vec::new()
        }
    };
    effects.extend(fit(model));
    effects
}

/// Where a key pressed now means something.
pub fn context(model: &Model) -> Context {
    match (&model.prompt, &model.overlay) {
        (Some(_), _) => Context::Prompt,
        (None, Some(Overlay::Columns(_) | Overlay::Save(_))) => Context::Choice,
        (None, Some(Overlay::Help(_) | Overlay::Text { .. })) => Context::Text,
        (None, None) => model.pane.into(),
    }
}

fn key(model: &mut Model, name: &str) -> Vec<Effect> {
    model.note = None;
    let context = context(model);
    match (keymap::action(name, context), context) {
        (Some(Action::Quit), _) => vec![Effect::Quit],
        (Some(Action::Suspend), _) => vec![Effect::Suspend],
        (Some(Action::Redraw), _) => vec![Effect::Redraw],
        (action, Context::Prompt) => prompt::key(model, action, name),
        (Some(action), Context::Text | Context::Choice) => overlay::act(model, action),
        (Some(action), _) => act(model, action),
        (None, _) => Vec::new(),
    }
}

/// Shows the manual of a rule.
fn explain(model: &mut Model, rule: &str) {
    match (model.explain)(rule) {
        Some(text) => model.overlay = Some(Overlay::Text { title: rule.to_owned(), text, list: List::default() }),
        None => model.warn(format!("{rule}: there is no manual of this rule")),
    }
}

/// What all panes have in common; the rest is theirs.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Back => return back(model),
        Action::Help => model.overlay = Some(Overlay::Help(List::default())),
        Action::Save => model.overlay = Some(Overlay::Save(List::default())),
        Action::Search => model.prompt = Some(Prompt::new(Purpose::Search, "")),
        Action::Filter => {
            let text = model.scope.filter.as_ref().map_or_else(String::new, |filter| filter.text().to_owned());
            model.prompt = Some(Prompt::new(Purpose::Filter, &text));
        }
        Action::NextMatch => find(model, true),
        Action::PreviousMatch => find(model, false),
        Action::Show(pane) => show(model, pane),
        Action::NextPane => show(model, beside(model.pane, 1)),
        Action::PreviousPane => show(model, beside(model.pane, Pane::iter().count() - 1)),
        Action::Mark => mark(model),
        Action::Linked => linked(model),
        Action::Time => model.time = model.time.next(),
        Action::Pause => pause(model),
        Action::Follow => {
            model.follow = !model.follow;
            model.sessions.picked = false;
        }
        action => {
            if let Action::Move(motion) = action {
                model.follow &= model.data.live && !leaves(model.pane, motion);
            }
            return pane!(model.pane, act(model, action));
        }
    }
    Vec::new()
}

/// Whether who moves so in a pane of a live source wants to stay at what was there. Another session or lane has an end as well.
fn leaves(pane: Pane, motion: Motion) -> bool {
    match pane {
        Pane::Ladder => true,
        Pane::KeepAlive => matches!(motion, Motion::Left | Motion::Right),
        _ => false,
    }
}

fn back(model: &mut Model) -> Vec<Effect> {
    match model.trail.pop() {
        Some(pane) => model.pane = pane,
        None if model.pane == Pane::default() => return vec![Effect::Quit],
        None => model.pane = Pane::default(),
    }
    Vec::new()
}

/// A pane chosen by its tab has no way that led to it.
fn show(model: &mut Model, pane: Pane) {
    model.trail.clear();
    model.pane = pane;
}

fn beside(pane: Pane, steps: usize) -> Pane {
    let at = Pane::iter().position(|known| known == pane).unwrap_or_default();
    Pane::iter().cycle().nth(at + steps).unwrap_or_default()
}

fn mark(model: &mut Model) {
    let Some(connection) = model.selected() else { return };
    if !model.marked.remove(&connection) {
        model.marked.insert(connection);
    }
    if model.pane == Pane::Sessions {
        let _ = sessions::act(model, Action::Move(Motion::Down));
    }
}

fn linked(model: &mut Model) {
    if model.scope.linked.is_some() {
        return model.scope.link(None);
    }
    match model.selected().and_then(|id| model.data.summary(id)).and_then(column::named) {
        Some(id) => model.scope.link(Some(id.into())),
        None => model.warn("this connection has no client id"),
    }
}

fn pause(model: &mut Model) {
    model.paused = !model.paused;
    if !model.paused {
        model.load = 0;
        for loaded in std::mem::take(&mut model.held) {
            load(model, loaded);
        }
    } else if model.data.goes_on() {
        model.tell("held: capturing goes on, and nothing leaves the window by age; p goes on");
    }
}

/// Keeps what comes while the screen is held, as long as there is room for it.
fn hold(model: &mut Model, mut loaded: Loaded) {
    if let Loaded::Batch(batch) = &mut loaded {
        model.load += batch.weight();
        // The next one says more.
        batch.live.iter_mut().for_each(|live| live.report = None);
    }
    model.held.push(loaded);
    if model.load > HELD {
        pause(model);
        model.warn("so much has come while the screen was held that it goes on");
    }
}

fn load(model: &mut Model, loaded: Loaded) {
    if model.paused {
        return hold(model, loaded);
    }
    match &loaded {
        Loaded::Failed(error) if model.data.live => model.warn(format!("the capture has ended: {error}")),
        Loaded::Failed(error) => model.warn(format!("reading broke off: {error}")),
        Loaded::Done(_) if model.data.live => model.tell("the capture has ended; what was captured stays here"),
        Loaded::Done(_) | Loaded::Batch(_) => {}
    }
    let told = model.data.index.warnings().len();
    model.data.take(loaded);
    if let Some(warning) = model.data.index.warnings().get(told..).and_then(<[String]>::last).cloned() {
        model.warn(warning);
    }
}

/// Looks for the text of the last search.
fn find(model: &mut Model, forward: bool) {
    if model.search.is_empty() {
        return model.tell("nothing to look for yet: / asks");
    }
    let needle = model.search.to_lowercase();
    if !pane!(model.pane, find(model, &needle, forward)) {
        model.warn(format!("not found: {}", crate::show::text(model.search.as_bytes())));
    }
}

fn mouse(model: &mut Model, mouse: Mouse, x: u16, y: u16) -> Vec<Effect> {
    let areas = view::areas(model.size);
    let motion = match mouse {
        Mouse::WheelUp => Motion::Up,
        Mouse::WheelDown => Motion::Down,
        Mouse::Click if model.prompt.is_some() => return Vec::new(),
        Mouse::Click if model.overlay.is_some() => return overlay::click(model, x, y),
        Mouse::Click if areas.tabs.contains((x, y).into()) => {
            if let Some(pane) = view::tabs::at(x, areas.tabs) {
                show(model, pane);
            }
            return Vec::new();
        }
        Mouse::Click if areas.body.contains((x, y).into()) => {
            return pane!(model.pane, click(model, x - areas.body.x, y - areas.body.y));
        }
        Mouse::Click => return Vec::new(),
    };
    match context(model) {
        Context::Prompt => Vec::new(),
        Context::Text | Context::Choice => (0..WHEEL).flat_map(|_| overlay::act(model, Action::Move(motion))).collect(),
        _ => (0..WHEEL).flat_map(|_| act(model, Action::Move(motion))).collect(),
    }
}

/// What is gone is not what panes are about any more.
fn forget(model: &mut Model) {
    let (index, focus) = (&model.data.index, &mut model.focus);
    focus.packet = focus.packet.filter(|packet| *packet >= index.first());
    focus.connection = focus.connection.filter(|id| index.connection(*id).is_some());
    model.marked.retain(|id| index.connection(*id).is_some());
}

/// Brings rows and scroll positions in line with the model.
fn fit(model: &mut Model) -> Vec<Effect> {
    model.data.sum_up();
    forget(model);
    model.sessions.refresh(&model.data, &model.scope);
    let areas = view::areas(model.size);
    overlay::fit(model, areas.body);
    pane!(model.pane, fit(model, areas.body))
}
