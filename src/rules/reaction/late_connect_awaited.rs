use crate::rule::prelude::*;
use crate::session::Doubt;

rule! {
    /// The server kept a connection open on which for long no CONNECT came.
    ///
    /// Told when the first packet of the client came later than the response timeout (30 s unless configured) after the
    /// connection was opened. A connection on which nothing ever came is not known to be one of MQTT.
    ///
    /// ## Why it matters
    ///
    /// Whoever opens connections and says nothing can take up all that the server has.
    ///
    /// ## Inconclusive
    ///
    /// When the opening of the connection was not captured there is nothing to measure from. When bytes of the client are
    /// missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// +120s C>S CONNECT client_id=c1     # the first packet after the connection was opened
    /// ```
    name: "late-connect-awaited",
    binds: Server,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["PE3-3.1.4-1"],
    v5_0: [],
    on: [Opening],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(opened), Some(judged)) = (context.session.opened(), context.judged()) else { return Verdict::NotApplicable };
    let begin = judged.framed.begin;
    let waited = begin.stamp.time.since(opened.time);
    let verdict = Verdict::require(waited <= context.policy.response_timeout, || {
        Fault::new(format!("not closed though the client sent nothing for {:.1} s", waited.as_secs_f64())).related(opened)
    });
    if begin.delayed || judged.framed.delayed { verdict.given(Err(Doubt::Delayed)) } else { verdict.given(context.history(Role::Client)) }
}
