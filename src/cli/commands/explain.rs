//! `mqttscope explain`: the manual of a rule, or a statement of the specification in our words.

use std::process::ExitCode;

use anyhow::bail;

use crate::cli::args::Explain;
use crate::cli::output::Output;
use crate::cli::paint::Paint;
use crate::cli::suggest;
use crate::report::explain::explain;
use crate::report::manual::WIDTH;
use crate::report::style::Palette;
use crate::rules;

/// Explains a rule or a statement.
///
/// # Errors
/// There is none of that name, or the result cannot be written.
pub fn run(args: &Explain) -> anyhow::Result<ExitCode> {
    let mut output = Output::open(args.common.output.as_deref(), &[])?;
    let paint = Paint::new(args.common.color, output.is_terminal());
    let Some(text) = explain(&args.word, rules::groups(), &Palette::new(paint.is_on()), WIDTH) else {
        let hint = suggest::hint(&args.word, suggest::topics());
        bail!("{:?}: no rule and no statement of this name: {hint}`mqttscope rules` lists the rules", args.word);
    };
    output.put(text.as_bytes());
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::rules::tests::RULES;

    fn told(word: &str) -> Option<String> {
        explain(word, &[("ids", RULES)], &Palette::new(false), WIDTH)
    }

    #[test]
    fn rule_with_its_statements() {
        insta::assert_snapshot!(told("packet-id-zero").expect("known"));
    }

    #[test]
    fn statement_in_both_versions() {
        let text = told("MQTT-3.1.0-1").expect("known");
        assert_eq!(told("[mqtt-3.1.0-1]"), Some(text.clone()));
        assert_eq!(told("3.1.0-1"), Some(text.clone()));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn statement_that_no_capture_shows() {
        let text = told("MQTT-2.3.1-5").expect("known");
        assert!(text.contains("Not visible in a capture") && !text.contains("not checked yet"), "{text}");
    }

    #[test]
    fn unknown_word_is_nothing() {
        assert_eq!(told("MQTT-9.9.9-9"), None);
        assert_eq!(told(""), None);
    }
}
