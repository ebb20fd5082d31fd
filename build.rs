//! Says in one sentence what is missing when the feature `live` is on and libpcap cannot be linked. Without this, the
//! build would get as far as the linker and end in a page of `cannot find -lpcap`.
//!
//! The `pcap` crate looks at LIBPCAP_LIBDIR, then asks pkg-config, then hopes that the linker finds `-lpcap`. So does
//! this, except that it tries the linker. When in doubt (cross builds, no linker to ask) it keeps quiet.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const MISSING: &str = "libpcap was not found: install its development files (Debian and Ubuntu: libpcap-dev; Fedora: libpcap-devel; \
                       Arch and Homebrew: libpcap; macOS: xcode-select --install), or set LIBPCAP_LIBDIR to their directory, \
                       or build without live capture and filters: cargo build --no-default-features";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for variable in ["LIBPCAP_LIBDIR", "PKG_CONFIG_PATH", "PATH", "LIBRARY_PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let variable = |name| env::var_os(name).unwrap_or_default();
    let wanted = env::var_os("CARGO_FEATURE_LIVE").is_some();
    // Npcap has its own rules; docs.rs does not link.
    let exempt = variable("CARGO_CFG_TARGET_OS") == "windows" || env::var_os("DOCS_RS").is_some();
    let cross = variable("HOST") != variable("TARGET");
    if wanted && !exempt && !found(cross) {
        println!("cargo::error={MISSING}");
    }
}

fn found(cross: bool) -> bool {
    if let Some(directory) = env::var_os("LIBPCAP_LIBDIR") {
        return holds_libpcap(Path::new(&directory));
    }
    cross || succeeds(Command::new("pkg-config").args(["--exists", "libpcap"])) == Some(true) || links().unwrap_or(true)
}

fn holds_libpcap(directory: &Path) -> bool {
    let names = ["libpcap.so", "libpcap.a", "libpcap.dylib", "libpcap.tbd"];
    fs::read_dir(directory)
        .is_ok_and(|mut files| files.any(|file| file.is_ok_and(|file| names.iter().any(|name| file.file_name() == *name))))
}

/// Whether a program links with `-lpcap`; `None` if that cannot be tried.
fn links() -> Option<bool> {
    let directory = env::var_os("OUT_DIR")?;
    let source = Path::new(&directory).join("libpcap.c");
    let program = Path::new(&directory).join("libpcap");
    fs::write(&source, "int main(void) { return 0; }\n").ok()?;
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| OsString::from("cc"));
    let link = |library: &[&str]| succeeds(Command::new(&linker).arg(&source).arg("-o").arg(&program).args(library));
    // A linker that is not a C compiler (lld, a wrapper) fails at this, and then says nothing about libpcap.
    if link(&[])? { link(&["-lpcap"]) } else { None }
}

fn succeeds(command: &mut Command) -> Option<bool> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok().map(|status| status.success())
}
