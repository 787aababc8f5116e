//! What plugins cost everybody else: installing a large one while the server is read from, stopping one that never ends,
//! and the memory of ten thousand calls of good and bad ones.
//! Build the program first: `cargo build --release`. On PostgreSQL, too, with `MORTISE_TEST_DATABASE_URL`; with another résumé
//! parser than ours, for instance one in Python, with `MORTISE_BENCH_COMPONENT`: the path of its component before a manifest
//! is in it, `build/component.wasm` of its folder.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::hooks::{Call, Document, Hooks, Kind, Outcome, PluginRef};
use mortise_host::ids::TenantId;
use mortise_host::resources::access::founding;
use mortise_host::scoring::ScoringInput;
use mortise_host::start::Node;
use mortise_host::text::ExtractedText;
use mortise_host::wasm::manifest::{self, Manifest};
use mortise_host::wasm::{Plugins, Settings};
use mortise_tests::actor::{Actor, send};
use mortise_tests::database::TestDatabase;
use mortise_tests::load::{self, Load};
use mortise_tests::server::config;
use mortise_tests::{binary, guests, samples};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

const VARIABLE: &str = "MORTISE_BENCH_COMPONENT";
const CONNECTIONS: usize = 4;
const INSTALLATIONS: usize = 5;
const STOPS: usize = 11;
const CALLS: usize = 10_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    installing(&mut out).await?;
    stopping(&mut out).await?;
    resident(&mut out).await
}

/// From the upload to `ready`, and what reading one row takes meanwhile.
async fn installing(out: &mut impl Write) -> anyhow::Result<()> {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir()?;
    let mut settings = config(folder.path(), &database);
    settings.log = "error".into();
    settings.plugin_cache_dir = Some(folder.path().join("plugins"));
    (settings.rate_reads_per_second, settings.rate_writes_per_second) = (0, 0);
    let clock = Clock::system();
    let compiler = Some(binary::mortise());
    let node = Node { config: settings, clock: clock.clone(), serves: true, works: true, compiler };
    let node = node.start().await?;
    while node.services.hooks.ready().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let address = node.address().context("it serves")?;
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let key = founded.key.reveal();
    let owner = Actor::new(format!("http://{address}"), Some(key.clone()));
    let contact = owner
        .post("/v1/contacts", json!({ "name": "Grace Hopper", "email": "grace@example.com" }))
        .await
        .expect(201)
        .text("id");
    let request =
        format!("GET /v1/contacts/{contact} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n");

    let component = parser()?;
    let ends = Instant::now() + Duration::from_secs(3);
    let in_peace =
        load::drive(address, CONNECTIONS, || (Instant::now() < ends).then(|| request.clone())).await?;
    let (mut times, mut beside) = (Vec::new(), Vec::new());
    for number in 0..INSTALLATIONS {
        let done = AtomicBool::new(false);
        let installing = async {
            let took = install(&owner, &component, number).await;
            done.store(true, Ordering::Relaxed);
            took
        };
        let (took, read) = tokio::join!(installing, reads(address, &request, &done));
        times.push(took?);
        beside.push(read?);
    }
    node.stop().await;

    let size = format!("{:.2} MB", component.len() as f64 / 1e6);
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    writeln!(
        out,
        "{:<60}{:>12}{:>12}",
        format!("a component of {size}, from upload to ready"),
        "median",
        "max"
    )?;
    times.sort_unstable();
    let (middle, last) = (times[INSTALLATIONS / 2], times[INSTALLATIONS - 1]);
    writeln!(out, "{:<60}{:>12}{:>12}\n", format!("  {INSTALLATIONS} times"), millis(middle), millis(last))?;
    let title = format!("one contact read meanwhile, {CONNECTIONS} connections, {name}");
    writeln!(out, "{title:<60}{:>12}{:>12}", "median", "p99")?;
    let row = |name: &str, load: &Load| {
        format!("{name:<60}{:>12}{:>12}", millis(load.quantile(0.5)), millis(load.quantile(0.99)))
    };
    writeln!(out, "{}", row("  in peace", &in_peace))?;
    let mut all: Vec<Duration> = beside.into_iter().flat_map(|load| load.times).collect();
    all.sort_unstable();
    let beside = Load { elapsed: all.iter().sum(), times: all };
    writeln!(out, "{}\n", row("  while plugins are checked and compiled", &beside))?;
    Ok(())
}

async fn reads(address: SocketAddr, request: &str, done: &AtomicBool) -> anyhow::Result<Load> {
    load::drive(address, CONNECTIONS, || (!done.load(Ordering::Relaxed)).then(|| request.to_owned())).await
}

/// A megabyte of ours, the default parser, where the build script leaves it; or the parser that the variable names.
fn parser() -> anyhow::Result<Vec<u8>> {
    let ours = || guests::target_folder().join("plugins/wasm32-wasip2/plugin/resume_parser.wasm");
    let path = std::env::var_os(VARIABLE).map_or_else(ours, PathBuf::from);
    std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
}

async fn install(owner: &Actor, component: &[u8], number: usize) -> anyhow::Result<Duration> {
    let toml =
        format!("id = \"bench/parser\"\nversion = \"1.0.{number}\"\nkind = \"resume-parser\"\ntitle = \"x\"");
    let bytes = manifest::embed(component, &Manifest::from_toml(&toml)?);
    let form =
        Form::new().text("allow_unsigned", "true").part("component", Part::bytes(bytes).file_name("p.wasm"));
    let began = Instant::now();
    let answer = send(owner.request(Method::POST, "/v1/plugins").multipart(form)).await.expect(202);
    let path = format!("/v1/plugins/{}/versions/{}", answer.text("plugin_id"), answer.text("id"));
    loop {
        let version = owner.get(&path).await.expect(200);
        match version.text("state").as_str() {
            "ready" => return Ok(began.elapsed()),
            "compiling" => tokio::time::sleep(Duration::from_millis(5)).await,
            state => anyhow::bail!("it is {state}: {version:?}"),
        }
    }
}

/// A host of its own on one thread.
struct Bench {
    plugins: Arc<Plugins>,
    clock: Clock,
    tenant: TenantId,
    _cache: tempfile::TempDir,
}

impl Bench {
    async fn new(change: impl FnOnce(&mut Settings)) -> anyhow::Result<Self> {
        let cache = tempfile::tempdir()?;
        let mut settings = Settings {
            cache_dir: cache.path().to_owned(),
            artifact_key: [1; 32],
            compiler: Some(binary::mortise()),
            threads: 1,
            ..Settings::default()
        };
        change(&mut settings);
        let plugins = Plugins::open(settings)?;
        plugins.warm().await?;
        let clock = Clock::system();
        let tenant = TenantId::new(&clock);
        Ok(Self { plugins, clock, tenant, _cache: cache })
    }

    fn call(&self) -> Call {
        Call { tenant: self.tenant, invocation: self.clock.uuid(), dry_run: false }
    }

    async fn load(&self, name: &str, kind: Kind) -> anyhow::Result<PluginRef> {
        Ok(self.plugins.load(guests::guest(name, kind)).await?)
    }
}

/// How long after its budget an endless loop is over.
async fn stopping(out: &mut impl Write) -> anyhow::Result<()> {
    let title = format!("an endless loop stopped, {STOPS} times");
    writeln!(out, "{title:<60}{:>12}{:>12}{:>12}", "budget", "over: median", "max")?;
    for budget in [50, 100, 500].map(Duration::from_millis) {
        let bench = Bench::new(|settings| {
            let limits = &mut settings.budgets.scoring_rule;
            (limits.wall, limits.cpu, limits.fuel) = (budget, budget, Some(u64::MAX));
        });
        let over = stops(&bench.await?).await?.map(|took| took.saturating_sub(budget));
        let [middle, last] = over;
        writeln!(out, "{:<60}{:>12}{:>12}{:>12}", "  by time", millis(budget), millis(middle), millis(last))?;
    }
    let bench = Bench::new(|settings| settings.budgets.scoring_rule.wall = Duration::from_secs(60)).await?;
    let fuel = Settings::default().budgets.scoring_rule.fuel.unwrap_or_default();
    let [middle, last] = stops(&bench).await?;
    let fuel = format!("{} M", fuel / 1_000_000);
    writeln!(
        out,
        "{:<60}{fuel:>12}{:>12}{:>12}\n",
        "  by fuel: from call to end",
        millis(middle),
        millis(last)
    )?;
    Ok(())
}

/// The median and the longest.
async fn stops(bench: &Bench) -> anyhow::Result<[Duration; 2]> {
    let spins = bench.load("spins", Kind::ScoringRule).await?;
    let mut times = Vec::new();
    for _ in 0..STOPS {
        let began = Instant::now();
        let ran = bench.plugins.score(&spins, bench.call(), ScoringInput::default()).await;
        times.push(began.elapsed());
        anyhow::ensure!(ran.record.outcome == Outcome::Timeout, "{:?}", ran.record.outcome);
    }
    times.sort_unstable();
    Ok([times[STOPS / 2], times[STOPS - 1]])
}

/// The memory of this process before and after many calls, of which one in twenty misbehaves.
async fn resident(out: &mut impl Write) -> anyhow::Result<()> {
    let bench = Bench::new(|settings| {
        // Those that want as much as they can get shall not take the whole time.
        settings.budgets.resume_parser.memory = 64 << 20;
    })
    .await?;
    let mixture = Mixture::load(&bench).await?;
    // Every kind has been called, and whatever grows once has grown.
    for number in 0..200 {
        mixture.call(&bench, number).await?;
    }
    let before = resident_bytes()?;
    let (mut highest, mut failed) = (before, 0);
    let began = Instant::now();
    for number in 0..CALLS {
        failed += usize::from(!mixture.call(&bench, number).await?);
        if number % 500 == 0 {
            highest = highest.max(resident_bytes()?);
        }
    }
    let (after, took) = (resident_bytes()?, began.elapsed());
    let title = format!("{CALLS} calls, {failed} of which were stopped, in {:.0} s", took.as_secs_f64());
    writeln!(out, "{title:<60}{:>12}{:>12}{:>12}{:>12}", "before", "highest", "after", "ratio")?;
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let ratio = format!("{:.2} x", after as f64 / before as f64);
    writeln!(
        out,
        "{:<60}{:>12}{:>12}{:>12}{ratio:>12}",
        "  resident memory",
        mb(before),
        mb(highest),
        mb(after)
    )?;
    Ok(())
}

struct Mixture {
    empty: PluginRef,
    echo: PluginRef,
    bad: Vec<PluginRef>,
    items: PluginRef,
    pdf: Document,
}

impl Mixture {
    async fn load(bench: &Bench) -> anyhow::Result<Self> {
        let mut bad = Vec::new();
        for name in ["panics", "recurses", "eats-memory", "huge-result"] {
            bad.push(bench.load(name, Kind::ResumeParser).await?);
        }
        let name = samples::names().into_iter().next().context("there are samples")?;
        Ok(Self {
            empty: bench.load("empty-score", Kind::ScoringRule).await?,
            echo: bench.load("echo-parser", Kind::ResumeParser).await?,
            bad,
            items: bench.load("ten-million-items", Kind::TextExtractor).await?,
            pdf: document("application/pdf", samples::read(&format!("{name}.pdf"))),
        })
    }

    /// Whether it answered: of a hundred, eighty score, ten parse a text, five read a PDF, and five misbehave.
    async fn call(&self, bench: &Bench, number: usize) -> anyhow::Result<bool> {
        let (plugins, call) = (&bench.plugins, bench.call());
        let text = || Arc::new(ExtractedText::default());
        let parse =
            |plugin| plugins.parse(plugin, bench.call(), document("text/plain", b"Ada".to_vec()), text());
        Ok(match number % 100 {
            0..80 => plugins.score(&self.empty, call, ScoringInput::default()).await.result.is_ok(),
            80..90 => parse(&self.echo).await.result.is_ok(),
            90..95 => {
                let extractor =
                    plugins.extractor(bench.tenant, &self.pdf.media_type).context("nothing reads PDFs")?;
                plugins.extract(&extractor, call, self.pdf.clone()).await.result.is_ok()
            }
            95..99 => parse(&self.bad[number % 100 - 95]).await.result.is_ok(),
            _ => {
                let document = document("application/x-guest", b"x".to_vec());
                plugins.extract(&self.items, call, document).await.result.is_ok()
            }
        })
    }
}

fn document(media_type: &str, bytes: Vec<u8>) -> Document {
    Document {
        media_type: media_type.into(),
        file_name: "cv".into(),
        sha256: String::new(),
        bytes: bytes.into(),
    }
}

fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib << 10)
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
