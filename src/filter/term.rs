//! One comparison: a field, an operator, a value.

use super::field::Field;
use crate::mqtt::topic;

/// How to compare. What is negated is told by [`Term::negated`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The same.
    Is,
    /// Has it in it.
    Has,
    /// A Topic Name that matches a Topic Filter.
    Matches,
    /// Less.
    Below,
    /// Not more.
    AtMost,
    /// More.
    Above,
    /// Not less.
    AtLeast,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What is compared.
    pub field: Field,
    /// How.
    pub operator: Operator,
    /// It holds where the comparison does not.
    pub negated: bool,
    /// The text, in lower case unless it is a Topic Filter.
    pub(super) text: String,
    /// The number, or the rank of the word.
    pub(super) number: f64,
}

impl Term {
    /// Whether a text is what the positive term says.
    pub fn text(&self, text: &[u8]) -> bool {
        let wanted = self.text.as_bytes();
        match self.operator {
            Operator::Is => text.eq_ignore_ascii_case(wanted) || lower(text) == self.text,
            Operator::Has => {
                let ascii = text.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted));
                ascii || (!text.is_ascii() && lower(text).contains(&self.text))
            }
            Operator::Matches => topic::matches(wanted, text),
            _ => false,
        }
    }

    /// Whether a number, or the rank of a word from 0, is what the positive term says.
    pub fn number(&self, number: f64) -> bool {
        match self.operator {
            Operator::Is => number == self.number,
            Operator::Below => number < self.number,
            Operator::AtMost => number <= self.number,
            Operator::Above => number > self.number,
            Operator::AtLeast => number >= self.number,
            Operator::Has | Operator::Matches => false,
        }
    }
}

fn lower(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}
