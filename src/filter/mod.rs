//! Filter expressions for people: `client~sensor type=PUBLISH qos>0 topic~a/# finding port:1883`.
//!
//! Text becomes a tree of [`Term`]s. What a term is held against is not known here: whoever evaluates gives the values of its
//! [`Field`], of a packet, a connection or whatever there is ([`Filter::holds`]).
//!
//! ```text
//! any    = all ("or" all)*            all  = not (["and"] not)*
//! not    = ("!" | "not") not | "(" any ")" | term
//! term   = field operator value | "finding" | value      a value alone is looked for in client ids and topics
//! value  = characters up to a space or a bracket, or "in quotes"
//! ```
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod field;
mod parse;
mod term;

pub use field::{FIELDS, Field, Kind, OPERATORS};
pub use term::{Operator, Term};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    text: String,
    root: Node,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", at + 1)]
pub struct Error {
    /// Where it begins, in bytes.
    pub at: usize,
    /// What it is, and what would be right.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Term(Term),
}

impl Filter {
    /// Reads an expression; `None` if there is nothing in it.
    ///
    /// # Errors
    /// The first thing that makes no sense.
    pub fn parse(text: &str) -> Result<Option<Self>, Error> {
        Ok(parse::expression(text)?.map(|root| Self { text: text.trim().to_owned(), root }))
    }

    /// The expression as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds, where `is` tells of each positive term ([`Term::text`], [`Term::number`]) whether it does.
    pub fn holds(&self, is: &mut impl FnMut(&Term) -> bool) -> bool {
        self.root.holds(is)
    }
}

impl Node {
    fn holds(&self, is: &mut impl FnMut(&Term) -> bool) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(is)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(is)),
            Self::Not(node) => !node.holds(is),
            Self::Term(term) => is(term) != term.negated,
        }
    }
}

#[cfg(test)]
mod tests;
