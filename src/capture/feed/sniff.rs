//! Network interfaces into frames, with libpcap: one thread for each, which copies what comes and counts what was lost.
//!
//! Devices are opened first, so that the program can give up its rights before the first byte is looked at; the threads start
//! when reading begins.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use pcap::{Active, Capture, Error, Precision};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Stop;
use super::queue::{Filler, Gone};
use crate::capture::error::CaptureError;
use crate::capture::libpcap::{interfaces, is_netfilter, words};
use crate::frame::{Counters, Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// How long the kernel may hold frames back to hand over several at once.
const BUNCH: Duration = Duration::from_millis(40);

/// The same for somebody who watches. In libpcap's immediate mode the kernel keeps room for the longest frame for each, and a
/// buffer holds a few hundred. Here each bunch takes 256 KiB of it, however small: even shorter ones would use it up too fast.
const BUNCH_WATCHED: Duration = Duration::from_millis(20);

/// How long to wait for frames before the time is told without.
const WAIT: Duration = Duration::from_millis(100);

/// Until when a frame is handed over for certain, in a machine that is busy: two bunches and some time to be scheduled.
const HANDOVER: Duration = Duration::from_millis(200);

/// Frames taken between two looks at the time and the counters.
const TURN: usize = 2048;

/// Between two looks at the counters: each is a call of the system.
const COUNT: Duration = Duration::from_millis(100);

/// Between two looks whether an interface that gives nothing is still up.
const LOOK: Duration = Duration::from_millis(250);

/// How many looks in a row have to find it down, for it to have gone down for good: a second from the first to the last.
const DOWN: u32 = 5;

/// How much the clock of the machine may differ from one turn to the next from the time that has passed.
const SET: Duration = Duration::from_millis(500);

/// How to capture on interfaces.
#[derive(Clone, Debug)]
pub struct Interfaces {
    /// Their names; `any` for all of them.
    pub names: Vec<String>,
    /// Filter expression of libpcap.
    pub filter: Option<String>,
    /// Only these TCP ports, also in VLANs; all if empty.
    pub ports: Vec<u16>,
    /// Bytes captured of each frame.
    pub snap_length: u32,
    /// Also frames that are meant for others.
    pub promiscuous: bool,
    /// Bytes of the kernel's buffer, for each interface.
    pub buffer: usize,
    /// Hand over frames sooner: for somebody who watches. Takes more time in all, and more of the buffer when frames are few.
    pub immediate: bool,
}

/// What is known of an interface that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// What its frames begin with.
    pub link: LinkType,
    /// Bytes captured of each frame.
    pub snap_length: u32,
    /// The filter in force.
    pub filter: Option<String>,
}

/// An interface that is open.
pub(in crate::capture) struct Sniffer {
    pub(in crate::capture) opened: Opened,
    capture: Capture<Active>,
}

/// Opens all interfaces.
///
/// # Errors
/// There is no such interface, it may not be captured on, or libpcap does not understand the filter.
pub(in crate::capture) fn open(wanted: &Interfaces) -> Result<Vec<Sniffer>, CaptureError> {
    wanted.names.iter().map(|name| open_one(name, wanted)).collect()
}

fn open_one(name: &str, wanted: &Interfaces) -> Result<Sniffer, CaptureError> {
    if is_netfilter(name) {
        return Err(CaptureError::Netfilter { name: name.to_owned() });
    }
    let refused = |error: Error| refused(name, words(error));
    let millis = |time: Duration| i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    let inactive = Capture::from_device(name)
        .map_err(refused)?
        .snaplen(i32::try_from(wanted.snap_length).unwrap_or(i32::MAX))
        .promisc(wanted.promiscuous)
        .buffer_size(i32::try_from(wanted.buffer).unwrap_or(i32::MAX))
        .timeout(millis(if wanted.immediate { BUNCH_WATCHED } else { BUNCH }))
        .precision(Precision::Nano);
    let mut capture = inactive.open().map_err(refused)?.setnonblock().map_err(refused)?;
    let filter = filter(&mut capture, wanted)?;
    // A `DLT_` is the number of the registry for all links that interfaces of today have, but for raw IP.
    let link = match capture.get_datalink().0 {
        12 => LinkType::RAW,
        number => LinkType(u16::try_from(number).unwrap_or(u16::MAX)),
    };
    Ok(Sniffer { opened: Opened { name: name.to_owned(), link, snap_length: wanted.snap_length, filter }, capture })
}

/// Sets the filter; tells which.
fn filter(capture: &mut Capture<Active>, wanted: &Interfaces) -> Result<Option<String>, CaptureError> {
    let given = wanted.filter.as_deref();
    let narrowed = |ports: &str| given.map_or_else(|| ports.to_owned(), |given| format!("({given}) and ({ports})"));
    let mut expressions = match ports(&wanted.ports) {
        // Where frames have no VLAN tags, the word is not understood.
        Some([with_vlan, without]) => vec![narrowed(&with_vlan), narrowed(&without)],
        None => given.map(str::to_owned).into_iter().collect(),
    };
    let Some(last) = expressions.pop() else { return Ok(None) };
    if let Some(first) = expressions.pop()
        && capture.filter(&first, true).is_ok()
    {
        return Ok(Some(first));
    }
    let expression = given.map_or_else(|| last.clone(), str::to_owned);
    capture.filter(&last, true).map_err(|error| CaptureError::Filter { expression, why: words(error) })?;
    Ok(Some(last))
}

/// Expressions for the segments of some ports, with and without VLAN tags. Fragments of IPv4 behind the first have no ports.
fn ports(ports: &[u16]) -> Option<[String; 2]> {
    let each: Vec<String> = ports.iter().map(|port| format!("tcp port {port}")).collect();
    let plain = format!("{} or (ip[6:2] & 0x1fff != 0 and ip proto 6)", each.join(" or "));
    // `vlan` holds for all that stands behind it.
    (!ports.is_empty()).then(|| [format!("{plain} or (vlan and ({plain}))"), plain])
}

/// Why an interface could not be opened.
fn refused(name: &str, why: String) -> CaptureError {
    let name = name.to_owned();
    let known = interfaces().map(|interfaces| interfaces.into_iter().map(|interface| interface.name).collect::<Vec<_>>());
    let lower = why.to_lowercase();
    match known {
        _ if lower.contains("permi") => CaptureError::InterfaceDenied { name, why },
        Ok(known) if !known.contains(&name) => CaptureError::NoInterface { name, known },
        _ => CaptureError::Interface { name, why },
    }
}

impl Sniffer {
    /// Starts to capture.
    pub(in crate::capture) fn start(self, feed: usize, filler: Filler, stop: Stop) -> Result<(), CaptureError> {
        let name = self.opened.name.clone();
        let work = Work {
            name: name.clone(),
            link: self.opened.link,
            capture: self.capture,
            id: FrameId::new(u32::try_from(feed).unwrap_or(u32::MAX), 0),
            filler,
            stop,
            own: 0,
            totals: Totals::default(),
            latest: None,
            counted: None,
            looked: Instant::now(),
            down: (is_up(&name) == Some(true)).then_some(0),
        };
        let spawned = thread::Builder::new().name(format!("capture {name}")).spawn(move || work.run());
        spawned.map(|_| ()).map_err(|error| CaptureError::Interface { name, why: error.to_string() })
    }
}

/// The state of a thread.
struct Work {
    name: String,
    link: LinkType,
    capture: Capture<Active>,
    id: FrameId,
    filler: Filler,
    stop: Stop,
    /// Frames dropped for want of room.
    own: u64,
    totals: Totals,
    latest: Option<Timestamp>,
    /// When the counters were asked for, by both clocks.
    counted: Option<(Instant, Timestamp)>,
    /// When it was asked last whether the interface is up.
    looked: Instant,
    /// At how many looks in a row it was down since it was up; `None` until it is up for the first time.
    down: Option<u32>,
}

impl Work {
    fn run(mut self) {
        let end = self.capture();
        let now = now();
        self.count(now);
        let batch = self.filler.batch();
        (batch.at, batch.end, batch.watermark) = (now, Some(end), None);
        // This one has to arrive; if nobody waits for it, that is all the same.
        let _ = self.filler.send();
    }

    fn capture(&mut self) -> Result<(), CaptureError> {
        let (mut clock, mut broken, mut asked_to_stop) = (Clock::new(), None, None);
        loop {
            let (now, was_set) = clock.turn();
            let (taken, why) = self.take();
            // libpcap would wait for it to come up again, without a word.
            if let Some(why) = why.or_else(|| (taken == 0 && self.has_gone_down()).then(|| "the interface went down".to_owned())) {
                broken.get_or_insert((why, Instant::now()));
            }
            if self.counted.is_none_or(|(counted, _)| counted.elapsed() >= COUNT) {
                self.count(now);
            }
            let batch = self.filler.batch();
            batch.at = now;
            batch.clock_was_set |= was_set;
            // With nothing left to take, all is told up to a little while ago; and what was lost, up to when that was asked for.
            let told = if taken == 0 { self.latest.max(Some(now.before(HANDOVER))) } else { self.latest };
            batch.watermark = told.min(self.counted.map(|(_, at)| at));
            if self.filler.try_send().is_err() {
                return Ok(());
            }
            // What was captured before the end is still told, however much there is: the kernel may hold it back for a while.
            if let Some((why, since)) = &broken
                && taken == 0
                && since.elapsed() >= HANDOVER
            {
                return Err(CaptureError::InterfaceLost { name: self.name.clone(), why: why.clone() });
            }
            if self.stop.is_asked() {
                let (until, since) = *asked_to_stop.get_or_insert_with(|| (now, Instant::now()));
                if self.latest > Some(until) || (taken == 0 && since.elapsed() >= HANDOVER) {
                    return Ok(());
                }
            }
            if taken == 0 {
                self.wait();
            }
        }
    }

    /// Whether the interface was set down, and is still so after a while. It may have been down from the start.
    fn has_gone_down(&mut self) -> bool {
        if self.looked.elapsed() < LOOK {
            return false;
        }
        self.looked = Instant::now();
        match is_up(&self.name) {
            Some(true) => self.down = Some(0),
            Some(false) => self.down = self.down.map(|looks| looks + 1),
            // One that was removed is told by libpcap.
            None => {}
        }
        self.down >= Some(DOWN)
    }

    /// Takes the frames that are there, up to [`TURN`] of them: how many, and why there will be no more.
    fn take(&mut self) -> (usize, Option<String>) {
        let Self { capture, filler, id, link, own, latest, .. } = self;
        let result = capture.dispatch(Some(TURN), |packet| {
            if filler.is_overfull() {
                *own += 1;
                return;
            }
            let time = time(packet.header.ts.tv_sec, packet.header.ts.tv_usec);
            *latest = (*latest).max(Some(time));
            filler.push(&Frame { id: *id, time, link: *link, offset: 0, data: packet.data, original_len: packet.header.len });
            if filler.is_full() {
                // That nobody is there any more shows behind the turn.
                let _: Result<(), Gone> = filler.try_send();
            }
        });
        match result {
            Ok(taken) => (taken, None),
            Err(Error::TimeoutExpired) => (0, None),
            Err(error) => (0, Some(words(error))),
        }
    }

    /// Waits until there is something to take, or a while.
    fn wait(&self) {
        let mut fds = [PollFd::new(&self.capture, PollFlags::IN)];
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(WAIT.subsec_nanos()) };
        // An error shows when frames are taken. Signals only make the wait shorter.
        let _ = poll(&mut fds, Some(&timeout));
    }

    /// Asks for the counters, and tells them with the batch in the making.
    fn count(&mut self, now: Timestamp) {
        self.counted = Some((Instant::now(), now));
        if let Ok(stats) = self.capture.stats() {
            self.totals.add([stats.received, stats.dropped, stats.if_dropped]);
        }
        let [received, dropped_kernel, dropped_interface] = self.totals.sums;
        let counters = Counters { name: String::new(), received, dropped_kernel, dropped_interface, dropped_own: self.own };
        self.filler.batch().counters = Some(counters);
    }
}

/// Counters of libpcap have 32 bits: they begin again from 0.
#[derive(Default)]
struct Totals {
    last: [u32; 3],
    sums: [u64; 3],
}

impl Totals {
    fn add(&mut self, counts: [u32; 3]) {
        for ((sum, last), count) in self.sums.iter_mut().zip(&mut self.last).zip(counts) {
            *sum += u64::from(count.wrapping_sub(*last));
            *last = count;
        }
    }
}

/// Holds the clock of the machine against the time that passes.
struct Clock {
    wall: Timestamp,
    steady: Instant,
}

impl Clock {
    fn new() -> Self {
        Self { wall: now(), steady: Instant::now() }
    }

    /// The time, and whether the clock was set since the last call.
    fn turn(&mut self) -> (Timestamp, bool) {
        let former = std::mem::replace(self, Self::new());
        let expected = former.wall.after(self.steady.duration_since(former.steady));
        (self.wall, self.wall.since(expected).max(expected.since(self.wall)) > SET)
    }
}

/// Whether an interface is up; `None` where that is not known.
#[cfg(target_os = "linux")]
fn is_up(name: &str) -> Option<bool> {
    use nix::net::if_::InterfaceFlags;

    let interface = nix::ifaddrs::getifaddrs().ok()?.find(|interface| interface.interface_name == name)?;
    Some(interface.flags.contains(InterfaceFlags::IFF_UP))
}

#[cfg(not(target_os = "linux"))]
fn is_up(_: &str) -> Option<bool> {
    None
}

/// The time of the machine, by which the kernel stamps frames.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Seconds and nanoseconds, as libpcap gives them with [`Precision::Nano`].
fn time(seconds: impl Into<i64>, nanos: impl Into<i64>) -> Timestamp {
    Timestamp::from_nanos(seconds.into().saturating_mul(1_000_000_000).saturating_add(nanos.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_found_in_vlans_and_fragments() {
        assert_eq!(ports(&[]), None);
        let [with_vlan, without] = ports(&[1883, 8883]).expect("two ports");
        assert_eq!(without, "tcp port 1883 or tcp port 8883 or (ip[6:2] & 0x1fff != 0 and ip proto 6)");
        assert_eq!(with_vlan, format!("{without} or (vlan and ({without}))"));
    }

    #[test]
    fn counters_go_on_beyond_32_bits() {
        let mut totals = Totals::default();
        totals.add([u32::MAX, 1, 0]);
        totals.add([4, 1, 0]);
        assert_eq!(totals.sums, [u64::from(u32::MAX) + 5, 1, 0]);
    }

    #[test]
    fn interface_that_is_not_there_is_told_with_those_that_are() {
        let wanted = Interfaces {
            names: vec!["nowhere0".to_owned()],
            filter: None,
            ports: Vec::new(),
            snap_length: 65_535,
            promiscuous: false,
            buffer: 1 << 20,
            immediate: true,
        };
        let Err(error) = open(&wanted) else { panic!("it is there") };
        assert!(error.to_string().starts_with("nowhere0: "), "{error}");
    }
}
