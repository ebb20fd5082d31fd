//! The silences of clients against their Keep Alive, from what the session knows.
//!
//! What a silence is, and whether it is in doubt, is the session's to say; but of one that was not longer than the Keep Alive it
//! keeps no length, which is worked out here from the packet before.

use crate::analysis::PacketView;
use crate::flow::Role;
use crate::session::{Silence, SilenceEnd};

/// A silence of a client that owed packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    /// How many Keep Alive periods it lasted.
    Ratio(f64),
    /// It seems longer than the Keep Alive, but may be none.
    Doubtful,
}

/// The silence that a packet ended; `None` if it is the server's, or the client owed none.
pub(super) fn ended_by(view: &PacketView<'_>) -> Option<Measure> {
    if view.from == Role::Server {
        return None;
    }
    if let Some(pause) = &view.pause {
        return Some(measure(pause));
    }
    let session = view.session;
    let keep_alive = session.keep_alive().in_force()?;
    let is_over = [Role::Client, Role::Server].into_iter().any(|role| session.disconnect(role).is_some());
    if is_over || session.keep_alive().last().is_some() {
        return None;
    }
    let before = session.last_packet(Role::Client)?.time;
    // The wait for CONNACK is none.
    let since = session.accepted().map_or(before, |accepted| accepted.time.max(before));
    Some(Measure::Ratio(view.framed.begin.stamp.time.since(since).as_secs_f64() / keep_alive.as_secs_f64()))
}

/// The silence that lasted to the end of a connection; `None` if only the capture ended, or nobody knows how it went on.
pub(super) fn last(silence: &Silence) -> Option<Measure> {
    (silence.end != SilenceEnd::Capture).then(|| measure(silence))
}

fn measure(silence: &Silence) -> Measure {
    if silence.doubt.is_some() && silence.length > silence.keep_alive { Measure::Doubtful } else { Measure::Ratio(silence.ratio()) }
}
