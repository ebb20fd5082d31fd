//! Up to which rate of frames a capture loses nothing: mqttscope beside tcpdump, one after the other, over the same wire.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mqttscope::capture::{Options, Source};

use super::{Interrupted, Lab, Process, SENDER, Trouble, WIRE, median, run};

/// How it is tried.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The program under test.
    pub mqttscope: &'a str,
    /// What is sent.
    pub capture: &'a Path,
    /// Frames in it.
    pub frames: u64,
    /// For how long frames are sent at each rate.
    pub seconds: f64,
    /// How often the highest rate is looked for; the middle one counts.
    pub rounds: usize,
    /// The kernel's buffer in MiB, the same for all.
    pub buffer: u64,
    /// Sender and listener have a processor each.
    pub pinned: bool,
    /// Loops that do nothing but run, on the listener's processor: it gets a share of that only.
    pub rivals: usize,
    /// Where files are written.
    pub folder: &'a Path,
}

/// The processor of the listener.
const LISTENER: &str = "1";

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// `mqttscope check -i -w`.
    Check,
    /// `mqttscope record`.
    Record,
    /// `tcpdump -w`.
    Tcpdump,
}

impl Listener {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Check, Self::Record, Self::Tcpdump];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "mqttscope check -w",
            Self::Record => "mqttscope record",
            Self::Tcpdump => "tcpdump -w",
        }
    }

    fn words(self, trial: &Trial<'_>, file: &str) -> Vec<String> {
        let Trial { mqttscope, buffer, .. } = trial;
        let (mebibytes, kibibytes) = (format!("{buffer}M"), (buffer * 1024).to_string());
        let words = match self {
            Self::Check => [mqttscope, "check", "--no-config", "-i", WIRE, "-w", file, "--buffer-size", &mebibytes].to_vec(),
            Self::Record => [mqttscope, "record", "--no-config", "-i", WIRE, "-w", file, "--buffer-size", &mebibytes].to_vec(),
            // As root: it would give the file to a user who may not write to the folder.
            Self::Tcpdump => ["tcpdump", "-Z", "root", "-n", "-i", WIRE, "-w", file, "-B", &kibibytes].to_vec(),
        };
        words.into_iter().map(str::to_owned).collect()
    }
}

/// What became of the frames of one run.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    sent: u64,
    /// Frames a second, as the sender says.
    rate: f64,
    /// Frames in the file.
    written: u64,
    kernel: u64,
    interface: u64,
    own: u64,
    /// Microseconds of processor time for each frame, in user space and in the kernel.
    cost: [f64; 2],
}

impl Fate {
    const fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.written)
    }
}

/// Tries all listeners, and prints what came of it.
pub fn run_all(lab: &Lab, trial: &Trial<'_>, listeners: &[Listener], interrupted: &Interrupted) -> Result<(), Trouble> {
    let how = if trial.pinned { "sender and listener pinned to a processor each" } else { "not pinned" };
    let mut rivals = Vec::new();
    for _ in 0..trial.rivals {
        let mut rival = Command::new("taskset");
        rivals.push(Process::start(rival.args(["-c", LISTENER, "sh", "-c", "while :; do :; done"]), &trial.folder.join("rival"))?);
    }
    println!(
        "\n{how}, {} busy loops beside the listener, kernel buffer {} MiB, {} s at each rate:",
        trial.rivals, trial.buffer, trial.seconds
    );
    println!(
        "{:20} {:>9} {:>10} {:>10} {:>8} {:>8} {:>9} {:>8} {:>13}",
        "", "frames/s", "sent", "written", "lost", "kernel", "interface", "own", "µs/frame u+s"
    );
    let mut highest = vec![Vec::new(); listeners.len()];
    // In turn, so that what else the machine does meets all alike.
    for _ in 0..trial.rounds {
        for (listener, highest) in listeners.iter().zip(&mut highest) {
            highest.push(search(lab, trial, *listener, interrupted)?);
        }
    }
    for (listener, highest) in listeners.iter().zip(highest) {
        let rates: Vec<f64> = highest.iter().map(|(rate, _)| *rate).collect();
        let limited = highest.iter().filter(|(_, limited)| *limited).count();
        let each: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
        println!(
            "{:20} highest rate without loss: {:.0} frames/s (median of {}{})",
            listener.name(),
            median(rates),
            each.join(", "),
            match limited {
                0 => String::new(),
                some => format!("; in {some} of them the sender could not do more"),
            }
        );
    }
    Ok(())
}

/// The highest rate at which nothing was lost, and whether that is all that the sender can do.
fn search(lab: &Lab, trial: &Trial<'_>, listener: Listener, interrupted: &Interrupted) -> Result<(f64, bool), Trouble> {
    let top = attempt(lab, trial, listener, None, interrupted)?;
    if top.lost() == 0 {
        return Ok((top.rate, true));
    }
    let (mut good, mut bad) = (0.0, top.rate);
    // To about a twentieth.
    while bad - good > bad / 20.0 && bad > 1000.0 {
        let fate = attempt(lab, trial, listener, Some((good + bad) / 2.0), interrupted)?;
        // What the sender did counts, not what it was asked for; a sender that was held up may have done much less.
        if fate.lost() == 0 { good = fate.rate.max(good + 1.0) } else { bad = fate.rate.min((good + bad) / 2.0) }
    }
    Ok((good, false))
}

/// Sends at a rate, or as fast as it goes.
fn attempt(lab: &Lab, trial: &Trial<'_>, listener: Listener, rate: Option<f64>, interrupted: &Interrupted) -> Result<Fate, Trouble> {
    interrupted.check()?;
    let file = trial.folder.join("captured");
    let name = file.to_string_lossy().into_owned();
    let pin = |processor: &str, words: Vec<String>| {
        let pin = ["taskset", "-c", processor].map(str::to_owned);
        if trial.pinned { pin.into_iter().chain(words).collect() } else { words }
    };
    let listen = pin(LISTENER, listener.words(trial, &name));
    let listen: Vec<&str> = listen.iter().map(String::as_str).collect();
    let process = Process::start(&mut lab.command(&listen), &trial.folder.join("words"))?;
    lab.wait_for_listener()?;
    let before = process.cpu();

    let limit = rate.map_or(trial.frames, |rate| ((rate * trial.seconds) as u64).min(trial.frames));
    let speed = rate.map_or("--topspeed".to_owned(), |rate| format!("--pps={rate:.0}"));
    let capture = trial.capture.to_string_lossy().into_owned();
    let duration = format!("--duration={}", trial.seconds.ceil());
    let send = ["tcpreplay", "--preload-pcap", "--no-flow-stats", "-i", SENDER, &speed, &duration, &format!("--limit={limit}"), &capture];
    let send = pin("0", send.map(str::to_owned).to_vec());
    let send: Vec<&str> = send.iter().map(String::as_str).collect();
    let said = run(&mut lab.command(&send))?;

    process.settle();
    let cost = process.cpu();
    let words = process.interrupt()?;
    std::thread::sleep(Duration::from_millis(50));
    let sent = number_behind(&said, "Actual:").ok_or_else(|| format!("tcpreplay does not say how much it sent: {said}"))? as u64;
    let rate = said.lines().find_map(|line| line.trim().strip_suffix(" pps")?.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0);
    let fate = Fate {
        sent,
        rate,
        written: frames_in(&file)?,
        kernel: number_before(&words, " packets dropped by kernel").or(number_before(&words, " dropped by the kernel")).unwrap_or(0),
        interface: number_before(&words, " packets dropped by interface")
            .or(number_before(&words, " dropped by the interface"))
            .unwrap_or(0),
        own: number_before(&words, " dropped because the analysis").unwrap_or(0),
        cost: [0, 1].map(|at| (cost[at] - before[at]) * 1e6 / sent as f64),
    };
    fs::remove_file(&file)?;
    let Fate { sent, rate, written, kernel, interface, own, cost: [user, system] } = fate;
    println!(
        "{:20} {rate:>9.0} {sent:>10} {written:>10} {:>8} {kernel:>8} {interface:>9} {own:>8} {user:>7.2} {system:>5.2}",
        listener.name(),
        fate.lost()
    );
    Ok(fate)
}

fn frames_in(file: &Path) -> Result<u64, Trouble> {
    let mut source = Source::open(&[file.to_string_lossy().into_owned()], &Options::default())?;
    let mut frames = 0;
    while source.next()?.is_some() {
        frames += 1;
    }
    Ok(frames)
}

/// `1,234 dropped`: the number before a phrase.
fn number_before(text: &str, phrase: &str) -> Option<u64> {
    let (before, _) = text.split_once(phrase)?;
    let word = before.rsplit(|c: char| !c.is_ascii_digit() && c != ',').next()?;
    word.replace(',', "").parse().ok()
}

fn number_behind(text: &str, phrase: &str) -> Option<f64> {
    text.split_once(phrase)?.1.split_whitespace().next()?.parse().ok()
}
