//! The program: everything it does is in [`mqttscope::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    mqttscope::cli::main(std::env::args_os())
}
