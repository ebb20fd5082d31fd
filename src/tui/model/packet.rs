//! The packet that is looked at: its fields as rows, and what was read again lately.

mod payload;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

pub use payload::Form;

use super::List;
use crate::analysis::Field;
use crate::index::{Detail, PacketId};

/// Packets kept besides the one that is shown, for going back and forth: up to 64 KiB of bytes each.
const RECENT: usize = 8;

/// A field as a row.
#[derive(Clone, Debug)]
pub struct Row {
    /// How deep it is in the tree.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is for.
    pub meaning: &'static str,
    /// It has parts, and they are rows (`true`) or hidden.
    pub open: Option<bool>,
}

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position in `rows`.
    pub list: List,
    /// The packet that was asked for.
    pub asked: Option<PacketId>,
    /// What is in it, or why that cannot be told; `None` until it was read.
    pub detail: Option<Result<Box<Detail>, String>>,
    /// Its fields, as far as they are not hidden.
    pub rows: Vec<Row>,
    /// Names of the fields whose parts are hidden.
    folded: BTreeSet<String>,
    /// The form in which payloads are to be shown, where they have it.
    pub form: Option<Form>,
    /// The payload in lines.
    pub lines: Vec<String>,
    /// Form asked for and columns that they were made for.
    made_for: Option<(Form, usize)>,
    /// The first of them on the screen.
    pub scroll: usize,
    /// Packets that were shown before, the latest last.
    recent: VecDeque<(PacketId, Box<Detail>)>,
}

impl State {
    /// Turns to a packet; tells whether it has to be read.
    pub fn turn(&mut self, packet: PacketId) -> bool {
        if self.asked == Some(packet) {
            return false;
        }
        if let (Some(asked), Some(Ok(detail))) = (self.asked, self.detail.take()) {
            self.recent.push_back((asked, detail));
            if self.recent.len() > RECENT {
                self.recent.pop_front();
            }
        }
        (self.asked, self.detail) = (Some(packet), None);
        self.rows.clear();
        let known = self.recent.iter().position(|(known, _)| *known == packet);
        match known.and_then(|at| self.recent.remove(at)) {
            Some((_, detail)) => {
                self.detail = Some(Ok(detail));
                false
            }
            None => true,
        }
    }

    /// Nothing is looked at.
    pub fn leave(&mut self) {
        (self.asked, self.detail) = (None, None);
        self.rows.clear();
    }

    /// What is shown.
    pub fn shown(&self) -> Option<&Detail> {
        self.detail.as_ref()?.as_ref().ok().map(|detail| &**detail)
    }

    /// The selected field.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.list.selected)
    }

    /// Makes rows of the fields, for a packet that was not shown before: selects where it is malformed, or else the field of
    /// the byte that a finding points at.
    pub fn begin(&mut self, fault: Option<usize>) {
        (self.list, self.scroll, self.made_for) = (List::default(), 0, None);
        self.flatten();
        let malformed = self.rows.iter().position(Row::is_malformed);
        self.list.selected = malformed.or_else(|| self.row_of(fault?)).unwrap_or_default();
    }

    /// The row of a byte: that of the smallest field, rather than of one of its bits; of the first byte, its flags.
    pub fn row_of(&self, byte: usize) -> Option<usize> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| row.range.contains(&byte));
        rows.rev().min_by_key(|(_, row)| (row.range.len(), row.depth)).map(|(at, _)| at)
    }

    /// Shows or hides the parts of the selected field; of a field without parts, those of the one that it is a part of.
    pub fn fold(&mut self, open: Option<bool>) {
        let Some(row) = self.selected() else { return };
        match (row.open, open) {
            (Some(is_open), wanted) if wanted != Some(is_open) => {
                let name = row.name.clone();
                if is_open {
                    self.folded.insert(name);
                } else {
                    self.folded.remove(&name);
                }
                self.flatten();
            }
            (_, Some(false)) => {
                let depth = row.depth;
                let above = self.rows.get(..self.list.selected).unwrap_or_default();
                self.list.selected = above.iter().rposition(|row| row.depth < depth).unwrap_or(self.list.selected);
            }
            _ => {}
        }
    }

    fn flatten(&mut self) {
        let mut rows = Vec::new();
        if let Some(Ok(detail)) = &self.detail {
            push(&mut rows, 0, &detail.fields, &self.folded);
        }
        self.rows = rows;
    }

    /// The payload, as far as it is there.
    pub fn payload(&self) -> &[u8] {
        let detail = self.shown();
        detail.and_then(|detail| detail.bytes.get(detail.payload.clone()?)).unwrap_or_default()
    }

    /// The form in which the payload is shown.
    pub fn form(&self) -> Form {
        let forms = Form::all(self.payload());
        self.form.filter(|form| forms.contains(form)).or(forms.first().copied()).unwrap_or(Form::Hex)
    }

    /// Shows the payload in the next form that it has.
    pub fn next_form(&mut self) {
        let forms = Form::all(self.payload());
        let now = self.form();
        let at = forms.iter().position(|form| *form == now).unwrap_or_default();
        self.form = forms.iter().cycle().nth(at + 1).copied();
        self.scroll = 0;
    }

    /// Brings the lines of the payload in line with form and columns.
    pub fn lay_out(&mut self, columns: usize) {
        if self.made_for.is_none_or(|(form, made_for)| made_for != columns || self.form.is_some_and(|wanted| wanted != form)) {
            let form = self.form();
            self.lines = form.lines(self.payload(), columns);
            self.made_for = Some((self.form.unwrap_or(form), columns));
        }
    }
}

impl Row {
    /// It is where reading broke off.
    pub fn is_malformed(&self) -> bool {
        self.value.starts_with("malformed: ")
    }
}

fn push(rows: &mut Vec<Row>, depth: usize, fields: &[Field], folded: &BTreeSet<String>) {
    for field in fields {
        let open = (!field.parts.is_empty()).then(|| !folded.contains(&field.name));
        let (name, value, range) = (field.name.clone(), field.value.clone(), field.range.clone());
        rows.push(Row { depth, name, value, range, meaning: field.meaning(), open });
        if open == Some(true) {
            push(rows, depth + 1, &field.parts, folded);
        }
    }
}
