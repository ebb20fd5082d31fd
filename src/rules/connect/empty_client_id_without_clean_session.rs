use crate::rule::prelude::*;

rule! {
    /// A CONNECT has an empty Client Identifier, but asks for a session that outlives the connection.
    ///
    /// ## Why it matters
    ///
    /// The server gives such a client a name that it never learns, so the session could not be found again. It
    /// answers CONNACK 2 (identifier rejected). In 5.0 the server tells the name, and the combination is legal.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00     Clean Session 0, Client Identifier of length 0
    /// ```
    name: "empty-client-id-without-clean-session",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.3-7"],
    v5_0: [],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some((flags, _)), Some(id)) = (context.connect_flags(), context.connect().and_then(|connect| connect.client_id)) else {
        return Verdict::NotApplicable;
    };
    Verdict::require(!id.is_empty() || flags.clean_start(), || {
        Fault::new("the Client Identifier is empty, though Clean Session is 0").at(id.at.saturating_sub(2), 2)
    })
}
