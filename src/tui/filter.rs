//! What the terms of a filter mean for connections and packets: the values of each field.

use super::model::column;
use super::model::data::{ConnectionId, Data};
use crate::filter::{FIELDS, Field, Filter, OPERATORS, Term};
use crate::finding::Severity;
use crate::mqtt::Version;
use crate::report::session::longest_gap;

/// Whether a filter lets a connection through. Of a field of packets, one packet has to be as it says.
pub fn fits(filter: &Filter, data: &Data, id: ConnectionId) -> bool {
    filter.holds(&mut |term| connection(term, data, id))
}

/// The help: fields and operators.
pub fn help() -> Vec<(String, String)> {
    let fields = FIELDS.iter().map(|(names, _, _, help)| (names.first().copied().unwrap_or_default().to_owned(), (*help).to_owned()));
    let operators = OPERATORS.iter().map(|(operator, help)| ((*operator).to_owned(), (*help).to_owned()));
    std::iter::once(("sensor".to_owned(), "a word alone: in client ids and topics".to_owned())).chain(fields).chain(operators).collect()
}

fn connection(term: &Term, data: &Data, id: ConnectionId) -> bool {
    let Some(found) = data.connection(id) else { return false };
    let ends = [found.client, found.server];
    match term.field {
        Field::Any | Field::Client => column::named(found).is_some_and(|id| term.text(id)),
        Field::User => found.user_name.as_deref().is_some_and(|name| term.text(name)),
        Field::Address => ends.iter().any(|end| term.text(end.to_string().as_bytes()) || term.text(end.addr.to_string().as_bytes())),
        Field::Port => ends.iter().any(|end| term.number(end.port.into())),
        Field::Connection => term.number(found.number as f64),
        Field::Version => found.version.is_some_and(|version| term.text(version.name().as_bytes())),
        Field::KeepAlive => found.keep_alive.is_some_and(|seconds| term.number(seconds.into())),
        Field::Gap => longest_gap(found).is_some_and(|gap| term.number(gap)),
        Field::Ended => {
            let words = found.ending.describe(found.version.unwrap_or(Version::V3_1_1));
            term.text(found.ending.name().as_bytes()) || term.text(words.as_bytes())
        }
        Field::Findings => term.number(Severity::ALL.into_iter().map(|severity| found.count(severity)).sum::<u64>() as f64),
        Field::Severity => column::worst(found).is_some_and(|worst| term.number(f64::from(worst as u8))),
        Field::Rule => data.findings.iter().filter(|finding| finding.connection == found.number).any(|finding| {
            let clauses = std::iter::once(&finding.clause).chain(finding.also);
            term.text(finding.rule.as_bytes()) || clauses.into_iter().any(|clause| term.text(clause.as_bytes()))
        }),
        Field::Type | Field::Qos | Field::Topic | Field::Id | Field::Reason | Field::Size | Field::Frame => false,
    }
}
