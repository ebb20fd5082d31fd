//! The machine that judges: what a rule is, when it runs, and what it may answer.
//!
//! A rule is one file in `crate::rules`: its doc comment is its manual, its `name` is the fault, its `check` is a pure
//! function of a [`Context`]. Rules hold no state; what needs memory is a fact in `crate::session`. The machine decides
//! which rules see a packet ([`Engine`]), counts passes and doubts, and turns faults into findings. It keeps the
//! statements of both specifications ([`spec`]) beside the catalogue, so that both can be held against each other.

pub mod checks;
mod context;
mod engine;
mod selection;
pub mod spec;
mod verdict;

pub use context::{Context, Event, Judged, Policy};
pub use engine::{Catalogue, Engine, Tally};
pub use selection::Selection;
pub use verdict::{Fault, Verdict};

use crate::finding::Severity;
use crate::mqtt::{PacketType, Version};

/// When a rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// For each packet of a type.
    Packet(PacketType),
    /// For each packet.
    AnyPacket,
    /// For the first packet of a client, also while the version is not known; for both sides.
    Opening,
    /// For a Remaining Length that does not end.
    BadLength,
    /// When an answer was still due at the end of the connection, or came (then the rule may count a pass).
    Unanswered(PacketType),
    /// As [`On::Unanswered`], for the side that waited, and only where the answer did not come.
    InVain(PacketType),
    /// When a silence of the client ended that was longer than its Keep Alive, or that the end of the connection ended.
    /// Shorter pauses count as passes for rules that bind the client, without asking.
    Silence,
    /// As [`On::Silence`], but shorter pauses do not count.
    LongSilence,
    /// At the end of the connection, for both sides.
    End,
    /// When it is settled how the side that is bound reacted to a packet in which the rule of this name found, for certain, a
    /// fault of its peer. That rule is asked for this also where nobody wants its findings.
    After(&'static str),
    /// The same for every rule that finds errors in single packets.
    AfterFault,
    /// When it is settled how the side that is bound went on after its CONNACK that refused the connection.
    AfterRefusal,
    /// The same after its DISCONNECT.
    AfterDisconnect,
    /// The same after the DISCONNECT of its peer.
    AfterPeerDisconnect,
}

/// Whose duty a rule checks. Only that side is ever blamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Whoever sent the packet (or owes it).
    Sender,
}

impl Binds {
    /// `client`, `server` or `sender`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Sender => "sender",
        }
    }
}

/// How a rule applies to MQTT 3.1, which has no numbered statements: findings carry the 3.1.1 id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V31 {
    /// As in 3.1.1.
    Same,
    /// As in 3.1.1, but a warning: 3.1 says "should", or calls the bits "not used".
    Warning,
    /// Not at all.
    No,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Name of the fault in kebab-case; also the name of its file.
    pub name: &'static str,
    /// Its group: the folder of its file.
    pub group: &'static str,
    /// What it checks, why it matters, what makes it inconclusive, an example: Markdown.
    pub manual: &'static str,
    /// Whose duty it is.
    pub binds: Binds,
    /// How bad a certain violation is. A likely one is a warning at most.
    pub severity: Severity,
    /// Whether and how it applies to 3.1.
    pub v3_1: V31,
    /// Statements of 3.1.1 that the fault breaks, the most specific first.
    pub v3_1_1: &'static [&'static str],
    /// The same for 5.0.
    pub v5_0: &'static [&'static str],
    /// When it is asked.
    pub on: &'static [On],
    /// The question.
    pub check: fn(&Context<'_>) -> Verdict,
}

impl Rule {
    /// The statements that the rule cites in a version; empty if it does not apply there.
    pub fn clauses(&self, version: Version) -> &'static [&'static str] {
        match version {
            Version::V3_1 if self.v3_1 == V31::No => &[],
            Version::V3_1 | Version::V3_1_1 => self.v3_1_1,
            Version::V5_0 => self.v5_0,
        }
    }

    /// What has to be seen to decide it: the scope of the first statement that it cites; of the version that is content with
    /// less, because the statements of the other one say more than the rule checks.
    pub fn scope(&self) -> Option<spec::Scope> {
        let first = |version| self.clauses(version).first().and_then(|clause| spec::statement(version, clause));
        [Version::V3_1_1, Version::V5_0].into_iter().filter_map(first).map(|statement| statement.scope).min()
    }

    /// The severity of a certain violation in a version.
    pub fn severity(&self, version: Version) -> Severity {
        if version == Version::V3_1 && self.v3_1 == V31::Warning { self.severity.min(Severity::Warning) } else { self.severity }
    }
}

/// The last but one part of a module's path: the folder of its file.
pub const fn folder(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut parts = (0, 0, 0);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b':' {
            // One `:` ends a part, the other one begins the next.
            let (_, end, begin) = parts;
            parts = if begin == at { (parts.0, end, at + 1) } else { (begin, at, at + 1) };
        }
        at += 1;
    }
    let (begin, end, _) = parts;
    path.split_at(end).0.split_at(begin).1
}

/// Declares the rule of a file: the doc comment becomes the manual.
#[macro_export]
macro_rules! rule {
    (
        $(#[doc = $doc:literal])*
        name: $name:literal,
        binds: $binds:ident,
        severity: $severity:ident,
        v3_1: $v31:ident,
        v3_1_1: $v311:expr,
        v5_0: $v5:expr,
        on: $on:expr,
    ) => {
        $(#[doc = $doc])*
        pub const RULE: $crate::rule::Rule = $crate::rule::Rule {
            name: $name,
            group: $crate::rule::folder(module_path!()),
            manual: concat!($($doc, "\n"),*),
            binds: $crate::rule::Binds::$binds,
            severity: $crate::finding::Severity::$severity,
            v3_1: $crate::rule::V31::$v31,
            v3_1_1: &$v311,
            v5_0: &$v5,
            on: &$on,
            check,
        };
    };
}

/// Declares the rules of a group, one file each: `rules![publish_qos_3, topic_name_empty]`.
#[macro_export]
macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// The rules of this group.
        pub const RULES: &[$crate::rule::Rule] = &[$($module::RULE),*];
    };
}

/// What nearly every rule file needs.
pub mod prelude {
    pub use super::On::{After, AfterDisconnect, AfterFault, AfterPeerDisconnect, AfterRefusal};
    pub use super::On::{AnyPacket, BadLength, End, InVain, LongSilence, Opening, Packet, Silence, Unanswered};
    pub use super::{Context, Event, Fault, Verdict, checks};
    pub use crate::flow::Role;
    pub use crate::mqtt::{Body, Field, PacketType, PropertyId, Version};
    pub use crate::rule;
    pub use crate::session::{Doubt, Step};
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn folder_is_the_last_but_one() {
        assert_eq!(folder("top::rules::publish::dup_on_qos_0"), "publish");
        assert_eq!(folder("a::b"), "a");
        assert_eq!(folder("a"), "");
    }
}
