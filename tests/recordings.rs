//! What is found in recordings of real peers: nothing in those of `fixtures/clean`, and in those of `fixtures/captures` what
//! is known to be wrong there (fixtures/README.md says why).

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mqttscope::analysis::{Analyzer, Connection, Observer, Settings};
use mqttscope::finding::Certainty;
use mqttscope::session::Ending;
use support::{OwnedFrame, analyse, files, fixtures, recorded, shown};

/// The rules that fire on a recording of `fixtures/captures`, all of them certain. None where what is wrong shows only to who
/// looks at several connections.
const KNOWN: &str = "
mqttjs-mosquitto-v5-burst                           client-exceeds-receive-maximum
mqttjs-rumqttd-v311-flood                           server-qos-2-id-in-use
libmosquitto-rabbitmq-v311-commands                 puback-to-qos-2
paho-aedes-v311-redelivery-to-client                publish-after-pubrel
paho-ejabberd-v5-shared                             shared-subscriptions-unavailable
paho-mosquitto-v5-client-exceeds-receive-maximum    client-exceeds-receive-maximum
paho-mosquitto-v5-pubrel-after-refusal              pubrel-after-refusal
paho-mosquitto-v5-server-exceeds-receive-maximum    server-exceeds-receive-maximum
paho-rabbitmq-v311-qos                              puback-to-qos-2
paho-rabbitmq-v311-redelivery-to-client             puback-to-qos-2
paho-rabbitmq-v311-session                          puback-to-qos-2
paho-rumqttd-v5-reason-codes                        unsuback-code-count unsuback-repeated
plant                                               ack-for-unknown-id client-alias-above-maximum \
    client-sends-after-disconnect connect-not-first dup-on-qos-0 keep-alive-exceeded keep-alive-late misplaced-hash \
    packet-id-zero reserved-flags-set wrong-flags-not-closed
rumqttc-mosquitto-v5-burst                          client-qos-2-id-in-use
mqttjs-ejabberd-v5-redelivery-from-client
mqttjs-mosquitto-v311-redelivery-from-client
paho-aedes-v311-qos-mixed
paho-aedes-v311-redelivery-from-client
paho-amqtt-v311-redelivery-from-client
paho-amqtt-v311-redelivery-to-client
paho-amqtt-v311-retained
paho-amqtt-v311-session
paho-amqtt-v311-takeover
paho-amqtt-v311-will
paho-ejabberd-v311-session
paho-ejabberd-v5-message-expiry
paho-mosquitto-v5-takeover-without-disconnect
paho-rumqttd-v311-redelivery-from-client
paho-rumqttd-v311-redelivery-to-client
paho-rumqttd-v311-session
paho-rumqttd-v5-no-keepalive
paho-rumqttd-v5-qos-mixed
paho-rumqttd-v5-retained
rumqttc-mosquitto-v5-redelivery-from-client
rumqttc-rumqttd-v5-takeover
";

fn recordings(directory: &str) -> impl Iterator<Item = PathBuf> {
    let is_recording = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng");
    files(&fixtures(directory)).into_iter().filter(is_recording)
}

#[test]
fn good_peers_have_no_findings() {
    let mut wrong = Vec::new();
    for path in recordings("clean") {
        let (witness, _) = analyse(recorded(&path).iter().map(OwnedFrame::frame));
        assert!(!witness.packets.is_empty(), "{}: no packets", shown(&path));
        wrong.extend(witness.findings.iter().map(|finding| {
            let (path, frame) = (shown(&path), finding.place.frame.number());
            format!("{path}: {} {} frame {frame}: {}", finding.certainty.name(), finding.rule, finding.message)
        }));
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_known_to_be_wrong_is_found_and_nothing_else() {
    let known: BTreeMap<String, BTreeSet<&str>> = KNOWN
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.collect()))
        })
        .collect();
    let mut found = BTreeMap::new();
    for path in recordings("captures") {
        let (witness, _) = analyse(recorded(&path).iter().map(OwnedFrame::frame));
        assert!(witness.findings.iter().all(|finding| finding.certainty == Certainty::Certain), "{}", shown(&path));
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        found.insert(name, witness.findings.iter().map(|finding| finding.rule).collect());
    }
    assert_eq!(found, known, "left is found, right is known");
}

#[derive(Debug, Default)]
struct Endings(Vec<Ending>);

impl Observer for Endings {
    fn connection(&mut self, connection: &Connection) {
        self.0.push(connection.ending);
    }
}

/// Whether the broker closes the former connection before it sends CONNACK on the new one (mosquitto, RabbitMQ) or behind that.
#[test]
fn client_that_comes_twice_is_taken_over() {
    let twice = ["clean", "captures"].into_iter().flat_map(recordings).filter(|path| shown(path).contains("takeover"));
    // amqtt lets both be, and closes them when it ends.
    let twice: Vec<_> = twice.filter(|path| !shown(path).contains("amqtt")).collect();
    assert!(twice.len() > 8, "{twice:?}");
    for path in twice {
        let (mut endings, mut analyzer) = (Endings::default(), Analyzer::new(mqttscope::rules::all(), Settings::default()));
        recorded(&path).iter().for_each(|frame| analyzer.push(&frame.frame(), &mut endings));
        analyzer.finish(&mut endings);
        assert!(
            matches!(endings.0[..], [Ending::TakenOver | Ending::ServerDisconnect(0x8e), Ending::Disconnect]),
            "{}: {endings:?}",
            shown(&path)
        );
    }
}
