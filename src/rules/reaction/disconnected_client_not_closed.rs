use crate::rule::prelude::*;
use crate::session::Doubt;

rule! {
    /// After DISCONNECT of the client neither side closed the connection.
    ///
    /// The client has to (`client-open-after-disconnect`); if it does not, the server should. The time is that of the
    /// capture, 5 s unless configured. Told as likely where nothing shows that the server was alive after it.
    ///
    /// ## Why it matters
    ///
    /// Connections of clients that hang after their DISCONNECT pile up.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S DISCONNECT
    /// +60s S>C ACK
    /// ```
    name: "disconnected-client-not-closed",
    binds: Server,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["PE3-3.14.4-1"],
    v5_0: [],
    on: [AfterPeerDisconnect],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.closed_after("DISCONNECT of the client") {
        // The client did it: nothing was left to do.
        Verdict::Inconclusive(Doubt::ConnectionEnd) => Verdict::NotApplicable,
        verdict => verdict,
    }
}
