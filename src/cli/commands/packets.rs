//! `mqttscope packets`: one line per control packet.

use std::process::ExitCode;

use crate::analysis::{Observer, PacketView};
use crate::cli::args::{PacketFormat, Packets};
use crate::cli::config::Config;
use crate::cli::output::Output;
use crate::cli::packet::{ndjson, text};
use crate::cli::paint::Paint;
use crate::cli::run::{Capture, Sink};
use crate::time::Timestamp;

/// Lists the packets.
///
/// # Errors
/// The inputs cannot be read, or the result cannot be written.
pub fn run(args: &Packets) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    let capture = Capture::open(&config)?;
    let output = Output::open(config.output.as_deref(), capture.inputs())?;
    let inputs = capture.inputs();
    let writer = match args.format {
        PacketFormat::Text => Writer::Text(text::Writer::new(inputs, args.time, Paint::new(config.color, output.is_terminal()))),
        PacketFormat::Ndjson => Writer::Ndjson(ndjson::Writer::new(inputs, args.reading.show_secrets)),
        PacketFormat::Csv => anyhow::bail!("--format csv: not yet: use ndjson"),
    };
    let mut list = List { output, writer };
    // No rule has a say in this.
    capture.analyze(&[], &mut list)?;
    list.output.finish()?;
    Ok(ExitCode::SUCCESS)
}

struct List {
    output: Output,
    writer: Writer,
}

enum Writer {
    Text(text::Writer),
    Ndjson(ndjson::Writer),
}

impl Observer for List {
    fn packet(&mut self, view: &PacketView<'_>) {
        match &mut self.writer {
            Writer::Text(writer) => self.output.put(writer.line(view).as_bytes()),
            Writer::Ndjson(writer) => self.output.put(writer.line(view)),
        }
    }
}

impl Sink for List {
    fn begin(&mut self, first: Timestamp) {
        if let Writer::Text(writer) = &mut self.writer {
            writer.begin(first);
            self.output.put(writer.heading().as_bytes());
        }
    }

    fn is_on_terminal(&self) -> bool {
        self.output.is_terminal()
    }

    fn flush(&mut self) {
        self.output.flush();
    }

    fn is_done(&self) -> bool {
        self.output.is_closed()
    }
}
