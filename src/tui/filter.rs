//! What the terms of a filter mean for connections and packets: the values of each field.

use super::model::Data;
use super::model::column;
use crate::filter::{FIELDS, Field, Filter, OPERATORS, Term};
use crate::finding::{Finding, Severity};
use crate::index::{ConnectionId, Entry, Found, PacketId};
use crate::mqtt::{Version, reason};

/// Whether a filter lets a connection through. Of a field of packets, one packet has to be as it says.
pub fn fits(filter: &Filter, data: &Data, id: ConnectionId) -> bool {
    filter.holds(&mut |term| connection(term, data, id) || packets(term, data, id).any(|entry| packet(term, data, entry)))
}

/// Whether a filter lets a packet through. Of a field of connections, its connection has to be as it says.
pub fn fits_packet(filter: &Filter, data: &Data, id: PacketId) -> bool {
    let Some(entry) = data.index.get(id) else { return false };
    filter.holds(&mut |term| match term.field {
        Field::Findings => term.number(data.index.findings_of(id).count() as f64),
        Field::Severity => entry.severity().is_some_and(|severity| term.number(f64::from(severity as u8))),
        Field::Rule => data.index.findings_of(id).any(|found| rule(term, &found.finding)),
        _ => connection(term, data, entry.connection()) || packet(term, data, entry),
    })
}

/// Whether a filter lets a finding through. What it says of rules and severities has to hold of this one, all else of its packet
/// or of its connection.
pub fn fits_finding(filter: &Filter, data: &Data, found: &Found) -> bool {
    let entry = found.packet.and_then(|packet| data.index.get(packet));
    filter.holds(&mut |term| match term.field {
        Field::Severity => term.number(f64::from(found.finding.severity as u8)),
        Field::Rule => rule(term, &found.finding),
        Field::Frame => term.number(found.finding.place.frame.number() as f64),
        _ => connection(term, data, found.connection) || entry.is_some_and(|entry| packet(term, data, entry)),
    })
}

/// The help: fields and operators.
pub fn help() -> Vec<(String, String)> {
    let fields = FIELDS.iter().map(|(names, _, _, help)| (names.first().copied().unwrap_or_default().to_owned(), (*help).to_owned()));
    let operators = OPERATORS.iter().map(|(operator, help)| ((*operator).to_owned(), (*help).to_owned()));
    std::iter::once(("sensor".to_owned(), "a word alone: in client ids and topics".to_owned())).chain(fields).chain(operators).collect()
}

/// The packets of a connection that a term may be about.
fn packets<'a>(term: &Term, data: &'a Data, id: ConnectionId) -> impl Iterator<Item = &'a Entry> + use<'a> {
    let asked = term.field.is_of_packet() || term.field == Field::Any;
    let packets = data.connection(id).filter(|_| asked).map_or(&[][..], |connection| &connection.packets);
    packets.iter().filter_map(|packet| data.index.get(*packet))
}

fn packet(term: &Term, data: &Data, entry: &Entry) -> bool {
    match term.field {
        Field::Any | Field::Topic => data.index.topic(entry).is_some_and(|topic| term.text(topic)),
        Field::Type => term.text(entry.kind().name().as_bytes()),
        Field::Qos => entry.qos().is_some_and(|qos| term.number(qos.into())),
        Field::Id => entry.packet_id().is_some_and(|id| term.number(id.into())),
        Field::Size => term.number(entry.size().into()),
        Field::Frame => term.number(entry.frame().number() as f64),
        Field::Reason => entry.code().is_some_and(|code| {
            let name = reason::name(entry.kind(), entry.version(), code);
            let numbers = [format!("0x{code:02x}"), code.to_string()];
            name.is_some_and(|name| term.text(name.as_bytes())) || numbers.iter().any(|number| term.text(number.as_bytes()))
        }),
        _ => false,
    }
}

fn rule(term: &Term, finding: &Finding) -> bool {
    let mut words = [finding.rule, finding.clause].into_iter().chain(finding.also.iter().copied());
    words.any(|word| term.text(word.as_bytes()))
}

fn connection(term: &Term, data: &Data, id: ConnectionId) -> bool {
    let Some(connection) = data.connection(id) else { return false };
    let found = &connection.summary;
    let ends = [found.client, found.server];
    match term.field {
        Field::Any | Field::Client => column::named(found).is_some_and(|id| term.text(id)),
        Field::User => found.user_name.as_deref().is_some_and(|name| term.text(name)),
        Field::Address => ends.iter().any(|end| term.text(end.to_string().as_bytes()) || term.text(end.addr.to_string().as_bytes())),
        Field::Port => ends.iter().any(|end| term.number(end.port.into())),
        Field::Connection => term.number(found.number as f64),
        Field::Version => found.version.is_some_and(|version| term.text(version.name().as_bytes())),
        Field::KeepAlive => found.keep_alive.is_some_and(|seconds| term.number(seconds.into())),
        Field::Gap => column::gap(found, data.index.now()).is_some_and(|gap| term.number(gap)),
        Field::Ended => {
            let words = found.ending.describe(found.version.unwrap_or(Version::V3_1_1));
            term.text(found.ending.name().as_bytes()) || term.text(words.as_bytes())
        }
        Field::Findings => term.number(Severity::ALL.into_iter().map(|severity| found.count(severity)).sum::<u64>() as f64),
        Field::Severity => connection.severity().is_some_and(|worst| term.number(f64::from(worst as u8))),
        Field::Rule => {
            let mut all = connection.findings.iter().filter_map(|place| data.index.findings().get(*place as usize));
            all.any(|found| rule(term, &found.finding))
        }
        Field::Type | Field::Qos | Field::Topic | Field::Id | Field::Reason | Field::Size | Field::Frame => false,
    }
}
