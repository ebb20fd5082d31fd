use crate::mqtt::MalformedKind;
use crate::rule::prelude::*;

rule! {
    /// A Variable Byte Integer (such as the Remaining Length) goes on behind its fourth byte.
    ///
    /// ## Why it matters
    ///
    /// Where the packet ends cannot be known, so nothing behind it can be read. It is mostly not a length at all, but
    /// what is left of a stream in which the sender lost count.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 30 80 80 80 80 01          the fourth length byte announces a fifth
    /// ```
    name: "endless-integer",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-2.2.3-1"],
    v5_0: ["PE-1.5.5-1"],
    on: [BadLength, AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let malformed = match *context.event {
        Event::BadLength { .. } => {
            return Verdict::Fail(Fault::new("the Remaining Length is longer than 4 bytes").at(1, 4));
        }
        Event::Packet(judged) => judged.packet.malformed,
        _ => return Verdict::NotApplicable,
    };
    let endless = malformed.filter(|malformed| malformed.kind == MalformedKind::VarIntTooLong);
    Verdict::unless(endless.map(|malformed| Fault::new(malformed.to_string()).at(malformed.at as u32, malformed.have.min(5))))
}
