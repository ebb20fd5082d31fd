//! What is printed of a capture as a trace gives back the bytes of every packet.

mod support;

use mqttscope::analysis::{Analyzer, Observer, PacketView, Settings};
use mqttscope::capture::{Options, Source};
use mqttscope::flow::Role;
use mqttscope::mqtt::encode::push_var_int;
use mqttscope::trace::{Act, Piece, Printer, Trace, compile, parse};
use support::{files, fixtures, shown};

/// A packet: connection, sender, bytes at hand, bytes missing behind them.
type Sent = (u32, Role, Vec<u8>, u32);

struct Scribe {
    printer: Printer,
    text: String,
    sent: Vec<Sent>,
}

impl Scribe {
    fn new() -> Self {
        Self { printer: Printer::new(true), text: Printer::title("printed"), sent: Vec::new() }
    }

    fn finish(mut self, analyzer: Analyzer) -> (String, Vec<Sent>) {
        analyzer.finish(&mut self);
        (self.text, self.sent)
    }
}

impl Observer for Scribe {
    fn packet(&mut self, view: &PacketView<'_>) {
        let header = view.framed.header;
        let mut bytes = vec![header.first_byte];
        push_var_int(&mut bytes, header.remaining_length);
        bytes.extend_from_slice(view.framed.body);
        let missing = header.packet_len() - bytes.len();
        self.sent.push((view.connection as u32 + 1, view.from, bytes, missing as u32));
        let lines = self.printer.packet(view);
        let packets = lines.lines().filter(|line| line.contains("C>S ") || line.contains("S>C "));
        assert_eq!(packets.count(), 1, "one line for one packet: {lines}");
        assert!(lines.ends_with('\n') && !lines.replace('\n', "").chars().any(char::is_control), "{lines}");
        self.text += &lines;
    }
}

/// What a trace sends, line by line.
fn sent(trace: &Trace) -> Vec<Sent> {
    let mut all = Vec::new();
    for step in trace.sections.iter().flat_map(|section| &section.steps) {
        let Act::Send { from, pieces, .. } = &step.act else { continue };
        let (mut bytes, mut missing) = (Vec::new(), 0);
        for piece in pieces {
            match piece {
                Piece::Segment { bytes: more, .. } => bytes.extend(more),
                Piece::Gap(len) => missing += len,
            }
        }
        all.push((step.connection, *from, bytes, missing));
    }
    all
}

fn check(name: &str, (text, expected): (String, Vec<Sent>)) {
    let trace = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let sent = sent(&trace);
    assert_eq!(sent.len(), expected.len(), "{name}");
    for (number, (sent, expected)) in sent.iter().zip(&expected).enumerate() {
        assert_eq!(sent, expected, "{name}: packet {number}; left is printed, right is captured");
    }
    compile(&trace.sections[0]).unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn captures_print_as_traces() {
    for path in ["clean", "captures"].into_iter().flat_map(|directory| files(&fixtures(directory))) {
        if !path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap")) {
            continue;
        }
        let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
        let mut scribe = Scribe::new();
        let mut analyzer = Analyzer::new(&[], Settings::default());
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut scribe);
        }
        check(&shown(&path), scribe.finish(analyzer));
    }
}

#[test]
fn traces_print_as_traces() {
    for (path, trace) in ["rules", "defects"].into_iter().flat_map(support::traces) {
        for section in &trace.sections {
            let recording = compile(section).unwrap_or_else(|error| panic!("{}: {error}", shown(&path)));
            let mut scribe = Scribe::new();
            let mut analyzer = Analyzer::new(&[], Settings::default());
            recording.frames().for_each(|frame| analyzer.push(&frame, &mut scribe));
            check(&format!("{}:{}", shown(&path), section.line), scribe.finish(analyzer));
        }
    }
}
