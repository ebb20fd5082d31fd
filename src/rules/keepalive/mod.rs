//! Keep Alive (3.1.1 section 3.1.2.10; 5.0 sections 3.1.2.10 and 3.2.2.3.14).
//!
//! A grace ([`Context::grace`]) is allowed on top of each limit: the tap is not at the client, and clients round.

use std::time::Duration;

use crate::rule::prelude::*;
use crate::rules;
use crate::session::{Silence, SilenceEnd};

rules![keep_alive_closed_early, keep_alive_exceeded, keep_alive_late, server_keep_alive_ignored, silent_client_not_closed,];

/// Whether a silence lasted for more than one and a half times the Keep Alive, or for as long and the server closed for it.
fn is_exceeded(context: &Context<'_>, silence: &Silence) -> bool {
    let closed = silence.end == SilenceEnd::Closed(Role::Server);
    silence.length > silence.hard_limit() + context.grace(silence.keep_alive) || (closed && silence.length >= silence.hard_limit())
}

/// Whether 5.0's Server Keep Alive shortens what the client asked for.
fn is_shortened(context: &Context<'_>) -> bool {
    let Some((connect, connack)) = context.session.connect().zip(context.session.connack()) else { return false };
    match (connect.keep_alive, connack.server_keep_alive) {
        (Some(0), Some(server)) => server > 0,
        (Some(client), Some(server)) => server < client,
        _ => false,
    }
}

/// The client is to blame for a silence: for certain if it was seen alive after `limit`, so that it could have spoken.
fn blame_client(silence: &Silence, limit: Duration) -> Verdict {
    let message = format!("no packet for {} s with a Keep Alive of {} s", seconds(silence.length), silence.keep_alive.as_secs());
    let fault = Fault::new(message).related(silence.since);
    let alive = silence.end == SilenceEnd::Packet || silence.client_seen >= limit;
    Verdict::Fail(if alive { fault } else { fault.likely() }).given(silence.doubt.map_or(Ok(()), Err))
}

/// Seconds to one decimal place.
fn seconds(length: Duration) -> String {
    format!("{:.1}", length.as_secs_f64())
}
