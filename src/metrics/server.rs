//! Connections become requests, and answers go back: plain HTTP for scrapers, one request per connection.
//!
//! A few threads, each with one buffer and one connection at a time, which has two deadlines: whoever sends without end or not at
//! all costs a bounded time, and no memory. It knows no TLS and no password; where it listens is for the caller to say.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::registry::Registry;

use super::http::{Answer, HEAD_LIMIT};
use super::{Metrics, page};

/// How many connections are attended to at a time; the next ones wait.
const THREADS: usize = 4;

/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much of that its request may take, which scrapers send at once. Prometheus waits 10 s for its answer: it gets one behind
/// 70 connections that say nothing.
const SILENCE: Duration = Duration::from_millis(500);

/// Before connections are accepted again after that failed: without file descriptors it fails at once, each time.
const RESPITE: Duration = Duration::from_millis(200);

/// What a peer may still send behind a request that is refused.
const REST_LIMIT: usize = 64 << 10;

/// A server that listens, and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
}

impl Server {
    /// Listens on an address; port 0 is one that is free. An error says which address, and why.
    pub fn bind(addr: SocketAddr) -> io::Result<Self> {
        let told = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {addr} for metrics: {error}"));
        Ok(Self { listener: TcpListener::bind(addr).map_err(told)? })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Begins to answer, in threads that end with the program.
    pub fn serve(self, metrics: &Metrics) -> io::Result<()> {
        let listener = Arc::new(self.listener);
        for _ in 0..THREADS {
            let (listener, registry) = (Arc::clone(&listener), Arc::clone(&metrics.registry));
            thread::Builder::new().name("metrics".to_owned()).spawn(move || {
                loop {
                    match listener.accept() {
                        // What a peer does wrong is between it and its connection.
                        Ok((mut stream, _)) => drop(attend(&mut stream, &registry, SILENCE, PATIENCE)),
                        Err(_) => thread::sleep(RESPITE),
                    }
                }
            })?;
        }
        Ok(())
    }
}

/// Answers one request, which has to be there within `silence`; all of it takes no longer than `patience`.
fn attend(stream: &mut TcpStream, registry: &Registry, silence: Duration, patience: Duration) -> io::Result<()> {
    let begun = Instant::now();
    let deadline = begun + patience;
    let mut received = Vec::with_capacity(HEAD_LIMIT);
    let answer = loop {
        if read(stream, &mut received, HEAD_LIMIT, begun + silence)? == 0 {
            return Ok(());
        }
        if let Some(answer) = Answer::to(&received, || page(registry)) {
            break answer;
        }
    };
    write(stream, answer.to_string().as_bytes(), deadline)?;
    stream.shutdown(Shutdown::Write)?;
    // A connection that is closed with bytes unread is reset, and the answer may be lost with it.
    while answer.status != "200 OK" && read(stream, &mut received, REST_LIMIT, deadline)? > 0 {}
    Ok(())
}

/// Reads some bytes behind those there are, `limit` in all; 0 if there are none, or no room.
fn read(stream: &mut TcpStream, received: &mut Vec<u8>, limit: usize, deadline: Instant) -> io::Result<usize> {
    let mut bytes = [0; 1024];
    let room = limit.saturating_sub(received.len()).min(bytes.len());
    let Some(bytes) = bytes.get_mut(..room) else { return Ok(0) };
    loop {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => {
                let count = done?;
                received.extend_from_slice(bytes.get(..count).unwrap_or_default());
                return Ok(count);
            }
        }
    }
}

fn write(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The time until a deadline, which is never zero: that would mean no limit.
fn left(deadline: Instant) -> io::Result<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(|| ErrorKind::TimedOut.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server answers to a request: head and body.
    fn asked(address: SocketAddr, request: &[u8]) -> (String, String) {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    #[test]
    fn many_that_say_nothing_keep_nobody_waiting_for_long() {
        let metrics = Metrics::new();
        let server = Server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = server.address().unwrap();
        server.serve(&metrics).unwrap();
        let silent: Vec<TcpStream> = (0..2 * THREADS).map(|_| TcpStream::connect(address).unwrap()).collect();
        let begun = Instant::now();
        asked(address, b"GET / HTTP/1.1\r\n\r\n");
        assert!(begun.elapsed() < 2 * PATIENCE, "{:?} behind {}", begun.elapsed(), silent.len());
    }

    #[test]
    fn server_answers_one_after_the_other() {
        let metrics = Metrics::new();
        let server = Server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = server.address().unwrap();
        server.serve(&metrics).unwrap();

        let get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
        let (head, body) = asked(address, get);
        assert_eq!(
            head.lines().collect::<Vec<_>>(),
            [
                "HTTP/1.1 200 OK",
                "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8",
                &format!("Content-Length: {}", body.len()),
                "Connection: close",
            ]
        );
        assert!(body.starts_with("# HELP mqttscope_connections_opened TCP connections found to carry MQTT.\n"));
        assert!(body.ends_with("\n# EOF\n"));

        let status = |request: &[u8]| asked(address, request).0.lines().next().unwrap().to_owned();
        assert_eq!(status(b"GET /nothing HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
        assert_eq!(status(b"POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), "HTTP/1.1 405 Method Not Allowed");
        assert_eq!(status(b"\x16\x03\x01\x00\xa5\x01\x00\x00"), "HTTP/1.1 400 Bad Request");
        assert_eq!(
            status(&[b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 20_000]].concat()),
            "HTTP/1.1 431 Request Header Fields Too Large"
        );
        drop(TcpStream::connect(address).unwrap());
        assert_eq!(asked(address, b"GET / HTTP/1.1\r\n\r\n").1, "The metrics of mqttscope are at /metrics\n");

        metrics.limits(7, 0);
        assert!(asked(address, get).1.contains("\nmqttscope_connections_evicted_total 7\n"), "what is counted meanwhile shows");
    }

    #[test]
    fn address_in_use_is_told() {
        let first = Server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = first.address().unwrap();
        let error = Server::bind(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("cannot listen on {address} for metrics: ")), "{error}");
    }

    /// Both ends of a connection.
    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    #[test]
    fn patience_with_a_client_that_says_nothing_ends() {
        let (mut client, mut stream) = connected();
        let registry = Metrics::new().registry;
        client.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
        let error = attend(&mut stream, &registry, Duration::from_millis(20), PATIENCE).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    }

    #[test]
    fn patience_with_a_client_that_does_not_read_ends() {
        let (_client, mut stream) = connected();
        let error = write(&mut stream, &vec![0; 64 << 20], Instant::now() + Duration::from_millis(20)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    }

    #[test]
    fn patience_with_a_client_that_goes_on_after_a_refusal_ends() {
        let (mut client, mut stream) = connected();
        client.write_all(b"POST / HTTP/1.1\r\n\r\nmore").unwrap();
        let error = attend(&mut stream, &Metrics::new().registry, SILENCE, Duration::from_millis(20)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    }
}
