//! The thread that reads and analyses, and hands over what it found in batches.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::message::Loaded;
use crate::analysis::{Analyzer, Connection, Observer, Settings};
use crate::capture::{Progress, Source};
use crate::finding::Finding;
use crate::rule::Rule;

/// Frames from one batch to the next.
const BATCH: u64 = 4096;

/// Batches that may wait: the analysis waits for the screen, not memory for both.
const QUEUE: usize = 64;

/// Starts the thread. It ends with its input, or when the receiver is dropped.
pub fn start(mut source: Source, rules: &'static [Rule], settings: Settings) -> Receiver<Loaded> {
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    thread::spawn(move || {
        let mut analyzer = Analyzer::new(rules, settings);
        let mut found = Found::default();
        let mut frames = 0u64;
        loop {
            match source.next() {
                Ok(Some(frame)) => analyzer.push(&frame, &mut found),
                Ok(None) => break,
                Err(error) => {
                    let _ = sender.send(Loaded::Failed(error.to_string()));
                    break;
                }
            }
            frames += 1;
            let progress = source.progress();
            // What is piped in may be live: it is shown at once.
            if (frames.is_multiple_of(BATCH) || progress.total.is_none()) && !hand_over(&mut source, &mut found, progress, &sender) {
                return;
            }
        }
        let report = analyzer.finish(&mut found);
        let progress = source.progress();
        if hand_over(&mut source, &mut found, progress, &sender) {
            let _ = sender.send(Loaded::Finished(Box::new(report)));
        }
    });
    receiver
}

fn hand_over(source: &mut Source, found: &mut Found, progress: Progress, sender: &SyncSender<Loaded>) -> bool {
    let warnings = source.take_warnings().into_iter().map(|warning| Loaded::Warning(warning.to_string()));
    warnings.chain(found.take()).chain([Loaded::Progress(progress)]).all(|loaded| sender.send(loaded).is_ok())
}

/// All of some frames at once.
#[cfg(test)]
pub fn all<'f>(frames: impl IntoIterator<Item = crate::frame::Frame<'f>>, rules: &'static [Rule], settings: Settings) -> Vec<Loaded> {
    let mut found = Found::default();
    let mut analyzer = Analyzer::new(rules, settings);
    frames.into_iter().for_each(|frame| analyzer.push(&frame, &mut found));
    let report = analyzer.finish(&mut found);
    found.take().chain([Loaded::Finished(Box::new(report))]).collect()
}

/// What was found since it was handed over last.
#[derive(Default)]
struct Found {
    connections: Vec<Connection>,
    findings: Vec<Finding>,
}

impl Found {
    fn take(&mut self) -> impl Iterator<Item = Loaded> + use<> {
        let connections = std::mem::take(&mut self.connections);
        let findings = std::mem::take(&mut self.findings);
        let connections = (!connections.is_empty()).then_some(Loaded::Connections(connections));
        connections.into_iter().chain((!findings.is_empty()).then_some(Loaded::Findings(findings)))
    }
}

impl Observer for Found {
    fn finding(&mut self, finding: &Finding) {
        self.findings.push(finding.clone());
    }

    fn connection(&mut self, connection: &Connection) {
        self.connections.push(connection.clone());
    }
}
