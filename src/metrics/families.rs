//! The names, the words of help, and the buckets: everything that `docs/metrics.md` repeats.

use std::borrow::Cow;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

/// Names of labels, with their values.
pub(super) type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// Counters told apart by so many labels.
pub(super) type Total<const N: usize> = Family<Labels<N>, Counter>;

/// Seconds: from brokers in the same rack to clients behind a satellite, or asleep.
const LATENCY_BUCKETS: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Keep Alive periods. 1 is what a client promises, 1.5 when servers close (3.1.1 [MQTT-3.1.2-24]); the steps above 1 tell rounded
/// timers from late clients.
const SILENCE_BUCKETS: [f64; 11] = [0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.05, 1.25, 1.5, 2.0, 5.0];

/// Every metric there is.
pub(super) struct Families {
    pub packets: Total<3>,
    pub connections_opened: Counter,
    pub connections_open: Gauge,
    pub connections_ended: Total<1>,
    pub connections_evicted: Counter,
    pub connections_expired: Counter,
    pub findings: Total<3>,
    pub ended_findings: Total<2>,
    pub silence_ratio: Histogram,
    pub silences_doubtful: Counter,
    pub answer_latency: Family<Labels<3>, Histogram>,
    pub gaps: Total<1>,
    pub gap_bytes: Total<1>,
    pub capture_frames: Total<1>,
    pub capture_dropped_frames: Total<2>,
}

impl Families {
    /// All at zero, and the registry that encodes them.
    pub fn new() -> (Self, Registry) {
        let mut registry = Registry::with_prefix("mqttscope");
        let to = &mut registry;
        let families = Self {
            packets: added(to, "packets", "MQTT control packets", Family::default()),
            connections_opened: added(to, "connections_opened", "TCP connections found to carry MQTT", Counter::default()),
            connections_open: added(to, "connections_open", "MQTT connections followed now", Gauge::default()),
            connections_ended: added(to, "connections_ended", "MQTT connections no longer followed, by what ended them", Family::default()),
            connections_evicted: added(to, "connections_evicted", "Connections let go because there were too many", Counter::default()),
            connections_expired: added(
                to,
                "connections_expired",
                "Connections let go because nothing passed for too long",
                Counter::default(),
            ),
            findings: added(
                to,
                "findings",
                "Findings told: without repetitions on one connection, and only up to the limits",
                Family::default(),
            ),
            ended_findings: added(
                to,
                "ended_connection_findings",
                "Findings of connections that have ended, repetitions included",
                Family::default(),
            ),
            silence_ratio: measured(
                to,
                "client_silence_keep_alive",
                "Silences of clients under a Keep Alive, in Keep Alive periods",
                Unit::Other("ratio".to_owned()),
                Histogram::new(SILENCE_BUCKETS),
            ),
            silences_doubtful: added(
                to,
                "client_silences_doubtful",
                "Silences that seem longer than the Keep Alive, but packets may be missing from the capture",
                Counter::default(),
            ),
            answer_latency: measured(
                to,
                "answer_latency",
                "From a packet to its answer, as seen where the capture is made",
                Unit::Seconds,
                Family::new_with_constructor(|| Histogram::new(LATENCY_BUCKETS)),
            ),
            gaps: added(to, "stream_gaps", "Holes in captured byte streams of MQTT connections", Family::default()),
            gap_bytes: measured(to, "stream_gap", "Bytes that were sent but are not in the capture", Unit::Bytes, Family::default()),
            capture_frames: added(to, "capture_frames", "Frames received by the capture", Family::default()),
            capture_dropped_frames: added(
                to,
                "capture_dropped_frames",
                "Frames lost before they were analysed, by who dropped them",
                Family::default(),
            ),
        };
        (families, registry)
    }
}

fn added<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// The name gets the unit as its last word.
fn measured<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, unit: Unit, metric: M) -> M {
    registry.register_with_unit(name, help, unit, metric.clone());
    metric
}
