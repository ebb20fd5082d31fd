use crate::rule::prelude::*;

rule! {
    /// A CONNECT announces a Password, but no User Name.
    ///
    /// ## Why it matters
    ///
    /// Until 5.0 a password goes with a name only. Clients that log in with a token alone work with servers of 5.0
    /// and are turned away by others.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 12 00 04 4d 51 54 54 04 42 00 3c 00 02 63 31 00 02 70 77     Connect Flags 0x42
    /// ```
    name: "password-without-user-name",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.2-22"],
    v5_0: [],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((flags, at)) = context.connect_flags() else { return Verdict::NotApplicable };
    Verdict::require(flags.user_name() || !flags.password(), || {
        Fault::new("the Password Flag is 1, though the User Name Flag is 0").at(at, 1)
    })
}
