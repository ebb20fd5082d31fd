use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// An AUTH has no Authentication Method.
    ///
    /// The specification contradicts itself where AUTH has no body at all: one section describes this form for a success, the
    /// next one asks for the method in every AUTH. So the short form is only told as likely.
    ///
    /// ## Why it matters
    ///
    /// Each AUTH repeats the method of the CONNECT. The receiver has to close the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M
    /// C>S f0 02 18 00
    /// ```
    name: "auth-without-method",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.15.2.2.2-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.packet() {
        // The method could be in a part that cannot be read.
        Some(packet) if packet.malformed.is_none() => {
            let method = packet.properties().is_some_and(|properties| properties.contains(PropertyId::AuthenticationMethod));
            Verdict::require(method, || {
                let fault = Fault::new("AUTH has no Authentication Method");
                if packet.header.remaining_length.value == 0 { fault.likely() } else { fault }
            })
        }
        _ => Verdict::NotApplicable,
    }
}
