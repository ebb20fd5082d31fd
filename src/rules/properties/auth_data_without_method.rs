use super::Block;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A CONNECT has Authentication Data but no Authentication Method.
    ///
    /// ## Why it matters
    ///
    /// Without the method nobody knows what the data mean. The server has to refuse the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c authentication_data=d
    /// ```
    name: "auth-data-without-method",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.1.2.11.10-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some(Block { properties, .. })) = (context.packet(), super::own(context)) else {
        return Verdict::NotApplicable;
    };
    let Some(data) = properties.find(PropertyId::AuthenticationData) else { return Verdict::NotApplicable };
    let method = properties.contains(PropertyId::AuthenticationMethod);
    // The method could be in a part of the properties that cannot be read.
    if !method && packet.malformed.is_some() {
        return Verdict::NotApplicable;
    }
    Verdict::require(method, || Fault::new("CONNECT has Authentication Data but no Authentication Method").at(data.at, 1))
}
