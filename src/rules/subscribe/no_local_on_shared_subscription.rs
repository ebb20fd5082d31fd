use crate::mqtt::topic;
use crate::rule::prelude::*;

rule! {
    /// A shared subscription asks for No Local.
    ///
    /// ## Why it matters
    ///
    /// With No Local a client does not get what it has published itself; of a shared subscription, where each message
    /// goes to one client of many, that cannot be asked. The server has to close the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S SUBSCRIBE packet_id=1 filter=$share/g/t:4
    /// ```
    name: "no-local-on-shared-subscription",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.8.3-4"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    let mut verdict = Verdict::NotApplicable;
    for pair in subscribe.filters.iter().filter(|pair| pair.filter.bytes.starts_with(topic::SHARE_PREFIX)) {
        if pair.options.no_local() {
            let message = format!("the shared subscription {} asks for No Local", checks::quoted(&pair.filter));
            return Verdict::Fail(Fault::new(message).at(pair.options_at, 1));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
