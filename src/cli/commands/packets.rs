//! `mqttscope packets`: one line per control packet.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use crate::analysis::{Observer, PacketView};
use crate::cli::args::{PacketFormat, Packets, TimeFormat};
use crate::cli::config::Config;
use crate::cli::live::Surroundings;
use crate::cli::output::Output;
use crate::cli::packet::{csv, ndjson, text};
use crate::cli::paint::Paint;
use crate::cli::run::{Capture, Outcome, Sink};
use crate::time::Timestamp;

/// Lists the packets.
///
/// # Errors
/// The inputs cannot be read, or the result cannot be written.
pub fn run(args: &Packets) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    let watched = args.format == PacketFormat::Text && io::stdout().is_terminal();
    let capture = Capture::open(&config, &Surroundings { watched, prints: true, signals: true, writable: Vec::new() })?;
    list(&config, args.format, args.time, capture)?.end()?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the packets of a capture that is open.
///
/// # Errors
/// The result cannot be written.
pub fn list(config: &Config, format: PacketFormat, time: TimeFormat, capture: Capture<'_>) -> anyhow::Result<Outcome> {
    let output = Output::open(config.output.as_deref(), capture.inputs())?;
    let inputs = capture.inputs();
    let writer = match format {
        PacketFormat::Text => Writer::Text(text::Writer::new(inputs, time, Paint::new(config.color, output.is_terminal()))),
        PacketFormat::Ndjson => Writer::Ndjson(ndjson::Writer::new(inputs, config.settings.show_secrets)),
        PacketFormat::Csv => Writer::Csv(csv::Writer::new(inputs)),
    };
    let mut list = List { output, writer };
    // No rule has a say in this.
    let outcome = capture.analyze(&[], &mut list).begun()?;
    if outcome.report.stats.frames == 0 {
        list.heading();
    }
    list.output.finish()?;
    Ok(outcome)
}

struct List {
    output: Output,
    writer: Writer,
}

enum Writer {
    Text(text::Writer),
    Ndjson(ndjson::Writer),
    Csv(csv::Writer),
}

impl List {
    fn heading(&mut self) {
        match &mut self.writer {
            Writer::Text(writer) => self.output.put(writer.heading().as_bytes()),
            Writer::Csv(_) => self.output.put(csv::COLUMNS.as_bytes()),
            Writer::Ndjson(_) => {}
        }
    }
}

impl Observer for List {
    fn packet(&mut self, view: &PacketView<'_>) {
        match &mut self.writer {
            Writer::Text(writer) => self.output.put(writer.line(view).as_bytes()),
            Writer::Ndjson(writer) => self.output.put(writer.line(view)),
            Writer::Csv(writer) => self.output.put(writer.row(view).as_bytes()),
        }
    }
}

impl Sink for List {
    fn begin(&mut self, first: Timestamp) {
        if let Writer::Text(writer) = &mut self.writer {
            writer.begin(first);
        }
        self.heading();
    }

    fn inputs(&mut self, names: &[String]) {
        match &mut self.writer {
            Writer::Text(writer) => writer.inputs(names),
            Writer::Ndjson(writer) => writer.inputs(names),
            Writer::Csv(writer) => writer.inputs(names),
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
