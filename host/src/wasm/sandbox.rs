//! What one call owns: a fresh store with its limits, its log, its view of the inputs. Never used twice.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline};
use wasmtime_wasi::WasiCtx;

use super::failure::CpuSpent;
use super::imports::log::Log;
use super::meter::Meter;
use super::settings::Limits;
use super::turns::Turns;
use crate::clock::Clock;
use crate::components::terms::{Lease, Terms};

/// Resources of ours, and handles of any kind, one call may hold at once.
const MAX_RESOURCES: usize = 1_000;
const MAX_HANDLES: usize = 10_000;
const MAX_INSTANCES: usize = 200;
const MAX_TABLE_ELEMENTS: usize = 200_000;

/// A plugin's settings, one JSON text per key.
pub(crate) type Config = Arc<serde_json::Map<String, serde_json::Value>>;

/// What a plugin under trial has set; nothing where it has deleted.
pub(crate) type Trial = std::collections::BTreeMap<String, Option<Vec<u8>>>;

/// The data of a store.
pub(crate) struct Sandbox {
    pub(crate) limiter: Limiter,
    pub(crate) table: ResourceTable,
    /// Made when the plugin first uses WASI; most never do.
    pub(crate) wasi: Option<WasiCtx>,
    /// SHA-256 of the inputs; seeds what randomness there is.
    pub(crate) seed: [u8; 32],
    /// Absent where time must not make a difference.
    pub(crate) clock: Option<Clock>,
    pub(crate) config: Config,
    /// Absent where nobody set the plugin up: it has no settings and nothing is granted.
    pub(crate) lease: Option<Arc<Lease>>,
    /// In a trial what a plugin would keep is kept here, for as long as its call lasts.
    pub(crate) trial: Option<Trial>,
    /// Requests sent so far.
    pub(crate) requests: u32,
    /// Questions asked of language models so far, and what they cost in tokens.
    pub(crate) asked: u32,
    pub(crate) inference_tokens: u64,
    /// When the call is over, with or without an answer.
    pub(crate) deadline: Instant,
    pub(crate) host_calls: u32,
    pub(crate) log: Log,
    meter: Arc<Meter>,
    pub(crate) limits: Limits,
}

/// What differs from call to call.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) seed: [u8; 32],
    pub(crate) clock: Option<Clock>,
    pub(crate) config: Config,
    pub(crate) lease: Option<Arc<Lease>>,
    pub(crate) is_trial: bool,
    pub(crate) turns: Turns,
    pub(crate) deadline: Instant,
}

impl Sandbox {
    /// The terms as they are at this moment.
    pub(crate) fn terms(&self) -> Option<Arc<Terms>> {
        self.lease.as_ref().map(|lease| lease.now())
    }

    /// A store in which one call can be made. Fuel is set where the engine counts it.
    pub(crate) fn store(engine: &Engine, setup: Setup) -> wasmtime::Result<(Store<Self>, Arc<Meter>)> {
        let meter = Arc::new(Meter::default());
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let limits = setup.limits;
        let sandbox = Self {
            limiter: Limiter::new(limits.memory),
            table,
            wasi: None,
            seed: setup.seed,
            clock: setup.clock,
            config: setup.config,
            lease: setup.lease,
            trial: setup.is_trial.then(Trial::default),
            requests: 0,
            asked: 0,
            inference_tokens: 0,
            deadline: setup.deadline,
            host_calls: 0,
            log: Log::default(),
            meter: Arc::clone(&meter),
            limits,
        };
        let mut store = Store::try_new(engine, sandbox)?;
        store.limiter(|sandbox| &mut sandbox.limiter);
        store.set_hostcall_fuel(usize::try_from(limits.result_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(MAX_HANDLES);
        if let Some(fuel) = limits.fuel {
            store.set_fuel(fuel)?;
        }
        store.set_epoch_deadline(1);
        let turns = setup.turns;
        store.epoch_deadline_callback(move |store| {
            let Sandbox { meter, limits, .. } = store.data();
            let spent = meter.so_far();
            if spent > limits.cpu {
                return Err(CpuSpent.into());
            }
            let next = turns.clone().next(spent, Arc::clone(meter));
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(next)))
        });
        Ok((store, meter))
    }
}

/// Counts all memories of a store together; wasmtime's own limiter would allow each of them the whole.
pub(crate) struct Limiter {
    limit: u64,
    memory: u64,
    tables: usize,
    pub(crate) peak: u64,
    /// A plugin that is refused memory usually aborts: the trap alone would not say why.
    pub(crate) refused: bool,
}

impl Limiter {
    fn new(limit: u64) -> Self {
        Self { limit, memory: 0, tables: 0, peak: 0, refused: false }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let after = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if after > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.memory = after;
        self.peak = self.peak.max(after);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let after = self.tables.saturating_add(desired.saturating_sub(current));
        if after > MAX_TABLE_ELEMENTS {
            self.refused = true;
            return Ok(false);
        }
        self.tables = after;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }
}
