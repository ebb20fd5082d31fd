//! What can be counted while packets come in: rates over time, QoS, latencies. Bounded, however long the capture is.

use std::time::Duration;

use crate::mqtt::PacketType;
use crate::time::Timestamp;

/// Most buckets of [`Rates`]; when a capture needs more, each becomes twice as wide.
const BUCKETS: usize = 2048;

/// Width of a bucket to begin with.
const WIDTH: Duration = Duration::from_millis(1);

/// Steps of a histogram per power of two: percentiles are exact to 1 part in 16.
const STEPS: usize = 16;

/// Packets per time and type.
#[derive(Clone, Debug)]
pub struct Rates {
    start: Option<Timestamp>,
    width: Duration,
    buckets: Vec<[u32; 16]>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { start: None, width: WIDTH, buckets: Vec::new() }
    }
}

impl Rates {
    /// When the first bucket begins; `None` without packets.
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// How long a bucket is: 1 ms times a power of two.
    pub fn width(&self) -> Duration {
        self.width
    }

    /// Counts by packet type ([`PacketType::index`]), one bucket after the other, from the first packet to the last. Packets
    /// earlier than the first one read count in the first bucket.
    pub fn buckets(&self) -> &[[u32; 16]] {
        &self.buckets
    }

    pub(super) fn add(&mut self, time: Timestamp, kind: PacketType) {
        let since = time.since(*self.start.get_or_insert(time)).as_nanos();
        let place = |width: Duration| usize::try_from(since / width.as_nanos()).unwrap_or(usize::MAX);
        while place(self.width) >= BUCKETS {
            self.width *= 2;
            for pair in 0..self.buckets.len().div_ceil(2) {
                let sum = match self.buckets.get(pair * 2..) {
                    Some([one, other, ..]) => std::array::from_fn(|kind| one[kind].saturating_add(other[kind])),
                    Some([one]) => *one,
                    _ => [0; 16],
                };
                self.buckets[pair] = sum;
            }
            self.buckets.truncate(self.buckets.len().div_ceil(2));
        }
        let place = place(self.width);
        if self.buckets.len() <= place {
            self.buckets.resize(place + 1, [0; 16]);
        }
        let count = &mut self.buckets[place][kind.index() % 16];
        *count = count.saturating_add(1);
    }
}

/// How long something took, many times over: 0 to years, in steps of a sixteenth.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// By power of two and step; made with the first sample.
    counts: Vec<u32>,
    samples: u64,
    sum: Duration,
    longest: Duration,
    shortest: Option<Duration>,
}

impl Histogram {
    /// How many there are.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The shortest; zero if there is none.
    pub fn shortest(&self) -> Duration {
        self.shortest.unwrap_or_default()
    }

    /// The mean; zero if there is none.
    pub fn mean(&self) -> Duration {
        u32::try_from(self.samples).ok().filter(|samples| *samples > 0).map_or(Duration::ZERO, |samples| self.sum / samples)
    }

    /// What `share` of the samples (0.5, 0.99) did not exceed, to a sixteenth; `None` without samples.
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let wanted = ((self.samples as f64 * share).ceil() as u64).clamp(1, self.samples.max(1));
        let mut passed = 0;
        let place = self.counts.iter().position(|count| {
            passed += u64::from(*count);
            passed >= wanted
        })?;
        Some(Duration::from_nanos(upper(place)).clamp(self.shortest(), self.longest))
    }

    pub(super) fn add(&mut self, took: Duration) {
        if self.counts.is_empty() {
            self.counts.resize(step(u64::MAX) + 1, 0);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(step(nanos)) {
            *count = count.saturating_add(1);
        }
        self.samples += 1;
        self.sum = self.sum.saturating_add(took);
        self.longest = self.longest.max(took);
        self.shortest = Some(self.shortest.map_or(took, |shortest| shortest.min(took)));
    }
}

/// The step that a time belongs to: its highest bit and the four bits below it.
fn step(nanos: u64) -> usize {
    match nanos.checked_ilog2() {
        None | Some(0..4) => nanos as usize,
        Some(power) => (power as usize - 3) * STEPS + (nanos >> (power - 4)) as usize % STEPS,
    }
}

/// The longest time of a step.
fn upper(step: usize) -> u64 {
    let (power, part) = (step / STEPS, (step % STEPS) as u128);
    let upper = if power == 0 { part } else { ((STEPS as u128 + part + 1) << (power - 1)) - 1 };
    u64::try_from(upper).unwrap_or(u64::MAX)
}

/// What a latency is the latency of: the answer, with the packet before it that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// PUBLISH to PUBACK.
    Puback,
    /// PUBLISH with QoS 2 to PUBCOMP, the whole exchange.
    Pubcomp,
    /// SUBSCRIBE to SUBACK.
    Suback,
    /// CONNECT to CONNACK.
    Connack,
    /// PINGREQ to PINGRESP.
    Pingresp,
}

impl Latency {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Puback, Self::Pubcomp, Self::Suback, Self::Connack, Self::Pingresp];

    /// The answer.
    pub const fn answer(self) -> PacketType {
        match self {
            Self::Puback => PacketType::Puback,
            Self::Pubcomp => PacketType::Pubcomp,
            Self::Suback => PacketType::Suback,
            Self::Connack => PacketType::Connack,
            Self::Pingresp => PacketType::Pingresp,
        }
    }

    /// What it answers.
    pub const fn request(self) -> PacketType {
        match self {
            Self::Puback | Self::Pubcomp => PacketType::Publish,
            Self::Suback => PacketType::Subscribe,
            Self::Connack => PacketType::Connect,
            Self::Pingresp => PacketType::Pingreq,
        }
    }
}

/// Messages and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// PUBLISH packets.
    pub messages: u64,
    /// Their bytes, headers included.
    pub bytes: u64,
}

impl Volume {
    pub(super) fn add(&mut self, bytes: u32) {
        self.messages += 1;
        self.bytes += u64::from(bytes);
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { messages: self.messages + other.messages, bytes: self.bytes + other.bytes }
    }
}

/// What was counted of all packets.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Packets over time.
    pub rates: Rates,
    /// Packets by type ([`PacketType::index`]).
    pub packets: [u64; 16],
    /// PUBLISH by sender and QoS (3 is not allowed, but may be there).
    pub qos: [[Volume; 4]; 2],
    /// PUBLISH with RETAIN, and with DUP.
    pub retained: u64,
    /// PUBLISH with DUP.
    pub repeated: u64,
    /// By [`Latency`], in its order.
    pub latencies: [Histogram; 5],
}

impl Statistics {
    /// Times of one kind.
    pub fn latency(&self, of: Latency) -> &Histogram {
        &self.latencies[of as usize]
    }
}
