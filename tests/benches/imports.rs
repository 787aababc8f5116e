//! Candidates imported from NDJSON a second, and all of them exported again, with the most memory the process had: on SQLite,
//! and on PostgreSQL with `MORTISE_TEST_DATABASE_URL`. Prints a table; `-- 5000` for another number of rows than 100,000. A
//! tenth of them is measured before: what is streamed takes as much memory for ten times as many rows.

use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::resources::access::founding;
use mortise_host::start::Node;
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::load;
use serde_json::json;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let rows: usize = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:<12}{:>12}{:>12}{:>14}{:>14}{:>14}{:>16}",
        "database", "candidates", "file", "rows in/s", "peak in", "rows out/s", "peak with out"
    )?;
    // The database of the variable, then the embedded one.
    for embedded in [true, false] {
        if !embedded && std::env::var_os("MORTISE_TEST_DATABASE_URL").is_none() {
            continue;
        }
        let mut slowest = f64::INFINITY;
        let mut peaks = Vec::new();
        for rows in [(rows / 10).max(1), rows] {
            let Measured { bytes, brought_in, peak_in, sent_out, peak_out } = measure(embedded, rows).await?;
            let rate = |time: Duration| rows as f64 / time.as_secs_f64();
            slowest = slowest.min(rate(brought_in));
            peaks.push(peak_out);
            writeln!(
                out,
                "{:<12}{:>12}{:>12}{:>14.0}{:>14}{:>14.0}{:>16}",
                if embedded { "SQLite" } else { "PostgreSQL" },
                rows,
                mebibytes(bytes),
                rate(brought_in),
                mebibytes(peak_in),
                rate(sent_out),
                mebibytes(peak_out)
            )?;
        }
        let grown = peaks[1] as f64 / peaks[0].max(1) as f64;
        writeln!(
            out,
            "  goals: 5,000 rows in/s ({slowest:.0}); memory of an export is the same ({grown:.2} times)"
        )?;
    }
    Ok(())
}

struct Measured {
    bytes: usize,
    brought_in: Duration,
    peak_in: usize,
    sent_out: Duration,
    peak_out: usize,
}

async fn measure(embedded: bool, rows: usize) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let database = TestDatabase::new().await;
    let cache = binary::plugin_cache();
    std::fs::create_dir_all(&cache)?;
    let config = Config {
        listen: "127.0.0.1:0".parse()?,
        data_dir: folder.path().into(),
        database_url: if embedded { None } else { database.url(folder.path()) },
        plugin_cache_dir: Some(cache),
        import_max_bytes: 4 << 30,
        rate_reads_per_second: 0,
        rate_writes_per_second: 0,
        http_timeout_seconds: 600,
        ..Config::default()
    };
    // PostgreSQL asks for a key that all nodes share.
    let key = folder.path().join("secret.key");
    std::fs::write(&key, "5e".repeat(32))?;
    let config = Config { secret_key_file: Some(key), ..config };
    let clock = Clock::system();
    let node =
        Node { config, clock: clock.clone(), serves: true, works: false, compiler: Some(binary::mortise()) };
    let node = node.start().await?;
    // What comes with it is compiled at the first start.
    while node.services.hooks.ready().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let url = format!("http://{}", node.address().context("it serves")?);
    let owner = Actor::new(url, Some(founded.key.reveal()));

    let file = file(rows);
    let bytes = file.len();
    let accepted = owner.import("candidates.ndjson", file, &[("kind", "candidates")]).await.expect(202);
    forget_peak();
    let began = Instant::now();
    let import = load::run_import(&node.services, &owner, &accepted.text("id")).await?;
    let brought_in = began.elapsed();
    ensure!(import["rows"]["created"] == json!(rows), "{import:#}");
    let peak_in = peak();

    forget_peak();
    let began = Instant::now();
    let request = owner.request(reqwest::Method::GET, "/v1/exports/candidates");
    let mut answer = request.send().await?.error_for_status()?;
    let mut lines = 0;
    while let Some(chunk) = answer.chunk().await? {
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
    }
    let sent_out = began.elapsed();
    ensure!(lines == rows, "{lines} lines");
    let peak_out = peak();
    node.stop().await;
    Ok(Measured { bytes, brought_in, peak_in, sent_out, peak_out })
}

/// Candidates as another system would send them.
fn file(rows: usize) -> String {
    let (given, family) =
        (["Ada", "Grace", "Alan", "Edsger", "Barbara"], ["Lovelace", "Hopper", "Turing", "Liskov"]);
    let cities = ["London", "New York", "Manchester", "Rotterdam", "Los Angeles", "Nairobi"];
    let mut file = String::new();
    for number in 0..rows {
        let row = json!({
            "given_name": given[number % given.len()], "family_name": family[number % family.len()],
            "emails": [format!("person.{number}@example.com")], "phones": [format!("+1 555 {number:07}")],
            "headline": "Senior engineer for bridges and tunnels", "source": "the old system",
            "location": { "city": cities[number % cities.len()], "countryCode": "US" },
            "links": [format!("https://example.com/people/{number}")], "tags": ["moved in", "engineer"],
        });
        writeln!(file, "{row}").expect("a String takes everything");
    }
    file
}

/// From now on the process's peak is counted anew; where the kernel does not, it goes on from the start.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory the process has had, in bytes: the file the client has just sent is not in it any more.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or_default() << 10
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
