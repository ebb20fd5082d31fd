//! What is written: files that are not there yet, whole or not at all.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Again;
use super::message::What;
use super::model::Model;
use super::{script, view};
use crate::analysis::{Observer as _, Report};
use crate::finding::Severity;
use crate::frame::Stamp;
use crate::index::save::{self, SaveError, Saved, Span};
use crate::report::number::{self, clock};
use crate::report::style::Palette;
use crate::report::{Collected, Document, Files, Terms, json, ndjson, text};

/// The frames of a bundle.
const CAPTURE: &str = "capture.pcapng";

/// Its report for machines, and the one for people.
const REPORTS: [&str; 2] = ["findings.json", "report.txt"];

/// Saves what is at hand.
pub fn at_hand(model: &Model, what: What, path: &Path) -> Result<String, String> {
    file(path, |out| match what {
        What::Findings => {
            let mut all = model.data.index.findings().iter();
            all.try_for_each(|found| ndjson::write(out, &found.finding, Files(&model.data.inputs)))
        }
        What::Ladder => view::ladder::file::write(model, out),
        _ => out.write_all(view::text(&script::picture(model)).as_bytes()),
    })?;
    Ok(format!("saved: {}", path.display()))
}

/// Writes to a path, and tells what came of it.
pub type Job = Box<dyn FnOnce(&Again, &Path) -> Result<String, String> + Send>;

/// What takes its time, to be done elsewhere; `None` for what is at hand.
pub fn job(model: &Model, what: What) -> Option<Result<Job, String>> {
    match what {
        What::Connections => {
            let chosen = model.chosen();
            let spans: Vec<Span> = chosen.iter().filter_map(|id| model.data.connection(*id)).map(Span::of).collect();
            Some(Ok(Box::new(move |again, path| connections(&spans, again, path))))
        }
        What::Bundle => Some(match Bundle::of(model) {
            Some(bundle) => Ok(Box::new(move |again, path| bundle.write(again, path))),
            None => Err("there is nothing to save yet".to_owned()),
        }),
        What::Ladder | What::Screen | What::Findings => None,
    }
}

/// Saves connections: the whole capture is read again for it.
fn connections(spans: &[Span], again: &Again, path: &Path) -> Result<String, String> {
    let mut frames = 0;
    file(path, |out| {
        let saved = save::connections(spans, &again.capture, &again.reading, again.settings.limits.fragments, out)?;
        frames = saved.frames;
        Ok::<_, SaveError>(())
    })?;
    Ok(format!("saved: {} with {}", path.display(), number::counted(frames, "frame")))
}

/// What is known of a live capture by now.
struct Bundle {
    inputs: Vec<String>,
    warnings: Vec<String>,
    collected: Collected,
    report: Box<Report>,
}

impl Bundle {
    /// A copy of what is known; `None` if that is nothing yet.
    fn of(model: &Model) -> Option<Self> {
        let index = &model.data.index;
        let mut collected = Collected::default();
        index.findings().iter().for_each(|found| collected.finding(&found.finding));
        index.connections().for_each(|(_, connection)| collected.connection(&connection.summary));
        let gone = index.gone();
        collected.totals.connections += gone.connections;
        for severity in Severity::ALL {
            collected.totals.findings[severity as usize] += gone.findings[severity as usize];
        }
        let (inputs, warnings) = (model.data.inputs.clone(), index.warnings().to_vec());
        Some(Self { inputs, warnings, collected, report: model.data.report.clone()? })
    }

    /// Writes the folder: all frames of the window, and what is known.
    fn write(mut self, again: &Again, folder: &Path) -> Result<String, String> {
        fs::create_dir(folder).map_err(|error| refused(folder, &error))?;
        let written = self.files(again, folder);
        if written.is_err() {
            // Half a bundle helps nobody. What others have put there meanwhile stays.
            REPORTS.iter().chain([&CAPTURE]).for_each(|name| drop(fs::remove_file(folder.join(name))));
            let _ = fs::remove_dir(folder);
        }
        let frames = written?;
        Ok(format!("saved: {} with {}", folder.display(), number::counted(frames, "frame")))
    }

    fn files(&mut self, again: &Again, folder: &Path) -> Result<u64, String> {
        let mut saved = Saved::default();
        file(&folder.join(CAPTURE), |out| {
            saved = save::everything(&again.capture, &again.reading, out)?;
            Ok::<_, SaveError>(())
        })?;
        self.warnings.extend(saved.first.and_then(|first| self.renumbered(first)));
        let document = Document {
            inputs: &self.inputs,
            warnings: &self.warnings,
            collected: &self.collected,
            report: &self.report,
            terms: Terms::default(),
        };
        let [machines, people] = REPORTS.map(|name| folder.join(name));
        file(&machines, |out| json::write(out, &document))?;
        file(&people, |out| text::write(out, &document, &text::Options::long(Palette::default())))?;
        Ok(saved.frames)
    }

    /// How numbers of frames in the reports and in the file of frames go together.
    fn renumbered(&self, first: Stamp) -> Option<String> {
        let number = first.frame.number();
        match self.inputs.as_slice() {
            [_] if number == 1 => None,
            [_] => Some(format!(
                "frames are numbered from the start of the capture: frame {number} is the first one in {CAPTURE}; older ones have left the window"
            )),
            _ => Some(format!(
                "frames are numbered by interface, from the start of the capture; in {CAPTURE}, which begins at {}, they have other numbers",
                clock(first.time, Some(first.time))
            )),
        }
    }
}

/// Writes a file that is not there yet.
fn file<E: Display>(path: &Path, content: impl FnOnce(&mut BufWriter<&File>) -> Result<(), E>) -> Result<(), String> {
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| refused(path, &error))?;
    let mut out = BufWriter::new(&file);
    let written = content(&mut out).map_err(|error| error.to_string()).and_then(|()| out.flush().map_err(|error| error.to_string()));
    written.map_err(|error| {
        // Half a file helps nobody.
        let _ = fs::remove_file(path);
        format!("{}: {error}", path.display())
    })
}

fn refused(path: &Path, error: &io::Error) -> String {
    let name = path.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{name}: is there already: choose another name"),
        _ => format!("{name}: cannot be written: {error}"),
    }
}
