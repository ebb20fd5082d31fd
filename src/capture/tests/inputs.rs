//! Arguments, and several inputs as one.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::capture::Progress;

fn open(paths: &[&Path]) -> Result<Source, CaptureError> {
    let paths: Vec<String> = paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    Source::open(&paths, &Options::default())
}

fn error(path: &Path) -> String {
    open(&[path]).map(|_| ()).unwrap_err().to_string().replace(path.to_str().unwrap(), "INPUT")
}

/// A directory with these files.
fn directory(files: &[(&str, Vec<u8>)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    directory
}

fn file_names(source: &Source) -> Vec<String> {
    source.inputs().iter().map(|name| Path::new(name).file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn is_send<T: Send>(_: &T) {}

#[test]
fn one_file() {
    let directory = directory(&[("a.pcap", sample())]);
    let mut source = open(&[&directory.path().join("a.pcap")]).unwrap();
    is_send(&source);
    assert_eq!(drain(&mut source), [(0, 1, "first".to_owned()), (0, 2, String::new()), (0, 3, "third frame".to_owned())]);
    assert_eq!(source.progress(), Progress { read: 88, total: Some(88) });
    assert_eq!(source.take_warnings(), []);
}

#[test]
fn inputs_are_merged_by_time_and_numbered_each() {
    let directory = directory(&[
        ("late.pcap", pcap_from(1002, &[b"l1002", b"l1003"])),
        ("early.pcap", pcap_from(1000, &[b"e1000", b"e1001", b"e1002"])),
        ("none.pcap", pcap_from(0, &[])),
    ]);
    let path = directory.path();
    let mut source = open(&[&path.join("late.pcap"), &path.join("early.pcap"), &path.join("none.pcap")]).unwrap();
    let seen = drain(&mut source);
    // Of equal times, the input named first comes first.
    assert_eq!(
        seen.iter().map(|(input, number, data)| (*input, *number, data.as_str())).collect::<Vec<_>>(),
        [(1, 1, "e1000"), (1, 2, "e1001"), (0, 1, "l1002"), (1, 3, "e1002"), (0, 2, "l1003")]
    );
    assert_eq!(file_names(&source), ["late.pcap", "early.pcap", "none.pcap"]);
    assert!(source.next().unwrap().is_none());
}

#[test]
fn directory_gives_its_captures_in_the_order_of_names() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &sample()).unwrap();
    let directory = directory(&[
        ("2.dat", gzip.finish().unwrap()),
        ("1.cap", sample()),
        ("readme.txt", b"not a capture".to_vec()),
        ("empty", Vec::new()),
        ("3", section(Order::Big)),
    ]);
    fs::create_dir(directory.path().join("below")).unwrap();
    fs::write(directory.path().join("below/4.pcap"), sample()).unwrap();
    let mut source = open(&[directory.path()]).unwrap();
    assert_eq!(file_names(&source), ["1.cap", "2.dat", "3"]);
    assert_eq!(drain(&mut source).len(), 6);
}

#[test]
fn patterns_and_a_file_whose_name_looks_like_one() {
    let directory = directory(&[("a.pcap", sample()), ("b.pcap", sample()), ("c.txt", sample()), ("[ab].pcap", sample())]);
    let at = |name: &str| directory.path().join(name);
    assert_eq!(file_names(&open(&[&at("?.pcap")]).unwrap()), ["a.pcap", "b.pcap"]);
    assert_eq!(file_names(&open(&[&at("[ab].pcap")]).unwrap()), ["[ab].pcap"]);
    fs::remove_file(at("[ab].pcap")).unwrap();
    assert_eq!(file_names(&open(&[&at("[ab].pcap")]).unwrap()), ["a.pcap", "b.pcap"]);
}

#[test]
fn errors_say_what_where_and_what_to_do() {
    let directory = directory(&[("empty", Vec::new()), ("cut", sample()[..10].to_vec()), ("text", b"Dear diary".to_vec())]);
    let at = |name: &str| directory.path().join(name);
    assert_eq!(error(&at("nothing")), "INPUT: no such file or directory: check the name");
    assert_eq!(error(&at("empty")), "INPUT: empty, 0 bytes: was the capture stopped before its header was written?");
    assert_eq!(error(&at("cut")), "INPUT: cut short after 10 bytes, inside the pcap file header: no frame is left in it");
    assert!(error(&at("text")).starts_with("INPUT: not a capture: text that begins `Dear diary`"));
    assert_eq!(error(&at("*.pcap")), "INPUT: no file matches this pattern: check it against the directory");
    assert!(error(&at("[")).starts_with("INPUT: neither a file nor a valid pattern"));
    fs::remove_file(at("cut")).unwrap();
    assert_eq!(error(directory.path()), "INPUT: no capture among the 2 files in this directory (directories below it are not searched)");
    assert!(matches!(Source::open(&[], &Options::default()), Err(CaptureError::NoInput)));
}

#[test]
fn one_bad_input_among_several_is_named() {
    let directory = directory(&[("a.pcap", sample()), ("b.pcap", Vec::new())]);
    let error = open(&[&directory.path().join("a.pcap"), &directory.path().join("b.pcap")]).map(|_| ()).unwrap_err();
    assert!(matches!(error, CaptureError::Empty { input } if input.ends_with("b.pcap")));
}

#[test]
fn every_input_warns_for_itself() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 1].to_vec();
    let directory = directory(&[
        ("a.pcap", cut(sample())),
        ("b.pcap", cut(pcap_from(2000, &[b"only"]))),
        ("c.pcap", cut(pcap_from(3000, &[b"x", b"y"]))),
    ]);
    let mut source = open(&[directory.path()]).unwrap();
    assert_eq!(drain(&mut source).len(), 3);
    let files: Vec<_> = source
        .take_warnings()
        .into_iter()
        .map(|warning| match warning {
            Warning::CutShort { at } => (at.file.chars().rev().nth(5).unwrap(), at.frame),
            other => panic!("{other}"),
        })
        .collect();
    // b has no whole frame, so it is known before reading begins.
    assert_eq!(files, [('b', 0), ('a', 2), ('c', 1)]);
}

#[cfg(unix)]
#[test]
fn a_pipe_among_files_is_opened_once() {
    let directory = directory(&[("a.pcap", pcap_from(1000, &[b"a", b"c"]))]);
    let pipe = directory.path().join("pipe");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo here");
        return;
    }
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, pcap_from(1000, &[b"b", b"d"])).unwrap()
    });
    let mut source = open(&[&directory.path().join("a.pcap"), &pipe]).unwrap();
    let data: String = drain(&mut source).into_iter().map(|(_, _, data)| data).collect();
    assert_eq!(data, "abcd");
    assert_eq!(source.progress().total, None);
    writer.join().unwrap();
}

#[cfg(unix)]
#[test]
fn files_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory(&[("a.pcap", sample()), ("secret.pcap", sample())]);
    let secret = directory.path().join("secret.pcap");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&secret).is_ok() {
        eprintln!("skipped: root may read everything");
        return;
    }
    assert_eq!(error(&secret), "INPUT: permission denied: read it as its owner, or ask for read access (chmod +r)");
    let mut source = open(&[directory.path()]).unwrap();
    assert_eq!(drain(&mut source).len(), 3);
    assert!(matches!(&source.take_warnings()[..], [Warning::LeftOut { .. }]));
}

#[cfg(unix)]
#[test]
fn names_cannot_drive_a_terminal() {
    let directory = directory(&[("\u{1b}[2Jx.pcap", sample())]);
    assert_eq!(file_names(&open(&[directory.path()]).unwrap()), ["\u{fffd}[2Jx.pcap"]);
}

#[cfg(not(feature = "live"))]
#[test]
fn filter_needs_libpcap() {
    let options = Options { filter: Some("tcp".to_owned()), ..Options::default() };
    let error = Source::from_reader("test", Cursor::new(sample()), &options).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "filter `tcp`: this build has no libpcap; build it with `cargo build --features live` to use filters");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Files in time order, merged, are what sorting all frames by time and input gives.
    #[test]
    fn merging_is_a_stable_sort(files in proptest::collection::vec(proptest::collection::vec(0..20_u32, 0..12), 2..6)) {
        let directory = TempDir::new().unwrap();
        let mut expected = Vec::new();
        let mut paths = Vec::new();
        for (index, mut times) in files.into_iter().enumerate() {
            times.sort_unstable();
            let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
            for (number, time) in (1..).zip(&times) {
                bytes.extend(pcap_record(Order::Little, *time, 0, b"x"));
                expected.push((*time, index as u32, number));
            }
            let path = directory.path().join(index.to_string());
            fs::write(&path, bytes).unwrap();
            paths.push(path);
        }
        expected.sort_unstable();
        let mut source = open(&paths.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>()).unwrap();
        let seen: Vec<_> = drain(&mut source).into_iter().map(|(input, number, _)| (input, number)).collect();
        prop_assert_eq!(seen, expected.into_iter().map(|(_, input, number)| (input, number)).collect::<Vec<_>>());
    }
}
