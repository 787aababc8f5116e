//! `mortise plugin test`: golden cases, one folder each, run in the server's own sandboxes with mocks for what is outside.

mod case;
mod differences;
mod mocks;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use self::case::Case;
use self::mocks::Mocked;
use super::stand::{Stand, answer};
use super::values::InMemory;
use super::{TestOptions, build, read};
use crate::clock::Clock;
use crate::components::terms::Means;
use crate::config::Config;
use crate::hooks::RunRecord;

pub(super) async fn test(config: &Config, options: &TestOptions) -> anyhow::Result<()> {
    let cases = case::find(&options.folder, options.case.as_deref())?;
    let file = match &options.plugin {
        Some(file) => file.clone(),
        None => build::make(config, &options.folder, None, None).await?.0,
    };
    let clock = Clock::manual(mocks::usual_time());
    let stand = Stand::open(config, read(&file)?, clock.clone()).await?.repeatable();
    let bar = progress_bar(cases.len());
    let mut failed = 0_usize;
    for folder in &cases {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let verdict = attempt(&stand, &clock, folder, options.update).await;
        let verdict = verdict.unwrap_or_else(|error| Verdict::Failed(vec![format!("{error:#}")], None));
        failed += usize::from(matches!(verdict, Verdict::Failed(..)));
        let text = verdict.described(&name);
        bar.suspend(|| writeln!(std::io::stdout(), "{text}")).context("writing to standard output")?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    anyhow::ensure!(failed == 0, "{failed} of {} cases failed", cases.len());
    Ok(())
}

enum Verdict {
    /// With what it has cost.
    Passed(String),
    Updated,
    /// Why, and what it has cost if it was called at all.
    Failed(Vec<String>, Option<String>),
}

impl Verdict {
    /// A line, and one below it for each reason.
    fn described(&self, name: &str) -> String {
        match self {
            Self::Passed(cost) => format!("ok       {name}  ({cost})"),
            Self::Updated => format!("updated  {name}"),
            Self::Failed(reasons, cost) => {
                let mut text = format!("FAILED   {name}");
                if let Some(cost) = cost {
                    text += &format!("  ({cost})");
                }
                for reason in reasons {
                    text += &format!("\n    {}", reason.replace('\n', "\n      "));
                }
                text
            }
        }
    }
}

async fn attempt(stand: &Stand, clock: &Clock, folder: &Path, updates: bool) -> anyhow::Result<Verdict> {
    let Case { input, settings, mocks, expected } = Case::read(folder)?;
    clock.set(mocks.time());
    let grants = mocks.grants().map(<[_]>::to_vec);
    if let Some(grants) = &grants {
        stand.requested(grants)?;
    }
    let values = Arc::new(InMemory::with(mocks.values()));
    let settings = mocks.with_secrets(settings)?;
    let mocked = Arc::new(Mocked::new(mocks)?);
    let means = Means { outbound: mocked.clone(), values, models: mocked.clone() };
    stand.set_up(settings, |name| grants.as_ref().is_none_or(|grants| grants.contains(&name)), means)?;
    let (result, record) = stand.call(stand.input(&input).await?).await;
    let actual = answer(result);

    let mut faults = mocked.faults();
    if updates && faults.is_empty() {
        return if expected.as_ref() == Some(&actual) {
            Ok(Verdict::Passed(cost(&record)))
        } else {
            case::write_expected(folder, &actual).map(|()| Verdict::Updated)
        };
    }
    match &expected {
        Some(expected) => faults.extend(differences::between(expected, &actual)),
        None => faults.push("there is no expected.json; --update writes down what the plugin answers".into()),
    }
    if faults.is_empty() {
        return Ok(Verdict::Passed(cost(&record)));
    }
    faults.extend(log_of(&record));
    Ok(Verdict::Failed(faults, Some(cost(&record))))
}

/// What the plugin said while it failed.
fn log_of(record: &RunRecord) -> impl Iterator<Item = String> {
    record.log_tail.iter().map(|line| format!("log {}: {}", line.level, line.message))
}

fn cost(record: &RunRecord) -> String {
    let millis = record.wall.as_secs_f64() * 1000.0;
    let memory = record.peak_memory as f64 / f64::from(1 << 20);
    let fuel = record.fuel.map(|fuel| format!(", {fuel} fuel")).unwrap_or_default();
    format!("{millis:.1} ms, {memory:.1} MiB{fuel}")
}

fn progress_bar(cases: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} cases").expect("the template is well-formed");
    ProgressBar::new(cases as u64).with_style(style)
}

/// JSON on one line, cut where it gets long.
fn short(value: &Value) -> String {
    const MOST: usize = 300;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
