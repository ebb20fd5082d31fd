//! What the kernel keeps for a program that is held up.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::net::UdpSocket;

use live::{Live, Network};
use program::parse;

#[test]
fn buffer_holds_thousands_of_small_frames_also_for_who_watches() {
    let Some(_network) = Network::enter() else { return };
    let live = Live::start("check --format json -i lo --immediate");
    // Nobody reads what comes in: that is all the same on the wire.
    let (sender, receiver) = (UdpSocket::bind("127.0.0.1:0").expect("a socket"), UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    let address = receiver.local_addr().expect("an address");
    live.signal("STOP");
    for _ in 0..5000 {
        sender.send_to(b"21.5", address).expect("sent");
    }
    live.signal("CONT");
    let run = live.interrupt();
    assert_eq!(run.code, Some(0), "{}", run.err);
    let capture = &parse(&run.out)["capture"];
    let dropped = &capture["interfaces"][0]["dropped_kernel"];
    assert_eq!((capture["frames"].as_u64(), dropped.as_u64()), (Some(5000), Some(0)), "{capture}");
}
