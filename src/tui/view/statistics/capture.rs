//! How good the capture is, and what it could be judged by.

use ratatui::style::Style;
use ratatui::text::Line;

use super::{Row, title};
use crate::mqtt::Version;
use crate::report::coverage::Coverage;
use crate::report::number::{bytes, clock, counted, duration, grouped, moment};
use crate::report::text::{covered, gaps_of_knowledge};
use crate::show::tame;
use crate::tui::model::{Loading, Model};
use crate::tui::view::cell;

/// Most warnings that are told.
const WARNINGS: usize = 8;

/// The sections.
pub fn rows(model: &Model, width: usize) -> Vec<Row> {
    let theme = &model.theme;
    let data = &model.data;
    let mut rows = vec![title(model, "Capture", "")];
    let mut say = |text: &str, style: Style| {
        let lines = cell::filled(text, width.saturating_sub(2));
        rows.extend(lines.into_iter().map(|line| Row::from(Line::styled(format!(" {line}"), style))));
    };
    let warnings = data.index.warnings();
    let sums = &model.statistics.sums;
    match &data.report {
        Some(report) => {
            let stats = &report.stats;
            let mut text = format!("{}, {}", counted(stats.frames, "frame"), bytes(stats.bytes));
            if let (Some(first), Some(last)) = (stats.first_time, stats.last_time) {
                text += &format!(", {} to {} UTC ({})", moment(first), clock(last, Some(first)), duration(last.since(first)));
            }
            say(&text, theme.text);
            let connections = counted(stats.tcp_connections, "TCP connection");
            say(&format!("{connections}, {} of them with MQTT", grouped(stats.mqtt_connections)), theme.text);
            let gaps = gaps_of_knowledge(report);
            gaps.iter().for_each(|line| say(line, theme.warning));
            if gaps.is_empty() && warnings.is_empty() {
                say("nothing skipped, no holes, no bound hit", theme.good);
            }
        }
        None => {
            let end =
                if data.loading == Loading::Begun { "so far; what was skipped is known at the end" } else { "until reading broke off" };
            say(&format!("{} {end}", counted(data.index.frames(), "frame")), theme.text);
            if sums.gaps > 0 {
                say(&format!("{} in the byte streams", counted(sums.gaps, "hole")), theme.warning);
            }
        }
    }
    if sums.retransmissions > 0 {
        say(&format!("{} repeated bytes", counted(sums.retransmissions, "segment")), theme.text);
    }
    for warning in warnings.iter().take(WARNINGS) {
        say(&format!("▲ {}", tame(warning)), theme.warning);
    }
    if warnings.len() > WARNINGS {
        say(&format!("and {} more warnings", warnings.len() - WARNINGS), theme.warning);
    }
    rows.extend(statements(model, width));
    rows
}

/// How many statements of the specifications were met, broken or not seen.
fn statements(model: &Model, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(report) = &model.data.report {
        for version in [Version::V3_1_1, Version::V5_0] {
            let sum = Coverage::of(&report.statements, version);
            if sum.is_exercised() {
                let lines = cell::filled(&covered(version, &sum), width.saturating_sub(2));
                rows.extend(lines.into_iter().map(|line| Row::from(Line::from(format!(" {line}")))));
            }
        }
    }
    if !rows.is_empty() {
        rows.splice(0..0, [Row::default(), title(model, "Specification", "")]);
    }
    rows
}
