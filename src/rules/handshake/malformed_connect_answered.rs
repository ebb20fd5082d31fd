use crate::rule::prelude::*;

rule! {
    /// The server answered a CONNECT that does not have the layout of one.
    ///
    /// 3.1.1 wants such a connection closed without CONNACK; 5.0 allows a CONNACK that refuses. A server that does not speak the
    /// version may say so before it reads on (CONNACK 1, or 0x84 in the format of 5.0); of another protocol name it may think as
    /// it likes; and in 3.1 announced fields may be missing. Told as likely of the return code 4, which is worded as malformed
    /// data in User Name or Password.
    ///
    /// ## Why it matters
    ///
    /// The server has guessed what the client meant. Two servers guess differently, and what one of them lets in may be an
    /// attack on the other.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0c 00 04 "MQTT" 04 82 00 3c 00 00    # User Name Flag, but no User Name
    /// S>C CONNACK
    /// ```
    name: "malformed-connect-answered",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.4-1"],
    v5_0: ["MQTT-3.1.4-1"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connect, code) = match context.sole_connack() {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    let refuses = if context.version == Version::V5_0 { code != 0 } else { matches!(code, 1 | 0x84) };
    if !connect.malformed || !connect.has_right_name() || refuses {
        return Verdict::NotApplicable;
    }
    let what = if code == 0 { "accepted" } else { "answered" };
    let fault = Fault::new(format!("a CONNECT that does not have the layout of one was {what}")).related(connect.stamp);
    Verdict::Fail(if code == 4 { fault.likely() } else { fault })
}
