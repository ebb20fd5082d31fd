//! One packet in full, read again from the capture: its bytes and what they mean.

use std::ops::Range;

use super::entry::Bytes;
use super::pieces::{KEPT, Piece};
use super::{Index, PacketId};
use crate::analysis::{Field, fields, mask};
use crate::capture::{Reread, RereadError};
use crate::mqtt::{Body, HeaderStatus, Version, decode, fixed_header};

/// A packet in full.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The version by whose layout it was read.
    pub version: Version,
    /// Its bytes from the first on: at most 65,535, and none behind the first that is not in the capture.
    pub bytes: Vec<u8>,
    /// Bytes of the whole packet.
    pub size: usize,
    /// Why `bytes` are not all.
    pub cut: Option<Cut>,
    /// Its fields, in the words of the specification.
    pub fields: Vec<Field>,
    /// The payload of a PUBLISH, as far as it is in `bytes`.
    pub payload: Option<Range<usize>>,
}

/// Why the bytes of a packet end before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is longer than what is shown.
    TooLong,
    /// The capture does not hold the next byte.
    Missing,
}

/// Why there is nothing to show of a packet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetailError {
    /// The index does not know where its bytes are.
    #[error("the bytes of this packet are not in the capture, or were too scattered to remember where")]
    Nowhere,
    /// The capture cannot be read again.
    #[error(transparent)]
    Reread(#[from] RereadError),
    /// The bytes are of another packet.
    #[error("the capture holds something else in the place of this packet: it has changed since it was read")]
    Changed,
}

impl Index {
    /// Reads a packet again. Passwords and Authentication Data are in it only with `show_secrets`.
    ///
    /// # Errors
    /// Its bytes are not there, or not any more.
    pub fn detail(&self, packet: PacketId, capture: &Reread, show_secrets: bool) -> Result<Detail, DetailError> {
        let entry = self.get(packet).ok_or(DetailError::Nowhere)?;
        let size = entry.size() as usize;
        let wanted = size.min(KEPT as usize);
        let mut bytes = match entry.place() {
            Bytes::Nowhere => return Err(DetailError::Nowhere),
            Bytes::Whole { input, offset } => capture.read(input, offset, wanted)?,
            Bytes::Pieces { first, count } => self.gather(first, count, capture)?,
        };
        bytes.truncate(wanted);
        let cut = match bytes.len() {
            len if len == size => None,
            len if len == KEPT as usize => Some(Cut::TooLong),
            _ => Some(Cut::Missing),
        };
        let header = match fixed_header(&bytes) {
            HeaderStatus::Complete(header) if header.packet_len() == size && header.first_byte == entry.first_byte() => header,
            HeaderStatus::Incomplete if cut.is_some() => return Err(DetailError::Nowhere),
            _ => return Err(DetailError::Changed),
        };
        let (fields, payload, masked) = {
            let packet = decode(header, bytes.get(header.len()..).unwrap_or_default(), entry.version());
            let payload = match &packet.body {
                Body::Publish(publish) if packet.malformed.is_none() => Some(publish.payload_at as usize..bytes.len()),
                _ => None,
            };
            let mut masked = bytes.clone();
            if !show_secrets {
                mask(&mut masked, &packet);
            }
            (fields(&packet, show_secrets), payload, masked)
        };
        Ok(Detail { version: entry.version(), bytes: masked, size, cut, fields, payload })
    }

    /// The pieces of a packet, up to the first that is missing.
    fn gather(&self, first: u64, count: usize, capture: &Reread) -> Result<Vec<u8>, RereadError> {
        let mut bytes = Vec::new();
        let pieces = (first..).take(count).map_while(|place| self.pieces.get(usize::try_from(place).ok()?));
        for piece in pieces {
            match piece.input {
                Piece::MISSING => break,
                Piece::MEMORY => {
                    let from = usize::try_from(piece.offset).ok().and_then(|offset| offset.checked_sub(self.kept.gone()));
                    let kept = from.and_then(|from| self.kept.get(from..from.saturating_add(piece.len as usize)));
                    match kept {
                        Some(kept) => bytes.extend_from_slice(kept),
                        None => break,
                    }
                }
                input => bytes.extend(capture.read(input, piece.offset, piece.len as usize)?),
            }
        }
        Ok(bytes)
    }
}
