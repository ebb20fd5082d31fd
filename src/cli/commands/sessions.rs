//! `mqttscope sessions`: one line per MQTT connection. The lines are held until the end, to be sorted: as many as a report
//! lists ([`CONNECTION_LIMIT`]); the rest is counted.

use std::cmp::{Ordering, Reverse};
use std::process::ExitCode;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::analysis::{Connection, Observer};
use crate::cli::args::{Sessions, SortKey, TableFormat};
use crate::cli::config::Config;
use crate::cli::live::Surroundings;
use crate::cli::messages;
use crate::cli::output::Output;
use crate::cli::paint::{Paint, severity_style};
use crate::cli::run::{Capture, Sink};
use crate::cli::table::{Table, left, right};
use crate::finding::Severity;
use crate::mqtt::Version;
use crate::report::session::{SessionObject, longest_gap};
use crate::report::{CONNECTION_LIMIT, Collected, Files, json};
use crate::rules;
use crate::show;

/// Longest Client Identifier shown in the table.
const CLIENT_ID: usize = 32;

/// Lists the connections.
///
/// # Errors
/// The inputs cannot be read, or the result cannot be written.
pub fn run(args: &Sessions) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    let capture = Capture::open(&config, &Surroundings { prints: true, signals: true, ..Surroundings::default() })?;
    let mut output = Output::open(config.output.as_deref(), capture.inputs())?;
    let mut list = List(Collected::default().keeping(0));
    let outcome = capture.analyze(rules::all(), &mut list).begun()?;
    let List(mut list) = list;
    list.connections.sort_by(|a, b| compare(args.sort, a, b));
    match args.format {
        TableFormat::Text => {
            output.put(table(&list.connections, Paint::new(config.color, output.is_terminal())).as_bytes());
        }
        TableFormat::Json => json::line(&mut output, &Array(&list.connections, Files(&outcome.inputs)))?,
    }
    output.finish()?;
    if let Some(warning) = left_out(&list).filter(|_| !config.quiet) {
        messages::print(&format!("mqttscope: warning: {warning}"));
    }
    outcome.end()?;
    Ok(ExitCode::SUCCESS)
}

/// What to say if there were more connections than are listed.
fn left_out(list: &Collected) -> Option<String> {
    let count = list.left_out();
    (count > 0).then(|| {
        format!(
            "bound reached: {count} connections ended after the first {CONNECTION_LIMIT} and are not listed: narrow the capture with -f"
        )
    })
}

struct List(Collected);

impl Observer for List {
    fn connection(&mut self, connection: &Connection) {
        self.0.connection(connection);
    }
}

impl Sink for List {}

/// The number of a connection tells its age, and parts those that are alike.
fn compare(key: SortKey, a: &Connection, b: &Connection) -> Ordering {
    let severities =
        |connection: &Connection| [Severity::Error, Severity::Warning, Severity::Info].map(|severity| connection.count(severity));
    let sum = |counts: [u64; 2]| counts.iter().sum::<u64>();
    let order = match key {
        SortKey::Start => Ordering::Equal,
        SortKey::Findings => severities(b).cmp(&severities(a)),
        SortKey::Gap => longest_gap(b).unwrap_or(0.0).total_cmp(&longest_gap(a).unwrap_or(0.0)),
        SortKey::Duration => Reverse(a.duration()).cmp(&Reverse(b.duration())),
        SortKey::Packets => sum(b.packets).cmp(&sum(a.packets)),
        SortKey::Bytes => sum(b.bytes).cmp(&sum(a.bytes)),
        SortKey::ClientId => a.client_id.cmp(&b.client_id),
    };
    order.then(a.number.cmp(&b.number))
}

/// All connections as one value.
struct Array<'a>(&'a [Connection], Files<'a>);

impl Serialize for Array<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|connection| SessionObject::new(connection, self.1)))
    }
}

fn table(connections: &[Connection], paint: Paint) -> String {
    let mut table = Table::new(&[
        right("conn"),
        left("client id"),
        left("client"),
        left("server"),
        left("ver"),
        right("keep alive"),
        right("longest gap"),
        right("packets ↑ / ↓"),
        left("findings"),
        left("start (UTC)"),
        right("duration"),
        left("ended"),
    ]);
    for connection in connections {
        let [up, down] = connection.packets;
        let start: String = connection.first.time.to_string().replace('T', " ").chars().take("2026-11-20 10:00:00".len()).collect();
        table.row([
            connection.number.to_string(),
            client_id(connection),
            connection.client.to_string(),
            connection.server.to_string(),
            connection.version.map_or("?", Version::name).to_owned(),
            connection.keep_alive.map_or_else(String::new, |seconds| if seconds == 0 { "off".to_owned() } else { format!("{seconds} s") }),
            longest_gap(connection).map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
            format!("{up} / {down}"),
            marks(connection),
            start,
            duration(connection.duration()),
            connection.ending.describe(connection.version.unwrap_or(Version::V3_1_1)),
        ]);
    }
    table.show(paint, |row, column, text| {
        let worst = connections.get(row).and_then(worst).filter(|_| column == 8);
        worst.map_or_else(|| text.to_owned(), |severity| paint.text(severity_style(severity), text).to_string())
    })
}

/// What the client called itself, or was called: an identifier that the server gave is in parentheses.
fn client_id(connection: &Connection) -> String {
    match (&connection.client_id, &connection.assigned_client_id) {
        (Some(id), Some(assigned)) if id.is_empty() => format!("({})", show::short(assigned, CLIENT_ID)),
        (Some(id), _) if id.is_empty() => "(empty)".to_owned(),
        (Some(id), _) => show::short(id, CLIENT_ID),
        (None, _) => "?".to_owned(),
    }
}

/// `● 2  ▲ 40  · 1`: errors, warnings, the rest.
fn marks(connection: &Connection) -> String {
    let marks = [("●", Severity::Error), ("▲", Severity::Warning), ("·", Severity::Info)];
    let marks = marks.into_iter().map(|(mark, severity)| (mark, connection.count(severity)));
    marks.filter(|(_, count)| *count > 0).map(|(mark, count)| format!("{mark} {count}")).collect::<Vec<_>>().join("  ")
}

fn worst(connection: &Connection) -> Option<Severity> {
    [Severity::Error, Severity::Warning, Severity::Info].into_iter().find(|severity| connection.count(*severity) > 0)
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{:.1} s", time.as_secs_f64()),
        120..7200 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_told() {
        let mut list = Collected::with_limit(0);
        assert_eq!(left_out(&list), None);
        list.totals.connections = 3;
        assert!(left_out(&list).is_some_and(|told| told.starts_with("bound reached: 3 connections ")));
    }

    #[test]
    fn durations_are_short() {
        let shown = [90, 91_800, 150_000, 3_700_000, 90_000_000].map(|millis| duration(Duration::from_millis(millis)));
        assert_eq!(shown, ["90 ms", "91.8 s", "2 min 30 s", "61 min 40 s", "25 h 00 min"]);
    }
}
