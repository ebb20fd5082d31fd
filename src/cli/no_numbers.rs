//! Stands in for numbers for Prometheus in a build without them: asking for them is an error.

use std::io;
use std::net::SocketAddr;

use crate::analysis::Observer;
use crate::frame::Counters;

/// Cannot exist.
pub enum Server {}

/// Cannot exist.
pub enum Metrics {}

impl Server {
    /// Always an error.
    pub fn bind(_: SocketAddr) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "--metrics: this build has none: build it with `cargo build --features live`"))
    }

    /// Cannot be called.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match *self {}
    }
}

/// Cannot be called.
pub fn serve(server: Server) -> io::Result<Metrics> {
    match server {}
}

impl Metrics {
    /// Cannot be called.
    pub fn capture(&self, _: &[Counters]) {
        match *self {}
    }

    /// Cannot be called.
    pub fn limits(&self, _: u64, _: u64) {
        match *self {}
    }
}

impl Observer for Metrics {}
