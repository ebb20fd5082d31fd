//! `mqttscope interfaces`: what can be captured on.

use std::process::ExitCode;

use crate::cli::args::Interfaces;

/// Lists the network interfaces.
///
/// # Errors
/// libpcap cannot list them, or this build has none.
#[cfg(not(feature = "live"))]
pub fn run(_: &Interfaces) -> anyhow::Result<ExitCode> {
    anyhow::bail!("interfaces: this build has no libpcap: build it with `cargo build --features live`")
}

/// Lists the network interfaces.
///
/// # Errors
/// libpcap cannot list them, or the result cannot be written.
#[cfg(feature = "live")]
pub fn run(args: &Interfaces) -> anyhow::Result<ExitCode> {
    use crate::capture::interfaces;
    use crate::cli::args::TableFormat;
    use crate::cli::output::Output;
    use crate::cli::paint::Paint;

    let interfaces = interfaces()?;
    let mut output = Output::open(args.common.output.as_deref(), &[])?;
    let text = match args.format {
        TableFormat::Text => live::table(&interfaces, Paint::new(args.common.color, output.is_terminal())),
        TableFormat::Json => live::json(&interfaces),
    };
    output.put(text.as_bytes());
    output.finish()?;
    if interfaces.is_empty() {
        crate::cli::messages::print("mqttscope: warning: no interface can be captured on: that may take more rights (root, CAP_NET_RAW)");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "live")]
mod live {
    use crate::capture::Interface;
    use crate::cli::json::Json;
    use crate::cli::paint::Paint;
    use crate::cli::table::{Table, left};
    use crate::show;

    pub fn table(interfaces: &[Interface], paint: Paint) -> String {
        let mut table = Table::new(&[left("name"), left("state"), left("addresses"), left("description")]);
        for interface in interfaces {
            let addresses: Vec<String> = interface.addresses.iter().map(ToString::to_string).collect();
            table.row([
                show::text(interface.name.as_bytes()),
                states(interface).join(", "),
                addresses.join(" "),
                show::text(interface.description.as_deref().unwrap_or_default().as_bytes()),
            ]);
        }
        table.show(paint, |_, _, text| text.to_owned())
    }

    pub fn json(interfaces: &[Interface]) -> String {
        let mut json = Json::default();
        json.array();
        for interface in interfaces {
            json.object();
            json.string_field("name", &interface.name);
            if let Some(description) = &interface.description {
                json.string_field("description", description);
            }
            json.key("addresses");
            json.array();
            interface.addresses.iter().for_each(|address| json.string(&address.to_string()));
            json.end_array();
            json.boolean_field("up", interface.up);
            json.boolean_field("running", interface.running);
            json.boolean_field("loopback", interface.loopback);
            json.boolean_field("wireless", interface.wireless);
            if let Some(connected) = interface.connected {
                json.boolean_field("connected", connected);
            }
            json.end_object();
        }
        json.end_array();
        json.end_line();
        String::from_utf8_lossy(json.as_bytes()).into_owned()
    }

    fn states(interface: &Interface) -> Vec<&'static str> {
        let states = [
            (!interface.up, "down"),
            (interface.running, "running"),
            (interface.loopback, "loopback"),
            (interface.wireless, "wireless"),
            (interface.connected == Some(false), "not connected"),
        ];
        states.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
    }
}
