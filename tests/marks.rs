//! What is told between frames of a live capture: time that passes, frames that were lost, a clock that was set. Silences are
//! looked after and doubted accordingly, and connections without frames are let go.

mod support;

use std::time::Duration;

use mqttscope::analysis::{Analyzer, Connection, IdleLimits, Limits, Observer, Report, Settings};
use mqttscope::finding::Finding;
use mqttscope::frame::Mark;
use mqttscope::session::{Doubt, Ending};
use mqttscope::time::Timestamp;
use mqttscope::trace::{compile, parse};
use support::OwnedFrame;

/// Rules of findings, those that are pending apart, and connections.
#[derive(Default)]
struct Told {
    pending: Vec<&'static str>,
    found: Vec<&'static str>,
    connections: Vec<Connection>,
}

impl Observer for Told {
    fn pending(&mut self, finding: &Finding) {
        self.pending.push(finding.rule);
    }

    fn finding(&mut self, finding: &Finding) {
        self.found.push(finding.rule);
    }

    fn connection(&mut self, connection: &Connection) {
        self.connections.push(connection.clone());
    }
}

/// A live analysis of a trace, of which marks are told at times in seconds since its first frame.
struct Live {
    frames: std::vec::IntoIter<OwnedFrame>,
    start: Timestamp,
    analyzer: Analyzer,
    told: Told,
}

impl Live {
    fn of(trace: &str) -> Self {
        Self::with(trace, Limits::default())
    }

    fn with(trace: &str, limits: Limits) -> Self {
        let trace = parse(trace).unwrap();
        let frames: Vec<OwnedFrame> = compile(&trace.sections[0]).unwrap().frames().map(OwnedFrame::from).collect();
        let settings = Settings { live: true, limits, ..Settings::default() };
        Self {
            start: frames[0].head.time,
            frames: frames.into_iter(),
            analyzer: Analyzer::new(mqttscope::rules::all(), settings),
            told: Told::default(),
        }
    }

    fn at(&self, seconds: f64) -> Timestamp {
        self.start.after(Duration::from_secs_f64(seconds))
    }

    /// Takes the frames before a time.
    fn until(&mut self, seconds: f64) -> &mut Self {
        let end = self.at(seconds);
        while self.frames.as_slice().first().is_some_and(|frame| frame.head.time < end) {
            let frame = self.frames.next().unwrap();
            self.analyzer.push(&frame.frame(), &mut self.told);
        }
        self
    }

    /// Takes the frames before a time, then the mark that it is that late.
    fn mark(&mut self, seconds: f64) -> &mut Self {
        self.marked(seconds, Mark::default())
    }

    fn marked(&mut self, seconds: f64, mark: Mark) -> &mut Self {
        self.until(seconds);
        let mark = Mark { now: Some(self.at(seconds)), ..mark };
        self.analyzer.mark(&mark, &mut self.told);
        self
    }

    /// Frames were lost up to a time, which shows at another.
    fn lost(&mut self, until: f64, told: f64) -> &mut Self {
        let lost_until = self.at(until);
        self.marked(told, Mark { lost: 3, lost_until, ..Mark::default() })
    }

    fn end(mut self) -> (Told, Report) {
        for frame in self.frames.by_ref() {
            self.analyzer.push(&frame.frame(), &mut self.told);
        }
        let report = self.analyzer.finish(&mut self.told);
        (self.told, report)
    }
}

/// Why a rule could not decide.
fn doubts(report: &Report, rule: &str) -> Vec<Doubt> {
    report.doubts.iter().filter(|(name, ..)| *name == rule).map(|(_, doubt, _)| *doubt).collect()
}

#[test]
fn connection_that_has_closed_is_followed_but_not_open() {
    let mut live = Live::of(
        "== two\nC>S CONNECT client_id=c\nS>C CONNACK\n2: C>S CONNECT client_id=d\n2: S>C CONNACK\n\
         +1s C>S DISCONNECT ; FIN\n+1s S>C FIN\n+60s 2: C>S PINGREQ\n",
    );
    let mut open_at = |seconds: f64| (live.mark(seconds).analyzer.open(), live.told.connections.len());
    assert_eq!(open_at(0.5), (2, 0));
    assert_eq!(open_at(1.5), (2, 0), "its server has not closed");
    assert_eq!(open_at(2.5), (1, 0), "not told yet");
    assert_eq!(open_at(40.0), (1, 1));
}

const SILENCE: [&str; 3] = ["keep-alive-late", "keep-alive-exceeded", "silent-client-not-closed"];

/// Keep Alive 10 s: late after 11 s, exceeded after 16 s, 21 s is too long for the server.
const SILENT: &str = "== silent
C>S CONNECT client_id=c keep_alive=10
S>C CONNACK
+30s C>S PINGREQ
S>C PINGRESP
";

#[test]
fn silence_is_pending_from_its_limits_on_once_each() {
    let mut live = Live::of(SILENT);
    live.mark(10.9);
    assert_eq!(live.told.pending, [] as [&str; 0]);
    live.mark(11.1).mark(11.2).mark(15.9);
    assert_eq!(live.told.pending, SILENCE[..1]);
    live.mark(16.1).mark(20.9);
    assert_eq!(live.told.pending, SILENCE[..2]);
    live.mark(21.1).mark(29.0);
    assert_eq!(live.told.pending, SILENCE);
    assert_eq!(live.told.found, [] as [&str; 0]);
    let (told, report) = live.end();
    assert_eq!(told.pending, SILENCE, "nothing is pending at the end");
    let (without, _) = Live::of(SILENT).end();
    assert_eq!(told.found, without.found, "what is found does not depend on marks");
    assert!(told.found.contains(&"keep-alive-exceeded"), "{:?}", told.found);
    assert_eq!(report.stats.lost, 0);
}

#[test]
fn next_silence_is_pending_again() {
    let mut live = Live::of(&format!("{SILENT}+30s C>S PINGREQ\nS>C PINGRESP\n"));
    live.mark(12.0).mark(17.0).mark(42.0).mark(47.0);
    assert_eq!(live.told.pending, ["keep-alive-late", "keep-alive-exceeded", "keep-alive-late", "keep-alive-exceeded"]);
}

#[test]
fn one_mark_late_tells_all_that_is_due() {
    let mut live = Live::of(SILENT);
    live.mark(29.0);
    // Who is silent for too long is not late besides.
    assert_eq!(live.told.pending, SILENCE[1..]);
}

#[test]
fn mark_without_a_time_tells_nothing() {
    let mut live = Live::of(SILENT);
    live.until(29.0);
    live.analyzer.mark(&Mark::default(), &mut live.told);
    assert_eq!(live.told.pending, [] as [&str; 0]);
}

#[test]
fn packet_that_is_not_whole_yet_is_no_silence() {
    let trace = "== half a packet
C>S CONNECT client_id=c keep_alive=10
S>C CONNACK
C>S 30 05
+30s C>S 00 01 61 62 63
";
    let mut live = Live::of(trace);
    live.mark(12.0).mark(17.0).mark(29.0);
    assert_eq!(live.told.pending, [] as [&str; 0]);
    assert_eq!(live.end().0.found, [] as [&str; 0]);
}

#[test]
fn silence_in_which_frames_were_lost_is_doubtful() {
    let mut live = Live::of(SILENT);
    live.lost(5.0, 5.1).mark(12.0).mark(17.0).mark(22.0);
    assert_eq!(live.told.pending, [] as [&str; 0]);
    let (told, report) = live.end();
    assert_eq!(told.found, [] as [&str; 0]);
    assert_eq!(report.stats.lost, 3);
    assert_eq!(doubts(&report, "keep-alive-exceeded"), [Doubt::Dropped]);
}

#[test]
fn silence_after_the_loss_is_judged() {
    let trace = "== two silences
C>S CONNECT client_id=c keep_alive=10
S>C CONNACK
+5s C>S PINGREQ
S>C PINGRESP
+30s C>S PINGREQ
S>C PINGRESP
";
    // That the ping came after the last loss is known although it was told before the loss.
    for (until, told) in [(2.0, 2.1), (4.9, 6.0)] {
        let mut live = Live::of(trace);
        live.lost(until, told).mark(17.0).mark(22.0);
        assert_eq!(live.told.pending.is_empty(), told > 5.0, "until {until}, told at {told}: {:?}", live.told.pending);
        let (told_, report) = live.end();
        assert_eq!(told_.found.contains(&"keep-alive-exceeded"), told < 5.0);
        assert_eq!(doubts(&report, "keep-alive-exceeded").contains(&Doubt::Dropped), told > 5.0);
    }
    // Lost after it: the silence may be none.
    let mut live = Live::of(trace);
    live.lost(6.0, 6.1).mark(22.0);
    let (told, _) = live.end();
    assert_eq!((told.pending, told.found), (vec![], vec![]));
}

/// PUBACK for a PUBLISH that is not there.
fn unknown(before: &str) -> String {
    format!("== unknown\nC>S CONNECT client_id=c\nS>C CONNACK\n{before}+1s S>C PUBACK packet_id=7\n")
}

const UNKNOWN: &str = "ack-for-unknown-id";

#[test]
fn history_with_frames_lost_proves_nothing_until_the_stream_goes_on() {
    let (told, _) = Live::of(&unknown("")).end();
    assert_eq!(told.found, [UNKNOWN]);

    let mut live = Live::of(&unknown(""));
    live.lost(0.5, 0.6);
    let (told, report) = live.end();
    assert_eq!(told.found, [] as [&str; 0]);
    assert_eq!(doubts(&report, UNKNOWN), [Doubt::Dropped]);

    // The client speaks where it has left off: none of the lost frames had bytes of it.
    let trace = unknown("+1s C>S PINGREQ\nS>C PINGRESP\n");
    let mut live = Live::of(&trace);
    live.lost(0.5, 0.6);
    assert_eq!(live.end().0.found, [UNKNOWN]);

    // Frames were lost later than that.
    let mut live = Live::of(&trace);
    live.lost(1.5, 1.6);
    let (told, report) = live.end();
    assert_eq!((told.found.as_slice(), doubts(&report, UNKNOWN)), (&[][..], vec![Doubt::Dropped]));

    // The client goes on, but with a hole.
    let mut live = Live::of(&unknown("C>S GAP 10\n+1s C>S PINGREQ\nS>C PINGRESP\n"));
    live.lost(0.5, 0.6);
    let (told, report) = live.end();
    assert_eq!((told.found.as_slice(), doubts(&report, UNKNOWN).len()), (&[][..], 1));
}

#[test]
fn bytes_sent_again_do_not_show_that_the_stream_goes_on() {
    let mut live = Live::of(&unknown("C>S PINGREQ\n+1s C>S RESEND\n"));
    live.lost(0.5, 0.6);
    let (told, report) = live.end();
    assert_eq!((told.found.as_slice(), doubts(&report, UNKNOWN)), (&[][..], vec![Doubt::Dropped]));
}

#[test]
fn clock_that_was_set_makes_the_silence_doubtful() {
    let mut live = Live::of(SILENT);
    live.marked(5.0, Mark { clock_was_set: true, ..Mark::default() }).mark(12.0).mark(22.0);
    assert_eq!(live.told.pending, [] as [&str; 0]);
    let (told, report) = live.end();
    assert_eq!(told.found, [] as [&str; 0]);
    assert_eq!(doubts(&report, "keep-alive-exceeded"), [Doubt::Clock]);

    // The next silence has nothing to do with it.
    let mut live = Live::of(&format!("{SILENT}+30s C>S PINGREQ\nS>C PINGRESP\n"));
    live.marked(5.0, Mark { clock_was_set: true, ..Mark::default() }).mark(47.0);
    assert_eq!(live.told.pending, ["keep-alive-exceeded"]);
}

fn idle(keep_alives: u32, without: u64, least: u64) -> Limits {
    let seconds = Duration::from_secs;
    Limits { idle: IdleLimits { keep_alives, without: seconds(without), least: seconds(least) }, ..Limits::default() }
}

#[test]
fn connection_without_frames_is_let_go() {
    let mut live = Live::with(SILENT, idle(2, 1000, 20));
    live.mark(19.9);
    assert_eq!((live.told.connections.len(), live.analyzer.hits().expired), (0, 0));
    live.mark(20.2);
    assert_eq!(live.analyzer.hits().expired, 1);
    let [connection] = &live.told.connections[..] else { panic!("{:?}", live.told.connections) };
    assert_eq!((connection.number, connection.ending, connection.packets), (0, Ending::Idle, [1, 1]));
    // That it was let go is no end that a peer made.
    assert!(live.told.found.iter().all(|rule| !rule.ends_with("-closed")), "{:?}", live.told.found);
    // What comes after all is followed from there on, as the same connection: that has one number in Wireshark.
    let (told, report) = live.end();
    assert_eq!(report.hits.expired, 1);
    assert_eq!(told.connections.iter().map(|connection| connection.number).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(told.connections.iter().map(|connection| connection.ending).collect::<Vec<_>>(), [Ending::Idle, Ending::Open]);
    assert!(!told.connections[1].from_start);
}

#[test]
fn keep_alive_says_how_long_a_connection_is_followed() {
    let without = "== none\nC>S CONNECT client_id=c keep_alive=0\nS>C CONNACK\n+50s C>S PINGREQ\n";
    for (trace, limits, until) in [(SILENT, idle(2, 5, 1), 20.0), (SILENT, idle(1, 5, 25), 25.0), (without, idle(2, 40, 1), 40.0)] {
        let mut live = Live::with(trace, limits);
        live.mark(until - 0.5);
        assert_eq!(live.analyzer.hits().expired, 0, "{until}");
        live.mark(until + 0.5);
        assert_eq!(live.analyzer.hits().expired, 1, "{until}");
    }
}

#[test]
fn connection_is_let_go_in_a_file_as_well() {
    let trace = parse("== in a file\nC>S CONNECT client_id=c keep_alive=10\nS>C CONNACK\n+30s tick\n+30s tick\n").unwrap();
    let settings = Settings { limits: idle(2, 1000, 20), ..Settings::default() };
    let (mut told, mut analyzer) = (Told::default(), Analyzer::new(mqttscope::rules::all(), settings));
    compile(&trace.sections[0]).unwrap().frames().for_each(|frame| analyzer.push(&frame, &mut told));
    assert_eq!(analyzer.hits().expired, 1);
    assert_eq!(told.connections[0].ending, Ending::Idle);
    assert!(told.pending.is_empty());
}

#[test]
fn time_that_stands_still_at_the_end_of_its_range_is_survived() {
    for live in [false, true] {
        let trace = parse(SILENT).unwrap();
        let settings = Settings { live, ..Settings::default() };
        let (mut told, mut analyzer) = (Told::default(), Analyzer::new(mqttscope::rules::all(), settings));
        let end = Timestamp::from_nanos(i64::MAX);
        for frame in compile(&trace.sections[0]).unwrap().frames() {
            analyzer.push(&mqttscope::frame::Frame { time: end, ..frame }, &mut told);
            if live {
                analyzer.mark(&Mark { now: Some(end), ..Mark::default() }, &mut told);
            }
        }
        analyzer.finish(&mut told);
        assert_eq!(told.connections.len(), 1);
    }
}

/// Frames without any clock but their own, each with its time moved by so many seconds: what pends, what is found, and how many
/// connections were let go.
fn by_frames(
    trace: &str,
    limits: Limits,
    live: bool,
    moved: impl Fn(usize, &OwnedFrame) -> i64,
) -> (Vec<&'static str>, Vec<&'static str>, u64) {
    let settings = Settings { limits, live, ..Settings::default() };
    let (mut told, mut analyzer) = (Told::default(), Analyzer::new(mqttscope::rules::all(), settings));
    for (index, frame) in compile(&parse(trace).unwrap().sections[0]).unwrap().frames().enumerate() {
        let mut frame = OwnedFrame::from(frame);
        frame.head.time = Timestamp::from_nanos(frame.head.time.as_nanos() + moved(index, &frame) * 1_000_000_000);
        analyzer.push(&frame.frame(), &mut told);
        analyzer.mark(&Mark::default(), &mut told);
    }
    let expired = analyzer.finish(&mut told).hits.expired;
    (told.pending, told.found, expired)
}

/// Pings every ten seconds of two clients with a Keep Alive of ten seconds.
fn pinging() -> String {
    let ping = |client: u8| format!("{client}: C>S PINGREQ\n{client}: S>C PINGRESP\n");
    let hello = |client: u8| format!("{client}: C>S CONNECT client_id=c{client} keep_alive=10\n{client}: S>C CONNACK\n");
    let pings = format!("+5s {}+5s {}", ping(1), ping(2)).repeat(5);
    format!("== pings\n{}+5s {}{pings}", hello(1), hello(2))
}

#[test]
fn frames_of_others_show_that_the_time_of_a_silence_is_over() {
    let trace = SILENT.replace("+30s", "+17s tick\n+1s");
    let (pending, found, _) = by_frames(&trace, Limits::default(), true, |_, _| 0);
    assert_eq!((pending, found), (vec!["keep-alive-exceeded"], vec!["keep-alive-exceeded"]));
    let (pending, found, _) = by_frames(SILENT, Limits::default(), true, |_, _| 0);
    assert_eq!((pending, found), (vec![], vec!["keep-alive-exceeded", "silent-client-not-closed"]), "its own frame shows that it is over");
}

#[test]
fn clocks_that_differ_or_are_set_back_let_nothing_pend() {
    let trace = pinging();
    let none = (vec![], vec![], 0);
    assert_eq!(by_frames(&trace, Limits::default(), true, |_, _| 0), none);
    // Frames of the first connection are stamped by a clock that is ahead. Were it the second one, they could not be told from a silence.
    let port =
        |frame: &OwnedFrame| u16::from_be_bytes([frame.data[34], frame.data[35]]).max(u16::from_be_bytes([frame.data[36], frame.data[37]]));
    let (pending, ..) = by_frames(&trace, Limits::default(), true, |_, frame| if port(frame) % 2 == 1 { 37 } else { 0 });
    assert!(pending.is_empty(), "{pending:?}");
    for back in [100, 3_600, 200_000] {
        let (pending, ..) = by_frames(&trace, Limits::default(), true, |index, _| if index < 12 { back } else { 0 });
        assert!(pending.is_empty(), "back by {back} s: {pending:?}");
    }
}

#[test]
fn frame_behind_the_limit_finds_its_connection_let_go_with_marks_and_without() {
    let limits = || idle(2, 1000, 20);
    for (trace, expired) in [(SILENT.to_owned(), 1), (SILENT.replace("+30s", "+20s"), 0)] {
        let (_, found, let_go) = by_frames(&trace, limits(), false, |_, _| 0);
        assert_eq!(let_go, expired);
        assert_eq!(by_frames(&trace, limits(), true, |_, _| 0), (vec![], found, expired));
    }
}

#[test]
fn where_nothing_at_all_was_captured_the_clock_may_have_been_set() {
    let trace = format!("{}+3600s {}", pinging(), pinging().lines().skip(7).collect::<Vec<_>>().join("\n").trim_start_matches("+5s "));
    for live in [false, true] {
        assert_eq!(by_frames(&trace, Limits::default(), live, |_, _| 0), (vec![], vec![], 0), "live: {live}");
        let (_, found, _) = by_frames(&format!("{SILENT}+3600s tick"), Limits::default(), live, |_, _| 0);
        assert_eq!(found, ["keep-alive-exceeded", "silent-client-not-closed"], "of the silence before");
    }
    // A silence that was over by then stays what it is, and so does one behind it.
    for over in ["+20s C>S FIN\nS>C FIN\n+3600s tick", "+20s C>S FIN\n+3600s tick"] {
        let (_, found, _) =
            by_frames(&format!("== t\nC>S CONNECT client_id=c keep_alive=10\nS>C CONNACK\n{over}\n"), Limits::default(), false, |_, _| 0);
        assert!(found.contains(&"keep-alive-exceeded"), "{over}: {found:?}");
    }
    // The server goes on before it closes: both may be innocent.
    let restart = "== t\nC>S CONNECT client_id=c keep_alive=60\nS>C CONNACK\n+3600s S>C PUBLISH topic=a\n+10s S>C FIN\nC>S FIN\n";
    assert_eq!(by_frames(restart, Limits::default(), false, |_, _| 0), (vec![], vec![], 0));
    let late = "== t\nC>S CONNECT client_id=c keep_alive=10\n+3600s S>C CONNACK\n+20s C>S PINGREQ\nS>C PINGRESP\n";
    let (_, found, _) = by_frames(late, Limits::default(), false, |_, _| 0);
    assert!(found.contains(&"keep-alive-exceeded"), "{found:?}");
    // Somebody else shows that the time has passed, or the server does.
    let hello = "== t\nC>S CONNECT client_id=c keep_alive=10\nS>C CONNACK\n";
    for passed in ["+1200s tick\n+1200s tick\n+1200s C>S PINGREQ", "+3600s S>C FIN"] {
        let trace = format!("{hello}{passed}\n");
        let (_, found, _) = by_frames(&trace, Limits::default(), false, |_, _| 0);
        assert!(found.contains(&"keep-alive-exceeded"), "{passed}: {found:?}");
    }
}

#[test]
fn what_was_told_of_a_silence_is_not_told_again_when_less_is_known() {
    let trace = SILENT.replace("+30s", &"+1s tick\n".repeat(28)).replace("tick\n C", "tick\n+1s C");
    let mut live = Live::of(&trace);
    let frames: Vec<_> = live.frames.by_ref().collect();
    for (index, frame) in frames.iter().enumerate() {
        live.analyzer.push(&frame.frame(), &mut live.told);
        // Another input comes to have frames, and falls behind.
        let complete = (index > 24).then_some(frames[0].head.time);
        live.analyzer.mark(&Mark { complete, ..Mark::default() }, &mut live.told);
    }
    assert_eq!(live.told.pending, ["keep-alive-late", "keep-alive-exceeded"]);
}

#[test]
fn input_that_is_behind_is_no_silence() {
    let mut live = Live::of(&SILENT.replace("+30s", "+17s tick\n+10s tick\n+30s tick\n+20s tick\n+1s"));
    let frames: Vec<_> = live.frames.by_ref().collect();
    let ticks: Vec<_> = (0..frames.len()).filter(|index| frames[*index].frame().data.ends_with(b"tick")).collect();
    let [first, .., last] = ticks[..] else { panic!("{ticks:?}") };
    for (index, frame) in frames.iter().enumerate().take(last + 1) {
        // What holds the client was read to here only; then all of it was.
        let complete = frames[index.min(first - 1)].head.time;
        let complete = if index == last { frame.head.time } else { complete };
        live.analyzer.mark(&Mark { complete: Some(complete), ..Mark::default() }, &mut live.told);
        live.analyzer.push(&frame.frame(), &mut live.told);
        assert_eq!(live.told.pending.is_empty(), index < last, "frame {index}: {:?}", live.told.pending);
    }
}

/// A client that falls silent, and a request that gets no answer, while others go on.
const DEAD: &str = "== dead
C>S CONNECT client_id=c keep_alive=10
S>C CONNACK
C>S SUBSCRIBE packet_id=1 filter=a
+50s tick
+50s tick
+50s tick
";

#[test]
fn what_a_connection_owes_is_told_when_it_is_let_go() {
    let found = |limits: Limits, live: bool| {
        let frames = compile(&parse(DEAD).unwrap().sections[0]).unwrap();
        let settings = Settings { limits, live, ..Settings::default() };
        let (mut told, mut analyzer) = (Told::default(), Analyzer::new(mqttscope::rules::all(), settings));
        for frame in frames.frames() {
            analyzer.mark(&Mark { now: Some(frame.time).filter(|_| live), ..Mark::default() }, &mut told);
            analyzer.push(&frame, &mut told);
        }
        let expired = analyzer.finish(&mut told).hits.expired;
        told.found.sort_unstable();
        (told.found, expired)
    };
    let open = found(Limits::default(), false);
    assert_eq!(open, (vec!["keep-alive-exceeded", "silent-client-not-closed", "subscribe-unanswered"], 0));
    for live in [false, true] {
        assert_eq!(found(idle(9, 1000, 20), live), (open.0.clone(), 1), "live: {live}");
    }
}
