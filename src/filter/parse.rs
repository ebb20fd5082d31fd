//! Text into a tree of terms. Errors say where, and what would be right.

use super::field::{FIELDS, Field, Kind};
use super::term::{Operator, Term};
use super::{Error, Node};

/// Brackets and negations that may be open at a time: what is deeper is no expression of a person.
const DEPTH: usize = 64;

/// Reads all of a text.
pub(super) fn expression(text: &str) -> Result<Option<Node>, Error> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.spaces();
    if parser.rest().is_empty() {
        return Ok(None);
    }
    let root = parser.any()?;
    match parser.rest() {
        "" => Ok(Some(root)),
        _ => Err(parser.error("no bracket is open here")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error { at: self.at, message: message.into() }
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes a sign.
    fn sign(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Takes a word that stands alone, with the spaces behind it.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
            && rest.get(word.len()..).is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\t', '(', ')']));
        if found {
            self.at += word.len();
            self.spaces();
        }
        found
    }

    fn any(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.all()?];
        while self.word("or") || self.sign("||") {
            self.spaces();
            nodes.push(self.all()?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.not()?];
        loop {
            let said = self.word("and") || self.sign("&&");
            self.spaces();
            let rest = self.rest();
            let over = rest.is_empty() || rest.starts_with(')') || rest.starts_with("||") || self.is_or();
            if over && !said {
                return Ok(one_or(nodes, Node::All));
            }
            nodes.push(self.not()?);
        }
    }

    fn is_or(&self) -> bool {
        Parser { text: self.text, at: self.at, depth: self.depth }.word("or")
    }

    fn not(&mut self) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error("too many brackets"));
        }
        let node = if self.word("not") || self.sign("!") {
            self.spaces();
            Node::Not(Box::new(self.not()?))
        } else if self.sign("(") {
            self.spaces();
            let inside = self.any()?;
            if !self.sign(")") {
                return Err(self.error("a closing bracket is missing"));
            }
            self.spaces();
            inside
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn term(&mut self) -> Result<Node, Error> {
        let begin = self.at;
        let name: &str = self.rest().split(|c: char| !c.is_ascii_alphabetic() && c != '_').next().unwrap_or_default();
        self.at += name.len();
        let before = self.at;
        let term = match self.operator().filter(|_| !name.is_empty()) {
            Some((operator, negated)) => {
                let Some((field, kind)) = Field::named(name) else {
                    self.at = begin;
                    return Err(self.error(unknown(name)));
                };
                self.compared(field, kind, (operator, negated, before))?
            }
            None => {
                self.at = begin;
                self.alone()?
            }
        };
        self.spaces();
        Ok(Node::Term(term))
    }

    fn operator(&mut self) -> Option<(&'static str, bool)> {
        const SIGNS: [(&str, &str, bool); 11] = [
            ("!=", "=", true),
            ("!~", "~", true),
            ("<=", "<=", false),
            (">=", ">=", false),
            ("==", "=", false),
            ("=~", "~", false),
            ("=", "=", false),
            ("~", "~", false),
            (":", ":", false),
            ("<", "<", false),
            (">", ">", false),
        ];
        SIGNS.into_iter().find(|(sign, ..)| self.sign(sign)).map(|(_, operator, negated)| (operator, negated))
    }

    /// A field, an operator, and the value behind it.
    fn compared(&mut self, field: Field, kind: Kind, (sign, negated, before): (&'static str, bool, usize)) -> Result<Term, Error> {
        let at = self.at;
        let value = self.value()?;
        if value.is_empty() && sign != "=" {
            return Err(Error { at, message: "a value is missing".into() });
        }
        let wrong = |message: String| Error { at, message };
        let (mut text, mut number) = (value.to_lowercase(), 0.0);
        let operator = match (kind, sign) {
            (Kind::Number | Kind::Rank(_), "~") => return Err(Error { at: before, message: "compare by = != < <= > >=".into() }),
            (Kind::Text | Kind::Topic | Kind::Word(_), "<" | "<=" | ">" | ">=") => {
                return Err(Error { at: before, message: "compare by = != ~ !~".into() });
            }
            (Kind::Number, _) => {
                number = parsed(&value).ok_or_else(|| wrong("a number is wanted here".into()))?;
                ordered(sign)
            }
            (Kind::Rank(words), _) => {
                let rank = words.iter().position(|word| *word == text);
                number = rank.ok_or_else(|| wrong(format!("one of {} is wanted here", words.join(", "))))? as f64;
                ordered(sign)
            }
            (Kind::Word(words), "=" | ":") => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(&value) || word.strip_suffix(".0") == Some(&value));
                text = word.ok_or_else(|| wrong(format!("no such value: there are {}", words.join(", "))))?.to_lowercase();
                Operator::Is
            }
            (Kind::Topic, "~" | ":") if value.contains(['#', '+']) => {
                text = value;
                Operator::Matches
            }
            (_, "=") => Operator::Is,
            _ => Operator::Has,
        };
        Ok(Term { field, operator, negated, text, number })
    }

    /// A word alone.
    fn alone(&mut self) -> Result<Term, Error> {
        let quoted = self.rest().starts_with('"');
        let value = self.value()?;
        if value.is_empty() {
            return Err(self.error("something to look for is missing"));
        }
        let presence = !quoted && ["finding", "findings"].iter().any(|word| word.eq_ignore_ascii_case(&value));
        Ok(match presence {
            true => Term { field: Field::Findings, operator: Operator::Above, negated: false, text: String::new(), number: 0.0 },
            false => Term { field: Field::Any, operator: Operator::Has, negated: false, text: value.to_lowercase(), number: 0.0 },
        })
    }

    fn value(&mut self) -> Result<String, Error> {
        if !self.rest().starts_with('"') {
            let value = self.rest().split([' ', '\t', '(', ')']).next().unwrap_or_default();
            self.at += value.len();
            return Ok(value.to_owned());
        }
        let mut value = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(value);
                }
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        Err(self.error("the closing quote is missing"))
    }
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.pop(), nodes.is_empty()) {
        (Some(node), true) => node,
        (last, _) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}

fn ordered(sign: &str) -> Operator {
    match sign {
        "<" => Operator::Below,
        "<=" => Operator::AtMost,
        ">" => Operator::Above,
        ">=" => Operator::AtLeast,
        _ => Operator::Is,
    }
}

fn parsed(value: &str) -> Option<f64> {
    match value.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok().map(f64::from),
        None => value.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

fn unknown(name: &str) -> String {
    let names = FIELDS.iter().filter_map(|(names, ..)| names.first());
    let near = names.clone().map(|known| (strsim::damerau_levenshtein(known, &name.to_lowercase()), *known)).min();
    match near {
        Some((0..=2, known)) => format!("no field {name}: did you mean {known}?"),
        _ => format!("no field {name}: there are {}", names.copied().collect::<Vec<_>>().join(" ")),
    }
}
