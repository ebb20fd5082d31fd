use crate::rule::prelude::*;

rule! {
    /// The server rejected a Client Identifier that every server has to allow.
    ///
    /// Identifiers of 1 to 23 bytes of digits and ASCII letters are always legal. The rule looks at the codes that say
    /// "identifier rejected" (2; in 5.0 0x85) and at no other refusal. 3.1 says how long an identifier is, but not that a server
    /// has to take it: it may be the name of a client that is connected already.
    ///
    /// ## Why it matters
    ///
    /// Devices choose identifiers that the specification guarantees, and cannot connect. Servers that accept registered names
    /// only should say "not authorized".
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture. Nothing is said of a CONNECT in which a server may find another fault.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=dev1
    /// S>C CONNACK code=2
    /// ```
    name: "legal-client-id-rejected",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.3-5"],
    v5_0: ["MQTT-3.1.3-5"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connect, code) = match context.sole_connack() {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    let id = &connect.client_id;
    let legal = (1..=23).contains(&id.len()) && id.iter().all(u8::is_ascii_alphanumeric);
    if !connect.is_sound() || !legal {
        return Verdict::NotApplicable;
    }
    let rejected = if context.version == Version::V5_0 { 0x85 } else { 2 };
    match code {
        0 => Verdict::Pass,
        code if code == rejected => {
            let id = String::from_utf8_lossy(id);
            Verdict::Fail(Fault::new(format!("the legal Client Identifier \"{id}\" was rejected")).related(connect.stamp))
        }
        _ => Verdict::NotApplicable,
    }
}
