//! Frames per second of the whole `check` pipeline, from the file to the verdicts.
//!
//! ```text
//! cargo bench                                          time a capture of 1,000,000 frames made in a temporary folder
//! cargo bench -- FILE                                  time another one
//! cargo bench -- --index FILE                          load one into the packet index instead, as the terminal UI does
//! cargo bench -- --make FILE [FRAMES [SPLIT [REORDER [CONNECTIONS]]]]  only make it: for timing against other programs
//! cargo bench -- --day FILE [HOURS [CLIENTS]]          make one of hours of traffic instead, as `--bench live -- --long` uses it
//! ```

mod traffic;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mqttscope::analysis::{Analyzer, Observer, Settings};
use mqttscope::capture::{Options, Source};
use mqttscope::finding::Finding;
use mqttscope::index::Index;
use mqttscope::index::load::{self, Message};

use traffic::Traffic;
use traffic::day::Day;

#[derive(Default)]
struct Count {
    findings: u64,
}

impl Observer for Count {
    fn finding(&mut self, finding: &Finding) {
        self.findings += 1;
        eprintln!("{}: {}", finding.rule, finding.message);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, default: u64| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(default);
    match words.first().map(String::as_str) {
        Some("--make") => {
            let file = words.get(1).ok_or("--make needs a file")?;
            let traffic = Traffic {
                frames: number(2, 1_000_000),
                split: number(3, 0) as u32,
                reorder: number(4, 0) as u32,
                connections: number(5, 1000) as u32,
            };
            make(&traffic, Path::new(file))
        }
        Some("--day") => {
            let file = words.get(1).ok_or("--day needs a file")?;
            let hour = Duration::from_secs(3600);
            let day = Day { length: hour * number(2, 8) as u32, clients: number(3, 2000) as u32, look: hour };
            let frames = traffic::day::write(&day, BufWriter::new(File::create(file)?), &mut || Ok(()))?;
            println!("{frames} frames");
            Ok(())
        }
        Some("--index") => index(Path::new(words.get(1).ok_or("--index needs a file")?)),
        Some(file) => run(Path::new(file)),
        None => {
            let folder = tempfile::tempdir()?;
            for (name, split, reorder) in [("in order", 0, 0), ("30 % split, 5 % out of order", 30, 17)] {
                let file: PathBuf = folder.path().join("traffic.pcap");
                make(&Traffic { split, reorder, ..Traffic::default() }, &file)?;
                println!("{name}:");
                run(&file)?;
            }
            Ok(())
        }
    }
}

fn make(traffic: &Traffic, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let frames = traffic::write(traffic, BufWriter::new(File::create(file)?))?;
    println!("{frames} frames, {} bytes", file.metadata()?.len());
    Ok(())
}

fn run(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let input = [file.to_string_lossy().into_owned()];
    for _ in 0..5 {
        let start = Instant::now();
        let mut source = Source::open(&input, &Options::default())?;
        let mut analyzer = Analyzer::new(mqttscope::rules::all(), Settings::default());
        let mut count = Count::default();
        while let Some(frame) = source.next()? {
            analyzer.push(&frame, &mut count);
        }
        let stats = analyzer.finish(&mut count).stats;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{:.3} s  {:.2} Mframes/s  {} packets  {} findings",
            seconds,
            stats.frames as f64 / seconds / 1e6,
            stats.packets,
            count.findings
        );
    }
    Ok(())
}

/// Loads in one thread, takes in and looks at packets in the other.
fn index(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let input = [file.to_string_lossy().into_owned()];
    for _ in 0..5 {
        let before = resident();
        let start = Instant::now();
        let source = Source::open(&input, &Options { copies: true, ..Options::default() })?;
        let reread = source.reread();
        let loading = load::start(source, mqttscope::rules::all(), Settings::default(), None)?;
        let mut index = Index::new();
        let (mut longest, mut applying) = (Duration::ZERO, Duration::ZERO);
        while let Some(Message::Batch(batch)) = loading.next() {
            let start = Instant::now();
            index.apply(*batch);
            longest = longest.max(start.elapsed());
            applying += start.elapsed();
        }
        let seconds = start.elapsed().as_secs_f64();
        let packets = f64::from(index.len());
        let bytes = resident().saturating_sub(before) as f64 / packets;
        let start = Instant::now();
        let looks = (0..index.len()).step_by(1000.max(index.len() as usize / 1000)).map(|packet| index.detail(packet, &reread, false));
        let (looks, failed) = looks.fold((0, 0), |(looks, failed), detail| (looks + 1, failed + u32::from(detail.is_err())));
        println!(
            "{seconds:.3} s  {:.2} Mpackets/s  {packets} packets  {} connections  applying {:.0} ms, at most {:.2} ms at a time  \
             {bytes:.0} B of memory per packet  {looks} details, {failed} failed, {:.3} ms each",
            packets / seconds / 1e6,
            index.connection_count(),
            applying.as_secs_f64() * 1e3,
            longest.as_secs_f64() * 1e3,
            start.elapsed().as_secs_f64() * 1e3 / f64::from(looks.max(1)),
        );
    }
    Ok(())
}

/// Bytes of memory that this process uses; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
