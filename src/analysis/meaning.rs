//! What the fields of packets are for, in a sentence each; by their names, which are those of the specification.

use super::Field;

impl Field {
    /// What it is for; empty for what has no name in the specification.
    pub fn meaning(&self) -> &'static str {
        MEANINGS.iter().find(|(name, _)| *name == self.name).map_or("", |(_, meaning)| meaning)
    }
}

const MEANINGS: &[(&str, &str)] = &[
    // Fixed header
    ("Fixed Header", "type and flags of the packet, and how long the rest of it is"),
    ("Packet Type", "which control packet this is: the four high bits of the first byte"),
    ("Flags", "the four low bits of the first byte; only PUBLISH has a use for them, elsewhere their values are fixed"),
    ("DUP", "1: this PUBLISH may have been sent before; says nothing about messages that look alike"),
    ("QoS", "how delivery is assured: 0 at most once, 1 at least once (PUBACK), 2 exactly once (PUBREC, PUBREL, PUBCOMP)"),
    ("RETAIN", "to the server: keep this message for later subscribers; from the server: it was kept, and is not new"),
    ("Remaining Length", "bytes that follow this field: seven bits a byte, the high bit says that another one comes"),
    // Variable headers and payloads
    ("Protocol Name", "MQTT, or MQIsdp in 3.1; a server closes the connection on anything else"),
    ("Protocol Level", "the version: 3 is 3.1, 4 is 3.1.1, 5 is 5.0 (there called Protocol Version)"),
    ("Connect Flags", "which fields follow in the payload, and how session and Will are to be treated"),
    ("User Name Flag", "1: a User Name is in the payload"),
    ("Password Flag", "1: a Password is in the payload; in 3.x only with a User Name"),
    ("Will Retain", "1: the server keeps the Will Message as a retained message when it publishes it"),
    ("Will QoS", "QoS at which the server publishes the Will Message"),
    ("Will Flag", "1: the server publishes the Will Message when the connection ends without a proper DISCONNECT"),
    ("Clean Session", "1: begin without a session and keep none; 0: go on with the former session, and keep it"),
    ("Clean Start", "1: begin without a session; 0: go on with the former one (how long it is kept: Session Expiry Interval)"),
    ("reserved", "must be 0"),
    ("Keep Alive", "longest time that the client may be silent; after 1.5 times that the server has to close; 0 turns it off"),
    ("Client Identifier", "the name of the client, by which the server knows its session; a second connection with it ends the first"),
    ("Will Properties", "properties of the message that the server publishes when the client is lost"),
    ("Will Topic", "topic of the message that the server publishes when the client is lost"),
    ("Will Message", "payload of the message that the server publishes when the client is lost"),
    ("Will Payload", "payload of the message that the server publishes when the client is lost"),
    ("User Name", "for the server to authenticate and authorize the client"),
    ("Password", "for the server to authenticate the client; not only passwords: tokens and keys, too"),
    ("Connect Acknowledge Flags", "bit 0 is Session Present, the others must be 0"),
    ("Session Present", "1: the server has gone on with a former session; must be 0 where it refuses, or where a clean one was asked for"),
    ("Return Code", "how the server answers: of CONNACK, 0 is yes; of SUBACK, the granted QoS or 0x80"),
    ("Reason Code", "how it went: below 0x80 well, from 0x80 on not"),
    ("Topic Name", "where the message is published: no wildcards; empty in 5.0 where a Topic Alias stands for it"),
    ("Packet Identifier", "links a packet with its answers; in use until the last of them, in each direction on its own"),
    ("Properties", "how many bytes of properties there are, and the properties"),
    ("Payload", "the message itself; MQTT does not look into it"),
    ("Topic Filter", "which topics are meant: + stands for one level, # for all levels from there on"),
    ("Subscription Options", "what the client wants of this subscription"),
    ("Requested QoS", "highest QoS at which the server may send messages of this subscription"),
    ("No Local", "1: not what was published by this client itself"),
    ("Retain As Published", "1: messages keep the RETAIN flag that they were published with; 0: it is cleared"),
    ("Retain Handling", "retained messages: 0 send them now, 1 only if the subscription is new, 2 do not send them"),
    ("Behind the last field", "bytes that the Remaining Length counts and that no field accounts for"),
    // Properties of 5.0
    ("Payload Format Indicator", "0: the payload is bytes; 1: it is UTF-8 text"),
    ("Message Expiry Interval", "seconds after which the message is not delivered any more"),
    ("Content Type", "what the payload is, often a MIME type; agreed on by the clients"),
    ("Response Topic", "topic for the answer: makes the message a request"),
    ("Correlation Data", "tells the one who asked which request an answer belongs to"),
    ("Subscription Identifier", "number that the client gave a subscription; comes with every message that matched it"),
    ("Session Expiry Interval", "seconds that the session is kept after the connection; 0: not at all, 4294967295: for ever"),
    ("Assigned Client Identifier", "the name that the server gave a client that came without one"),
    ("Server Keep Alive", "takes the place of the client's Keep Alive, in seconds"),
    ("Authentication Method", "name of the method of the extended authentication"),
    ("Authentication Data", "data of that method; not shown"),
    ("Request Problem Information", "0: no Reason String and User Properties but in PUBLISH, CONNACK and DISCONNECT"),
    ("Will Delay Interval", "seconds between the loss of the client and its Will; a client that comes back in time has none"),
    ("Request Response Information", "1: the server may send Response Information"),
    ("Response Information", "what the client may build Response Topics from"),
    ("Server Reference", "another server to use"),
    ("Reason String", "the reason for people; not to be parsed"),
    ("Receive Maximum", "how many QoS 1 and 2 messages the sender of this takes before they are acknowledged; 65535 if absent"),
    ("Topic Alias Maximum", "highest Topic Alias that the sender of this takes; 0 or absent: none"),
    ("Topic Alias", "number that stands for the topic from here on, on this connection and in this direction"),
    ("Maximum QoS", "of a CONNACK: highest QoS that the server supports, 2 if absent; of a subscription: highest QoS of its messages"),
    ("Retain Available", "0: the server keeps no retained messages"),
    ("User Property", "a name and a value whose meaning is up to the applications; may come more than once"),
    ("Maximum Packet Size", "longest packet that the sender of this takes, in bytes"),
    ("Wildcard Subscription Available", "0: no wildcards in Topic Filters"),
    ("Subscription Identifier Available", "0: no Subscription Identifiers"),
    ("Shared Subscription Available", "0: no $share subscriptions"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mqtt::PropertyId;

    #[test]
    fn every_property_has_a_meaning_and_no_name_has_two() {
        let named = |name: &str| Field { name: name.into(), value: String::new(), range: 0..0, parts: Vec::new() };
        for id in PropertyId::ALL {
            assert!(!named(id.name()).meaning().is_empty(), "{}", id.name());
        }
        let names: BTreeSet<&str> = MEANINGS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), MEANINGS.len());
    }
}
