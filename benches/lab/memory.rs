//! How much memory an analysis takes over hours of traffic, which come as fast as they are read: at fixed points of capture time
//! the traffic pauses until all of it is taken, and the memory is looked at.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Interrupted, Process, Trouble};
use crate::traffic::day::{self, Day};

/// Who reads.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The arguments; `-` is a pipe, `FILE` a file that grows.
    pub words: Vec<String>,
}

/// What was seen of one reader.
struct Course {
    name: String,
    /// Bytes in memory at each point.
    memory: Vec<u64>,
    most: u64,
    frames: u64,
    seconds: f64,
    end: String,
}

/// Lets all readers read the same traffic, one after the other, and prints what they took.
pub fn run_all(mqttscope: &str, day: &Day, readers: &[Reader], folder: &Path, interrupted: &Interrupted) -> Result<(), Trouble> {
    let mut courses = Vec::new();
    for reader in readers {
        let course = watch(mqttscope, day, reader, folder, interrupted)?;
        println!(
            "{}: {} frames in {:.0} s, at most {:.1} MiB\n{}",
            course.name,
            course.frames,
            course.seconds,
            mebibytes(course.most),
            course.end
        );
        courses.push(course);
    }
    println!("\nMiB in memory (VmRSS) after so many hours of capture time:\n");
    print!("{:>6}", "hours");
    courses.iter().for_each(|course| print!("  {:>24}", course.name));
    println!();
    let points = courses.iter().map(|course| course.memory.len()).max().unwrap_or(0);
    for point in 0..points {
        print!("{:>6.2}", (point + 1) as f64 * day.look.as_secs_f64() / 3600.0);
        courses.iter().for_each(|course| print!("  {:>24.1}", mebibytes(course.memory.get(point).copied().unwrap_or_default())));
        println!();
    }
    print!("{:>6}", "most");
    courses.iter().for_each(|course| print!("  {:>24.1}", mebibytes(course.most)));
    println!();
    Ok(())
}

fn watch(mqttscope: &str, day: &Day, reader: &Reader, folder: &Path, interrupted: &Interrupted) -> Result<Course, Trouble> {
    let file = folder.join("growing.pcap");
    let follows = reader.words.iter().any(|word| word == "FILE");
    let mut command = Command::new(mqttscope);
    command.args(reader.words.iter().map(|word| if word == "FILE" { file.to_string_lossy().into_owned() } else { word.clone() }));
    let out = if follows { Some(File::create(&file)?) } else { None };
    command.stdin(if follows { Stdio::null() } else { Stdio::piped() });
    let begun = Instant::now();
    let words = folder.join("words");
    let mut process = Process::start(&mut command, &words)?;
    let out: Box<dyn Write> = match (out, process.input()) {
        (Some(file), _) => Box::new(file),
        (None, Some(pipe)) => Box::new(pipe),
        (None, None) => return Err("no pipe".into()),
    };
    let mut memory = Vec::new();
    let mut look = || {
        interrupted.check().map_err(|error| std::io::Error::other(error.to_string()))?;
        process.settle();
        memory.push(process.memory()[0]);
        Ok(())
    };
    let frames = day::write(day, BufWriter::with_capacity(1 << 20, out), &mut look)?;
    let most = process.memory()[1];
    let said = if follows { process.interrupt()? } else { process.wait()? };
    let end: Vec<&str> = said.lines().filter(|line| line.contains("bound") || line.contains("frames")).take(12).collect();
    if follows {
        std::fs::remove_file(&file)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Course { name: reader.words.join(" "), memory, most, frames, seconds, end: end.join("\n") })
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
