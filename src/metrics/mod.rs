//! What an analysis tells becomes numbers, and the numbers become a page that Prometheus reads.
//!
//! [`Metrics`] counts as an [`Observer`]; [`Server`] answers `GET /metrics` in threads of its own, in the text format of
//! OpenMetrics 1.0. Every number, with its unit: `docs/metrics.md`.
//!
//! What it does not do: it names no client, topic or address, so the number of series is bounded however many there are; it
//! judges nothing, keeps nothing of a packet, and forgets nothing before the program ends.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod families;
mod http;
mod round_trip;
mod server;
mod silence;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

pub use server::Server;

use crate::analysis::{Connection, GapView, Observer, Opened, PacketView};
use crate::finding::{Blame, Finding, Severity};
use crate::frame::Counters;
use crate::mqtt::Version;
use families::Families;
use round_trip::RoundTrips;
use silence::Measure;

/// What is counted. The numbers are shared with the thread that serves them; who counts holds this.
pub struct Metrics {
    registry: Arc<Registry>,
    families: Families,
    /// By version (the last one: not known), packet type and sender; made when the first such packet comes.
    packets: [[[Option<Counter>; 2]; 16]; Version::ALL.len() + 1],
    round_trips: RoundTrips,
}

impl Metrics {
    /// Nothing counted yet.
    #[expect(clippy::new_without_default, reason = "an empty one is the begin of a capture, not a default")]
    pub fn new() -> Self {
        let (families, registry) = Families::new();
        let round_trips = RoundTrips::new(&families.answer_latency);
        Self { registry: Arc::new(registry), families, packets: Default::default(), round_trips }
    }

    /// Sets what is known of the interfaces: totals since the capture began.
    pub fn capture(&self, counters: &[Counters]) {
        for Counters { name, received, dropped_kernel, dropped_interface, dropped_own } in counters {
            let interface = || ("interface", name.clone().into());
            self.families.capture_frames.get_or_create(&[interface()]).inner().store(*received, Ordering::Relaxed);
            for (by, total) in [("system", dropped_kernel), ("interface", dropped_interface), ("program", dropped_own)] {
                let labels = [interface(), ("by", by.into())];
                self.families.capture_dropped_frames.get_or_create(&labels).inner().store(*total, Ordering::Relaxed);
            }
        }
    }

    /// Sets how many connections were let go while open, because there were too many (`evicted`) or because nothing was seen
    /// of them for too long (`expired`): totals since the capture began.
    pub fn limits(&self, evicted: u64, expired: u64) {
        self.families.connections_evicted.inner().store(evicted, Ordering::Relaxed);
        self.families.connections_expired.inner().store(expired, Ordering::Relaxed);
    }

    /// All numbers as OpenMetrics text: what a scraper gets.
    pub fn text(&self) -> Result<String, fmt::Error> {
        page(&self.registry)
    }

    fn silence(&self, measure: Option<Measure>) {
        match measure {
            Some(Measure::Ratio(ratio)) => self.families.silence_ratio.observe(ratio),
            Some(Measure::Doubtful) => {
                self.families.silences_doubtful.inc();
            }
            None => {}
        }
    }
}

impl Observer for Metrics {
    fn packet(&mut self, view: &PacketView<'_>) {
        let version = view.version();
        let kind = view.packet.packet_type();
        let slot = self.packets.get_mut(version.map_or(Version::ALL.len(), |version| version as usize));
        if let Some(slot) = slot.and_then(|types| types.get_mut(kind.index())?.get_mut(view.from.index())) {
            let make = || {
                let version = version.map_or("unknown", Version::name);
                let labels = [("type", kind.name().into()), ("version", version.into()), ("sender", view.from.name().into())];
                self.families.packets.get_or_create_owned(&labels)
            };
            slot.get_or_insert_with(make).inc();
        }
        self.silence(silence::ended_by(view));
        self.round_trips.packet(view);
    }

    fn opened(&mut self, _opened: &Opened) {
        self.families.connections_opened.inc();
        self.families.connections_open.inc();
    }

    fn gap(&mut self, gap: &GapView) {
        let sender = [("sender", gap.from.name().into())];
        self.families.gaps.get_or_create(&sender).inc();
        self.families.gap_bytes.get_or_create(&sender).inc_by(gap.len);
    }

    fn finding(&mut self, finding: &Finding) {
        let labels = [("rule", finding.rule.into()), ("severity", finding.severity.name().into()), ("side", finding.blames.name().into())];
        self.families.findings.get_or_create(&labels).inc();
    }

    fn connection(&mut self, connection: &Connection) {
        self.families.connections_open.dec();
        self.families.connections_ended.get_or_create(&[("cause", connection.ending.name().into())]).inc();
        for (counts, blame) in connection.findings.iter().zip([Blame::Client, Blame::Server, Blame::Network]) {
            for (count, severity) in counts.iter().zip(Severity::ALL).filter(|(count, _)| **count > 0) {
                let labels = [("severity", severity.name().into()), ("side", blame.name().into())];
                self.families.ended_findings.get_or_create(&labels).inc_by(*count);
            }
        }
        self.silence(connection.last_silence.as_ref().and_then(silence::last));
        self.round_trips.ended(connection.number);
    }
}

fn page(registry: &Registry) -> Result<String, fmt::Error> {
    let mut page = String::new();
    text::encode(&mut page, registry)?;
    Ok(page)
}
