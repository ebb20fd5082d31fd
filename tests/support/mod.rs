//! What several integration tests need: the fixtures, and the pipeline run over frames.

#![allow(dead_code, reason = "each test uses its part")]

pub mod cut;

use std::fs;
use std::path::{Path, PathBuf};

use mqttscope::analysis::{Analyzer, Observer, PacketView, Report, Settings, describe};
use mqttscope::capture::{Options, Source};
use mqttscope::finding::Finding;
use mqttscope::flow::Role;
use mqttscope::frame::Frame;
use mqttscope::mqtt::Body;
use mqttscope::trace::{Section, Trace, parse};

/// A directory of fixtures.
pub fn fixtures(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(directory)
}

/// All files under a directory, in order; none if it does not exist.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// All traces under a directory, parsed.
pub fn traces(directory: &str) -> Vec<(PathBuf, Trace)> {
    let paths = files(&fixtures(directory)).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "trace"));
    paths.map(|path| (path.clone(), trace(&path))).collect()
}

/// The sections of the traces that break nothing. A file that names no version has each of its sections in every version.
pub fn legal() -> Vec<(PathBuf, Section)> {
    let mut all = Vec::new();
    for path in files(&fixtures("legal")) {
        let text = fs::read_to_string(&path).unwrap();
        let names_one = text.lines().any(|line| line.starts_with("version "));
        let versions = ["3.1", "3.1.1", "5.0"].map(|version| in_version(&text, version));
        for text in if names_one { vec![text] } else { versions.to_vec() } {
            let trace = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", shown(&path)));
            all.extend(trace.sections.into_iter().map(|section| (path.clone(), section)));
        }
    }
    all
}

/// A trace with the keys of 5.0 as one of another version: what that does not have is left out.
fn in_version(text: &str, version: &str) -> String {
    let mut told = format!("version {version}");
    for line in text.lines() {
        let mut packet = "";
        let words = line.split(' ').filter(|word| {
            packet = if word.chars().all(|letter| letter.is_ascii_uppercase()) { word } else { packet };
            match word.split('=').next() {
                Some("session_expiry_interval") => version == "5.0",
                Some("codes") if packet == "UNSUBACK" => version == "5.0",
                Some("session_present") => version != "3.1",
                _ => true,
            }
        });
        told.extend(["\n", &words.collect::<Vec<_>>().join(" ")]);
    }
    told
}

/// One trace, parsed.
pub fn trace(path: &Path) -> Trace {
    let text = fs::read_to_string(path).unwrap();
    parse(&text).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

/// A path as it is in the repository.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string()
}

/// A packet, as far as it must not depend on how it was cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub connection: u64,
    pub from: Role,
    pub frame: u64,
    pub words: String,
    pub version: String,
    pub remaining_length: u32,
    pub digest: Option<u32>,
}

/// Writes down what the analysis tells.
#[derive(Debug, Default)]
pub struct Witness {
    pub packets: Vec<Seen>,
    pub findings: Vec<Finding>,
}

impl Observer for Witness {
    fn packet(&mut self, view: &PacketView<'_>) {
        let PacketView { packet, framed, .. } = *view;
        self.packets.push(Seen {
            connection: view.connection,
            from: view.from,
            frame: framed.end.frame.number(),
            words: describe(packet, framed, view.session, view.from),
            version: view.version().map_or("unknown".to_owned(), |version| version.to_string()),
            remaining_length: packet.header.remaining_length.value,
            digest: match &packet.body {
                Body::Publish(publish) => framed.payload_digest(publish),
                _ => None,
            },
        });
    }

    fn finding(&mut self, finding: &Finding) {
        self.findings.push(finding.clone());
    }
}

/// Analyses frames with all rules and the default settings.
pub fn analyse<'f>(frames: impl IntoIterator<Item = Frame<'f>>) -> (Witness, Report) {
    let mut witness = Witness::default();
    let mut analyzer = Analyzer::new(mqttscope::rules::all(), Settings::default());
    for frame in frames {
        analyzer.push(&frame, &mut witness);
    }
    let report = analyzer.finish(&mut witness);
    (witness, report)
}

/// A frame with its own bytes.
#[derive(Clone, Debug)]
pub struct OwnedFrame {
    pub head: Frame<'static>,
    pub data: Vec<u8>,
}

impl From<Frame<'_>> for OwnedFrame {
    fn from(frame: Frame<'_>) -> Self {
        Self { head: Frame { data: &[], ..frame }, data: frame.data.to_vec() }
    }
}

impl OwnedFrame {
    pub fn frame(&self) -> Frame<'_> {
        Frame { data: &self.data, ..self.head }
    }
}

/// The frames of a capture.
pub fn recorded(path: &Path) -> Vec<OwnedFrame> {
    let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        frames.push(OwnedFrame::from(frame));
    }
    frames
}
