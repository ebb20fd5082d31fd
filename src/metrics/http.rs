//! The bytes of a request become an answer. No connections here, so that whatever anyone may send can be tested.

use std::fmt;

use httparse::{EMPTY_HEADER, Error, Request, Status};

/// Longest head of a request in bytes; scrapers send some hundred.
pub(super) const HEAD_LIMIT: usize = 8 << 10;

/// Most header fields of a request.
const FIELD_LIMIT: usize = 64;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// An answer. The connection closes behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Code and reason.
    pub status: &'static str,
    content_type: &'static str,
    body: String,
    /// The head alone is asked for (HEAD): the body is only measured.
    head_only: bool,
}

impl Answer {
    /// Answers what was received so far; `None` if the head of the request goes on. `page` makes the metrics.
    pub fn to(received: &[u8], page: impl FnOnce() -> Result<String, fmt::Error>) -> Option<Self> {
        let mut fields = [EMPTY_HEADER; FIELD_LIMIT];
        let mut request = Request::new(&mut fields);
        let answer = match request.parse(received) {
            Ok(Status::Partial) if received.len() < HEAD_LIMIT => return None,
            Ok(Status::Partial) | Err(Error::TooManyHeaders) => Self::plain("431 Request Header Fields Too Large", ""),
            Err(_) => Self::plain("400 Bad Request", ""),
            Ok(Status::Complete(_)) if !matches!(request.method, Some("GET" | "HEAD")) => Self::plain("405 Method Not Allowed", ""),
            Ok(Status::Complete(_)) => match request.path.map(path) {
                Some("/metrics") => match page() {
                    Ok(body) => Self { content_type: OPENMETRICS, body, ..Self::plain("200 OK", "") },
                    Err(fmt::Error) => Self::plain("500 Internal Server Error", ""),
                },
                Some("/") => Self::plain("200 OK", "The metrics of mqttscope are at /metrics\n"),
                _ => Self::plain("404 Not Found", "Not here: the metrics are at /metrics\n"),
            },
        };
        Some(Self { head_only: request.method == Some("HEAD"), ..answer })
    }

    fn plain(status: &'static str, body: &str) -> Self {
        Self { status, content_type: PLAIN, body: body.to_owned(), head_only: false }
    }
}

/// The path of what a request is for, which may name scheme and host as well (RFC 9112, section 3.2.2). Whose name that is does not
/// matter: all of them are ours.
fn path(target: &str) -> &str {
    let behind_scheme = target.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http"));
    let path = behind_scheme.map_or(target, |(_, rest)| rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default());
    match path.split_once('?').map_or(path, |(path, _)| path) {
        "" => "/",
        path => path,
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, content_type, body, head_only } = self;
        // RFC 9110, section 15.5.6: the methods that there are.
        let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
        write!(f, "HTTP/1.1 {status}\r\n{allow}Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len())?;
        write!(f, "Connection: close\r\n\r\n{}", if *head_only { "" } else { body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &[u8]) -> Option<&'static str> {
        Answer::to(request, || Ok("page".to_owned())).map(|answer| answer.status)
    }

    #[test]
    fn head_is_waited_for_to_its_end() {
        let whole = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(status(&whole[..end]), None, "{end}");
        }
        assert_eq!(status(whole), Some("200 OK"));
    }

    #[test]
    fn paths_and_methods() {
        let of = |line: &str| status(format!("{line} HTTP/1.1\r\n\r\n").as_bytes()).map(|status| status.split_once(' ').unwrap().0);
        assert_eq!(of("GET /"), Some("200"));
        assert_eq!(of("GET /metrics?name[]=a"), Some("200"));
        assert_eq!(of("GET /metrics/"), Some("404"));
        assert_eq!(of("GET /../etc/passwd"), Some("404"));
        assert_eq!(of("get /metrics"), Some("405"));
        assert_eq!(of("HEAD /metrics"), Some("200"));
        assert_eq!(of("HEAD /nothing"), Some("404"));
        assert_eq!(of("POST /metrics"), Some("405"));
    }

    #[test]
    fn target_may_name_scheme_and_host() {
        for (target, named) in [
            ("http://127.0.0.1:9469/metrics", "/metrics"),
            ("HTTP://[::1]:9469/metrics?name=a", "/metrics"),
            ("http://host", "/"),
            ("http://host?a=/metrics", "/"),
            ("http://host/metrics/", "/metrics/"),
            ("ftp://host/metrics", "ftp://host/metrics"),
            ("/http://host/metrics", "/http://host/metrics"),
            ("*", "*"),
        ] {
            assert_eq!(path(target), named, "{target}");
        }
    }

    #[test]
    fn head_alone_is_that_of_the_whole() {
        let of = |method: &str, path: &str| {
            let request = format!("{method} {path} HTTP/1.1\r\n\r\n");
            Answer::to(request.as_bytes(), || Ok("page".to_owned())).unwrap().to_string()
        };
        for path in ["/metrics", "/", "/nothing"] {
            let whole = of("GET", path);
            assert_eq!(of("HEAD", path), whole[..whole.find("\r\n\r\n").unwrap() + 4], "{path}");
        }
    }

    #[test]
    fn head_is_bounded() {
        let mut endless = b"GET / HTTP/1.1\r\nX: ".to_vec();
        endless.resize(HEAD_LIMIT, b'x');
        assert_eq!(status(&endless[..HEAD_LIMIT - 1]), None);
        assert_eq!(status(&endless), Some("431 Request Header Fields Too Large"));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(FIELD_LIMIT + 1));
        assert_eq!(status(many.as_bytes()), Some("431 Request Header Fields Too Large"));
    }

    #[test]
    fn garbage_is_a_bad_request() {
        for garbage in [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"\x10\x0e\x00\x04MQTT", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0"] {
            assert_eq!(status(garbage), Some("400 Bad Request"), "{garbage:?}");
        }
    }

    #[test]
    fn page_that_cannot_be_made_is_an_error_of_the_server() {
        let answer = Answer::to(b"GET /metrics HTTP/1.1\r\n\r\n", || Err(fmt::Error));
        assert_eq!(answer.map(|answer| answer.status), Some("500 Internal Server Error"));
    }

    #[test]
    fn methods_that_are_allowed_are_told() {
        let answer = Answer::to(b"PUT / HTTP/1.1\r\n\r\n", || Ok(String::new())).unwrap().to_string();
        assert_eq!(
            answer,
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
}
