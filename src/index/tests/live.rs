//! The index of a live source.

use super::*;
use crate::capture::{Double, Window};
use crate::index::load::Loading;

/// A live source, and the index of what has come.
struct Live {
    interface: Double,
    loading: Loading,
    index: Index,
    reread: Reread,
}

impl Live {
    fn new(window: Window) -> Self {
        let (source, interface) = Source::double("eth0", &Options { copies: true, window, ..Options::default() });
        let reread = source.reread();
        let loading = load::start(source, crate::rules::all(), Settings::default(), None).unwrap();
        Self { interface, loading, index: Index::new(), reread }
    }

    /// The frames of a trace come, so much later than they say; tells when the last one came.
    fn frames(&mut self, trace: &str, later: Duration) -> Timestamp {
        let mut source = source(trace);
        let mut last = Timestamp::default();
        while let Some(frame) = source.next().unwrap() {
            last = frame.time.after(later);
            self.interface.frame(last, frame.link, frame.data);
        }
        last
    }

    /// Time has come so far, and all of it is taken in.
    fn at(&mut self, now: Timestamp) {
        while self.index.now() != Some(now) {
            self.interface.mark(now);
            std::thread::sleep(Duration::from_millis(1));
            while let Ok(Message::Batch(batch)) = self.loading.try_next() {
                self.index.apply(*batch);
            }
        }
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Nothing refers to what is gone but as something that is gone.
fn check(index: &Index) {
    for (packet, entry) in index.packets() {
        assert_eq!(index.get(packet).map(Entry::frame), Some(entry.frame()));
        let exchange = index.exchange(packet);
        assert!(exchange.contains(&packet) && exchange.iter().all(|step| index.get(*step).is_some()));
    }
    for (id, connection) in index.connections() {
        assert!(connection.packets.iter().all(|packet| index.get(*packet).is_some_and(|entry| entry.connection() == id)));
        assert_eq!(connection.packets.end() as u64, connection.summary.packets.iter().sum::<u64>());
        assert!(index.connections_of_client(id).iter().all(|other| index.connection(*other).is_some()));
        let mut lane = Lane::default();
        lane.refresh(index, id, index.now().unwrap());
        assert!(lane.last().is_some());
    }
}

#[test]
fn what_has_left_the_window_leaves_the_index() {
    let mut live = Live::new(Window { period: Some(seconds(60)), ..Window::default() });
    // Connections that come and go, beside one that stays.
    live.frames("9: C>S CONNECT client_id=stays keep_alive=100\n9: S>C CONNACK\n", seconds(0));
    let pings = "C>S PINGREQ\nS>C PINGRESP\n".repeat(20_000);
    let one = |number: u64| {
        format!("{number}: C>S CONNECT client_id=comes keep_alive=10\n{number}: S>C CONNACK\n{}", {
            pings.replace("C>S", &format!("{number}: C>S")).replace("S>C", &format!("{number}: S>C"))
        })
    };
    let end = |number: u64| format!("{number}: C>S DISCONNECT ; FIN\n{number}: S>C FIN\n");
    let first = live.frames(&format!("{}{}", one(1), end(1)), seconds(1));
    live.at(first);
    assert_eq!((live.index.first(), live.index.len()), (0, 2 + 40_003));
    assert!(live.index.detail(0, &live.reread, false).is_ok());
    check(&live.index);

    let second = live.frames(&one(2), seconds(100));
    live.at(second);
    live.at(second.after(seconds(1)));
    let index = &live.index;
    assert!(index.first() > 32_000 && index.get(0).is_none() && index.get(index.first()).is_some(), "{}", index.first());
    assert_eq!(index.connection_count(), 3);
    check(index);
    let stays = index.connection(0).unwrap();
    assert_eq!((stays.packets.gone(), stays.packets.len()), (2, 0));
    let mut lane = Lane::default();
    lane.refresh(index, 0, index.now().unwrap());
    let pause = lane.last().unwrap();
    assert_eq!((pause.end, pause.keep_alive), (PauseEnd::Open, Some(seconds(100))));
    assert!(pause.length() > seconds(100), "{:?}", pause.length());
    assert!(matches!(index.detail(index.first(), &live.reread, false), Err(DetailError::Reread(_))), "listed, but its bytes are gone");

    let third = live.frames(&one(3), seconds(200));
    live.at(third);
    let index = &live.index;
    check(index);
    assert!(index.connection(1).is_none() && index.connection(0).is_some());
    assert_eq!((index.connections_of_client(3), index.gone().connections), (vec![2, 3], 1));
    let findings = |index: &Index| index.connections().map(|(_, one)| one.summary.findings.iter().flatten().sum::<u64>()).sum::<u64>();
    assert!(findings(index) + index.gone().findings.iter().sum::<u64>() >= index.findings().len() as u64);
}
