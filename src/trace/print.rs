//! Captured packets as the lines of a trace, for a bug report or a fixture to start from.
//!
//! A packet is named where its name gives exactly the same bytes, and stands in hex where it does not; bytes that the
//! analysis did not keep (long payloads) or that the capture lacks become a `GAP` of their length. What is lost: how TCP
//! cut the packets, and everything between them but the time.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use super::name::{Named, named};
use super::words::hex;
use super::{DEFAULT_WAIT, Versions};
use crate::analysis::{PacketView, describe, secret};
use crate::flow::Role;
use crate::mqtt::encode::push_var_int;
use crate::mqtt::{PacketType, Version};
use crate::session::Doubt;
use crate::show;
use crate::time::Timestamp;

/// Writes a section of a trace, packet by packet, in the order in which an analysis tells them.
#[derive(Clone, Debug)]
pub struct Printer {
    show_secrets: bool,
    versions: Versions,
    begun: HashSet<u32>,
    last: Option<Timestamp>,
}

impl Printer {
    /// A printer that has written nothing yet. Unless `show_secrets`, passwords and Authentication Data come out as
    /// `***`, and lines with one do not give back the bytes that were captured.
    pub fn new(show_secrets: bool) -> Self {
        Self { show_secrets, versions: Versions::new(Version::V3_1_1), begun: HashSet::new(), last: None }
    }

    /// The line that has to stand before the first packet.
    pub fn title(title: &str) -> String {
        format!("== {}\n", show::text(title.as_bytes()).trim())
    }

    /// The line of a packet, ended by a line feed; before it, where need be, lines that say `midstream` or `version`.
    pub fn packet(&mut self, view: &PacketView<'_>) -> String {
        let PacketView { packet, framed, session, from, .. } = *view;
        let connection = u32::try_from(view.connection).unwrap_or(u32::MAX - 1) + 1;
        let prefix = if connection == 1 { String::new() } else { format!("{connection}: ") };
        let mut out = String::new();
        let midstream = [Role::Client, Role::Server].into_iter().any(|role| session.history(role) == Err(Doubt::MidStream));
        if self.begun.insert(connection) && midstream {
            let _ = writeln!(out, "{prefix}midstream");
        }
        if packet.packet_type() != PacketType::Connect && packet.version != self.versions.get(connection) {
            self.versions.set(connection, packet.version);
            // With its connection also for the first one: without, it would hold for all.
            let _ = writeln!(out, "{connection}: version {}", packet.version);
        }
        let time = framed.end.time;
        let wait = self.last.map_or(DEFAULT_WAIT, |last| time.since(last));
        self.last = Some(time);
        if wait != DEFAULT_WAIT {
            let _ = write!(out, "+{} ", shortest(wait));
        }
        let _ = write!(out, "{prefix}{} ", if from == Role::Client { "C>S" } else { "S>C" });

        let mut bytes = vec![framed.header.first_byte];
        push_var_int(&mut bytes, framed.header.remaining_length);
        bytes.extend_from_slice(framed.body);
        if let Some(Named { text, sets, hidden }) = named(packet, &bytes, self.versions.get(connection), self.show_secrets) {
            if let Some(version) = sets {
                self.versions.set(connection, version);
            }
            let _ = writeln!(out, "{text}{}", if hidden { "  # secret hidden" } else { "" });
            return out;
        }
        let missing = framed.header.packet_len().saturating_sub(bytes.len());
        let shown = bytes.clone();
        if !self.show_secrets {
            secret::mask(&mut bytes, packet);
        }
        out.push_str(&hex(&bytes));
        if missing > 0 {
            let _ = write!(out, " / GAP {missing}");
        }
        let note = if bytes == shown { "" } else { ", secret hidden" };
        let _ = writeln!(out, "  # {}{note}", describe(packet, framed, session, from));
        out
    }
}

/// A time in the largest unit that leaves no fraction of it; of seconds up to three digits.
fn shortest(wait: Duration) -> String {
    let nanos = wait.as_nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
    match units.iter().find(|(scale, _)| nanos.is_multiple_of(*scale)) {
        Some((scale, unit)) if nanos > 0 => format!("{}{unit}", nanos / scale),
        _ => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analyzer, Observer, Settings};
    use crate::mqtt::tests::laws::any_packet;
    use crate::mqtt::{HeaderStatus, decode, fixed_header};
    use crate::trace::{Act, Piece, compile, parse};
    use proptest::prelude::*;

    struct Scribe(Printer, String);

    impl Observer for Scribe {
        fn packet(&mut self, view: &PacketView<'_>) {
            self.1 += &self.0.packet(view);
        }
    }

    fn print(lines: &str, show_secrets: bool) -> String {
        let trace = parse(&format!("== test\n{lines}")).unwrap();
        let recording = compile(&trace.sections[0]).unwrap();
        let mut scribe = Scribe(Printer::new(show_secrets), String::new());
        let mut analyzer = Analyzer::new(&[], Settings::default());
        recording.frames().for_each(|frame| analyzer.push(&frame, &mut scribe));
        analyzer.finish(&mut scribe);
        scribe.1
    }

    /// These lines come out as they went in.
    fn same(lines: &str) {
        assert_eq!(print(lines, true), lines);
    }

    #[test]
    fn packets_come_out_by_name() {
        same(
            "C>S CONNECT version=5.0 client_id=c1 keep_alive=10 clean_start=0 receive_maximum=5 will_topic=w will_payload=\"a b\" \
             will_qos=1 will_retain will.user_property=a\\x3ab:c:d user_name=u password=secret\n\
             S>C CONNACK code=0 session_present topic_alias_maximum=9\n\
             +1500ms C>S PUBLISH topic=\"a b\" qos=1 packet_id=7 retain topic_alias=1 payload=\"\\x00\\xff \\\"\"\n\
             S>C PUBACK packet_id=7 code=16 reason_string=none\n\
             S>C PUBACK packet_id=8 code=0 properties\n\
             +61s C>S SUBSCRIBE packet_id=1 subscription_identifier=3 filter=a/#:1 filter=$share/g/b:46\n\
             S>C SUBACK packet_id=1 codes=1,128\n\
             C>S UNSUBSCRIBE packet_id=2 filter=a/#\n\
             S>C UNSUBACK packet_id=2 codes=0\n\
             +500us C>S PINGREQ\n\
             +200us S>C PINGRESP\n\
             S>C DISCONNECT code=142 server_reference=other:1883\n",
        );
    }

    #[test]
    fn connections_have_their_own_versions() {
        same(
            "C>S CONNECT version=5.0 client_id=a keep_alive=60\n2: C>S CONNECT version=3.1 client_id=b keep_alive=60\n\
             C>S PUBLISH topic=a\n2: C>S PUBLISH topic=a payload=x\n",
        );
        same("midstream\n1: version 5.0\nS>C PUBACK packet_id=1 code=16\n");
    }

    #[test]
    fn what_has_no_name_stands_in_hex_with_words_behind_it() {
        same(
            "C>S CONNECT version=3.1.1 client_id=c1 keep_alive=60\n\
             C>S 36 86 00 00 01 61 00 01 78  # PUBLISH #1 QoS 3 \"a\" 1 B\n",
        );
        let cut = "C>S CONNECT version=3.1.1 client_id=c1 keep_alive=60\nC>S 30 0d 00 01 61 / GAP 10\n";
        assert!(print(cut, true).ends_with(" C>S 30 0d 00 01 61 / GAP 10  # PUBLISH QoS 0 \"a\" 10 B\n"));
    }

    #[test]
    fn secrets_are_hidden() {
        let named = print("C>S CONNECT user_name=u password=secret\n", false);
        assert_eq!(named, "C>S CONNECT version=3.1.1 client_id=\"\" keep_alive=60 user_name=u password=***  # secret hidden\n");
        // The Remaining Length takes a byte too many, so there is no name for it.
        let hex = print("C>S 10 96 00 00 04 4d 51 54 54 04 c2 00 3c 00 01 61 00 01 75 00 04 70 61 73 73\n", false);
        assert!(hex.contains("00 04 2a 2a 2a 2a  # CONNECT") && hex.ends_with(", secret hidden\n"), "{hex}");
        let auth = print(
            "C>S CONNECT version=5.0\nC>S AUTH code=0x18 authentication_method=m authentication_data=xy\nC>S f0 06 18 04 16 00 05 78",
            false,
        );
        assert!(auth.contains("authentication_data=***  # secret hidden\n") && auth.contains("f0 06 18 04 16 2a 2a 2a  # AUTH"), "{auth}");
    }

    proptest! {
        #[test]
        fn a_line_gives_the_same_bytes(
            (packet, version) in any_packet(),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            spoken in proptest::sample::select(Version::ALL.to_vec()),
        ) {
            let mut bytes = packet.encode(version);
            for (at, byte) in damage {
                let at = at.index(bytes.len()).max(2);
                bytes.get_mut(at).into_iter().for_each(|old| *old = byte);
            }
            let HeaderStatus::Complete(header) = fixed_header(&bytes) else { return Ok(()) };
            let decoded = decode(header, &bytes[header.len()..], spoken);
            let text = named(&decoded, &bytes, decoded.version, true).map_or_else(|| hex(&bytes), |named| named.text);
            prop_assert!(!text.chars().any(char::is_control));
            let trace = parse(&format!("== t\nversion {}\nC>S {text}", decoded.version)).unwrap();
            let Act::Send { pieces, .. } = &trace.sections[0].steps[0].act else { panic!() };
            prop_assert_eq!(pieces, &[Piece::Segment { resend: false, bytes, fin: false }]);
        }

        #[test]
        fn a_packet_without_properties_has_a_name((packet, version) in any_packet()) {
            let bytes = packet.encode(version);
            let HeaderStatus::Complete(header) = fixed_header(&bytes) else { return Ok(()) };
            let decoded = decode(header, &bytes[header.len()..], version);
            // A CONNACK may have flags, an AUTH fields, and a UNSUBACK codes that there are no words for.
            let odd = matches!(decoded.packet_type(), PacketType::Connack | PacketType::Connect | PacketType::Reserved | PacketType::Auth);
            if version != Version::V5_0 && !odd {
                prop_assert!(named(&decoded, &bytes, version, true).is_some(), "{:?}", decoded);
            }
        }
    }
}
