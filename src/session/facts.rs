//! What the session knows, for those who ask: nothing here changes it.

use super::*;

impl Session {
    /// Everything that `role` sent since the connection was opened is known; else why not.
    pub fn history(&self, role: Role) -> Result<(), Doubt> {
        let sender = self.sender(role);
        sender.doubt.or(sender.suspect.map(|_| Doubt::Dropped)).map_or(Ok(()), Err)
    }

    /// The version, if a CONNECT or the user stated it, or the packets leave only 5.0.
    pub fn version(&self) -> Option<Version> {
        self.version.stated()
    }

    /// The version by whose layout packets are read at present.
    pub fn layout(&self) -> Version {
        self.version.layout()
    }

    /// The first CONNECT.
    pub fn connect(&self) -> Option<&ConnectFacts> {
        self.connect.as_deref()
    }

    /// How many CONNECTs came from the client.
    pub fn connects(&self) -> u32 {
        self.connects
    }

    /// The first CONNACK.
    pub fn connack(&self) -> Option<&ConnackFacts> {
        self.connack.as_deref()
    }

    /// How many CONNACKs came from the server.
    pub fn connacks(&self) -> u32 {
        self.connacks
    }

    /// The code and place of a CONNACK that refused the connection.
    pub fn refused(&self) -> Option<(u8, Stamp)> {
        self.refused
    }

    /// When the connection was accepted.
    pub fn accepted(&self) -> Option<Stamp> {
        self.connack().filter(|connack| connack.accepted()).map(|connack| connack.stamp)
    }

    /// The DISCONNECT of one side: its Reason Code, if it has one, and its place.
    pub fn disconnect(&self, role: Role) -> Option<(Option<u8>, Stamp)> {
        self.sender(role).disconnect
    }

    /// How many packets one side has sent.
    pub fn packets(&self, role: Role) -> u64 {
        self.sender(role).packets
    }

    /// How many bytes of MQTT one side has sent, by the lengths of its packets.
    pub fn bytes(&self, role: Role) -> u64 {
        self.sender(role).bytes
    }

    /// Type and place of the first packet of one side.
    pub fn first_packet(&self, role: Role) -> Option<(PacketType, Stamp)> {
        self.sender(role).first
    }

    /// Place of the last packet of one side.
    pub fn last_packet(&self, role: Role) -> Option<Stamp> {
        self.sender(role).last
    }

    /// Type of the last packet of one side.
    pub fn last_packet_type(&self, role: Role) -> Option<PacketType> {
        self.sender(role).last_type
    }

    /// When the TCP connection was opened, if its handshake was captured.
    pub fn opened(&self) -> Option<Stamp> {
        self.opened
    }

    /// How many PUBLISH packets passed, both ways.
    pub fn publishes(&self) -> u64 {
        self.publishes
    }

    /// The oldest PINGREQ that waits for a PINGRESP.
    pub fn oldest_ping(&self) -> Option<Stamp> {
        self.pings.front().copied()
    }

    /// How many PINGREQs wait for a PINGRESP.
    pub fn pings_waiting(&self) -> u64 {
        self.pings_waiting
    }

    /// Keep-alive books.
    pub fn keep_alive(&self) -> &KeepAlive {
        &self.keep_alive
    }

    /// Exchanges in flight.
    pub fn exchanges(&self) -> &Exchanges {
        &self.exchanges
    }

    /// Topic Filters of this connection, if it has subscribed.
    pub fn subscriptions(&self) -> Option<&Subscriptions> {
        self.topics.as_deref().map(|(subscriptions, _)| subscriptions)
    }

    /// The topic that a PUBLISH without one means by its alias; known once the PUBLISH was settled, or set by an earlier one.
    pub fn alias_topic(&self, from: Role, publish: &Publish<'_>) -> Option<&[u8]> {
        let alias = publish.properties.u16(PropertyId::TopicAlias)?;
        self.topics.as_deref()?.1.get(from, alias)
    }

    /// Whether `role` keeps no state from an earlier connection; else why that is not known. A client that asks for a clean
    /// session has thrown its state away; a server also says so by Session Present.
    pub fn is_fresh(&self, role: Role) -> Result<(), Doubt> {
        let [client, server] = self.fresh;
        match role {
            _ if self.connect.is_none() => Err(Doubt::MidStream),
            Role::Client if client => Ok(()),
            Role::Server if server => Ok(()),
            _ => Err(Doubt::EarlierSession),
        }
    }
}
