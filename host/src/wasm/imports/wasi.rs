//! The part of WASI 0.2 that standard libraries import, inert: no files, arguments, variables or network. What is
//! printed goes to the log, clocks are coarse (and stand still in the pure class), randomness comes from the inputs.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::{SmallRng, StdRng};
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock, WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::log::Log;
use crate::clock::Clock;
use crate::wasm::sandbox::Sandbox;

const MAX_RANDOM_BYTES: u64 = 64 << 10;
const MILLISECOND: Duration = Duration::from_millis(1);

/// Everything but sockets, which nothing imports unasked.
pub(super) fn add_to_linker(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, Streams>(linker, |sandbox| &mut sandbox.table)?;
    io::poll::add_to_linker::<_, Streams>(linker, |sandbox| &mut sandbox.table)?;
    io::streams::add_to_linker::<_, Streams>(linker, |sandbox| &mut sandbox.table)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, Sandbox::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Sandbox::clocks)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, Sandbox::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, Sandbox::filesystem)?;
    random::random::add_to_linker::<_, WasiRandom>(linker, |sandbox| sandbox.ctx().ctx.random())?;
    random::insecure::add_to_linker::<_, WasiRandom>(linker, |sandbox| sandbox.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, |sandbox| sandbox.ctx().ctx.random())?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, Sandbox::cli)?;
    Ok(())
}

struct Streams;

impl HasData for Streams {
    type Data<'a> = &'a mut ResourceTable;
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Self { wasi, table, log, seed, clock, .. } = self;
        let ctx = wasi.get_or_insert_with(|| inert(log, *seed, clock.as_ref()));
        WasiCtxView { ctx, table }
    }
}

fn inert(log: &Log, seed: [u8; 32], clock: Option<&Clock>) -> WasiCtx {
    let mut lot = [0; 16];
    lot.copy_from_slice(&seed[..16]);
    let mut builder = WasiCtx::builder();
    builder
        .allow_tcp(false)
        .allow_udp(false)
        .stdout(Printed { log: log.clone(), level: "info" })
        .stderr(Printed { log: log.clone(), level: "warn" })
        .secure_random(StdRng::from_seed(seed))
        .insecure_random(SmallRng::from_seed(seed))
        .insecure_random_seed(u128::from_le_bytes(lot))
        .max_random_size(MAX_RANDOM_BYTES);
    match clock {
        Some(clock) => {
            builder.wall_clock(Coarse(clock.clone())).monotonic_clock(CoarseSince(Instant::now()));
        }
        None => {
            builder.wall_clock(Still).monotonic_clock(Still);
        }
    }
    builder.build()
}

struct Coarse(Clock);

impl HostWallClock for Coarse {
    fn resolution(&self) -> Duration {
        MILLISECOND
    }

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().timestamp_millis()).unwrap_or(0))
    }
}

struct CoarseSince(Instant);

impl HostMonotonicClock for CoarseSince {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_mul(1_000_000)
    }
}

struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        MILLISECOND
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}

/// Standard output or error, line by line into the log.
#[derive(Clone)]
struct Printed {
    log: Log,
    level: &'static str,
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for this one, and no plugin is linked against it.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(PrintedStream { printed: self.clone(), line: Vec::new() })
    }
}

/// Collects bytes until a line is complete, or as long as a line of the log may be.
struct PrintedStream {
    printed: Printed,
    line: Vec<u8>,
}

const MAX_PRINTED_LINE: usize = 4 << 10;

impl PrintedStream {
    fn end_line(&mut self) {
        if !self.line.is_empty() {
            let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
            self.line.clear();
            self.printed.log.write(self.printed.level, line);
        }
    }
}

#[async_trait::async_trait]
impl Pollable for PrintedStream {
    async fn ready(&mut self) {}
}

impl OutputStream for PrintedStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for &byte in bytes.iter() {
            if byte == b'\n' || self.line.len() == MAX_PRINTED_LINE {
                self.end_line();
            }
            if byte != b'\n' {
                self.line.push(byte);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

impl Drop for PrintedStream {
    fn drop(&mut self) {
        self.end_line();
    }
}
