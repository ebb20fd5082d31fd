//! The last minutes of a live capture on disk: frames in the order in which they came, in temporary files without names of which
//! the oldest goes when it has passed out of the window. So the window rolls on without anything being moved, and what is in
//! it can be read again and saved.
//!
//! Frames have offsets as if all that ever came were one log. A frame is written as the numbers that it consists of and its
//! bytes; no capture format, so that it comes back as it was, with its number and in its place. A disk that is full ends the
//! copying, not the capture.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Options;
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// How much of a live capture is kept to be read again and saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Frames older than this leave, in capture time. `None`: after five minutes where interfaces are captured on, and never by
    /// age where somebody else captures, who may have begun long ago.
    pub period: Option<Duration>,
    /// So many bytes on disk at most; the oldest leave first.
    pub bytes: u64,
}

impl Default for Window {
    /// 256 MiB.
    fn default() -> Self {
        Self { period: None, bytes: 256 << 20 }
    }
}

/// Files that the window is cut into, by age and by size: what leaves at once is at most such a part of it.
const PARTS: u32 = 16;

/// Bytes of a frame before its data: input and number, time, link type, length on the wire, length of the data.
const HEADER: usize = 26;

/// Bytes that wait in memory to be written together.
const TAIL: usize = 64 * 1024;

/// Bytes that are read together when all frames are asked for.
const BLOCK: usize = 256 * 1024;

/// The window.
#[derive(Debug)]
pub(super) struct Ring {
    window: Window,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The oldest first; never empty ones.
    parts: VecDeque<Part>,
    /// Where the next frame will be.
    end: u64,
    now: Option<Timestamp>,
    /// Names of the inputs.
    names: Vec<String>,
    /// Who wants nothing to leave by age.
    holds: usize,
    failed: Option<String>,
}

/// Frames that leave together.
#[derive(Debug)]
struct Part {
    file: File,
    /// Offset of its first byte.
    base: u64,
    /// Bytes in the file.
    written: u64,
    /// Whole frames behind them.
    tail: Vec<u8>,
    first: Timestamp,
    latest: Timestamp,
}

/// Why bytes are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// They have left the window.
    Passed,
    /// They were never written, for this reason.
    Unwritten(String),
}

impl Ring {
    /// An empty window; files are made when there is something to put into them.
    pub(super) fn new(window: Window) -> Self {
        Self { window, state: Mutex::default() }
    }

    /// A window as it is asked for, if one is; `period` where nothing is said of that.
    pub(super) fn of(options: &Options, period: Option<Duration>) -> Option<Arc<Self>> {
        let window = Window { period: options.window.period.or(period), ..options.window };
        options.copies.then(|| Arc::new(Self::new(window)))
    }

    /// Takes note of the names of the inputs.
    pub(super) fn call(&self, names: &[String]) {
        names.clone_into(&mut self.state().names);
    }

    /// The names of the inputs.
    pub(super) fn names(&self) -> Vec<String> {
        self.state().names.clone()
    }

    /// Takes the next frame; tells where its data is.
    pub(super) fn append(&self, frame: &Frame<'_>) -> u64 {
        let mut state = self.state();
        state.pass(frame.time, &self.window);
        let at = state.end + HEADER as u64;
        if state.failed.is_none()
            && let Err(error) = state.append(frame, &self.window)
        {
            state.failed = Some(format!("the temporary copy could not be written: {error}"));
        }
        at
    }

    /// Time has come to `now` without a frame.
    pub(super) fn advance(&self, now: Timestamp) {
        self.state().pass(now, &self.window);
    }

    /// The time of the oldest frame in the window.
    pub(super) fn begin(&self) -> Option<Timestamp> {
        self.state().parts.front().map(|part| part.first)
    }

    /// Bytes from `at` on, some of those that `out` has room for; none at the end.
    pub(super) fn read(&self, at: u64, out: &mut [u8]) -> Result<usize, Missing> {
        self.state().read(at, out)
    }

    /// From now on nothing leaves by age, until the hold is dropped.
    pub(super) fn hold(self: &Arc<Self>) -> Hold {
        self.state().holds += 1;
        Hold(Arc::clone(self))
    }

    /// All frames that are in the window now, the oldest first.
    pub(super) fn frames(self: &Arc<Self>) -> Frames {
        let hold = self.hold();
        let state = self.state();
        let at = state.parts.front().map_or(state.end, |part| part.base);
        Frames { hold, at, end: state.end, block: Vec::new(), used: 0, current: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, frame: &Frame<'_>, window: &Window) -> io::Result<()> {
        let is_long = |part: &Part| window.period.is_some_and(|period| frame.time.since(part.first) >= period / PARTS);
        let is_full = |part: &Part| part.len() >= window.bytes / u64::from(PARTS) || is_long(part);
        if self.parts.back().is_none_or(is_full) {
            if let Some(part) = self.parts.back_mut() {
                part.flush()?;
            }
            let file = tempfile::tempfile()?;
            self.parts.push_back(Part { file, base: self.end, written: 0, tail: Vec::new(), first: frame.time, latest: frame.time });
        }
        let Some(part) = self.parts.back_mut() else { return Ok(()) };
        part.latest = part.latest.max(frame.time);
        part.tail.extend_from_slice(&header(frame));
        part.tail.extend_from_slice(frame.data);
        self.end = part.base + part.len();
        if part.tail.len() >= TAIL { part.flush() } else { Ok(()) }
    }

    /// Time has come to `now`. If that is earlier than before by more than the window is long, the clock was set back, and what is
    /// in the window counts as captured now.
    fn pass(&mut self, now: Timestamp, window: &Window) {
        let is_set_back = |known: Timestamp| window.period.is_some_and(|period| known.since(now) > period);
        if self.now.is_some_and(is_set_back) {
            self.parts.iter_mut().for_each(|part| part.latest = part.latest.min(now));
            self.now = None;
        }
        self.now = self.now.max(Some(now));
        self.evict(window);
    }

    /// Lets go of what is too old, or too much.
    fn evict(&mut self, window: &Window) {
        let size: u64 = self.parts.iter().map(Part::len).sum();
        let mut over = size.saturating_sub(window.bytes);
        while let Some(part) = self.parts.front() {
            let times = self.now.zip(window.period);
            let is_old = self.holds == 0 && times.is_some_and(|(now, period)| now.since(part.latest) > period);
            if !is_old && over == 0 {
                return;
            }
            over = over.saturating_sub(part.len());
            self.parts.pop_front();
        }
    }

    fn read(&mut self, at: u64, out: &mut [u8]) -> Result<usize, Missing> {
        if at >= self.end {
            return self.failed.clone().map_or(Ok(0), |why| Err(Missing::Unwritten(why)));
        }
        let behind = self.parts.partition_point(|part| part.base <= at);
        let part = behind.checked_sub(1).and_then(|index| self.parts.get_mut(index)).filter(|part| at < part.base + part.len());
        part.ok_or(Missing::Passed)?.read(at, out).map_err(|error| Missing::Unwritten(error.to_string()))
    }
}

impl Part {
    fn len(&self) -> u64 {
        self.written + self.tail.len() as u64
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(&self.tail)?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    fn read(&mut self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        let skip = at - self.base;
        if let Some(skip) = skip.checked_sub(self.written) {
            let rest = usize::try_from(skip).ok().and_then(|skip| self.tail.get(skip..)).unwrap_or_default();
            return rest.take(out.len() as u64).read(out);
        }
        let len = out.len().min(usize::try_from(self.written - skip).unwrap_or(usize::MAX));
        let out = out.get_mut(..len).unwrap_or_default();
        self.file.seek(SeekFrom::Start(skip))?;
        self.file.read_exact(out).map(|()| len)
    }
}

fn header(frame: &Frame<'_>) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let id = u64::from(frame.id.input()) << 40 | frame.id.number();
    let fields: [&[u8]; 5] = [
        &id.to_le_bytes(),
        &frame.time.as_nanos().to_le_bytes(),
        &frame.link.0.to_le_bytes(),
        &frame.original_len.to_le_bytes(),
        &(frame.data.len() as u32).to_le_bytes(),
    ];
    header.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    header
}

/// While it is there, nothing leaves the window by age; only what has no room.
#[derive(Debug)]
pub struct Hold(Arc<Ring>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.state().holds -= 1;
    }
}

/// The frames of a window, one after the other. What leaves it meanwhile is passed over.
#[derive(Debug)]
pub(super) struct Frames {
    hold: Hold,
    /// Where the block ends.
    at: u64,
    end: u64,
    block: Vec<u8>,
    /// Bytes of the block that were given out.
    used: usize,
    current: Option<Current>,
}

/// A frame, with its data in the block.
#[derive(Clone, Copy, Debug)]
struct Current {
    id: FrameId,
    time: Timestamp,
    link: LinkType,
    original_len: u32,
    len: usize,
}

impl Frames {
    /// Moves on to the next frame; `false` when there is none.
    ///
    /// # Errors
    /// The system's words, if a file cannot be read.
    pub(super) fn advance(&mut self) -> Result<bool, String> {
        self.current = None;
        loop {
            match self.next()? {
                Next::Frame => return Ok(true),
                Next::End => return Ok(false),
                Next::Passed => {
                    // Files begin with a frame: what was read of one that was cut is of no use.
                    self.block.clear();
                    self.used = 0;
                    self.at = self.hold.0.state().parts.front().map_or(self.end, |part| part.base);
                }
            }
        }
    }

    fn next(&mut self) -> Result<Next, String> {
        match self.want(HEADER)? {
            Next::Frame => {}
            other => return Ok(other),
        }
        let mut numbers = self.block.get(self.used..self.used + HEADER).unwrap_or_default();
        let mut number = |bytes: usize| {
            let mut value = [0; 8];
            value.iter_mut().zip(numbers.split_off(..bytes).unwrap_or_default()).for_each(|(to, from)| *to = *from);
            u64::from_le_bytes(value)
        };
        let (id, time, link, original_len, len) = (number(8), number(8), number(2), number(4), number(4) as usize);
        self.used += HEADER;
        match self.want(len)? {
            Next::Frame => {}
            other => return Ok(other),
        }
        self.used += len;
        self.current = Some(Current {
            id: FrameId::new((id >> 40) as u32, id & ((1 << 40) - 1)),
            time: Timestamp::from_nanos(time.cast_signed()),
            link: LinkType(link as u16),
            original_len: original_len as u32,
            len,
        });
        Ok(Next::Frame)
    }

    /// The frame that [`Frames::advance`] moved to.
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        let Current { id, time, link, original_len, len } = self.current?;
        let from = self.used - len;
        let offset = self.at - (self.block.len() - from) as u64;
        Some(Frame { id, time, link, offset, data: self.block.get(from..self.used)?, original_len })
    }

    /// Makes sure that so many bytes follow in the block.
    fn want(&mut self, len: usize) -> Result<Next, String> {
        while self.block.len() - self.used < len {
            self.block.drain(..self.used);
            self.used = 0;
            if self.at >= self.end {
                return Ok(Next::End);
            }
            let have = self.block.len();
            self.block.resize(have + BLOCK, 0);
            let read = self.hold.0.read(self.at, self.block.get_mut(have..).unwrap_or_default());
            self.block.truncate(have + read.as_ref().copied().unwrap_or_default());
            match read {
                Ok(read) => self.at += read as u64,
                Err(Missing::Passed) => return Ok(Next::Passed),
                Err(Missing::Unwritten(why)) => return Err(why),
            }
        }
        Ok(Next::Frame)
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Frame,
    End,
    /// What was to come has left the window.
    Passed,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: [u8; 1000] = [7; 1000];

    fn frame(number: u64, seconds: i64) -> Frame<'static> {
        Frame {
            id: FrameId::new(number as u32 % 3, number),
            time: Timestamp::from_nanos(seconds * 1_000_000_000),
            link: LinkType::ETHERNET,
            offset: 0,
            data: &DATA[..(number as usize * 37) % DATA.len()],
            original_len: 2000,
        }
    }

    fn numbers(ring: &Arc<Ring>) -> Vec<u64> {
        let mut frames = ring.frames();
        let mut numbers = Vec::new();
        while frames.advance().unwrap() {
            let told = frames.frame().unwrap();
            let same = frame(told.id.number(), told.time.as_nanos() / 1_000_000_000);
            assert_eq!((told.id, told.link, told.data, told.original_len), (same.id, same.link, same.data, 2000));
            numbers.push(told.id.number());
        }
        numbers
    }

    #[test]
    fn frames_come_back_as_they_were() {
        let ring = Arc::new(Ring::new(Window::default()));
        let places: Vec<u64> = (0..2000).map(|number| ring.append(&frame(number, -5 + number as i64 / 100))).collect();
        assert_eq!(numbers(&ring), (0..2000).collect::<Vec<_>>());
        for (number, at) in (0..).zip(places) {
            let mut out = vec![0; frame(number, 0).data.len()];
            assert_eq!(ring.read(at, &mut out), Ok(out.len()));
            assert_eq!(out, frame(number, 0).data);
        }
        let end = ring.state().end;
        assert_eq!(ring.read(end, &mut [0; 10]), Ok(0));
    }

    #[test]
    fn clock_that_is_set_back_does_not_empty_the_window() {
        let ring = Arc::new(Ring::new(Window { period: Some(Duration::from_secs(160)), bytes: 1 << 30 }));
        ring.append(&frame(1, 100_000));
        for number in 2..=5 {
            ring.append(&frame(number, number as i64 * 20));
            ring.advance(frame(0, number as i64 * 20 + 10).time);
        }
        assert_eq!(numbers(&ring), [1, 2, 3, 4, 5]);
        // What was captured in the future leaves with what came behind it.
        ring.append(&frame(6, 300));
        assert_eq!(numbers(&ring), [6]);
    }

    #[test]
    fn old_frames_leave_unless_they_are_held() {
        let ring = Arc::new(Ring::new(Window { period: Some(Duration::from_secs(160)), bytes: 1 << 30 }));
        let first = ring.append(&frame(1, 0));
        for number in 2..=10 {
            ring.append(&frame(number, number as i64));
        }
        let hold = ring.hold();
        ring.append(&frame(11, 500));
        assert_eq!(numbers(&ring), (1..=11).collect::<Vec<_>>());
        drop(hold);
        ring.advance(Timestamp::from_nanos(500_000_000_000));
        assert_eq!(numbers(&ring), [11]);
        assert_eq!(ring.read(first, &mut [0; 10]), Err(Missing::Passed));
        assert_eq!(ring.begin(), Some(Timestamp::from_nanos(500_000_000_000)));
        ring.advance(Timestamp::from_nanos(700_000_000_000));
        assert_eq!((numbers(&ring), ring.begin()), (vec![], None));
        let next = ring.append(&frame(12, 701));
        assert!(next > first && numbers(&ring) == [12]);
    }

    #[test]
    fn size_counts_whoever_holds() {
        let ring = Arc::new(Ring::new(Window { period: Some(Duration::from_secs(300)), bytes: 1 << 16 }));
        let hold = ring.hold();
        for number in 0..1000 {
            ring.append(&frame(number, 0));
            assert!(ring.state().parts.iter().map(Part::len).sum::<u64>() <= (1 << 16) + 2048);
        }
        let kept = numbers(&ring);
        assert!(kept.len() > 90 && kept.last() == Some(&999) && kept.is_sorted(), "{}", kept.len());
        drop(hold);
    }

    #[test]
    fn what_leaves_while_frames_are_read_is_passed_over() {
        let ring = Arc::new(Ring::new(Window { period: Some(Duration::from_secs(300)), bytes: 4 << 20 }));
        for number in 0..8000 {
            ring.append(&frame(number, 0));
        }
        let mut frames = ring.frames();
        let mut seen = Vec::new();
        while frames.advance().unwrap() {
            seen.push(frames.frame().unwrap().id.number());
            if seen.len() == 10 {
                for number in 8000..12_000 {
                    ring.append(&frame(number, 0));
                }
            }
        }
        assert!(seen.is_sorted() && seen.len() > 1000 && seen.len() < 8000 && seen.last() == Some(&7999), "{}", seen.len());
    }
}
