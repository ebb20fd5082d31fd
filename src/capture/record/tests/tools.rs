//! What other programs read from a recording: those of Wireshark, where they are installed.

use std::process::Command;

use super::*;

/// What a program prints; `None`, and a word about it, where it is not installed.
fn output(program: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let Ok(output) = Command::new(program).args(arguments).arg(path).env("TZ", "UTC").env("LC_ALL", "C").output() else {
        eprintln!("skipped: {program} is not installed");
        return None;
    };
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {errors}");
    assert!(!errors.contains("appears to"), "{program}: {errors}");
    Some(text.into_owned())
}

fn recorded(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("live.pcapng");
    let described = InterfaceDescription {
        description: "the wire".to_owned(),
        snap_length: 65_535,
        filter: "port 1883".to_owned(),
        os: "an OS".to_owned(),
        ..InterfaceDescription::new("eth0", LinkType::ETHERNET)
    };
    let interfaces = vec![described, InterfaceDescription::new("tun0", LinkType::RAW)];
    let mut recorder = Recorder::create(options(&path, Rotation::default(), None), interfaces).unwrap();
    let frames = [
        Owned::new(0.25, [0; 60]),
        Owned { input: 1, link: LinkType::RAW, ..Owned::new(1.5, [0x45; 21]) },
        Owned { input: 1, link: LinkType::ETHERNET, ..Owned::new(2.000_000_001, [0; 14]) },
    ];
    frames.iter().for_each(|frame| recorder.frame(&frame.frame()).unwrap());
    for (input, received) in [(0, 1), (1, 2)] {
        let statistics = InterfaceStatistics {
            time: at(3.0),
            start: Some(at(0.0)),
            end: Some(at(3.0)),
            received: Some(received),
            dropped: Some(4),
            accepted: Some(5),
            dropped_by_system: Some(6),
            delivered: Some(7),
            comment: "counted".to_owned(),
        };
        recorder.statistics(input, statistics);
    }
    recorder.finish().unwrap();
    path
}

#[test]
fn tshark_reads_frames_and_interfaces() {
    let folder = TempDir::new().unwrap();
    let fields = ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name", "frame.interface_description"];
    let mut arguments = vec!["-n", "-T", "fields"];
    arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
    arguments.push("-r");
    let Some(text) = output("tshark", &arguments, &recorded(&folder)) else { return };
    let expected =
        ["1795168800.250000000\t67\t60\teth0\tthe wire", "1795168801.500000000\t28\t21\ttun0\t", "1795168802.000000001\t21\t14\ttun0\t"];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn capinfos_knows_what_was_declared() {
    let folder = TempDir::new().unwrap();
    let path = recorded(&folder);
    let Some(text) = output("capinfos", &[], &path) else { return };
    let parts = [
        "Number of packets:   3",
        "made by a test",
        "Number of interfaces in file: 3",
        "Name = eth0",
        "Description = the wire",
        "Operating system = an OS",
        "Filter string = port 1883",
        "Capture length = 65535",
        "Time precision = nanoseconds (9)",
        "Number of stat entries = 1",
        std::env::consts::ARCH,
        concat!("mqttscope ", env!("CARGO_PKG_VERSION")),
    ];
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let table = output("capinfos", &["-T", "-r", "-c"], &path).unwrap();
    assert_eq!(table.trim_end(), format!("{}\t3", path.display()));
}
