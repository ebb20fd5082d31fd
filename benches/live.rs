//! Live captures under load, and over hours. Needs Linux; the first one root, `ip`, `taskset`, `tcpreplay` and `tcpdump` as well.
//!
//! ```text
//! cargo bench --bench live                  up to which rate nothing is lost: check -w, record, and tcpdump -w beside them
//! cargo bench --bench live -- --long        memory over eight hours of capture time, through a pipe and from a file that grows
//! ```
//!
//! ```text
//!                     --seconds N           for how long frames are sent at each rate [default: 6]
//!                     --rounds N            how often the highest rate is looked for [default: 3]
//!                     --buffer MIB          the kernel's buffer, the same for all [default: 64]
//!                     --pinned, --unpinned  only with sender and listener on a processor each, or only without [default: both]
//!                     --rivals N            busy loops on the listener's processor, of which it gets a share [default: 0]
//!                     --only NAME           check, record or tcpdump
//!                     --folder FOLDER       where captures are written [default: a temporary one]
//! --long              --hours N, --clients N, --look MINUTES, --only NAME (pipe, follow, packets, ndjson)
//! ```
//!
//! The load is one capture of the generator ([`traffic`]) that tcpreplay sends from memory over a veth pair, inside a network
//! namespace that is made for it and removed again. Sending takes a processor of its own, and the kernel puts frames into the
//! listener's buffer on that processor too: on a machine with two, the analysis has what is left of the other one. A rate counts
//! as without loss if every frame that was sent is in the file. Beside it stands what each frame costs the listener, which depends
//! less on what else the machine does.
//!
//! Without root: `cargo bench --bench live --no-run`, then the program it names with `sudo`. On a machine that does other things, with
//! `nice -n -15` in front: otherwise it is those that are measured. `MQTTSCOPE` names another program to try in its place.

mod lab;
mod traffic;

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lab::load::{Listener, Trial};
use lab::memory::Reader;
use lab::{Interrupted, Lab, Trouble};
use traffic::Traffic;
use traffic::day::Day;

const MQTTSCOPE: &str = env!("CARGO_BIN_EXE_mqttscope");

/// More than any sender sends in a second over a veth pair: the capture is long enough for all rates.
const FRAMES_A_SECOND: f64 = 700_000.0;

fn main() -> Result<(), Trouble> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let after = |name: &str| words.iter().skip_while(|word| *word != name).nth(1).cloned();
    let number = |name: &str, default: f64| after(name).map_or(Ok(default), |word| word.parse::<f64>());
    let interrupted = Interrupted::listen()?;
    let folder = after("--folder").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let mqttscope = std::env::var("MQTTSCOPE").unwrap_or_else(|_| MQTTSCOPE.to_owned());

    if has("--long") {
        let day = Day {
            length: Duration::from_secs_f64(number("--hours", 8.0)? * 3600.0),
            clients: number("--clients", 2000.0)? as u32,
            look: Duration::from_secs_f64(number("--look", 30.0)? * 60.0),
        };
        let reader = |words: &str| Reader { words: words.split(' ').map(str::to_owned).collect() };
        let readers = [
            ("pipe", reader("check --no-config -")),
            ("follow", reader("check --no-config --follow FILE")),
            ("packets", reader("packets --no-config -o /dev/null -")),
            ("ndjson", reader("check --no-config --format ndjson -")),
        ];
        let only = after("--only");
        let readers = readers.into_iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)).map(|(_, reader)| reader);
        return lab::memory::run_all(&mqttscope, &day, &readers.collect::<Vec<_>>(), folder.path(), &interrupted);
    }

    let root = lab::run(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let missing = ["ip", "taskset", "tcpreplay", "tcpdump"].into_iter().find(|program| !lab::is_there(program));
    if !root {
        println!("skipped: a network namespace takes root");
        return Ok(());
    }
    if let Some(program) = missing {
        println!("skipped: {program} is not installed");
        return Ok(());
    }

    let seconds = number("--seconds", 6.0)?;
    let capture = folder.path().join("traffic.pcap");
    let wanted = Traffic { frames: (FRAMES_A_SECOND * seconds) as u64, ..Traffic::default() };
    let frames = traffic::write(&wanted, BufWriter::new(File::create(&capture)?))?;
    let lab = Lab::new()?;
    let trial = Trial {
        mqttscope: &mqttscope,
        capture: &capture,
        frames,
        seconds,
        rounds: number("--rounds", 3.0)? as usize,
        buffer: number("--buffer", 64.0)? as u64,
        pinned: false,
        rivals: number("--rivals", 0.0)? as usize,
        folder: folder.path(),
    };
    let only = after("--only");
    let listeners = Listener::ALL.into_iter().filter(|listener| only.as_deref().is_none_or(|only| listener.name().contains(only)));
    let listeners: Vec<Listener> = listeners.collect();
    for pinned in [true, false] {
        if !has(if pinned { "--unpinned" } else { "--pinned" }) {
            lab::load::run_all(&lab, &Trial { pinned, ..trial }, &listeners, &interrupted)?;
        }
    }
    Ok(())
}
