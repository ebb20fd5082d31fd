//! Clients that some rules are not asked about.

use glob::Pattern;

use crate::mqtt::{Body, Packet, PropertyId};
use crate::rule::{Rule, Selection};

/// Rules that are ignored on the connections of some clients.
#[derive(Clone, Debug)]
pub struct Exemption {
    /// Their Client Identifiers, sent or assigned by the server; bytes that are not UTF-8 are U+FFFD to it.
    pub clients: Pattern,
    /// The rules, in the words of [`Selection`].
    pub ignore: Vec<String>,
}

/// Exemptions with their rules looked up.
#[derive(Debug)]
pub(crate) struct Exempt(Vec<(Pattern, Vec<[bool; 2]>)>);

impl Exempt {
    pub fn new(exemptions: &[Exemption], catalogue: &[Rule]) -> Self {
        let wanted = |ignore: &[String]| Selection { ignore: ignore.to_vec(), ..Selection::default() }.wanted(catalogue);
        Self(exemptions.iter().map(|exemption| (exemption.clients.clone(), wanted(&exemption.ignore))).collect())
    }

    /// Takes from `wanted` what is not to be asked on a connection on which a CONNECT or CONNACK tells the client's name.
    pub fn meet(&self, packet: &Packet<'_>, wanted: &mut Option<Box<[[bool; 2]]>>) {
        if self.0.is_empty() {
            return;
        }
        let name = match &packet.body {
            Body::Connect(connect) => connect.client_id,
            Body::Connack(connack) => connack.properties.text(PropertyId::AssignedClientIdentifier),
            _ => return,
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        let name = String::from_utf8_lossy(name.bytes);
        for (_, less) in self.0.iter().filter(|(pattern, _)| pattern.matches(&name)) {
            let wanted = wanted.get_or_insert_with(|| vec![[true; 2]; less.len()].into());
            for ([client, server], less) in wanted.iter_mut().zip(less) {
                *client &= less[0];
                *server &= less[1];
            }
        }
    }
}
