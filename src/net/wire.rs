//! Bytes as captured, together with how many of them there were on the wire.

use super::skip::{Layer, SkipReason};

/// A part of a frame: the bytes captured of it, and its full length. Every header narrows it, so that the innermost one still
/// knows how much the snap length took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire<'a> {
    /// The captured bytes, from the first on; never more than `length`.
    pub captured: &'a [u8],
    /// How many bytes there were on the wire, as the innermost length field so far states.
    pub length: usize,
}

impl<'a> Wire<'a> {
    /// All of a frame. A capture that states a smaller original length than it holds bytes is believed about the bytes.
    #[inline(always)]
    pub fn new(captured: &'a [u8], original_len: u32) -> Self {
        Self { captured, length: usize::try_from(original_len).unwrap_or(usize::MAX).max(captured.len()) }
    }

    /// The first `length` bytes, as a length field states. A field that states more than the layer around it has room for is
    /// believed too: switches that mirror traffic, and some capture tools, cut frames without saying so.
    #[inline(always)]
    pub fn limit(self, length: usize) -> Self {
        Self { captured: self.captured.get(..length).unwrap_or(self.captured), length }
    }

    /// What follows a header of `header_len` bytes.
    #[inline(always)]
    pub fn skip(self, header_len: usize, layer: Layer) -> Result<Self, SkipReason> {
        match self.captured.get(header_len..) {
            Some(captured) => Ok(Self { captured, length: self.length - header_len }),
            None => Err(self.short(header_len, layer)),
        }
    }

    /// The first `N` bytes, and what follows them.
    #[inline(always)]
    pub fn split<const N: usize>(self, layer: Layer) -> Result<(&'a [u8; N], Self), SkipReason> {
        match self.captured.split_first_chunk() {
            Some((header, captured)) => Ok((header, Self { captured, length: self.length - N })),
            None => Err(self.short(N, layer)),
        }
    }

    /// Why a header of `needed` bytes is not here: the snap length cut it, or it never was.
    #[inline(always)]
    pub fn short(self, needed: usize, layer: Layer) -> SkipReason {
        if needed <= self.length { SkipReason::Truncated } else { SkipReason::Malformed(layer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_by_the_snap_length_is_not_malformed() {
        let data = Wire::new(&[1, 2, 3], 10);
        assert_eq!(data.skip(10, Layer::Link), Err(SkipReason::Truncated));
        assert_eq!(data.skip(11, Layer::Link), Err(SkipReason::Malformed(Layer::Link)));
        assert_eq!(data.split::<4>(Layer::Link), Err(SkipReason::Truncated));
        assert_eq!(data.skip(3, Layer::Link), Ok(Wire { captured: &[], length: 7 }));
    }

    #[test]
    fn original_length_below_captured_is_ignored() {
        assert_eq!(Wire::new(&[1, 2, 3], 0).length, 3);
    }

    #[test]
    fn limit_removes_padding_and_believes_more() {
        let data = Wire::new(&[1, 2, 3], 3);
        assert_eq!(data.limit(2), Wire { captured: &[1, 2], length: 2 });
        assert_eq!(data.limit(9), Wire { captured: &[1, 2, 3], length: 9 });
    }
}
