//! Batches made by hand, taken out in the order that they have to come in.

use super::*;
use crate::frame::LinkType;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

fn frame(input: u32, number: u64, millis: i64, data: &[u8]) -> Frame<'_> {
    let original_len = data.len() as u32;
    Frame { id: FrameId::new(input, number), time: at(millis), link: LinkType::ETHERNET, offset: 0, data, original_len }
}

/// What comes until the next wait: `0@10` for a frame of input 0 at 10 ms, `|20` for a mark, `|` for one without a time.
fn told(feeds: &mut Feeds, until: usize) -> String {
    let mut told = Vec::new();
    while told.len() < until {
        told.push(match feeds.advance().expect("no failure") {
            Next::Frame => {
                let frame = feeds.frame().expect("a frame");
                format!("{}@{}#{}", frame.id.input(), frame.time.as_nanos() / 1_000_000, frame.id.number())
            }
            Next::Mark(mark) => mark.now.map_or_else(|| "|".to_owned(), |now| format!("|{}", now.as_nanos() / 1_000_000)),
            Next::End => {
                told.push("end".to_owned());
                break;
            }
        });
    }
    told.join(" ")
}

fn two(has_clock: bool) -> (Feeds, queue::Filler, queue::Filler) {
    let (queue, batches) = Queue::new(1 << 20);
    let fillers = (queue.filler(0), queue.filler(1));
    (Feeds::new(batches, &["a".to_owned(), "b".to_owned()], has_clock, Stop::default()), fillers.0, fillers.1)
}

fn send(filler: &mut queue::Filler, frames: &[Frame<'_>], watermark: Option<i64>) {
    frames.iter().for_each(|frame| filler.push(frame));
    filler.batch().watermark = watermark.map(at);
    filler.send().expect("somebody takes it");
}

fn end(filler: &mut queue::Filler, end: Result<(), CaptureError>) {
    filler.batch().end = Some(end);
    filler.send().expect("somebody takes it");
}

#[test]
fn frames_of_two_interfaces_come_in_the_order_of_time() {
    let (mut feeds, mut a, mut b) = two(true);
    send(&mut a, &[frame(0, 0, 10, b"x"), frame(0, 0, 30, b"x")], Some(30));
    send(&mut b, &[frame(1, 0, 20, b"x")], Some(25));
    // The first of input 0 may come; the one at 30 has to wait, for b may have one at 26 still.
    assert_eq!(told(&mut feeds, 3), "0@10#1 1@20#2 |25");
    send(&mut b, &[], Some(40));
    assert_eq!(told(&mut feeds, 3), "|30 0@30#3 |30");
    end(&mut a, Ok(()));
    end(&mut b, Ok(()));
    assert!(told(&mut feeds, 9).ends_with("end"));
}

#[test]
fn input_that_does_not_know_the_time_keeps_nobody_waiting() {
    let (mut feeds, mut a, _b) = two(false);
    send(&mut a, &[frame(0, 7, 10, b"x")], Some(10));
    assert_eq!(told(&mut feeds, 2), "0@10#7 |", "numbers of files stay; what the other has may be earlier");
}

#[test]
fn where_only_frames_tell_the_time_it_is_told_how_far_all_have_come() {
    let (mut feeds, mut a, mut b) = two(false);
    let complete = |feeds: &mut Feeds| loop {
        if let Next::Mark(mark) = feeds.advance().expect("no failure") {
            assert_eq!(mark.now, None);
            break mark.complete.map(|at| at.as_nanos() / 1_000_000);
        }
    };
    assert_eq!(complete(&mut feeds), None);
    send(&mut a, &[frame(0, 1, 10, b"x"), frame(0, 2, 5_000, b"x")], None);
    assert_eq!(complete(&mut feeds), Some(5_000), "what has no frame holds back nothing");
    // What was written to a file that did not grow for a while comes late.
    send(&mut b, &[frame(1, 1, 20, b"x")], None);
    assert_eq!(complete(&mut feeds), Some(20));
    send(&mut a, &[frame(0, 3, 6_000, b"x")], None);
    assert_eq!(complete(&mut feeds), Some(20));
    send(&mut b, &[frame(1, 2, 7_000, b"x"), frame(1, 3, 4_000, b"x")], None);
    assert_eq!(complete(&mut feeds), Some(4_000), "the clock was set back");
    end(&mut b, Ok(()));
    assert_eq!(complete(&mut feeds), Some(6_000));
}

#[test]
fn what_was_lost_is_told_once_and_until_when() {
    let (queue, batches) = Queue::new(1 << 20);
    let mut filler = queue.filler(0);
    let mut feeds = Feeds::new(batches, &["a".to_owned()], true, Stop::default());
    let counters = |dropped_kernel| Some(Counters { dropped_kernel, dropped_own: 1, ..Counters::default() });
    for (count, millis) in [(0, 100), (4, 200), (4, 300)] {
        filler.batch().counters = counters(count);
        filler.batch().at = at(millis);
        filler.send().expect("somebody takes it");
    }
    let mut marks = || match feeds.advance() {
        Ok(Next::Mark(mark)) => (mark.lost, mark.lost_until),
        _ => panic!("no mark"),
    };
    assert_eq!([marks(), marks(), marks()], [(1, at(100)), (4, at(200)), (0, Timestamp::default())]);
    assert_eq!(feeds.counters().next().map(Counters::dropped), Some(5));
}

#[test]
fn one_input_that_fails_ends_the_capture_when_the_others_have_ended() {
    let (mut feeds, mut a, mut b) = two(true);
    send(&mut a, &[frame(0, 0, 10, b"x")], Some(10));
    end(&mut a, Err(CaptureError::InterfaceLost { name: "a".to_owned(), why: "gone".to_owned() }));
    send(&mut b, &[frame(1, 0, 20, b"x")], Some(20));
    assert!(told(&mut feeds, 4).contains("1@20#2"));
    assert_eq!(feeds.take_warnings().len(), 1, "told while the other goes on");
    end(&mut b, Ok(()));
    let error = loop {
        match feeds.advance() {
            Err(error) => break error,
            Ok(Next::End) => panic!("no error"),
            Ok(_) => {}
        }
    };
    assert!(error.to_string().starts_with("a: capturing broke off: gone"), "{error}");
    assert!(matches!(feeds.advance(), Ok(Next::End)));
}

#[test]
fn source_that_is_told_to_stop_ends_though_nobody_answers() {
    let (queue, batches) = Queue::new(1 << 20);
    let _silent = queue.filler(0);
    let stop = Stop::default();
    let mut feeds = Feeds::new(batches, &["a".to_owned()], false, stop.clone());
    assert!(matches!(feeds.advance(), Ok(Next::Mark(Mark { now: None, .. }))));
    stop.stop();
    while !matches!(feeds.advance(), Ok(Next::End)) {}
}

#[test]
fn bytes_are_those_that_were_put_in_however_often_batches_are_used_again() {
    let (queue, batches) = Queue::new(1 << 20);
    let mut filler = queue.filler(0);
    let mut feeds = Feeds::new(batches, &["a".to_owned()], true, Stop::default());
    for round in 0..20u8 {
        send(&mut filler, &[frame(0, 0, 1, &[round; 3]), frame(0, 0, 2, &[round; 2])], Some(2));
        for len in [3, 2] {
            while !matches!(feeds.advance(), Ok(Next::Frame)) {}
            assert_eq!(feeds.frame().expect("a frame").data, vec![round; len]);
        }
    }
}
