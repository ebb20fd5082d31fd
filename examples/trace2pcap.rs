//! Writes each section of a trace as a pcap file: `cargo run --example trace2pcap -- FILE.trace DIRECTORY`.

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};
use mqttscope::trace::{Resolution, compile, parse};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output] = &arguments[..] else { bail!("usage: trace2pcap FILE.trace DIRECTORY") };
    let text = fs::read_to_string(input).with_context(|| input.clone())?;
    let stem = Path::new(input).file_stem().unwrap_or_default().to_string_lossy();
    for (number, section) in (1..).zip(&parse(&text).with_context(|| input.clone())?.sections) {
        let recording = compile(section).with_context(|| input.clone())?;
        let path = Path::new(output).join(format!("{stem}-{number}.pcap"));
        fs::write(&path, recording.pcap(Resolution::Nanos)).with_context(|| path.display().to_string())?;
        println!("{}: {} ({} frames)", path.display(), section.title, recording.frames.len());
    }
    Ok(())
}
