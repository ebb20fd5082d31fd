//! `mqttscope sessions`: one line per MQTT connection. All lines are held until the end, to be sorted.

use std::cmp::{Ordering, Reverse};
use std::process::ExitCode;
use std::time::Duration;

use crate::analysis::{Connection, Observer};
use crate::cli::args::{Sessions, SortKey, TableFormat};
use crate::cli::config::Config;
use crate::cli::json::Json;
use crate::cli::output::Output;
use crate::cli::paint::{Paint, severity_style};
use crate::cli::run::{Capture, Sink};
use crate::cli::table::{Table, left, right};
use crate::finding::Severity;
use crate::flow::Role;
use crate::mqtt::Version;
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
    let capture = Capture::open(&config)?;
    let mut output = Output::open(config.output.as_deref(), capture.inputs())?;
    let mut list = List::default();
    capture.analyze(rules::all(), &mut list)?;
    list.0.sort_by(|a, b| compare(args.sort, a, b));
    match args.format {
        TableFormat::Text => {
            output.put(table(&list.0, Paint::new(config.color, output.is_terminal())).as_bytes());
        }
        TableFormat::Json => output.put(json(&list.0).as_bytes()),
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct List(Vec<Connection>);

impl Observer for List {
    fn connection(&mut self, connection: &Connection) {
        self.0.push(connection.clone());
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
        SortKey::Gap => ratio(b).unwrap_or(0.0).total_cmp(&ratio(a).unwrap_or(0.0)),
        SortKey::Duration => Reverse(a.duration()).cmp(&Reverse(b.duration())),
        SortKey::Packets => sum(b.packets).cmp(&sum(a.packets)),
        SortKey::Bytes => sum(b.bytes).cmp(&sum(a.bytes)),
        SortKey::ClientId => a.client_id.cmp(&b.client_id),
    };
    order.then(a.number.cmp(&b.number))
}

/// The longest silence of the client in keep-alive periods.
fn ratio(connection: &Connection) -> Option<f64> {
    let period = connection.keep_alive.filter(|seconds| *seconds > 0)?;
    Some(connection.longest_silence?.as_secs_f64() / f64::from(period))
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
            ratio(connection).map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
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

fn json(connections: &[Connection]) -> String {
    let mut json = Json::default();
    json.array();
    for connection in connections {
        object(&mut json, connection);
    }
    json.end_array();
    json.end_line();
    String::from_utf8_lossy(json.as_bytes()).into_owned()
}

fn object(json: &mut Json, connection: &Connection) {
    json.object();
    json.number_field("connection", connection.number);
    if let Some(id) = &connection.client_id {
        json.text_field("client_id", id);
    }
    if let Some(id) = &connection.assigned_client_id {
        json.text_field("assigned_client_id", id);
    }
    json.display_field("client", connection.client);
    json.display_field("server", connection.server);
    json.string_field("transport", connection.transport.name());
    if let Some(version) = connection.version {
        json.string_field("version", version.name());
    }
    if let Some(seconds) = connection.keep_alive {
        json.number_field("keep_alive", seconds);
    }
    if let Some(clean) = connection.clean_start {
        json.boolean_field("clean_start", clean);
    }
    if let Some(name) = &connection.user_name {
        json.text_field("username", name);
    }
    json.number_field("frame", connection.first.frame.number);
    json.display_field("start", connection.first.time);
    json.boolean_field("from_start", connection.from_start);
    json.float_field("duration", connection.duration().as_secs_f64());
    by_side(json, "packets", connection.packets);
    by_side(json, "bytes", connection.bytes);
    json.number_field("publishes", connection.publishes);
    json.key("findings");
    json.object();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        json.number_field(severity.name(), connection.count(severity));
    }
    json.end_object();
    if let Some((silence, ratio)) = connection.longest_silence.zip(ratio(connection)) {
        json.key("longest_gap");
        json.object();
        json.float_field("seconds", silence.as_secs_f64());
        json.float_field("ratio", ratio);
        json.end_object();
    }
    json.number_field("gaps", connection.gaps);
    json.number_field("retransmissions", connection.retransmissions);
    ended(json, connection);
    json.end_object();
}

fn ended(json: &mut Json, connection: &Connection) {
    json.key("ended");
    json.object();
    json.string_field("cause", connection.ending.name());
    if let Some(code) = connection.ending.code() {
        json.number_field("code", code);
    }
    json.string_field("text", &connection.ending.describe(connection.version.unwrap_or(Version::V3_1_1)));
    if let Some((role, stamp)) = connection.closed {
        json.string_field("by", role.name());
        json.number_field("frame", stamp.frame.number);
        json.display_field("time", stamp.time);
    }
    json.end_object();
}

fn by_side(json: &mut Json, key: &str, [client, server]: [u64; 2]) {
    json.key(key);
    json.object();
    json.number_field(Role::Client.name(), client);
    json.number_field(Role::Server.name(), server);
    json.end_object();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let shown = [90, 91_800, 150_000, 3_700_000, 90_000_000].map(|millis| duration(Duration::from_millis(millis)));
        assert_eq!(shown, ["90 ms", "91.8 s", "2 min 30 s", "61 min 40 s", "25 h 00 min"]);
    }
}
