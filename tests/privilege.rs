//! Rights given up for good: every case is a process of its own, this program again, which tells what it can still do. Most need
//! root to begin with; without it they say so and pass.
#![cfg(all(feature = "live", target_os = "linux"))]

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::Command;

use mqttscope::privilege::{self, Achieved, PrivilegeError, Wanted};
use nix::unistd::{Uid, User, geteuid, getgid, getuid, setuid};
use tempfile::TempDir;

/// `nobody`, on every Linux.
const NOBODY: u32 = 65534;

/// Set for the processes that a test starts: their folder.
const FOLDER: &str = "MQTTSCOPE_TEST_PRIVILEGE";

/// Folders `inside`, `outside` and `tmp`, where everybody may write, and a file `outside/file`, as far as plain permissions go.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        // Not the folder for temporary files: that one stays writable for programs that lost TMPDIR because they are set-user-ID.
        let world = Self { folder: TempDir::new_in("/var/tmp").unwrap() };
        fs::set_permissions(world.folder.path(), Permissions::from_mode(0o755)).unwrap();
        for folder in ["inside", "outside", "tmp"] {
            fs::create_dir(world.path(folder)).unwrap();
            fs::set_permissions(world.path(folder), Permissions::from_mode(0o777)).unwrap();
        }
        fs::write(world.path("outside/file"), "old").unwrap();
        fs::set_permissions(world.path("outside/file"), Permissions::from_mode(0o666)).unwrap();
        world
    }

    /// `None`, and a word about it, for everybody but root.
    fn of_root() -> Option<Self> {
        if geteuid().is_root() {
            return Some(Self::new());
        }
        eprintln!("skipped: not root");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// This program, where everybody can start it.
    fn program(&self) -> PathBuf {
        let copy = self.path("program");
        // By another process: what this one has open for writing, processes of other tests have open too until they are started,
        // and it is busy for so long.
        assert!(Command::new("cp").arg(env::current_exe().unwrap()).arg(&copy).status().unwrap().success());
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
        copy
    }

    /// Runs one test again, in a process that is [`inside`].
    #[track_caller]
    fn run(&self, test: &str, change: impl FnOnce(&mut Command) -> &mut Command) {
        self.start(Command::new(env::current_exe().unwrap()), test, change);
    }

    #[track_caller]
    fn start(&self, mut command: Command, test: &str, change: impl FnOnce(&mut Command) -> &mut Command) {
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]).current_dir("/");
        command.env(FOLDER, self.folder.path()).env("TMPDIR", self.path("tmp")).env_remove("SUDO_UID").env_remove("SUDO_GID");
        let output = change(&mut command).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        eprint!("{err}");
        assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    }
}

/// The folder, in a process that was started by [`World::run`].
fn inside() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Gives up what there is, and says so.
#[track_caller]
fn drop(user: Option<&str>, writable: &[PathBuf]) -> Achieved {
    let achieved = privilege::drop(&Wanted { user: user.map(str::to_owned), writable: writable.to_vec() }).unwrap();
    eprintln!("{achieved}");
    // The first thread of a test program only waits for the one that runs the test.
    assert_eq!(achieved.threads, 1);
    if let Err(why) = &achieved.confined {
        assert!(why.starts_with("Landlock is "), "{why}");
    }
    achieved
}

fn refused(user: Option<&str>, writable: &[PathBuf]) -> PrivilegeError {
    let error = privilege::drop(&Wanted { user: user.map(str::to_owned), writable: writable.to_vec() }).unwrap_err();
    eprintln!("{error}");
    error
}

/// What the kernel says of this thread, or of a program started by it.
fn status(text: &str) -> BTreeMap<&str, String> {
    let words = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name, words(value))).collect()
}

/// No capability and no way to any, for this thread and for programs that it starts.
#[track_caller]
fn assert_powerless(uid: u32, gid: u32) {
    let own = fs::read_to_string("/proc/thread-self/status").unwrap();
    let started = Command::new("cat").arg("/proc/self/status").output().unwrap().stdout;
    for text in [own, String::from_utf8(started).unwrap()] {
        let status = status(&text);
        assert_eq!(status["Uid"], format!("{uid} {uid} {uid} {uid}"));
        assert_eq!(status["Gid"], format!("{gid} {gid} {gid} {gid}"));
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(status[set], "0000000000000000", "{set}");
        }
        assert_eq!(status["NoNewPrivs"], "1");
    }
    if uid != 0 {
        assert!(setuid(Uid::from_raw(0)).is_err());
    }
}

/// The bounding set is empty as well, which takes root to do.
#[track_caller]
fn assert_bound() {
    assert_eq!(status(&fs::read_to_string("/proc/thread-self/status").unwrap())["CapBnd"], "0000000000000000");
}

#[track_caller]
fn assert_denied<T>(result: io::Result<T>) {
    let error = result.err().expect("denied");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
}

/// Writing works in `inside` and for temporary files, and elsewhere it does not, although permissions would let it; `open` was opened
/// before.
#[track_caller]
fn assert_confined(achieved: &Achieved, folder: &Path, open: &mut File) {
    let (inside, outside) = (folder.join("inside"), folder.join("outside"));
    fs::write(inside.join("new"), "new").unwrap();
    fs::rename(inside.join("new"), inside.join("renamed")).unwrap();
    fs::remove_file(inside.join("renamed")).unwrap();
    tempfile::tempfile().unwrap().write_all(b"temporary").unwrap();
    tempfile::NamedTempFile::new().unwrap().write_all(b"temporary").unwrap();
    OpenOptions::new().write(true).open("/dev/null").unwrap().write_all(b"nothing").unwrap();
    open.write_all(b"new").unwrap();
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "new");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert!(!fs::read("/etc/passwd").unwrap().is_empty());
    let confined = match &achieved.confined {
        Ok(confined) => confined,
        Err(why) => return eprintln!("not tested: writing outside: {why}"),
    };
    assert_denied(OpenOptions::new().write(true).open(outside.join("file")));
    assert_denied(OpenOptions::new().append(true).open(outside.join("file")));
    assert_denied(File::create(outside.join("new")));
    assert_denied(fs::remove_file(outside.join("file")));
    assert_denied(fs::create_dir(outside.join("folder")));
    // The file stays where it is; EXDEV is how Landlock says that it may not go to another folder.
    assert!(fs::rename(outside.join("file"), inside.join("file")).is_err());
    if confined.abi >= 4 {
        assert_denied(TcpListener::bind("127.0.0.1:0"));
        assert_denied(TcpStream::connect("127.0.0.1:1"));
    }
}

/// `outside/file`, opened while that is still possible.
fn outside_file(folder: &Path) -> File {
    OpenOptions::new().write(true).truncate(true).open(folder.join("outside/file")).unwrap()
}

#[test]
fn root_becomes_the_user_who_called_sudo() {
    if let Some(folder) = inside() {
        let mut open = outside_file(&folder);
        let achieved = drop(None, &[folder.join("inside")]);
        assert_eq!(achieved.account.as_ref().unwrap().uid, NOBODY);
        assert_powerless(NOBODY, NOBODY);
        assert_bound();
        assert_eq!(status(&fs::read_to_string("/proc/self/status").unwrap())["Groups"], NOBODY.to_string());
        return assert_confined(&achieved, &folder, &mut open);
    }
    let Some(world) = World::of_root() else { return };
    world.run("root_becomes_the_user_who_called_sudo", |command| command.env("SUDO_UID", "65534").env("SUDO_GID", "65534"));
}

#[test]
fn a_user_that_is_named_comes_before_the_one_who_called_sudo() {
    if let Some(folder) = inside() {
        drop(Some("nobody"), &[folder.join("inside")]);
        return assert_powerless(NOBODY, User::from_name("nobody").unwrap().unwrap().gid.as_raw());
    }
    let Some(world) = World::of_root() else { return };
    world.run("a_user_that_is_named_comes_before_the_one_who_called_sudo", |command| command.env("SUDO_UID", "1"));
}

#[test]
fn all_groups_of_the_user_are_there_and_none_of_root() {
    if inside().is_some() {
        let group = env::var("GROUP").unwrap();
        drop(Some(&env::var("WHO").unwrap()), &[]);
        let groups = status(&fs::read_to_string("/proc/self/status").unwrap())["Groups"].clone();
        return assert!(groups.split(' ').any(|one| one == group) && groups.split(' ').all(|one| one != "0"), "{groups}");
    }
    let Some(world) = World::of_root() else { return };
    let groups = fs::read_to_string("/etc/group").unwrap();
    let member = groups.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [_, _, group, members] => {
            members.split(',').find(|who| User::from_name(who).is_ok_and(|user| user.is_some())).map(|who| (who, group))
        }
        _ => None,
    });
    let Some((who, group)) = member else { return eprintln!("skipped: no user has a second group") };
    world.run("all_groups_of_the_user_are_there_and_none_of_root", |command| command.env("WHO", who).env("GROUP", group));
}

#[test]
fn a_number_that_no_user_has_is_a_user_all_the_same() {
    if let Some(folder) = inside() {
        let achieved = drop(Some("4000000"), &[folder.join("inside")]);
        assert!(achieved.to_string().starts_with("privileges: user 4000000, group 4000000; no capabilities; "));
        assert_powerless(4_000_000, 4_000_000);
        return assert_eq!(status(&fs::read_to_string("/proc/self/status").unwrap())["Groups"], "4000000");
    }
    let Some(world) = World::of_root() else { return };
    world.run("a_number_that_no_user_has_is_a_user_all_the_same", |command| command);
}

#[test]
fn root_stays_without_capabilities_if_nobody_else_is_known() {
    if let Some(folder) = inside() {
        let mut open = outside_file(&folder);
        let achieved = drop(None, &[folder.join("inside")]);
        assert!(achieved.to_string().contains("user 0 (root), group 0, as neither --user nor sudo names another; no capabilities"));
        assert_powerless(0, 0);
        assert_bound();
        assert_confined(&achieved, &folder, &mut open);
        if achieved.confined.is_ok_and(|confined| confined.abi >= 6) {
            // The same user, so that only Landlock forbids it.
            let heard = Command::new("sh").args(["-c", &format!("kill -0 {}", parent_id())]).output().unwrap();
            assert!(!heard.status.success(), "a process outside can be signalled");
        }
        return;
    }
    let Some(world) = World::of_root() else { return };
    world.run("root_stays_without_capabilities_if_nobody_else_is_known", |command| command);
    world.run("root_stays_without_capabilities_if_nobody_else_is_known", |command| command.env("SUDO_UID", "0").env("SUDO_GID", "0"));
}

#[test]
fn a_folder_that_the_user_cannot_write_to_is_found_at_once() {
    if let Some(folder) = inside() {
        let user = env::var("WHO").unwrap();
        let error = refused(Some(&user), &[folder.join("theirs/out.pcapng")]);
        assert!(matches!(&error, PrivilegeError::NotWritable { path, .. } if *path == folder.join("theirs")), "{error}");
        return;
    }
    let Some(world) = World::of_root() else { return };
    fs::create_dir(world.path("theirs")).unwrap();
    // Root could write to the first with CAP_DAC_OVERRIDE, which is gone.
    for (owner, user) in [(1, "root"), (0, "nobody")] {
        chown(world.path("theirs"), Some(owner), Some(owner)).unwrap();
        world.run("a_folder_that_the_user_cannot_write_to_is_found_at_once", |command| command.env("WHO", user));
    }
}

#[test]
fn a_folder_that_does_not_exist_is_found_at_once() {
    if let Some(folder) = inside() {
        let error = refused(None, &[folder.join("nowhere/out.pcapng")]);
        assert!(error.to_string().ends_with("/nowhere: no such folder: create it first"), "{error}");
        return;
    }
    World::new().run("a_folder_that_does_not_exist_is_found_at_once", |command| command);
}

#[test]
fn a_file_that_exists_is_all_that_can_be_written() {
    if let Some(folder) = inside() {
        let achieved = drop(None, &[folder.join("outside/file"), folder.join("inside/new"), "/dev/stderr".into()]);
        fs::write(folder.join("outside/file"), "again").unwrap();
        fs::write(folder.join("inside/new"), "new").unwrap();
        if achieved.confined.is_ok() {
            assert_denied(File::create(folder.join("outside/new")));
        }
        return;
    }
    World::new().run("a_file_that_exists_is_all_that_can_be_written", |command| command);
}

#[test]
fn who_has_no_rights_is_confined_all_the_same() {
    if let Some(folder) = inside() {
        let mut open = outside_file(&folder);
        let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
        let achieved = drop(None, &[folder.join("inside")]);
        assert_powerless(uid, gid);
        return assert_confined(&achieved, &folder, &mut open);
    }
    let world = World::new();
    let program = Command::new(world.program());
    world.start(program, "who_has_no_rights_is_confined_all_the_same", |command| match geteuid().is_root() {
        true => command.uid(NOBODY).gid(NOBODY),
        false => command,
    });
}

#[test]
fn only_root_becomes_another_user() {
    if inside().is_some() {
        let error = refused(Some("root"), &[]);
        assert_eq!(error.to_string(), "--user root: only root can become another user: start with sudo, or leave --user out");
        return;
    }
    let Some(world) = World::of_root() else { return };
    let program = Command::new(world.program());
    world.start(program, "only_root_becomes_another_user", |command| command.uid(NOBODY).gid(NOBODY));
}

#[test]
fn capabilities_of_the_program_file_are_given_up() {
    if let Some(folder) = inside() {
        let before = status(&fs::read_to_string("/proc/thread-self/status").unwrap())["CapEff"].clone();
        if before == "0000000000000000" {
            return eprintln!("skipped: capabilities of files are not honoured here");
        }
        assert_eq!(before, "0000000000003000");
        let mut open = outside_file(&folder);
        let achieved = drop(None, &[folder.join("inside")]);
        assert_powerless(NOBODY, NOBODY);
        return assert_confined(&achieved, &folder, &mut open);
    }
    let Some(world) = World::of_root() else { return };
    let program = world.program();
    let set = Command::new("setcap").arg("cap_net_raw,cap_net_admin+eip").arg(&program).env("PATH", path()).output();
    if !set.is_ok_and(|output| output.status.success()) {
        return eprintln!("skipped: setcap does not work");
    }
    world.start(Command::new(program), "capabilities_of_the_program_file_are_given_up", |command| command.uid(NOBODY).gid(NOBODY));
}

#[test]
fn a_program_that_is_set_user_id_goes_on_as_its_caller() {
    if let Some(folder) = inside() {
        if !geteuid().is_root() {
            return eprintln!("skipped: set-user-ID is not honoured here");
        }
        if env::var_os("WHO").is_some() {
            assert!(matches!(refused(Some("daemon"), &[]), PrivilegeError::NotRoot { .. }));
            return;
        }
        let mut open = outside_file(&folder);
        let achieved = drop(None, &[folder.join("inside")]);
        assert_powerless(NOBODY, NOBODY);
        assert_bound();
        return assert_confined(&achieved, &folder, &mut open);
    }
    let Some(world) = World::of_root() else { return };
    let program = world.program();
    fs::set_permissions(&program, Permissions::from_mode(0o6755)).unwrap();
    for who in [None, Some("daemon")] {
        world.start(Command::new(&program), "a_program_that_is_set_user_id_goes_on_as_its_caller", |command| {
            command.uid(NOBODY).gid(NOBODY).env("SUDO_UID", "0");
            match who {
                Some(who) => command.env("WHO", who),
                None => command,
            }
        });
    }
}

#[test]
fn what_cannot_be_understood_is_an_error() {
    if inside().is_some() {
        let who = env::var("WHO").ok();
        let expected = match who {
            Some(_) => "--user no such user: no such user: give the name or the number of one",
            None => "SUDO_UID=alice: not a number, so it is unknown who called sudo: say with --user whom root shall become",
        };
        return assert_eq!(refused(who.as_deref(), &[]).to_string(), expected);
    }
    let Some(world) = World::of_root() else { return };
    world.run("what_cannot_be_understood_is_an_error", |command| command.env("WHO", "no such user"));
    world.run("what_cannot_be_understood_is_an_error", |command| command.env("SUDO_UID", "alice"));
}

#[test]
fn files_of_root_are_handed_over() {
    let Some(world) = World::of_root() else { return };
    let wanted = |user: &str| Wanted { user: Some(user.to_owned()), writable: Vec::new() };
    let file = File::create(world.path("inside/own")).unwrap();
    privilege::hand_over(&file, &wanted("root")).unwrap();
    assert_eq!(file.metadata().unwrap().uid(), 0);
    privilege::hand_over(&file, &wanted("nobody")).unwrap();
    assert_eq!(file.metadata().unwrap().uid(), NOBODY);
    // It belongs to somebody now, and is not taken away again.
    privilege::hand_over(&file, &wanted("4000000")).unwrap();
    assert_eq!(file.metadata().unwrap().uid(), NOBODY);
    privilege::hand_over(&File::open("/dev/null").unwrap(), &wanted("nobody")).unwrap();
    assert_eq!(fs::metadata("/dev/null").unwrap().uid(), 0);
}

/// Where `setcap` is, even if the caller's own search path has only the programs of plain users.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap_or_default())
}
