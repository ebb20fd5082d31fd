//! How live captures end, and what is left of them then: all that was captured, in files that are whole.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use hex_literal::hex;
use tempfile::TempDir;

use live::disk::Disk;
use live::{Live, Network, Talk, available, cable, frames, ip, listed, name, wait};
use program::{Run, command, parse, run};

/// The number of frames that the program tells to have recorded, which the files must hold.
#[track_caller]
fn recorded(run: &Run, files: impl IntoIterator<Item = impl AsRef<Path>>) -> u64 {
    let frames = frames(files);
    let told = |line: &str| line.starts_with(&format!("mqttscope: {frames} frame"));
    assert!(run.err.lines().any(told), "{frames}: {}", run.err);
    frames
}

/// Payloads of PUBLISH packets in files, in bytes.
fn payloads(files: impl IntoIterator<Item = impl AsRef<Path>>) -> Vec<u64> {
    let files = files.into_iter().map(|file| name(file.as_ref()));
    let out = run(["packets", "--format", "ndjson"].into_iter().map(str::to_owned).chain(files)).ok();
    let packets = out.lines().map(parse).filter(|packet| packet["type"] == "PUBLISH");
    packets.map(|packet| packet["payload_length"].as_u64().expect("a number")).collect()
}

#[test]
fn signals_end_it_well_with_all_that_was_sent_before() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let mut talk = Talk::open("127.0.0.1:1883");
    for (number, signal) in ["INT", "TERM", "HUP", "INT", "TERM"].into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.pcapng"));
        let live = Live::start(&format!("record -i lo -w {}", name(&file)));
        for size in 1..=50 {
            talk.publish(&vec![b'x'; size * 130]);
        }
        live.signal(signal);
        let run = live.end();
        assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
        let frames = recorded(&run, [&file]);
        assert_eq!(live::statistics(&file), [frames]);
        assert_eq!(payloads([&file]), (1..=50).map(|size| size * 130).collect::<Vec<u64>>(), "SIG{signal}");
    }
}

#[test]
fn pipe_of_which_not_even_the_header_came_ends_when_it_is_told_to() {
    let piped = |arguments: &str| Live::run(command().args(arguments.split(' ')).stdin(Stdio::piped()));
    let nothing = |run: Run| assert_eq!((run.code, run.out.lines().nth(1)), (Some(0), Some("  0 frames, 0 B")), "{}", run.err);
    for header in [&b""[..], &hex!("d4 c3 b2 a1 02 00")] {
        for signal in ["INT", "TERM"] {
            let mut live = piped("check -");
            live.feed(header);
            live.signal(signal);
            nothing(live.end());
        }
        for limit in ["--duration 0.1", "--idle-exit 0.1"] {
            let mut live = piped(&format!("check - {limit}"));
            live.feed(header);
            nothing(live.end());
        }
    }
}

#[test]
fn count_is_exact() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("live.pcapng");
    let record = Live::start(&format!("record -i lo -c 7 -w {}", name(&file)));
    let check = Live::start("check --format json -i lo -c 1");
    let mut talk = Talk::open("127.0.0.1:1883");
    talk.publish(b"21.5");
    let run = record.end();
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(recorded(&run, [&file]), 7);
    let run = check.end();
    let capture = &parse(&run.out)["capture"];
    assert_eq!((run.code, capture["frames"].as_u64()), (Some(0), Some(1)));
    // What the kernel counted is asked for at the end.
    assert!(capture["interfaces"][0]["received"].as_u64() >= Some(1), "{capture}");
}

#[test]
fn time_that_is_over_ends_it() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let path = |file: &str| folder.path().join(file);
    let mut talk = Talk::open("127.0.0.1:1883");
    let idle = Live::start(&format!("record -i lo --idle-exit 0.7 -w {}", name(&path("idle.pcapng"))));
    let timed = Live::start(&format!("record -i lo --duration 1.5 -w {}", name(&path("timed.pcapng"))));
    talk.publish(b"21.5");
    for (live, file) in [(idle, "idle.pcapng"), (timed, "timed.pcapng")] {
        let run = live.end();
        assert_eq!(run.code, Some(0), "{}", run.err);
        recorded(&run, [path(file)]);
        assert_eq!(payloads([path(file)]), [4]);
    }
}

#[test]
fn ring_keeps_the_newest_and_tells_all() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let start = |ring: &str, rotation: &str| {
        fs::create_dir(folder.path().join(ring)).expect("a folder");
        Live::start(&format!("record -i lo -w {}/live.pcapng {rotation}", name(&folder.path().join(ring))))
    };
    let count = start("count", "--rotate-count 30");
    let kept = start("kept", "--rotate-count 30 --keep 3");
    let size = start("size", "--rotate-size 8K");
    let mut talk = Talk::open("127.0.0.1:1883");
    let sizes: Vec<u64> = (0..100).map(|number| 150 + number).collect();
    for size in &sizes {
        talk.publish(&vec![b'x'; *size as usize]);
    }
    drop(talk);
    let files = |ring: &str| listed(&folder.path().join(ring));

    let run = count.interrupt();
    let all = recorded(&run, files("count"));
    assert_eq!((run.code, files("count").len() as u64), (Some(0), all.div_ceil(30)), "{}", run.err);
    assert!(files("count").iter().rev().skip(1).all(|file| frames([file]) == 30));
    assert_eq!(payloads(files("count")), sizes);

    let run = kept.interrupt();
    assert_eq!((run.code, files("kept").len()), (Some(0), 3));
    let left = frames(files("kept"));
    assert!((61..=90).contains(&left), "{left}");
    let (whole, removed) = (60 + all % 30, all.div_ceil(30) - 3);
    assert!(
        run.err.contains(&format!(" {removed} older files removed")) && (all.is_multiple_of(30) || left == whole),
        "{left}: {}",
        run.err
    );
    assert_eq!(run.err.split(' ').nth(1), Some(all.to_string().as_str()), "{}", run.err);
    let newest = payloads(files("kept"));
    assert!(sizes.ends_with(&newest) && !newest.is_empty(), "{newest:?}");

    let run = size.interrupt();
    assert_eq!((run.code, recorded(&run, files("size"))), (Some(0), all));
    assert!(files("size").len() > 3);
    // The statistics at the end of each file come on top.
    assert!(files("size").iter().all(|file| fs::metadata(file).expect("a file").len() <= 8192 + 112));
    assert_eq!(payloads(files("size")), sizes);
}

#[test]
fn file_whose_time_is_over_is_closed_while_nothing_comes() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let live = Live::start(&format!("record -i lo -w {}/live.pcapng --rotate-time 0.5", name(folder.path())));
    let mut talk = Talk::open("127.0.0.1:1883");
    talk.publish(b"1");
    // The program has let go of the file, with the statistics at its end.
    let held = || {
        let files = fs::read_dir(format!("/proc/{}/fd", live.id())).expect("a process").flatten();
        files.filter_map(|file| fs::read_link(file.path()).ok()).any(|path| path.starts_with(folder.path()))
    };
    wait("the first file", || (listed(folder.path()).len() == 1 && !held()).then_some(()));
    assert_eq!(payloads(listed(folder.path())), [1]);
    talk.publish(b"12");
    wait("the second file", || (listed(folder.path()).len() == 2).then_some(()));
    let run = live.interrupt();
    assert_eq!(run.code, Some(0), "{}", run.err);
    recorded(&run, listed(folder.path()));
    assert_eq!(payloads(listed(folder.path())), [1, 2]);
}

#[test]
fn full_disk_ends_it_with_a_line_and_a_whole_file() {
    let Some(_network) = Network::enter() else { return };
    let Some(disk) = available(Disk::mount().ok_or_else(|| "no disk can be made".to_owned())) else { return };
    let file = disk.path("live.pcapng");
    let record = Live::start(&format!("record -i lo -w {}", name(&file)));
    let mut talk = Talk::open("127.0.0.1:1883");
    talk.publish(b"packet-id-zero follows");
    talk.client.send(hex!("32 05 0001 61 0000"));
    talk.server.expect(hex!("32 05 0001 61 0000"));
    for _ in 0..60 {
        talk.publish(&[b'x'; 16_000]);
    }
    let run = record.end();
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    let frames = recorded(&run, [&file]);
    let complaint = format!(
        "mqttscope: {}: recording failed: No space left on device (os error 28): the {frames} frames before that are safe in it",
        file.display()
    );
    assert!(run.err.lines().filter(|line| line.starts_with(&complaint)).count() == 1, "{}", run.err);
    let sizes = payloads([&file]);
    assert!(sizes.len() > 20 && sizes[2..].iter().all(|size| *size == 16_000), "{sizes:?}");

    // With a report: what was found until then is told.
    fs::remove_file(&file).expect("room");
    let check = Live::start(&format!("check --format json -i lo -w {}", name(&file)));
    drop(talk);
    let mut talk = Talk::open("127.0.0.1:1883");
    talk.client.send(hex!("32 05 0001 61 0000"));
    talk.server.expect(hex!("32 05 0001 61 0000"));
    for _ in 0..60 {
        talk.publish(&[b'x'; 16_000]);
    }
    let run = check.end();
    assert_eq!(run.code, Some(2), "{}", run.err);
    recorded(&run, [&file]);
    assert!(run.err.lines().filter(|line| line.contains("recording failed: No space left on device")).count() == 1, "{}", run.err);
    assert_eq!(parse(&run.out)["findings"][0]["rule"], "packet-id-zero");
}

#[test]
fn interface_that_is_removed_ends_it_with_a_line_and_all_before() {
    let Some((_near, far)) = cable() else { return };
    let folder = TempDir::new().expect("a folder");
    let path = |file: &str| folder.path().join(file);
    let record = Live::start(&format!("record -i near -w {}", name(&path("record.pcapng"))));
    let check = Live::start(&format!("check --format json -i near -w {}", name(&path("check.pcapng"))));
    let packets = Live::start("packets --format ndjson -i near");
    let mut talk = Talk::across(&far);
    talk.client.send(hex!("32 05 0001 61 0000"));
    talk.server.expect(hex!("32 05 0001 61 0000"));
    talk.publish(b"last");
    ip("link delete near");

    let complaint = "mqttscope: near: capturing broke off: The interface disappeared";
    let run = record.end();
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    assert_eq!(run.err.lines().filter(|line| line.starts_with(complaint)).count(), 1, "{}", run.err);
    recorded(&run, [path("record.pcapng")]);
    assert_eq!(payloads([path("record.pcapng")]), [0, 4]);
    let run = check.end();
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert_eq!(run.err.lines().filter(|line| line.starts_with(complaint)).count(), 1, "{}", run.err);
    recorded(&run, [path("check.pcapng")]);
    assert_eq!(parse(&run.out)["findings"][0]["rule"], "packet-id-zero");
    let run = packets.end();
    assert_eq!((run.code, run.out.lines().count()), (Some(2), 4), "{}", run.err);
}

#[test]
fn interface_that_goes_down_ends_the_capture_with_all_that_came_before() {
    let Some((_near, far)) = cable() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("live.pcapng");
    let record = Live::start(&format!("record -i near -w {}", name(&file)));
    Talk::across(&far).publish(b"1");
    ip("link set near down");
    let run = record.end();
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    assert!(run.err.contains("near: capturing broke off: the interface went down: nothing that came before is lost"), "{}", run.err);
    assert_eq!(payloads([&file]), [1]);
}

#[test]
fn interface_that_is_down_for_a_moment_is_captured_on() {
    let Some((_near, far)) = cable() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("live.pcapng");
    let record = Live::start(&format!("record -i near -w {}", name(&file)));
    let mut talk = Talk::across(&far);
    talk.publish(b"1");
    // Long enough that each is seen.
    for _ in 0..4 {
        ip("link set near down");
        thread::sleep(Duration::from_millis(500));
        ip("link set near up");
        thread::sleep(Duration::from_millis(500));
    }
    talk.publish(b"12");
    let run = record.interrupt();
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
    recorded(&run, [&file]);
    assert_eq!(payloads([&file]), [1, 2]);
}

#[test]
fn reader_that_goes_away_is_success() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("live.pcapng");
    let mut talk = Talk::open("127.0.0.1:1883");
    for arguments in
        ["packets -i lo".to_owned(), "packets --format ndjson -i lo".to_owned(), format!("check -i lo --interval 0.1 -w {}", name(&file))]
    {
        let mut process = command().args(arguments.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        wait("a capture", || (live::captures(process.id()) == 1).then_some(()));
        drop(process.stdout.take());
        // The next line that cannot be written ends it.
        let status = wait("the end", || {
            talk.publish(b"21.5");
            process.try_wait().expect("a process")
        });
        assert_eq!(status.code(), Some(0), "{arguments}");
    }
    assert!(frames([&file]) > 0);

    // A recording on standard output, of which something was read or nothing at all.
    for reads in [true, false] {
        let mut process =
            command().args(["record", "-i", "lo", "-w", "-"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let mut out = process.stdout.take().expect("a pipe");
        if reads {
            out.read_exact(&mut [0; 28]).expect("a header");
        }
        drop(out);
        let status = wait("the end", || {
            talk.publish(b"21.5");
            process.try_wait().expect("a process")
        });
        let mut err = String::new();
        process.stderr.take().expect("a pipe").read_to_string(&mut err).expect("UTF-8");
        assert!(status.code() == Some(0) && !err.contains("pipe"), "{err}");
    }
}

#[test]
fn frames_that_were_lost_are_told_by_all() {
    let Some(_network) = Network::enter() else { return };
    let start = |command: &str| Live::start(&format!("{command} -i lo --buffer-size 64K"));
    let all = [start("packets --format csv"), start("sessions --format json"), start("check --format json")];
    let recording = TempDir::new().expect("a folder");
    let record = start(&format!("record -w {}", name(&recording.path().join("live.pcapng"))));
    let mut talk = Talk::open("127.0.0.1:1883");
    // While nobody takes frames out, the kernel's buffer runs over.
    all.iter().chain([&record]).for_each(|live| live.signal("STOP"));
    (0..200).for_each(|_| talk.publish(&[b'x'; 16_000]));
    all.iter().chain([&record]).for_each(|live| live.signal("CONT"));
    talk.publish(b"21.5");
    let by_kernel = "dropped by the kernel, whose buffer was full (--buffer-size)";
    for live in all {
        let run = live.interrupt();
        assert_eq!(run.code, Some(0), "{}", run.err);
        let told = |begin: &str, text: &str| run.err.lines().filter(|line| line.starts_with(begin) && line.contains(text)).count();
        assert_eq!(told("mqttscope: warning: lo: ", by_kernel), 1, "{}", run.err);
        assert_eq!(told("mqttscope: warning: ", "lost while capturing"), 1, "{}", run.err);
    }
    let run = record.interrupt();
    assert!(run.err.lines().any(|line| line.starts_with("mqttscope: lo: ") && line.contains(by_kernel)), "{}", run.err);
    let verbose = Live::start("packets -v -i lo").interrupt();
    assert!(verbose.err.contains("mqttscope: lo: 0 frames received\n"), "{}", verbose.err);
}

/// Where nothing was made yet, nothing is there.
#[test]
fn recording_without_a_frame_is_a_whole_file_or_none() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file: &Path = &folder.path().join("live.pcapng");
    let run = Live::start(&format!("record -i lo -w {}", name(file))).interrupt();
    assert_eq!((run.code, recorded(&run, [file])), (Some(0), 0));
    let run = Live::start(&format!("record -i lo -w {} --rotate-size 10", name(&folder.path().join("ring.pcapng")))).interrupt();
    assert!(run.code == Some(0) && run.err.contains("mqttscope: no frame came: no file was made\n"), "{}", run.err);
    assert_eq!(listed(folder.path()), [file]);
}
