//! Every normative statement of MQTT 3.1.1 and 5.0, in our words, with its id, whom it binds and what can show it.
//!
//! The tables stand beside this file as tab-separated text. `PE-` and `PE3-` rows are Protocol Errors and format rules that
//! the specifications word without giving them an id.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::mqtt::Version;

/// One normative statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id, such as `MQTT-3.1.0-1`.
    pub id: &'static str,
    /// Section number and title.
    pub section: &'static str,
    /// Whom it binds: `client`, `server`, `both`, `sender` or `receiver`.
    pub actor: &'static str,
    /// What it demands, in our words.
    pub text: &'static str,
    /// What has to be seen to decide it.
    pub scope: Scope,
    /// How to decide it, and what makes it inconclusive.
    pub check: &'static str,
    /// Why no capture can show it.
    pub hidden: Option<&'static str>,
    /// A violation, as bytes or in words.
    pub example: &'static str,
}

/// What has to be seen to decide a statement; the less, the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One packet.
    Packet,
    /// The packets of one connection.
    Connection,
    /// One connection and how TCP or WebSocket carried it.
    Transport,
    /// Several connections of one session.
    Session,
    /// Several clients of one broker.
    Broker,
    /// Nothing that travels shows it.
    None,
}

impl Scope {
    /// The word of the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Packet => "packet",
            Self::Connection => "connection",
            Self::Transport => "transport",
            Self::Session => "session",
            Self::Broker => "broker",
            Self::None => "none",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "packet" => Self::Packet,
            "connection" => Self::Connection,
            "transport" => Self::Transport,
            "session" => Self::Session,
            "broker" => Self::Broker,
            _ => Self::None,
        }
    }
}

static V311: LazyLock<Vec<Statement>> = LazyLock::new(|| parse(include_str!("v311.tsv")));
static V5: LazyLock<Vec<Statement>> = LazyLock::new(|| parse(include_str!("v5.tsv")));

/// The statements of a version, in the order of the specification. 3.1 has none of its own: it is judged by those of 3.1.1.
pub fn statements(version: Version) -> &'static [Statement] {
    match version {
        Version::V3_1 | Version::V3_1_1 => &V311,
        Version::V5_0 => &V5,
    }
}

/// The statement with an id.
pub fn statement(version: Version, id: &str) -> Option<&'static Statement> {
    static BY_ID: LazyLock<[HashMap<&str, &Statement>; 2]> =
        LazyLock::new(|| [Version::V3_1_1, Version::V5_0].map(|version| statements(version).iter().map(|row| (row.id, row)).collect()));
    let [old, new] = &*BY_ID;
    if version == Version::V5_0 { new.get(id).copied() } else { old.get(id).copied() }
}

fn parse(table: &'static str) -> Vec<Statement> {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (id, section, actor, text, scope, check, hidden, example) = (next(), next(), next(), next(), next(), next(), next(), next());
        let hidden = (hidden != "-").then_some(hidden);
        Statement { id, section, actor, text, scope: Scope::from_name(scope), check, hidden, example }
    };
    table.lines().skip(1).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_whole() {
        assert_eq!((statements(Version::V3_1_1).len(), statements(Version::V5_0).len()), (169, 341));
        for version in [Version::V3_1_1, Version::V5_0] {
            for statement in statements(version) {
                assert!(!statement.text.is_empty() && !statement.example.is_empty(), "{}", statement.id);
                assert!(["client", "server", "both", "sender", "receiver"].contains(&statement.actor), "{}", statement.id);
                assert_eq!(statement.scope == Scope::None, statement.hidden.is_some(), "{}", statement.id);
            }
        }
    }
}
