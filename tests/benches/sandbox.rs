//! What a sandbox costs: a fresh one around an empty call, a PDF read through two of them, the memory they take.
//! Build the program first: `cargo build --release`. `-- FOLDER` measures other PDFs than the samples.

mod bare;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::hooks::{Call, Document, Hooks, Kind, Outcome, PluginRef};
use mortise_host::ids::TenantId;
use mortise_host::scoring::ScoringInput;
use mortise_host::wasm::{Plugins, Settings};
use mortise_tests::{binary, guests, samples};
use tokio::task::JoinSet;

/// Calls between two looks at the clock.
const BATCH: u32 = 200;
const BATCHES: usize = 60;
const ROUNDS: usize = 7;
const PDF: &str = "application/pdf";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // Cargo passes `--bench`.
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let folder = folder.map_or_else(samples::folder, PathBuf::from);
    let cache = tempfile::tempdir()?;
    let settings = Settings {
        cache_dir: cache.path().to_owned(),
        artifact_key: [1; 32],
        compiler: Some(binary::mortise()),
        // One core, as the goals say.
        threads: 1,
        ..Settings::default()
    };
    let mut out = std::io::stdout();
    starts(&mut out, &settings).await?;
    let files = pdfs(&folder)?;
    let bench = Bench::new(Plugins::open(settings.clone())?).await?;
    bench.empty_calls(&mut out).await?;
    bench.documents(&mut out, &files).await?;
    neighbours(&mut out, settings.clone(), &files).await?;
    resident(&mut out, settings, &files).await
}

/// What zeroing by hand costs and saves, by how much of a slot is zeroed so.
async fn resident(
    out: &mut impl Write,
    mut settings: Settings,
    files: &[(PathBuf, Document)],
) -> anyhow::Result<()> {
    const TURNS: usize = 21;
    let mut rows = Vec::new();
    for kib in [0, 64, 256, 1024, 4096] {
        settings.keep_resident = kib << 10;
        let bench = Bench::new(Plugins::open(settings.clone())?).await?;
        let rule = bench.plugins.load(guests::guest("empty-score", Kind::ScoringRule)).await?;
        rows.push((kib, bench, rule, Vec::new(), Vec::new()));
    }
    // They take turns, so that a busy machine slows them all alike.
    for _ in 0..TURNS {
        for (_, bench, rule, calls, reads) in &mut rows {
            calls.push(bench.scored(rule).await?);
            let began = Instant::now();
            for (path, document) in files {
                bench.read(path, document).await?;
            }
            reads.push(began.elapsed() / u32::try_from(files.len())?);
        }
    }
    writeln!(out)?;
    writeln!(out, "{:<52}{:>12}{:>10}", "memory of a slot zeroed by hand", "empty call", "a PDF")?;
    for (kib, _, _, calls, reads) in rows {
        let is_set = kib << 10 == Settings::default().keep_resident;
        let name = format!("  {kib} KiB{}", if is_set { " (the setting)" } else { "" });
        writeln!(out, "{name:<52}{:>12}{:>10}", micros(median(calls)), millis(median(reads)))?;
    }
    Ok(())
}

/// One tenant spins on all slots it may have; how long another's calls take, beside the same calls in peace.
async fn neighbours(
    out: &mut impl Write,
    mut settings: Settings,
    files: &[(PathBuf, Document)],
) -> anyhow::Result<()> {
    const THREADS: usize = 2;
    const CALLS: usize = 400;
    let endless = &mut settings.budgets.scoring_rule;
    (endless.wall, endless.cpu) = (Duration::from_secs(3600), Duration::from_secs(3600));
    endless.fuel = Some(u64::MAX);
    settings.threads = THREADS;
    let slots = settings.slots_per_tenant;
    settings.slots_per_plugin = slots;
    let bench = Bench::new(Plugins::open(settings)?).await?;
    let spins = bench.plugins.load(guests::guest("spins", Kind::ScoringRule)).await?;
    let read = async || -> anyhow::Result<Duration> {
        let mut times = Vec::new();
        for (path, document) in files.iter().cycle().take(CALLS) {
            let began = Instant::now();
            bench.read(path, document).await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok(times[CALLS * 99 / 100])
    };
    let in_peace = read().await?;
    let mut spinning = JoinSet::new();
    let spinner = TenantId::new(&bench.clock);
    for _ in 0..slots {
        let (plugins, spins, call) = (Arc::clone(&bench.plugins), spins.clone(), bench.call());
        let call = Call { tenant: spinner, ..call };
        spinning.spawn(async move { plugins.score(&spins, call, ScoringInput::default()).await });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let beside = read().await?;
    anyhow::ensure!(spinning.try_join_next().is_none(), "the spinning calls have ended");
    let ratio = format!("{:.2} x", beside.as_secs_f64() / in_peace.as_secs_f64());
    writeln!(
        out,
        "{:<52}{:>12}{:>10}{:>22}",
        format!("{CALLS} PDFs, {THREADS} threads"),
        "p99",
        "ratio",
        "goal"
    )?;
    writeln!(out, "{:<52}{:>12}", "  in peace", millis(in_peace))?;
    let name = format!("  another tenant spinning on its {slots} slots");
    writeln!(out, "{name:<52}{:>12}{ratio:>10}{:>22}", millis(beside), "<= 3 x")?;
    Ok(())
}

struct Bench {
    plugins: Arc<Plugins>,
    clock: Clock,
    tenant: TenantId,
}

/// Opening the host: the first time with the compiler, then without.
async fn starts(out: &mut impl Write, settings: &Settings) -> anyhow::Result<()> {
    writeln!(out, "{:<52}{:>12}", "plugin host, opened until every plugin is loaded", "time")?;
    for name in ["cold cache", "warm cache", "warm cache, again"] {
        let began = Instant::now();
        let plugins = Plugins::open(settings.clone())?;
        let opened = began.elapsed();
        plugins.warm().await?;
        let (opened, loaded) = (millis(opened), millis(began.elapsed()));
        writeln!(out, "{:<52}{loaded:>12}   (open returns after {opened})", format!("  {name}"))?;
    }
    writeln!(out)?;
    Ok(())
}

impl Bench {
    async fn new(plugins: Arc<Plugins>) -> anyhow::Result<Self> {
        plugins.warm().await?;
        let clock = Clock::system();
        let tenant = TenantId::new(&clock);
        Ok(Self { plugins, clock, tenant })
    }

    fn call(&self) -> Call {
        Call { tenant: self.tenant, invocation: self.clock.uuid(), dry_run: false }
    }

    /// The empty scoring rule: bare, through the host, and with a change of threads for every call. Batches take
    /// turns, so that a busy machine slows them all alike.
    async fn empty_calls(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let component = guests::guest("empty-score", Kind::ScoringRule);
        let bare = bare::Rule::new(&component)?;
        let rule = self.plugins.load(component).await?;
        let mut times: [Vec<Duration>; 3] = Default::default();
        for _ in 0..BATCHES {
            let began = Instant::now();
            for _ in 0..BATCH {
                bare.call().await?;
            }
            times[0].push(began.elapsed() / BATCH);

            times[1].push(self.scored(&rule).await?);

            let began = Instant::now();
            for _ in 0..BATCH {
                self.plugins.score(&rule, self.call(), ScoringInput::default()).await;
            }
            times[2].push(began.elapsed() / BATCH);
        }
        let [bare, host, alone] = times.map(median);
        let ratio = |time: Duration| format!("{:.2} x", time.as_secs_f64() / bare.as_secs_f64());
        writeln!(
            out,
            "{:<52}{:>12}{:>10}{:>22}",
            format!("empty scoring rule, fresh sandbox, {BATCHES} x {BATCH} calls"),
            "median",
            "ratio",
            "goal"
        )?;
        writeln!(
            out,
            "{:<52}{:>12}{:>10}",
            "  wasmtime alone: instantiate and call",
            micros(bare),
            ratio(bare)
        )?;
        writeln!(
            out,
            "{:<52}{:>12}{:>10}{:>22}",
            "  through the host: limits, hash, run record",
            micros(host),
            ratio(host),
            "<= 25 us, <= 1.5 x"
        )?;
        let name = "  the same, each from another thread and back";
        writeln!(out, "{name:<52}{:>12}{:>10}\n", micros(alone), ratio(alone))?;
        Ok(())
    }

    /// How long a call takes, of many.
    async fn scored(&self, rule: &PluginRef) -> anyhow::Result<Duration> {
        let inputs = vec![ScoringInput::default(); BATCH as usize];
        let began = Instant::now();
        let scores = self.plugins.score_all(rule, self.call(), Arc::default(), inputs).await;
        let took = began.elapsed() / BATCH;
        anyhow::ensure!(scores.iter().all(|ran| ran.record.outcome == Outcome::Ok), "the empty rule failed");
        Ok(took)
    }

    /// Every PDF of the folder, from its bytes to a UnifiedResume, one after the other.
    async fn documents(&self, out: &mut impl Write, files: &[(PathBuf, Document)]) -> anyhow::Result<()> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut peak = [0; 2];
        let mut cpu = [Duration::ZERO; 2];
        let mut pages = 0;
        for round in 0..ROUNDS {
            let began = Instant::now();
            for (path, document) in files {
                let [extracted, parsed] = self.read(path, document).await?;
                if round == 0 {
                    pages += extracted.pages;
                    for (index, part) in [&extracted, &parsed].into_iter().enumerate() {
                        peak[index] = part.peak.max(peak[index]);
                        cpu[index] += part.cpu;
                    }
                }
            }
            ours.push(began.elapsed());
            let began = Instant::now();
            for (path, _) in files {
                pdftotext(path)?;
            }
            theirs.push(began.elapsed());
        }
        let count = u32::try_from(files.len())?;
        let per_second = |time: Duration| format!("{:.0}/s", f64::from(count) / time.as_secs_f64());
        let (ours, theirs) = (median(ours), median(theirs));
        writeln!(
            out,
            "{:<52}{:>12}{:>10}{:>22}",
            format!("{count} PDFs, {pages} pages, one at a time, {ROUNDS} rounds"),
            "each",
            "",
            "goal"
        )?;
        let row = |name: &str, time: Duration, goal: &str| {
            format!("{name:<52}{:>12}{:>10}{goal:>22}", millis(time / count), per_second(time))
        };
        writeln!(out, "{}", row("  PDF to UnifiedResume, both sandboxes", ours, ">= 100/s, faster than"))?;
        writeln!(out, "{}", row("  pdftotext -layout, a process each", theirs, ""))?;
        for (name, cpu) in ["  of it on a core: pdf-text", "  of it on a core: resume-parser"].iter().zip(cpu)
        {
            writeln!(out, "{}", row(name, cpu, ""))?;
        }
        writeln!(out)?;
        writeln!(out, "{:<52}{:>12}{:>32}", "peak memory of a sandbox, the largest of them", "peak", "goal")?;
        for (name, peak) in ["  pdf-text", "  resume-parser"].iter().zip(peak) {
            writeln!(
                out,
                "{name:<52}{:>12}{:>32}",
                format!("{:.1} MiB", peak as f64 / f64::from(1 << 20)),
                "< 256 MiB"
            )?;
        }
        writeln!(out)?;
        Ok(())
    }

    async fn read(&self, path: &Path, document: &Document) -> anyhow::Result<[Cost; 2]> {
        let extractor = self.plugins.extractor(self.tenant, PDF).context("nothing reads PDFs")?;
        let parser: PluginRef = self.plugins.parser(self.tenant, None).context("nothing reads résumés")?;
        let extracted = self.plugins.extract(&extractor, self.call(), document.clone()).await;
        let failed = |failure| anyhow::anyhow!("{}: {failure:?}", path.display());
        let text = Arc::new(extracted.result.map_err(failed)?);
        let parsed = self.plugins.parse(&parser, self.call(), document.clone(), Arc::clone(&text)).await;
        parsed.result.map_err(failed)?;
        let cost = |record: mortise_host::hooks::RunRecord| Cost {
            pages: text.pages.len(),
            peak: record.peak_memory,
            cpu: record.cpu,
        };
        Ok([cost(extracted.record), cost(parsed.record)])
    }
}

struct Cost {
    pages: usize,
    peak: u64,
    cpu: Duration,
}

fn pdfs(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Document)>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "pdf"));
    paths.sort();
    anyhow::ensure!(!paths.is_empty(), "{} holds no PDF", folder.display());
    let read = |path: PathBuf| {
        let document = Document {
            media_type: PDF.into(),
            file_name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: String::new(),
            bytes: std::fs::read(&path)?.into(),
        };
        Ok((path, document))
    };
    paths.into_iter().map(read).collect()
}

fn pdftotext(path: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("pdftotext");
    let run = command.arg("-layout").arg(path).arg("-").stdout(Stdio::piped()).stderr(Stdio::null());
    run.output().context("pdftotext is not installed")?;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6)
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
