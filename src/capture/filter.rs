//! A filter expression applied to frames: compiled by libpcap once for each link type that occurs.

use super::bpf::Program;
use super::error::{CaptureError, Warning};
use super::libpcap::compile;
use crate::frame::{Frame, LinkType};

/// Link types for which an expression is tried before any frame is read. Most are meaningful for Ethernet; those that
/// are not (`wlan type mgt`, `inbound`) are for one of the others: 802.11 bare and with radiotap, cooked captures, raw IP.
const PROBES: [LinkType; 6] = [LinkType::ETHERNET, LinkType(105), LinkType(127), LinkType::LINUX_SLL, LinkType::LINUX_SLL2, LinkType::RAW];

/// The expression and its programs.
pub(super) struct Filter {
    expression: String,
    /// By link type, in order of appearance; `None` where the expression has no meaning.
    programs: Vec<(LinkType, Option<Program>)>,
}

impl Filter {
    /// Checks the expression.
    pub(super) fn new(expression: &str) -> Result<Self, CaptureError> {
        let mut programs = Vec::new();
        let mut refused = None;
        for link in PROBES {
            match compile(expression, link) {
                Ok(program) => {
                    programs.push((link, Some(program)));
                    break;
                }
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match refused {
            Some(why) if programs.is_empty() => Err(CaptureError::Filter { expression: expression.to_owned(), why }),
            _ => Ok(Self { expression: expression.to_owned(), programs }),
        }
    }

    /// Whether a frame matches. The first frame of a link type that cannot be filtered adds a warning.
    pub(super) fn accepts(&mut self, frame: &Frame<'_>, warnings: &mut Vec<Warning>) -> bool {
        if let Some((_, program)) = self.programs.iter().find(|(link, _)| *link == frame.link) {
            return program.as_ref().is_some_and(|program| program.accepts(frame.data, frame.original_len));
        }
        let program = compile(&self.expression, frame.link);
        let accepted = program.as_ref().is_ok_and(|program| program.accepts(frame.data, frame.original_len));
        if let Err(why) = &program {
            warnings.push(Warning::NotFilterable { expression: self.expression.clone(), link: frame.link, why: why.clone() });
        }
        self.programs.push((frame.link, program.ok()));
        accepted
    }
}
