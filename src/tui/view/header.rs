//! The first line: what is open, how much there is, how bad it is, how far loading has come.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cell;
use crate::finding::Severity;
use crate::report::number;
use crate::report::style::sign;
use crate::show;
use crate::tui::model::{Loading, Model};

/// Longest name of an input.
const NAME: usize = 40;

/// A part of the line; those of a higher rank give way first where there is no room.
struct Part<'a> {
    rank: u8,
    spans: Vec<Span<'a>>,
}

/// Draws the line.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let mut parts = parts(model);
    let loading = loading(model);
    let room = usize::from(area.width).saturating_sub(cell::width(&loading));
    let width = |parts: &[Part<'_>]| parts.iter().flat_map(|part| &part.spans).map(Span::width).sum::<usize>() + 3 * parts.len();
    while parts.len() > 1 && width(&parts) > room {
        let worst = parts.iter().enumerate().max_by_key(|(_, part)| part.rank).map(|(at, _)| at);
        parts.remove(worst.unwrap_or_default());
    }
    let mut line = Line::from(" ");
    for part in parts {
        part.spans.into_iter().for_each(|span| line.push_span(span));
        line.push_span("   ");
    }
    frame.buffer_mut().set_style(area, model.theme.header);
    frame.render_widget(line, area);
    frame.render_widget(Line::from(loading).right_aligned(), area);
}

fn parts(model: &Model) -> Vec<Part<'_>> {
    let data = &model.data;
    let connections = u64::from(data.index.connection_count());
    let mut parts = vec![
        Part { rank: 4, spans: vec!["mqttscope".into()] },
        Part { rank: 1, spans: vec![name(model).into()] },
        Part { rank: 3, spans: vec![number::counted(connections, "connection").into()] },
        Part { rank: 5, spans: vec![number::counted(data.index.len().into(), "packet").into()] },
    ];
    let severities = Severity::ALL.into_iter().rev().map(|severity| (severity, data.severities[severity as usize]));
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (severity, count) in severities.filter(|(_, count)| *count > 0) {
        if !spans.is_empty() {
            spans.push("  ".into());
        }
        let text = format!("{} {}", sign(severity), number::severities(count, severity));
        spans.push(Span::styled(text, on_header(model, model.theme.severity(severity))));
    }
    if !spans.is_empty() {
        parts.push(Part { rank: 2, spans });
    }
    parts
}

/// A style on the background of the line.
fn on_header(model: &Model, style: Style) -> Style {
    model.theme.header.patch(style)
}

/// The name of an input, without the folders that it is in.
pub fn file(path: &str) -> String {
    show::short(path.rsplit('/').next().unwrap_or(path).as_bytes(), NAME)
}

fn name(model: &Model) -> String {
    match model.data.inputs.as_slice() {
        [] => "nothing".to_owned(),
        [one] if one == "-" => "standard input".to_owned(),
        [one] => file(one),
        [first, rest @ ..] => format!("{} and {} more", file(first), rest.len()),
    }
}

fn loading(model: &Model) -> String {
    let state = match (&model.data.loading, model.data.percent()) {
        (Loading::Finished, _) => String::new(),
        (Loading::Failed(_), _) => "not all could be read ".to_owned(),
        (_, Some(percent)) => format!("loading {percent} % "),
        (_, None) => "loading ".to_owned(),
    };
    if model.paused { format!("held  {state}") } else { state }
}
