//! What can be wrong with an input: [`CaptureError`] when it cannot be analysed at all, [`Warning`] when part of it
//! can. Each is one line that says what, where, and what to do; nothing is printed from here.

use std::fmt;
use std::io;

use crate::frame::LinkType;

/// Why an input cannot be read. The text is complete: it already holds the words of the system or of libpcap.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The list of inputs is empty.
    #[error("no input: name a capture file, a directory or a pattern, or give - to read standard input")]
    NoInput,
    /// A named file or directory does not exist.
    #[error("{input}: no such file or directory: check the name")]
    Missing {
        /// As the user wrote it.
        input: String,
    },
    /// The system refuses to open a file or to list a directory.
    #[error("{input}: permission denied: read it as its owner, or ask for read access (chmod +r)")]
    Denied {
        /// The file or directory.
        input: String,
    },
    /// Opening failed for a reason other than absence or permission.
    #[error("{input}: cannot be opened: {cause}")]
    Open {
        /// The file or directory.
        input: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The medium failed while reading; a file that merely ends early is a [`Warning::CutShort`].
    #[error("{at}: reading failed: {cause}: copy the file to a sound disk and try again")]
    Read {
        /// Where.
        at: Position,
        /// What the system said.
        cause: io::Error,
    },
    /// No byte in it.
    #[error("{input}: empty, 0 bytes: was the capture stopped before its header was written?")]
    Empty {
        /// The file.
        input: String,
    },
    /// Neither pcap nor pcapng.
    #[error("{input}: not a capture: {found}")]
    NotACapture {
        /// The file.
        input: String,
        /// What it is instead, and what to do.
        found: String,
    },
    /// Ends before the file header does.
    #[error("{input}: cut short after {have} bytes, inside the {format} file header: no frame is left in it")]
    HeaderCut {
        /// The file.
        input: String,
        /// Bytes there are.
        have: usize,
        /// `pcap` or `pcapng`.
        format: &'static str,
    },
    /// A directory with no capture directly in it.
    #[error("{input}: no capture among the {files} files in this directory (directories below it are not searched)")]
    NoCaptures {
        /// The directory.
        input: String,
        /// Files looked at.
        files: usize,
    },
    /// A pattern that names no file.
    #[error("{pattern}: no file matches this pattern: check it against the directory")]
    NoMatch {
        /// As the user wrote it.
        pattern: String,
    },
    /// A pattern that cannot be read, and no file of that name either.
    #[error("{pattern}: neither a file nor a valid pattern: {why}")]
    BadPattern {
        /// As the user wrote it.
        pattern: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Standard input is a terminal.
    #[error("standard input is a terminal: pipe a capture into it, as in `tcpdump -w - | mqttscope check -`")]
    Terminal,
    /// `-` twice.
    #[error("standard input (-) is given twice: it can be read only once")]
    StandardInputTwice,
    /// libpcap does not understand a filter expression.
    #[error("filter `{expression}`: {why} (man 7 pcap-filter has the syntax)")]
    Filter {
        /// As the user wrote it.
        expression: String,
        /// libpcap's own words.
        why: String,
    },
    /// A filter was given to a program built without libpcap.
    #[error("filter `{expression}`: this build has no libpcap; build it with `cargo build --features live` to use filters")]
    FilterUnavailable {
        /// As the user wrote it.
        expression: String,
    },
    /// There is no such network interface.
    #[error("{name}: no such interface: there {}", listed(.known))]
    NoInterface {
        /// As the user wrote it.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The system does not allow to capture.
    #[error("{name}: capturing is not permitted ({why}): run as root, or give the program the right to: setcap cap_net_raw+ep PROGRAM")]
    InterfaceDenied {
        /// The interface.
        name: String,
        /// libpcap's own words.
        why: String,
    },
    /// The interface cannot be opened.
    #[error("{name}: cannot be captured on: {why}")]
    Interface {
        /// The interface.
        name: String,
        /// libpcap's own words.
        why: String,
    },
    /// It is a device of netfilter, not an interface.
    #[error("{name}: netfilter is not captured from: name the interface that the packets pass")]
    Netfilter {
        /// As the user wrote it.
        name: String,
    },
    /// The interface was there, and is gone.
    #[error("{name}: capturing broke off: {why}: nothing that came before is lost")]
    InterfaceLost {
        /// The interface.
        name: String,
        /// libpcap's own words.
        why: String,
    },
    /// A program built without libpcap was asked to capture.
    #[error("{name}: this build has no libpcap; build it with `cargo build --features live` to capture on interfaces")]
    CaptureUnavailable {
        /// The interface.
        name: String,
    },
    /// A thread could not be started.
    #[error("{input}: cannot be followed: {why}")]
    NotFollowed {
        /// The input.
        input: String,
        /// What the system said, or what it is.
        why: String,
    },
    /// An input that was read before cannot be read again.
    #[error(transparent)]
    Reread(#[from] super::RereadError),
    /// libpcap cannot list the network interfaces.
    #[error("network interfaces cannot be listed: {why}")]
    Interfaces {
        /// libpcap's own words.
        why: String,
    },
}

impl CaptureError {
    /// From a failure to open `input`.
    pub(super) fn open(input: &str, cause: io::Error) -> Self {
        let input = input.to_owned();
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing { input },
            io::ErrorKind::PermissionDenied => Self::Denied { input },
            _ => Self::Open { input, cause },
        }
    }
}

/// `is only eth0`, `are eth0, lo`.
fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| super::input::printable(name)).collect();
    match names.as_slice() {
        [] => "are none".to_owned(),
        [one] => format!("is only {one}"),
        _ => format!("are {}", names.join(", ")),
    }
}

/// A place in a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Display name of the input.
    pub file: String,
    /// Bytes from the start of the capture to the start of the record concerned; of a compressed file, decompressed bytes.
    pub offset: u64,
    /// Whether `offset` counts decompressed bytes.
    pub decompressed: bool,
    /// Number of the last whole frame before it, 0 if there is none.
    pub frame: u64,
}

impl Position {
    /// `byte 12345, after frame 41`.
    fn fmt_offset(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.offset)?;
        if self.decompressed {
            f.write_str(" (decompressed)")?;
        }
        match self.frame {
            0 => f.write_str(", before its first frame"),
            frame => write!(f, ", after frame {frame}"),
        }
    }
}

/// `capture.pcap: at byte 12345, after frame 41`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: at ", self.file)?;
        self.fmt_offset(f)
    }
}

/// Something the user must know about an input that was analysed nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The file ends inside a record.
    CutShort {
        /// Where the record starts that is not whole.
        at: Position,
    },
    /// What follows the last whole frame cannot be read as a record, or cannot be decompressed.
    Damaged {
        /// Where the part starts that cannot be read.
        at: Position,
        /// What is wrong there.
        why: String,
    },
    /// Frames were dropped while the capture went on, by its own statistics, which count from its start also in later files of a
    /// ring.
    Dropped {
        /// The file.
        file: String,
        /// How many.
        frames: u64,
    },
    /// A file in a directory could not be looked at, so it is unknown whether it is a capture.
    LeftOut {
        /// The file.
        file: String,
        /// What the system said.
        why: String,
    },
    /// One of several live inputs has failed; the others go on.
    InputLost {
        /// Which, and why.
        why: String,
    },
    /// The filter has no meaning for frames of this link type; they are left out.
    NotFilterable {
        /// As the user wrote it.
        expression: String,
        /// The link type.
        link: LinkType,
        /// libpcap's own words.
        why: String,
    },
}

/// One sentence without a full stop: `capture.pcap: cut short inside a record at byte 12345, after frame 41: analysed up to there`.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutShort { at } => {
                write!(f, "{}: cut short inside a record at ", at.file)?;
                at.fmt_offset(f)?;
                f.write_str(": analysed up to there")
            }
            Self::Damaged { at, why } => {
                write!(f, "{}: damaged at ", at.file)?;
                at.fmt_offset(f)?;
                write!(f, " ({why}): analysed up to there")
            }
            Self::Dropped { file, frames } => {
                let frames = match frames {
                    1 => "1 frame".to_owned(),
                    frames => format!("{frames} frames"),
                };
                write!(f, "{file}: its recorder had dropped {frames} by its end: what is missing may have been on the wire")
            }
            Self::LeftOut { file, why } => write!(f, "{file}: left out, cannot be read: {why}"),
            Self::InputLost { why } => f.write_str(why),
            Self::NotFilterable { expression, link, why } => {
                write!(f, "filter `{expression}`: frames of link type {} are left out: {why}", link.0)
            }
        }
    }
}
