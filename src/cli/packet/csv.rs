//! Packets as comma-separated values: a header row, RFC 4180 quoting, lines ended by LF.
//!
//! The columns are [`COLUMNS`]; a cell is empty where the packet has no such field. `file` is always filled. `filters` holds
//! all Topic Filters, each with `:` and the QoS asked for behind it (not in UNSUBSCRIBE), separated by `; `; `reason_code`
//! holds all codes of a SUBACK or UNSUBACK, separated by spaces; `words` is the packet as the text format has it.
//!
//! Control characters are escaped (`\x1b`; `\\` is a backslash), what is not UTF-8 becomes U+FFFD, and a cell that a
//! spreadsheet would take for a formula (it begins with `=`, `+`, `-` or `@`) gets a `'` in front. For every byte as it
//! was, there is NDJSON.

use std::fmt::{Display, Write as _};

use crate::analysis::{PacketView, describe};
use crate::cli::clock::Clock;
use crate::mqtt::{Body, PacketType, PropertyId, Version, reason};
use crate::show;

/// The header row.
pub const COLUMNS: &str = "frame,file,time,connection,src,dst,from,version,type,size,remaining_length,transport,dup,qos,retain,packet_id,\
                           topic,topic_alias,payload_length,client_id,keep_alive,filters,reason_code,reason,words\n";

/// Writes packets.
#[derive(Debug, Default)]
pub struct Writer {
    row: String,
    clock: Clock,
    files: Vec<String>,
}

impl Writer {
    /// A writer; `inputs` are the names of all inputs.
    pub fn new(inputs: &[String]) -> Self {
        Self { files: inputs.to_vec(), ..Self::default() }
    }

    /// There are more inputs now.
    pub fn inputs(&mut self, inputs: &[String]) {
        self.files = inputs.to_vec();
    }

    /// The row of a packet, with its end.
    pub fn row(&mut self, view: &PacketView<'_>) -> &str {
        self.row.clear();
        let end = view.framed.end;
        let header = view.packet.header;
        let _ = write!(self.row, "{}", end.frame.number());
        let file = self.files.get(end.frame.input() as usize).map(|name| show::text(name.as_bytes()));
        self.cell(file.as_deref().unwrap_or_default());
        let time = self.clock.rfc3339(end.time);
        let _ = write!(self.row, ",{time},{},{},{},{}", view.connection, view.source, view.destination, view.from);
        self.plain(view.version());
        let size = header.packet_len();
        let _ = write!(self.row, ",{},{size},{}", view.packet.packet_type(), header.remaining_length.value);
        self.plain(Some(view.transport.name()));
        let publish = view.packet.packet_type() == PacketType::Publish;
        self.plain(publish.then(|| u8::from(header.dup())));
        self.plain(publish.then(|| header.qos_bits()));
        self.plain(publish.then(|| u8::from(header.retain())));
        if view.is_header_only() {
            self.row.push_str(",,,,,,,,,");
        } else {
            self.body(view);
        }
        self.cell(&describe(view.packet, view.framed, view.session, view.from));
        self.row.push('\n');
        &self.row
    }

    /// From `packet_id` to `reason`.
    fn body(&mut self, view: &PacketView<'_>) {
        let packet = view.packet;
        self.plain(packet.packet_id());
        match &packet.body {
            Body::Publish(publish) => {
                self.bytes(publish.topic.map(|topic| topic.bytes));
                self.plain(publish.properties.u16(PropertyId::TopicAlias));
                self.plain(super::payload_len(publish, packet));
            }
            _ => self.row.push_str(",,,"),
        }
        match &packet.body {
            Body::Connect(connect) => {
                self.bytes(connect.client_id.map(|id| id.bytes));
                self.plain(connect.keep_alive);
            }
            _ => self.row.push_str(",,"),
        }
        let filters: Vec<String> = match &packet.body {
            Body::Subscribe(subscribe) => {
                let filter = |bytes: &[u8], qos: u8| format!("{}:{qos}", show::text(bytes));
                subscribe.filters.iter().map(|entry| filter(entry.filter.bytes, entry.options.qos())).collect()
            }
            Body::Unsubscribe(unsubscribe) => unsubscribe.filters.iter().map(|filter| show::text(filter.bytes)).collect(),
            _ => Vec::new(),
        };
        self.cell(&filters.join("; "));
        let several = |codes: &[u8]| codes.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        match &packet.body {
            Body::Suback(suback) => self.plain(Some(several(suback.codes))),
            Body::Unsuback(unsuback) if packet.version == Version::V5_0 => self.plain(Some(several(unsuback.codes))),
            _ => self.plain(packet.reason_code()),
        }
        let name = packet.reason_code().and_then(|code| reason::name(packet.packet_type(), packet.version, code));
        self.cell(name.unwrap_or_default());
    }

    /// A cell that needs no quotes.
    fn plain(&mut self, value: Option<impl Display>) {
        self.row.push(',');
        if let Some(value) = value {
            let _ = write!(self.row, "{value}");
        }
    }

    /// A cell with text from the wire.
    fn bytes(&mut self, bytes: Option<&[u8]>) {
        self.cell(&bytes.map(show::text).unwrap_or_default());
    }

    /// A cell with any text that has no control characters.
    fn cell(&mut self, text: &str) {
        self.row.push(',');
        push_cell(&mut self.row, text);
    }
}

fn push_cell(row: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@']);
    if !formula && !text.contains([',', '"', '\n', '\r']) && !text.starts_with(' ') && !text.ends_with(' ') {
        row.push_str(text);
        return;
    }
    row.push('"');
    if formula {
        row.push('\'');
    }
    row.push_str(&text.replace('"', "\"\""));
    row.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_needed() {
        let cell = |text: &str| {
            let mut row = String::new();
            push_cell(&mut row, text);
            row
        };
        assert_eq!(cell("plant/pump 7"), "plant/pump 7");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"a\""), "\"say \"\"a\"\"\"");
        assert_eq!(cell(" a"), "\" a\"");
        assert_eq!(cell(""), "");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+/status", "-1", "@x"] {
            let mut row = String::new();
            push_cell(&mut row, text);
            assert_eq!(row, format!("\"'{text}\""));
        }
    }
}
