//! The engines: one builder of their configuration for the server, the compiling child and the command line,
//! so that what one compiles the other loads. The serving engines hold no compiler.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

use super::checks::{FEATURES, Refusal};
use super::settings::Settings;
use crate::hooks::Kind;

/// How often spinning code is asked to let others run.
pub(crate) const TICK: Duration = Duration::from_millis(10);

pub(crate) const MAX_MEMORIES: u32 = 4;
const MAX_TABLES: u32 = 32;
/// Of a slot's table, how much is zeroed by hand after a call: more than most plugins have. To give a page back to the system
/// and to be given another one costs more than to zero it.
const TABLE_KEPT: usize = 64 << 10;
pub(crate) const TABLE_ELEMENTS: usize = 100_000;
const CORE_INSTANCES: u32 = 200;

/// How exactly a plugin's work can be repeated. Code compiled for one class is never loaded into the other:
/// wasmtime itself would not notice that NaNs are not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Interrupted by time.
    General,
    /// Metered by fuel, NaNs canonical: the same input gives the same bytes on every machine.
    Pure,
}

impl Class {
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::ScoringRule => Self::Pure,
            Kind::TextExtractor | Kind::ResumeParser | Kind::WebhookTransform => Self::General,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Pure => "pure",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::General, Self::Pure].into_iter().find(|class| class.as_str() == word)
    }
}

/// What compiled code depends on.
fn shared_config(class: Class) -> Config {
    let mut config = Config::new();
    config
        // Said in full: which proposals are on must not depend on features some other crate asks wasmtime for.
        .wasm_features(WasmFeatures::all().difference(FEATURES), false)
        .wasm_features(FEATURES, true)
        .concurrency_support(false)
        .gc_support(false)
        .epoch_interruption(true)
        .consume_fuel(class == Class::Pure)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .native_unwind_info(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(20))
        .memory_init_cow(true);
    config
}

/// An engine that compiles and never runs anything.
pub(crate) fn compiling(class: Class) -> wasmtime::Result<Engine> {
    let mut config = shared_config(class);
    config.cranelift_nan_canonicalization(class == Class::Pure);
    Engine::new(&config)
}

/// Everything that decides whether an artifact fits, as a digest.
pub(crate) fn compatibility(class: Class) -> wasmtime::Result<[u8; 32]> {
    struct Sink(Sha256);
    impl Hasher for Sink {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let engine = compiling(class)?;
    let mut sink = Sink(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sink);
    sink.0.update(class.as_str());
    sink.0.update(super::checks::REVISION.to_le_bytes());
    Ok(sink.0.finalize().into())
}

/// An engine that runs what others compiled.
fn serving(class: Class, settings: &Settings) -> wasmtime::Result<Engine> {
    let mut config = shared_config(class);
    config.enable_compiler(false);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    match Engine::new(&config) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                slots = settings.slots,
                "cannot reserve the address space for a pool of sandboxes; each call will map its own, which is slower"
            );
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Engine::new(&config)
        }
    }
}

fn pool(settings: &Settings) -> PoolingAllocationConfig {
    let slots = settings.slots;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_stacks(slots)
        .total_memories(slots.saturating_mul(2))
        .total_tables(slots.saturating_mul(4))
        .total_core_instances(slots.saturating_mul(8).max(CORE_INSTANCES))
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_module(2)
        .max_tables_per_module(2)
        .table_elements(TABLE_ELEMENTS)
        .max_core_instance_size(10 << 20)
        .max_component_instance_size(10 << 20)
        .max_memory_size(usize::try_from(settings.budgets.largest_memory()).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(settings.keep_resident)
        // Linux since 6.7 says which pages a call has written to; elsewhere all that are kept are made anew.
        .pagemap_scan(Enabled::Auto)
        .table_keep_resident(TABLE_KEPT)
        .max_unused_warm_slots(slots);
    pool
}

/// The two serving engines. The pure one is made when the first scoring rule is.
pub(crate) struct Engines {
    settings: Settings,
    general: Engine,
    pure: OnceLock<Engine>,
}

impl Engines {
    pub(crate) fn new(settings: &Settings) -> wasmtime::Result<Self> {
        let general = serving(Class::General, settings)?;
        tick(&general)?;
        Ok(Self { settings: settings.clone(), general, pure: OnceLock::new() })
    }

    pub(crate) fn of(&self, class: Class) -> wasmtime::Result<&Engine> {
        match class {
            Class::General => Ok(&self.general),
            Class::Pure => {
                if let Some(engine) = self.pure.get() {
                    return Ok(engine);
                }
                let engine = serving(Class::Pure, &self.settings)?;
                tick(&engine)?;
                Ok(self.pure.get_or_init(|| engine))
            }
        }
    }
}

/// Advances the engine's epoch for as long as it lives. A thread of the system, not a task: a runtime whose
/// threads all spin in guests would starve the very task that has to interrupt them.
fn tick(engine: &Engine) -> wasmtime::Result<()> {
    let engine: EngineWeak = engine.weak();
    std::thread::Builder::new().name("plugin-epochs".into()).spawn(move || {
        loop {
            std::thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    })?;
    Ok(())
}

/// Refuses a component no slot of the pool could hold, before the first call finds out.
pub(crate) fn fits(component: &wasmtime::component::Component, memory: u64) -> Result<(), Refusal> {
    let refuse = |what: String| Err(Refusal::new("component_needs_too_much", what));
    let Some(needs) = component.resources_required() else {
        return refuse("the component imports core modules, which no plugin may".into());
    };
    if needs.num_memories > MAX_MEMORIES {
        return refuse(format!(
            "the component has {} memories; at most {MAX_MEMORIES} fit",
            needs.num_memories
        ));
    }
    if needs.num_tables > MAX_TABLES {
        return refuse(format!("the component has {} tables; at most {MAX_TABLES} fit", needs.num_tables));
    }
    if needs.max_initial_table_size.is_some_and(|size| size > TABLE_ELEMENTS as u64) {
        return refuse(format!("a table of the component starts with more than {TABLE_ELEMENTS} elements"));
    }
    let initial = needs.max_initial_memory_size.unwrap_or(0).saturating_mul(64 << 10);
    if initial > memory {
        return refuse(format!(
            "a memory of the component starts with {initial} bytes; its limit is {memory}"
        ));
    }
    Ok(())
}
