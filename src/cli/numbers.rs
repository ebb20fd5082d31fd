//! Numbers for Prometheus: [`crate::metrics`], in builds that have it.

use std::io;

pub use crate::metrics::{Metrics, Server};

/// Starts to serve what will be counted.
///
/// # Errors
/// The system gives no thread.
pub fn serve(server: Server) -> io::Result<Metrics> {
    let metrics = Metrics::new();
    server.serve(&metrics)?;
    Ok(metrics)
}
