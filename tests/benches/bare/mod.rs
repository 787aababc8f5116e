//! The same component in wasmtime alone: a pool, a store, an instance, the call. No limits, no log, no record.

use mortise::plugin::{config, log, resume, text, types};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "scoring-rule",
    exports: { default: async },
});

pub(super) struct Rule {
    engine: Engine,
    pre: ScoringRulePre<Data>,
    input: Input,
}

/// Empty, like what the host passes.
struct Input {
    context: types::CallContext,
    candidate: exports::mortise::plugin::scoring::Candidate,
    job: exports::mortise::plugin::scoring::Job,
}

impl Rule {
    pub(super) fn new(component: &[u8]) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(8).max_memory_size(32 << 20);
        let mut config = Config::new();
        config
            .concurrency_support(false)
            .gc_support(false)
            // The host's code is metered; the comparison is about what surrounds it.
            .epoch_interruption(true)
            .consume_fuel(true)
            .cranelift_nan_canonicalization(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, component)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        ScoringRule::add_to_linker::<_, HasSelf<Data>>(&mut linker, |data| data)?;
        let pre = ScoringRulePre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, pre, input: Input::empty() })
    }

    pub(super) async fn call(&self) -> wasmtime::Result<()> {
        let mut store =
            Store::new(&self.engine, Data { wasi: WasiCtx::default(), table: ResourceTable::new() });
        store.set_fuel(u64::MAX)?;
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.pre.instantiate_async(&mut store).await?;
        let Input { context, candidate, job } = &self.input;
        let scored =
            instance.mortise_plugin_scoring().call_score(&mut store, context, candidate, job, &[]).await?;
        scored.map(drop).map_err(|error| wasmtime::Error::msg(error.message))
    }
}

struct Data {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Data {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Data {}
impl text::Host for Data {}
impl resume::Host for Data {}

impl log::Host for Data {
    fn write(&mut self, _: log::Level, _: String, _: Vec<(String, String)>) {}
}

impl config::Host for Data {
    fn get(&mut self, _: String) -> Option<String> {
        None
    }

    fn all(&mut self) -> String {
        "{}".into()
    }
}

impl Input {
    fn empty() -> Self {
        let basics = resume::Basics {
            name: None,
            label: None,
            emails: Vec::new(),
            phones: Vec::new(),
            url: None,
            summary: None,
            location: None,
            profiles: Vec::new(),
        };
        let resume = resume::ParsedResume {
            basics,
            work: Vec::new(),
            education: Vec::new(),
            skills: Vec::new(),
            languages: Vec::new(),
            projects: Vec::new(),
            certificates: Vec::new(),
            publications: Vec::new(),
            awards: Vec::new(),
            volunteer: Vec::new(),
            interests: Vec::new(),
            references: Vec::new(),
            custom_sections: Vec::new(),
            language: None,
            evidence: Vec::new(),
            warnings: Vec::new(),
            extra_json: None,
        };
        Self {
            context: types::CallContext {
                invocation_id: String::new(),
                deadline_ms: 500,
                locale: None,
                dry_run: false,
            },
            candidate: exports::mortise::plugin::scoring::Candidate {
                id: String::new(),
                resume,
                years_of_experience: None,
                experience_level: None,
                tags: Vec::new(),
                custom_fields: "{}".into(),
            },
            job: exports::mortise::plugin::scoring::Job {
                id: String::new(),
                title: String::new(),
                description: None,
                skills: Vec::new(),
                experience_level: None,
                min_years: None,
                location: None,
                remote: None,
                employment_type: None,
                custom_fields: "{}".into(),
            },
        }
    }
}
