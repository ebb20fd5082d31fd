use crate::rule::prelude::*;

rule! {
    /// The server accepted an empty Client Identifier together with Clean Session 0, or refused it with another code than 2.
    ///
    /// A client without a name can have no session to come back to: 3.1.1 demands return code 2 (identifier rejected). A
    /// refusal with another code is told as likely, because another check may have come first; one that says that the server
    /// does not speak 3.1.1 (1, or 0x84 in the format of 5.0) is in order. In 5.0 an empty identifier is always allowed.
    ///
    /// ## Why it matters
    ///
    /// The client believes that the server keeps messages for it while it is away; they are lost.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id= clean_start=0
    /// S>C CONNACK
    /// ```
    name: "empty-client-id-accepted",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.3-8"],
    v5_0: [],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (connect, code) = match context.sole_connack() {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    if connect.malformed || !connect.has_right_name() || connect.clean_start || !connect.client_id.is_empty() {
        return Verdict::NotApplicable;
    }
    let fault = |what: &str| Fault::new(format!("an empty Client Identifier with Clean Session 0 was {what}")).related(connect.stamp);
    match code {
        2 => Verdict::Pass,
        1 | 0x84 => Verdict::NotApplicable,
        0 => Verdict::Fail(fault("accepted")),
        other => Verdict::Fail(fault(&format!("refused with code {other} instead of 2")).likely()),
    }
}
