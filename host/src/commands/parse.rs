//! `mortise parse`: résumés to JSON on this machine, through the same sandbox as the server.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::args::{Format, ParseOptions};
use super::logging;
use crate::clock::Clock;
use crate::config::Config;
use crate::digest::sha256_hex;
use crate::hooks::{Call, Document, Failure, Hooks, PluginRef};
use crate::ids::TenantId;
use crate::json_resume;
use crate::keys::{Keys, Purpose};
use crate::resources::resumes::media;
use crate::unified_resume::UnifiedResume;
use crate::wasm::{self, Plugins};

/// Endings taken from a folder; a file named by itself may have any.
const ENDINGS: [&str; 10] = ["pdf", "docx", "odt", "rtf", "txt", "md", "markdown", "html", "htm", "xhtml"];

pub(super) async fn parse(config: Config, options: ParseOptions) -> anyhow::Result<()> {
    logging::start(&config, "error")?;
    let files = find(&options.paths)?;
    anyhow::ensure!(!files.is_empty(), "there is no file of a readable kind ({})", ENDINGS.join(", "));
    if let Some(out) = &options.out {
        std::fs::create_dir_all(out).with_context(|| format!("making the folder {}", out.display()))?;
    }
    let reader = Arc::new(Reader::open(&config, options.plugin.as_deref()).await?);
    let jobs = options.jobs.map_or_else(|| config.worker_concurrency(), usize::from);
    let bar = progress_bar(files.len());
    let names = output_names(&files);
    let start = Instant::now();

    let mut failures = Vec::new();
    let mut results = stream::iter(files.iter().zip(names))
        .map(|(file, name)| {
            let reader = Arc::clone(&reader);
            async move { (file, name, reader.read(file).await) }
        })
        .buffered(jobs);
    while let Some((file, name, result)) = results.next().await {
        if let Err(defect) = &result {
            bar.suspend(|| report(&format!("{}: {} ({})", file.display(), defect.detail, defect.code)));
            failures.push(file);
        }
        write(&options, file, &name, result)?;
        bar.inc(1);
    }
    drop(results);
    bar.finish_and_clear();
    summarise(files.len(), failures.len(), start.elapsed());
    anyhow::ensure!(failures.is_empty(), "{} of {} files could not be parsed", failures.len(), files.len());
    Ok(())
}

/// Why one file has no result.
struct Defect {
    code: String,
    detail: String,
}

impl From<Failure> for Defect {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code, detail: failure.message }
    }
}

struct Reader {
    plugins: Arc<Plugins>,
    parser: PluginRef,
    clock: Clock,
    tenant: TenantId,
}

impl Reader {
    async fn open(config: &Config, plugin: Option<&Path>) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let tenant = TenantId::new(&clock);
        let plugins = Plugins::open(settings(config)?)?;
        plugins.warm().await.map_err(|refusal| anyhow::anyhow!("{}", refusal.message))?;
        let parser = match plugin {
            Some(file) => {
                let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
                let loaded = plugins.load(Bytes::from(bytes)).await;
                loaded.map_err(|refusal| anyhow::anyhow!("{} ({})", refusal.message, refusal.code))?
            }
            None => plugins.parser(tenant, None).context("no résumé parser is built in")?,
        };
        anyhow::ensure!(
            parser.kind == crate::hooks::Kind::ResumeParser,
            "{} is a {}, not a résumé parser",
            parser.id,
            parser.kind.as_str()
        );
        Ok(Self { plugins, parser, clock, tenant })
    }

    async fn read(&self, file: &Path) -> Result<UnifiedResume, Defect> {
        let bytes = std::fs::read(file).map_err(|error| Defect {
            code: "unreadable".into(),
            detail: format!("cannot be read: {error}"),
        })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let media_type = media::determine(&name, &bytes, &self.plugins.media_types())
            .map_err(|error| Defect { code: "unsupported_media_type".into(), detail: error.to_string() })?;
        let extractor = self.plugins.extractor(self.tenant, media_type).ok_or_else(|| Defect {
            code: "no_extractor".into(),
            detail: format!("no plugin reads {media_type}"),
        })?;
        let document = Document {
            media_type: media_type.into(),
            file_name: name,
            sha256: sha256_hex(&bytes),
            bytes: bytes.into(),
        };
        let text = self.plugins.extract(&extractor, self.call(), document.clone()).await.result?;
        let read = self.plugins.parse(&self.parser, self.call(), document, Arc::new(text)).await.result?;
        Ok(read.resume)
    }

    fn call(&self) -> Call {
        Call { tenant: self.tenant, invocation: self.clock.uuid(), dry_run: false }
    }
}

/// Compiled plugins are kept for the next time in the user's cache, with a key of their own: no data folder is made.
pub(super) fn settings(config: &Config) -> anyhow::Result<wasm::Settings> {
    let cache_dir =
        config.plugin_cache_dir.clone().or_else(user_cache).unwrap_or_else(|| config.plugin_cache_dir());
    let keys = Keys::open(&Config { data_dir: cache_dir.clone(), secret_key_file: None, ..config.clone() })?;
    Ok(wasm::Settings {
        cache_dir,
        artifact_key: keys.derive(Purpose::PluginArtifact),
        slots: config.plugin_slots,
        // One user, one machine: whoever asks for many jobs may have them.
        slots_per_tenant: config.plugin_slots,
        slots_per_plugin: config.plugin_slots,
        queue_wait: Duration::from_secs(600),
        budgets: wasm::Budgets::of_config(config),
        ..wasm::Settings::default()
    })
}

pub(super) fn user_cache() -> Option<PathBuf> {
    let absolute =
        |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(caches.join("mortise").join("plugins"))
}

/// The files named, and those of the folders named, in order.
fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries =
            std::fs::read_dir(path).with_context(|| format!("reading the folder {}", path.display()))?;
        let mut inside = Vec::new();
        for entry in entries {
            let file = entry.with_context(|| format!("reading the folder {}", path.display()))?.path();
            let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
            if file.is_file() && ENDINGS.contains(&ending.as_str()) {
                inside.push(file);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// `cv.pdf` becomes `cv.json`; where that would be taken twice, the whole name stays (`cv.pdf.json`), then numbers.
fn output_names(files: &[PathBuf]) -> Vec<OsString> {
    let mut stems: HashMap<OsString, usize> = HashMap::new();
    for file in files {
        *stems.entry(file.file_stem().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let mut taken: HashMap<OsString, usize> = HashMap::new();
    files
        .iter()
        .map(|file| {
            let stem = file.file_stem().unwrap_or_default().to_owned();
            let base = if stems[&stem] == 1 { stem } else { file.file_name().unwrap_or_default().to_owned() };
            let count = taken.entry(base.clone()).or_default();
            *count += 1;
            let mut name = base;
            if *count > 1 {
                name.push(format!("-{count}"));
            }
            name.push(".json");
            name
        })
        .collect()
}

fn write(
    options: &ParseOptions,
    file: &Path,
    name: &OsString,
    result: Result<UnifiedResume, Defect>,
) -> anyhow::Result<()> {
    let shaped = result.map(|resume| shape(options.format, &resume));
    match (&options.out, shaped) {
        (Some(out), Ok(resume)) => {
            let path = out.join(name);
            std::fs::write(&path, format!("{resume:#}\n"))
                .with_context(|| format!("writing {}", path.display()))
        }
        (Some(_), Err(_)) => Ok(()),
        (None, result) => {
            let file = file.display().to_string();
            let line = match result {
                Ok(resume) => json!({ "file": file, "resume": resume }),
                Err(defect) => {
                    json!({ "file": file, "error": { "code": defect.code, "detail": defect.detail } })
                }
            };
            writeln!(std::io::stdout(), "{line}").context("writing to standard output")
        }
    }
}

fn shape(format: Format, resume: &UnifiedResume) -> Value {
    match format {
        Format::Unified => serde_json::to_value(resume).expect("a résumé is plain data"),
        Format::JsonResume => json_resume::from_unified(resume),
    }
}

fn progress_bar(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} résumés, {per_sec}, {eta} left")
        .expect("the template is well-formed");
    ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr()).with_style(style)
}

fn summarise(files: usize, failed: usize, took: Duration) {
    let seconds = took.as_secs_f64().max(f64::EPSILON);
    let rate = f64::from(u32::try_from(files).unwrap_or(u32::MAX)) / seconds;
    report(&format!("{} parsed, {failed} failed, {seconds:.1} s ({rate:.0} files/s)", files - failed));
}

#[expect(clippy::print_stderr, reason = "what the command has to tell a person")]
fn report(line: &str) {
    eprintln!("{line}");
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::output_names;

    #[test]
    fn no_two_files_are_written_over_each_other() {
        let files = ["a/cv.pdf", "b/cv.pdf", "b/cv.docx", "ada.pdf"].map(PathBuf::from);
        assert_eq!(output_names(&files), ["cv.pdf.json", "cv.pdf-2.json", "cv.docx.json", "ada.json"]);
    }
}
