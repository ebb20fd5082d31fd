//! What a rule may answer.

use std::ops::Range;

use super::Context;
use crate::finding::Certainty;
use crate::frame::Stamp;
use crate::mqtt::Text;
use crate::session::Doubt;

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rule has nothing to say about this.
    NotApplicable,
    /// The duty was met.
    Pass,
    /// The duty was broken.
    Fail(Fault),
    /// The capture does not show enough.
    Inconclusive(Doubt),
}

impl Verdict {
    /// Pass if `good`, else the fault.
    pub fn require(good: bool, fault: impl FnOnce() -> Fault) -> Self {
        if good { Self::Pass } else { Self::Fail(fault()) }
    }

    /// This verdict, provided that what it rests on is known.
    #[must_use]
    pub fn given(self, known: Result<(), Doubt>) -> Self {
        match (self, known) {
            (Self::NotApplicable, _) => Self::NotApplicable,
            (_, Err(doubt)) => Self::Inconclusive(doubt),
            (verdict, Ok(())) => verdict,
        }
    }

    /// Fails with the fault if there is one.
    pub fn unless(fault: Option<Fault>) -> Self {
        fault.map_or(Self::Pass, Self::Fail)
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One sentence.
    pub message: String,
    /// The offending bytes, counted from the start of the packet.
    pub bytes: Option<Range<usize>>,
    /// Other frames that belong to the story.
    pub related: Vec<Stamp>,
    /// Whether it is proven.
    pub certainty: Certainty,
    /// Which of the statements that the rule cites are broken, the most specific first; `None`: all of them.
    pub clauses: Option<&'static [&'static str]>,
}

impl Fault {
    /// A proven fault of the packet as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), bytes: None, related: Vec::new(), certainty: Certainty::Certain, clauses: None }
    }

    /// `len` bytes at `at` of the packet are to blame.
    #[must_use]
    pub fn at(mut self, at: u32, len: usize) -> Self {
        self.bytes = Some(at as usize..at as usize + len);
        self
    }

    /// The byte of a string at `offset` from its start is to blame.
    #[must_use]
    pub fn in_text(self, text: &Text<'_>, offset: usize) -> Self {
        self.at(text.at + offset as u32, 1)
    }

    /// The Packet Identifier is to blame.
    #[must_use]
    pub fn at_id(self, context: &Context<'_>) -> Self {
        match context.packet_id() {
            Some((_, at)) => self.at(at, 2),
            None => self,
        }
    }

    /// Another frame belongs to the story.
    #[must_use]
    pub fn related(mut self, stamp: impl Into<Option<Stamp>>) -> Self {
        self.related.extend(stamp.into());
        self
    }

    /// Only these of the statements that the rule cites are broken, the most specific first.
    #[must_use]
    pub fn citing(mut self, clauses: &'static [&'static str]) -> Self {
        self.clauses = Some(clauses);
        self
    }

    /// Only a suspicion.
    #[must_use]
    pub fn likely(mut self) -> Self {
        self.certainty = Certainty::Likely;
        self
    }
}
