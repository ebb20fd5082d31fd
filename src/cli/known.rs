//! The files of `--baseline` and `--write-baseline`, and what is said of them on standard error.

use std::fs;
use std::path::Path;

use anyhow::{anyhow, bail};

use super::messages;
use super::output::Output;
use crate::analysis::Violation;
use crate::finding::Blame;
use crate::report::baseline::{Baseline, ENTRY_LIMIT, Key, Tally};
use crate::rule::Selection;
use crate::rules;
use crate::show;

/// How many entries that are stale are told one by one.
const TOLD: usize = 10;

/// Longest Client Identifier told.
const NAME: usize = 60;

/// What is known, and what is found.
#[derive(Debug, Default)]
pub struct Book {
    /// What is known.
    pub baseline: Option<Baseline>,
    /// What is found, to be known from now on.
    pub tally: Option<Tally>,
}

impl Book {
    /// Opens the baseline to hold findings against, and begins the one to write.
    ///
    /// # Errors
    /// The file cannot be read, or is none.
    pub fn open(baseline: Option<&Path>, writes: bool) -> anyhow::Result<Self> {
        let baseline = baseline.map(|path| {
            let text = fs::read_to_string(path)
                .map_err(|error| anyhow!("{}: cannot be read: {error}: make it with --write-baseline", path.display()))?;
            Baseline::parse(&text).map_err(|error| anyhow!("{}: is no baseline: {error}: make one with --write-baseline", path.display()))
        });
        Ok(Self { baseline: baseline.transpose()?, tally: writes.then(Tally::default) })
    }

    /// Nobody asked for baselines.
    pub fn is_empty(&self) -> bool {
        self.baseline.is_none() && self.tally.is_none()
    }

    /// Counts a violation; tells whether it is known.
    pub fn accepts(&mut self, violation: &Violation<'_>) -> bool {
        if let Some(tally) = &mut self.tally {
            tally.note(violation);
        }
        self.baseline.as_mut().is_some_and(|baseline| baseline.accepts(violation))
    }

    /// Whether what would be a violation is known; counts nothing.
    pub fn would_accept(&self, violation: &Violation<'_>) -> bool {
        self.baseline.as_ref().is_some_and(|baseline| baseline.would_accept(violation))
    }

    /// What is in the baseline and was not found, of rules that were asked.
    pub fn stale(&self, selection: &Selection) -> Vec<(&Key, u64)> {
        let wanted = selection.wanted(rules::all());
        let is_asked = |key: &Key| match rules::all().iter().position(|rule| rule.name == key.rule) {
            Some(at) => wanted.get(at).is_some_and(|[client, server]| if key.blames == Blame::Client { *client } else { *server }),
            // There is no such rule any more.
            None => true,
        };
        self.baseline.as_ref().map_or_else(Vec::new, |baseline| baseline.stale(is_asked))
    }
}

/// Tells on standard error what is stale.
pub fn tell(path: &Path, stale: &[(&Key, u64)]) {
    let name = path.display();
    for (key, count) in stale.iter().take(TOLD) {
        let client = key.client_id.as_deref().map_or_else(String::new, |id| format!(" \"{}\"", show::short(id, NAME)));
        let (rule, clause, blames) = (&key.rule, &key.clause, key.blames.name());
        messages::print(&format!("mqttscope: warning: {name}: not found any more: {rule} ({clause}) by {blames}{client}, {count} times"));
    }
    if stale.len() > TOLD {
        messages::print(&format!("mqttscope: warning: {name}: and {} more not found any more", stale.len() - TOLD));
    }
    if !stale.is_empty() {
        messages::print(&format!("mqttscope: warning: {name}: write it anew with --write-baseline to be told if they come back"));
    }
}

/// Writes the baseline of what was found.
///
/// # Errors
/// It cannot be written, or there are too many different findings for one.
pub fn write(path: &Path, inputs: &[String], tally: &Tally, quiet: bool) -> anyhow::Result<()> {
    if tally.left_out() > 0 {
        bail!("{}: not written: more than {ENTRY_LIMIT} different findings: accept fewer with --select or --ignore", path.display());
    }
    let mut output = Output::open(Some(path), inputs)?;
    tally.write(&mut output)?;
    output.finish()?;
    let (findings, entries) = tally.sums();
    if !quiet {
        messages::print(&format!("mqttscope: {}: {findings} findings accepted, in {entries} entries", path.display()));
    }
    Ok(())
}
