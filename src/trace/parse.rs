//! Text into a [`Trace`]: one line after the other, without regard to what TCP makes of it.

use std::time::Duration;

use super::words::{self, words};
use super::{Act, DEFAULT_WAIT, Mark, Piece, Section, Step, Trace, TraceError, Versions, packet};
use crate::finding::Certainty;
use crate::flow::Role;
use crate::mqtt::Version;

/// Longest time before a line: a year shows everything that a keep alive or an expiry can show.
const WAIT_LIMIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// Longest gap: TCP cannot tell one of half the sequence numbers from a step back (RFC 9293, section 3.4).
const GAP_LIMIT: u32 = 1 << 30;

/// Reads a trace.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(text: &str) -> Result<Trace, TraceError> {
    let mut trace = Trace::default();
    let mut default_version = Version::V3_1_1;
    let mut versions = Versions::new(default_version);
    let mut last = 1;
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        last = line;
        if let Some(title) = text.strip_prefix("==") {
            trace.sections.push(Section { title: title.trim().to_owned(), line, ..Section::default() });
            versions = Versions::new(default_version);
            continue;
        }
        let words = words(text, line)?;
        let Some((first, rest)) = words.split_first() else { continue };
        let Some(section) = trace.sections.last_mut() else {
            let ["version", version] = words[..] else {
                return Err(TraceError::expected(line, "`== title` or `version`", first));
            };
            default_version = parse_version(version, line)?;
            continue;
        };
        if *first == "??" {
            section.doubted.extend(rules(rest, line)?.into_iter().map(|rule| (line, rule)));
            continue;
        }
        section.steps.extend(Line { number: line, versions: &mut versions }.step(&words)?);
    }
    if trace.sections.is_empty() {
        return Err(TraceError::expected(last, "a section: `== title`", ""));
    }
    Ok(trace)
}

/// A line of a section, and what is in force there.
struct Line<'v> {
    number: usize,
    versions: &'v mut Versions,
}

impl Line<'_> {
    fn step(&mut self, words: &[&str]) -> Result<Option<Step>, TraceError> {
        let line = self.number;
        let (words, marks) = match words.iter().position(|word| *word == "!!") {
            Some(at) => (words.get(..at).unwrap_or_default(), marks(words.get(at + 1..).unwrap_or_default(), line)?),
            None => (words, Vec::new()),
        };
        let (mut wait, mut connection) = (None, None);
        let mut words = words;
        while let Some((first, rest)) = words.split_first() {
            if let Some(time) = first.strip_prefix('+').filter(|_| wait.is_none()) {
                wait = Some(duration(time, line)?);
            } else if let Some(number) = first.strip_suffix(':').filter(|_| connection.is_none()) {
                let number = words::number(number).filter(|number| *number > 0);
                connection = Some(number.ok_or_else(|| TraceError::expected(line, "a connection from `1:` to `4294967295:`", first))?);
            } else {
                break;
            }
            words = rest;
        }
        let act = match words {
            ["version", version] => {
                let version = parse_version(version, line)?;
                match connection {
                    Some(connection) => self.versions.set(connection, version),
                    None => self.versions.set_all(version),
                }
                None
            }
            ["midstream"] => Some(Act::Midstream),
            ["oneway", side] => Some(Act::Oneway(role(side, line)?)),
            ["tick"] => Some(Act::Tick),
            [side, rest @ ..] => Some(self.send(role(side, line)?, rest, connection.unwrap_or(1))?),
            [] => return Err(TraceError::expected(line, "C>S, S>C or a directive", "")),
        };
        let frameless = matches!(act, None | Some(Act::Midstream | Act::Oneway(_)));
        if frameless && (wait.is_some() || !marks.is_empty()) {
            return Err(TraceError::Misplaced { line, expected: "no time and no mark on a line without a frame" });
        }
        Ok(act.map(|act| Step { line, wait: wait.unwrap_or(DEFAULT_WAIT), connection: connection.unwrap_or(1), act, marks }))
    }

    fn send(&mut self, from: Role, words: &[&str], connection: u32) -> Result<Act, TraceError> {
        let (later, words) = match words {
            ["ACK"] => return Ok(Act::Ack(from)),
            ["RST"] => return Ok(Act::Reset(from)),
            ["NOW"] => return Ok(Act::Now(from)),
            ["LATER", rest @ ..] => (true, rest),
            _ => (false, words),
        };
        let pieces: Result<Vec<Piece>, TraceError> =
            words.split(|word| *word == "/").map(|words| self.piece(words, connection, later)).collect();
        Ok(Act::Send { from, pieces: pieces?, later })
    }

    /// What stands between two `/`.
    fn piece(&mut self, words: &[&str], connection: u32, later: bool) -> Result<Piece, TraceError> {
        let line = self.number;
        if let ["GAP", length] = words
            && !later
        {
            let number = words::number(length).filter(|length| (1..=GAP_LIMIT).contains(length));
            return number.map(Piece::Gap).ok_or_else(|| TraceError::expected(line, "a number of bytes from 1 to 1073741824", length));
        }
        let (mut resend, mut bytes, mut fin) = (false, Vec::new(), false);
        for (index, item) in words.split(|word| *word == ";").enumerate() {
            match item {
                _ if fin => return Err(TraceError::Misplaced { line, expected: "FIN to be the last of its segment" }),
                [] => return Err(TraceError::expected(line, "a packet by name, bytes in hex or \"text\"", "")),
                ["RESEND"] if index == 0 && !later => resend = true,
                ["FIN"] => fin = true,
                [word @ ("RESEND" | "GAP" | "LATER" | "NOW" | "ACK" | "RST" | "FIN"), ..] => {
                    return Err(TraceError::expected(
                        line,
                        "a packet by name, bytes in hex or \"text\" (this word cannot stand here)",
                        word,
                    ));
                }
                [name, keys @ ..] => match packet::type_named(name) {
                    Some(kind) => {
                        let (encoded, version) = packet::encode(kind, keys, self.versions.get(connection), line)?;
                        if let Some(version) = version {
                            self.versions.set(connection, version);
                        }
                        bytes.extend(encoded);
                    }
                    None => item.iter().try_for_each(|word| words::bytes(word, line).map(|more| bytes.extend(more)))?,
                },
            }
        }
        Ok(Piece::Segment { resend, bytes, fin })
    }
}

fn role(word: &str, line: usize) -> Result<Role, TraceError> {
    match word {
        "C>S" => Ok(Role::Client),
        "S>C" => Ok(Role::Server),
        _ => Err(TraceError::expected(line, "C>S, S>C, tick, version, midstream or oneway", word)),
    }
}

fn parse_version(word: &str, line: usize) -> Result<Version, TraceError> {
    word.parse().map_err(|_| TraceError::expected(line, "a version: 3.1, 3.1.1 or 5.0", word))
}

/// `1.5s`: at most nanoseconds.
fn duration(word: &str, line: usize) -> Result<Duration, TraceError> {
    const UNITS: [(&str, u128); 6] =
        [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];
    let read = || {
        let at = word.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = word.split_at_checked(at)?;
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return None;
        }
        let scale = 10u128.pow(part.len() as u32);
        let parts = part.parse::<u128>().ok()? * nanos;
        let total = whole.parse::<u128>().ok()? * nanos + parts / scale;
        let exact = u64::try_from(total).ok().filter(|_| parts % scale == 0)?;
        Some(Duration::from_nanos(exact)).filter(|wait| *wait <= WAIT_LIMIT)
    };
    read().ok_or_else(|| TraceError::expected(line, "a time of at most a year, like +5s or +1.5ms (ns us ms s m h)", word))
}

fn rules(words: &[&str], line: usize) -> Result<Vec<String>, TraceError> {
    let names: Vec<&str> = words.iter().flat_map(|word| word.split(',')).filter(|name| !name.is_empty()).collect();
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    match names.iter().find(|name| !is_name(name.strip_suffix('?').unwrap_or(name))) {
        Some(odd) => Err(TraceError::expected(line, "names of rules in kebab-case", odd)),
        None if names.is_empty() => Err(TraceError::expected(line, "names of rules in kebab-case", "")),
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

fn marks(words: &[&str], line: usize) -> Result<Vec<Mark>, TraceError> {
    let mark = |name: String| match name.strip_suffix('?') {
        Some(rule) => Mark { rule: rule.to_owned(), certainty: Certainty::Likely },
        None => Mark { rule: name, certainty: Certainty::Certain },
    };
    Ok(rules(words, line)?.into_iter().map(mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(lines: &str) -> Vec<Step> {
        parse(&format!("== test\n{lines}")).unwrap().sections.remove(0).steps
    }

    fn error(lines: &str) -> String {
        parse(&format!("== test\n{lines}")).unwrap_err().to_string()
    }

    fn bytes(step: &Step) -> Vec<u8> {
        let Act::Send { pieces, .. } = &step.act else { panic!("{step:?}") };
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Segment { bytes, .. } => &bytes[..],
            Piece::Gap(_) => b"",
        });
        parts.collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_line_has_time_connection_sender_bytes_and_marks() {
        let steps = steps("+1.5s 2: C>S 36 05 \"\\x00\" 01 61 0001 !! publish-qos-3, keep-alive?  # why not");
        let [step] = &steps[..] else { panic!() };
        assert_eq!((step.line, step.wait, step.connection), (2, Duration::from_millis(1500), 2));
        assert_eq!(bytes(step), [0x36, 5, 0, 1, 0x61, 0, 1]);
        let marks: Vec<_> = step.marks.iter().map(|mark| (mark.rule.as_str(), mark.certainty)).collect();
        assert_eq!(marks, [("publish-qos-3", Certainty::Certain), ("keep-alive", Certainty::Likely)]);
    }

    #[test]
    fn segments_and_packets() {
        let steps = steps("C>S PINGREQ ; PINGREQ / c0 / GAP 3 / RESEND ; 00 ; FIN\nS>C RST\n?? some-rule");
        let segment = |bytes: &[u8], resend, fin| Piece::Segment { resend, bytes: bytes.to_vec(), fin };
        let pieces =
            vec![segment(&[0xc0, 0, 0xc0, 0], false, false), segment(&[0xc0], false, false), Piece::Gap(3), segment(&[0], true, true)];
        assert_eq!(steps[0].act, Act::Send { from: Role::Client, pieces, later: false });
        assert_eq!(steps[1].act, Act::Reset(Role::Server));
    }

    #[test]
    fn version_is_that_of_the_connect_or_of_the_last_directive() {
        let steps = steps(
            "C>S CONNECT version=5.0\nC>S PUBLISH topic=a\n2: C>S CONNECT version=3.1\n1: C>S PUBLISH topic=a\n2: S>C PUBLISH topic=a\nversion 3.1.1\nC>S PUBLISH topic=a",
        );
        let lengths: Vec<usize> = steps.iter().map(|step| bytes(step).len()).collect();
        assert_eq!(lengths, [15, 6, 16, 6, 5, 5]);
    }

    #[test]
    fn version_before_the_first_section_is_for_all() {
        let trace = parse("version 5.0\n== a\nversion 3.1\nC>S PUBLISH topic=a\n== b\nC>S PUBLISH topic=a").unwrap();
        let lengths: Vec<usize> = trace.sections.iter().map(|section| bytes(&section.steps[0]).len()).collect();
        assert_eq!(lengths, [5, 6]);
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        assert_eq!(parse("").unwrap_err().to_string(), "line 1: expected a section: `== title`, found nothing");
        assert_eq!(parse("C>S PINGREQ").unwrap_err().to_string(), "line 1: expected `== title` or `version`, found `C>S`");
        assert_eq!(error("C<S PINGREQ"), "line 2: expected C>S, S>C, tick, version, midstream or oneway, found `C<S`");
        assert_eq!(error("\n+5 C>S PINGREQ"), "line 3: expected a time of at most a year, like +5s or +1.5ms (ns us ms s m h), found `5`");
        assert_eq!(error("C>S"), "line 2: expected a packet by name, bytes in hex or \"text\", found nothing");
        assert_eq!(error("C>S PINGREG"), "line 2: expected a packet by name, bytes in hex or \"text\", found `PINGREG`");
        assert_eq!(error("C>S FIN ; PINGREQ"), "line 2: expected FIN to be the last of its segment");
        assert_eq!(error("midstream !! a"), "line 2: expected no time and no mark on a line without a frame");
        assert_eq!(error("C>S 00 !!"), "line 2: expected names of rules in kebab-case, found nothing");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(== t\n)?([ -~\n\\\\\"]|C>S |S>C | ; | / |GAP |RESEND|LATER |NOW|FIN|tick|2: |\\+1s |[0-9a-f]{2} |é|\u{1}){0,40}") {
            if let Ok(trace) = parse(&text) {
                for section in &trace.sections {
                    let _ = crate::trace::compile(section);
                }
            }
        }

        #[test]
        fn no_packet_makes_it_panic(
            name in "(CONNECT|CONNACK|PUBLISH|PUBACK|SUBSCRIBE|SUBACK|UNSUBSCRIBE|UNSUBACK|DISCONNECT|AUTH|PINGREQ)",
            keys in "( (packet_id|code|codes|topic|qos|filter|user_property|will.user_property|receive_maximum|will_topic|dup|flags|version|properties)(=[0-9a-c:,.\"\\\\]{0,6})?){0,5}",
            version in "(3.1|3.1.1|5.0)",
        ) {
            if let Ok(trace) = parse(&format!("== t\nversion {version}\nC>S {name}{keys}")) {
                prop_assert!(crate::trace::compile(&trace.sections[0]).is_ok());
            }
        }
    }
}
