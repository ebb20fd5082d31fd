//! What clap says about a wrong command line, on one line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::args::Cli;

/// Help and version go to standard output; everything else is an error on one line.
pub fn report(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // A closed pipe is no error here either.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(super::TROUBLE))
        }
        _ => {
            super::messages::print(&format!("mqttscope: {}", one_line(error, arguments)));
            ExitCode::from(super::TROUBLE)
        }
    }
}

/// From clap's `error: …`, details, `tip: …`, `Usage: …` to `…: …; …: see mqttscope COMMAND --help`.
fn one_line(error: &clap::Error, arguments: &[OsString]) -> String {
    let mut text = String::new();
    for line in error.render().to_string().lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let line = line.strip_prefix("error:").or(line.strip_prefix("tip:")).unwrap_or(line).trim();
        match text.chars().last() {
            None => {}
            Some(':') => text.push(' '),
            Some(_) if line.starts_with('[') => text.push(' '),
            Some(_) => text.push_str("; "),
        }
        text.push_str(line);
    }
    let commands = Cli::command();
    let command = arguments.iter().find(|argument| commands.get_subcommands().any(|command| *argument == command.get_name()));
    match command {
        Some(command) => format!("{text}: see `mqttscope {} --help`", command.to_string_lossy()),
        None => format!("{text}: see `mqttscope --help`"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn told(arguments: &[&str]) -> String {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        one_line(&Cli::try_parse_from(&arguments).expect_err("a usage error"), &arguments)
    }

    #[test]
    fn usage_errors_are_one_line_with_a_way_out() {
        insta::assert_snapshot!(
            [
                told(&["mqttscope", "check", "--bogus"]),
                told(&["mqttscope", "packets", "--fromat", "csv"]),
                told(&["mqttscope", "packets", "--format", "xml"]),
                told(&["mqttscope", "packets", "--assume-version", "4"]),
                told(&["mqttscope", "packets", "--port", "70000"]),
                told(&["mqttscope", "packets", "--max-held-bytes", "many"]),
                told(&["mqttscope", "explain"]),
                told(&["mqttscope", "check", "--hex", "30 0", "x.pcap"]),
                told(&["mqttscope", "chekc"]),
                told(&["mqttscope", "packets", "-q", "-v"]),
            ]
            .join("\n")
        );
    }
}
