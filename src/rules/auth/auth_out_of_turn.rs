use crate::rule::prelude::*;

rule! {
    /// AUTH comes after CONNACK although the client has not begun to authenticate again.
    ///
    /// After CONNACK only the client can begin, with AUTH and Reason Code 0x19 (Re-authenticate). It ends with AUTH 0x00 of
    /// the server.
    ///
    /// ## Why it matters
    ///
    /// The receiver takes it for a Protocol Error and closes a connection that worked.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing: the AUTH that begins may be among them. For the client also when AUTH and
    /// CONNACK may have crossed in flight.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C CONNACK authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M
    /// ```
    name: "auth-out-of-turn",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-1.2-2"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (session, Some(auth), Some(judged)) = (context.session, context.auth(), context.judged()) else { return Verdict::NotApplicable };
    let asked = session.connect().is_none_or(|connect| connect.authentication_method.is_some());
    let code = auth.reason_code.unwrap_or(0);
    if session.accepted().is_none() || !asked || super::starts_anew(context) || !super::is_for_side(context, code) {
        return Verdict::NotApplicable;
    }
    let verdict = Verdict::require(session.is_reauthenticating(), || {
        Fault::new(format!("AUTH with code 0x{code:02x}, but no authentication is under way")).at(auth.reason_code_at, 1)
    });
    let crossed = context.subject == Role::Client && (!context.has_connack() || session.is_behind(judged.framed, Role::Client));
    match verdict {
        Verdict::Fail(_) if crossed => Verdict::Inconclusive(Doubt::Crossed),
        verdict => verdict.given(context.whole_history()),
    }
}
