//! The line of input: keys and transitions.

use std::path::PathBuf;

use tui_input::InputRequest;

use crate::filter::Filter;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, What};
use crate::tui::model::Model;
use crate::tui::model::prompt::Purpose;

/// Takes a key: what is bound to nothing is typed.
pub fn key(model: &mut Model, action: Option<Action>, name: &str) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    match action {
        Some(Action::Open) => return take(model),
        Some(Action::Back) => model.prompt = None,
        Some(Action::Clear) => prompt.clear(),
        _ => prompt.key(name),
    }
    Vec::new()
}

fn take(model: &mut Model) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    let text = prompt.text().trim().to_owned();
    match prompt.purpose {
        Purpose::Search => {
            model.prompt = None;
            model.search = text;
            if !model.search.is_empty() {
                super::find(model, true);
            }
        }
        Purpose::Filter => match Filter::parse(prompt.text()) {
            Ok(filter) => {
                model.scope.filter(filter);
                model.prompt = None;
            }
            // The line shows what is wrong; the cursor goes where it is.
            Err(error) => {
                let at = prompt.text().get(..error.at).map_or(0, |before| before.chars().count());
                prompt.input.handle(InputRequest::SetCursor(at));
            }
        },
        Purpose::Save(what) => {
            model.prompt = None;
            if !text.is_empty() {
                if what == What::Ladder {
                    super::ladder::refresh(model);
                }
                return vec![Effect::Save(what, PathBuf::from(text))];
            }
        }
    }
    Vec::new()
}
