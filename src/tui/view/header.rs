//! The first line: what is open, how much there is, how bad it is, how far loading has come; of a live source, for how long, how
//! much there is a second, and what was lost.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::finding::Severity;
use crate::frame::Counters;
use crate::report::number;
use crate::report::style::sign;
use crate::show;
use crate::tui::model::{Loading, Model};

/// Longest name of an input.
const NAME: usize = 40;

/// From this width on, units are told in full.
const WIDE: u16 = 100;

/// A part of the line; those of a higher rank give way first where there is no room.
struct Part<'a> {
    rank: u8,
    spans: Vec<Span<'a>>,
}

/// Draws the line.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let mut parts = parts(model);
    let loading = if model.data.live { live(model, area.width) } else { loading(model).into() };
    let room = usize::from(area.width).saturating_sub(loading.width());
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
    frame.render_widget(loading.right_aligned(), area);
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
    let pending = data.index.pending().count() as u64;
    if pending > 0 {
        spans.push(format!("{}{} pending", if spans.is_empty() { "" } else { "  " }, number::grouped(pending)).into());
    }
    if !spans.is_empty() {
        parts.push(Part { rank: 2, spans });
    }
    if let Some(text) = lost(data.index.counters()) {
        parts.push(Part { rank: 3, spans: vec![Span::styled(text, on_header(model, model.theme.warning))] });
    }
    parts
}

/// `lost 12 (kernel 10, interface 2)`; `None` if nothing was.
fn lost(counters: &[Counters]) -> Option<String> {
    let sum = |of: fn(&Counters) -> u64| counters.iter().map(of).sum::<u64>();
    let places = [
        ("kernel", sum(|counters| counters.dropped_kernel)),
        ("interface", sum(|counters| counters.dropped_interface)),
        ("mqttscope", sum(|counters| counters.dropped_own)),
    ];
    let told = places.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {}", number::grouped(*count)));
    let told = told.collect::<Vec<_>>().join(", ");
    let all = sum(Counters::dropped);
    (all > 0).then(|| format!("▲ lost {} ({told})", number::grouped(all)))
}

/// `● live 12:31  42 packets/s`.
fn live(model: &Model, width: u16) -> Line<'_> {
    let index = &model.data.index;
    let state = match model.data.loading {
        Loading::Begun => Span::styled("● live", on_header(model, model.theme.good)),
        Loading::Finished => Span::raw("ended"),
        Loading::Failed(_) => Span::styled("broken off", on_header(model, model.theme.warning)),
    };
    let mut line = Line::default();
    if model.paused {
        line.push_span("held  ");
    }
    line.push_span(state);
    if let Some(elapsed) = index.elapsed() {
        line.push_span(format!(" {}", clock(elapsed)));
    }
    if let Some(rate) = index.rate().filter(|_| model.data.goes_on()) {
        let unit = if width >= WIDE { " packets/s" } else { "/s" };
        line.push_span(format!("  {}{unit}", per_second(rate)));
    }
    line.push_span(" ");
    line
}

/// `12:31`, `1:02:03`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `0.4`, `42`.
fn per_second(rate: f64) -> String {
    if rate > 0.0 && rate < 10.0 { format!("{rate:.1}") } else { number::grouped(rate.round() as u64) }
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
