//! What only libpcap knows: the network interfaces of this machine, and what a filter expression means.

use std::net::IpAddr;

use pcap::{Capture, Device, Linktype};

use super::bpf::Program;
use super::error::CaptureError;
use crate::frame::LinkType;

/// A network interface that can be captured on, as libpcap describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a device, as libpcap gives them")]
pub struct Interface {
    /// What `-i` takes: `eth0`, `any`.
    pub name: String,
    /// Text for people, where the system has one.
    pub description: Option<String>,
    /// IP addresses, in the system's order.
    pub addresses: Vec<IpAddr>,
    /// Administratively up.
    pub up: bool,
    /// Up and able to carry traffic.
    pub running: bool,
    /// A loopback interface.
    pub loopback: bool,
    /// Wi-Fi, Bluetooth and the like.
    pub wireless: bool,
    /// Plugged in, or associated with a network; `None` where that is unknown or means nothing.
    pub connected: Option<bool>,
}

/// Whether a device of libpcap is one of netfilter's, which are no interfaces to capture on: `nflog` tells when it was read, not when a
/// packet passed, and at `nfqueue` packets wait until somebody lets them pass, for which whoever gave up his rights has none.
pub(super) fn is_netfilter(device: &str) -> bool {
    // Groups may follow.
    matches!(device.split(':').next(), Some("nflog" | "nfqueue"))
}

/// The interfaces of this machine, in libpcap's order: the one it would choose comes first.
///
/// # Errors
/// [`CaptureError::Interfaces`] with libpcap's words. No permission to capture usually gives an empty list, not an error.
pub fn interfaces() -> Result<Vec<Interface>, CaptureError> {
    let devices = Device::list().map_err(|error| CaptureError::Interfaces { why: words(error) })?;
    Ok(devices.into_iter().filter(|device| !is_netfilter(&device.name)).map(Interface::from).collect())
}

impl From<Device> for Interface {
    fn from(device: Device) -> Self {
        Self {
            up: device.flags.is_up(),
            running: device.flags.is_running(),
            loopback: device.flags.is_loopback(),
            wireless: device.flags.is_wireless(),
            connected: match device.flags.connection_status {
                pcap::ConnectionStatus::Connected => Some(true),
                pcap::ConnectionStatus::Disconnected => Some(false),
                pcap::ConnectionStatus::Unknown | pcap::ConnectionStatus::NotApplicable => None,
            },
            addresses: device.addresses.iter().map(|address| address.addr).collect(),
            description: device.desc,
            name: device.name,
        }
    }
}

/// Compiles a filter expression for frames of one link type; the error is libpcap's.
pub(super) fn compile(expression: &str, link: LinkType) -> Result<Program, String> {
    let dead = Capture::dead(dlt(link)).map_err(words)?;
    let program = dead.compile(expression, true).map_err(words)?;
    Program::parse(program.get_instructions().iter().map(ToString::to_string))
        .ok_or_else(|| "libpcap made a program that cannot be run".to_owned())
}

/// The number that libpcap's functions take. In files a `LINKTYPE_` means the same everywhere; the `DLT_` of the same
/// thing differs by system for those that are older than the registry (`pcap-common.c`).
fn dlt(link: LinkType) -> Linktype {
    const RAW: i32 = if cfg!(target_os = "openbsd") { 14 } else { 12 };
    match link {
        LinkType::RAW | LinkType::RAW_OLD | LinkType::RAW_OPENBSD => Linktype(RAW),
        LinkType(100) => Linktype(11), // ATM_RFC1483
        LinkType::LOOP if cfg!(target_os = "openbsd") => Linktype(12),
        LinkType(number) => Linktype(i32::from(number)),
    }
}

/// libpcap's own words, without the crate's name for the kind of error.
pub(super) fn words(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(words) => words,
        other => other.to_string(),
    }
}
