//! One call, from the slot it waits for to the record it leaves. The same path for every world.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::admission::Admission;
use super::bindings::types::PluginError;
use super::engine::{Class, Engines};
use super::failure;
use super::held::Leases;
use super::installed::{Installed, Prepared};
use super::metrics;
use super::sandbox::{Config, Sandbox, Setup};
use super::settings::Limits;
use super::turns::Turns;
use crate::clock::Clock;
use crate::digest::hex;
use crate::hooks::{Call, Failure, Kind, LogLine, Outcome, PluginRef, Ran, RunRecord};

/// Something a world of ours can be asked.
pub(crate) trait Question: Send + 'static {
    /// The world's linked component.
    type Pre: Sync;
    /// What the plugin answers.
    type Answer: Send;
    /// What the host makes of it.
    type Accepted: Send + 'static;

    const KIND: Kind;

    fn pre(prepared: &Prepared) -> Option<&Self::Pre>;

    /// Bytes the plugin is given, about.
    fn size(&self) -> u64;

    /// Everything the answer may depend on, so nothing about when and for whom.
    fn hash(&self, into: &mut Sha256);

    fn ask(
        self,
        store: &mut Store<Sandbox>,
        pre: &Self::Pre,
        call: Call,
        limits: &Limits,
    ) -> impl Future<Output = wasmtime::Result<Result<Self::Answer, PluginError>>> + Send;

    fn accept(answer: Self::Answer) -> Result<Self::Accepted, Failure>;
}

/// What every call needs.
pub(crate) struct Calls {
    pub(crate) engines: Engines,
    pub(crate) admission: Admission,
    pub(crate) turns: Turns,
    pub(crate) clock: Clock,
    pub(crate) leases: Leases,
    pub(crate) no_config: Config,
}

/// What a call has cost.
#[derive(Default)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    fuel: Option<u64>,
    peak_memory: u64,
    host_calls: u32,
    inference_tokens: Option<u64>,
    log: (Vec<LogLine>, u64),
}

impl Calls {
    pub(crate) async fn run<Q: Question>(
        &self,
        installed: &Installed,
        call: Call,
        config: &Config,
        question: Q,
    ) -> Ran<Q::Accepted> {
        let mut hash = Sha256::new();
        question.hash(&mut hash);
        let seed: [u8; 32] = hash.finalize().into();
        let mut cost = Cost::default();
        let result = self.attempt(installed, call, config, question, seed, &mut cost).await;
        let outcome = result.as_ref().map_or_else(|failure| failure.outcome, |_| Outcome::Ok);
        let (log_tail, log_dropped) = cost.log;
        let record = RunRecord {
            plugin: installed.plugin.clone(),
            outcome,
            wall: cost.wall,
            cpu: cost.cpu,
            fuel: cost.fuel,
            peak_memory: cost.peak_memory,
            host_calls: cost.host_calls,
            inference_tokens: cost.inference_tokens,
            log_tail,
            log_dropped,
            input_hash: hex(&seed),
        };
        metrics::count(&record);
        Ran { result, record }
    }

    async fn attempt<Q: Question>(
        &self,
        installed: &Installed,
        call: Call,
        config: &Config,
        question: Q,
        seed: [u8; 32],
        cost: &mut Cost,
    ) -> Result<Q::Accepted, Failure> {
        let limits = installed.limits;
        let size = question.size();
        if size > limits.input_bytes {
            return Err(failure::input_too_large(size, &limits));
        }
        let prepared = installed.prepared().await.map_err(|refusal| failure::not_loaded(&refusal))?;
        let pre =
            Q::pre(&prepared).ok_or_else(|| failure::wrong_kind(&installed.plugin.id, Q::KIND.as_str()))?;
        let _slot = self.admission.enter(call.tenant, installed.number).await.ok_or_else(failure::busy)?;

        let began = Instant::now();
        let class = Class::of(Q::KIND);
        let lease = self.leases.get(&(call.tenant, installed.plugin.digest.clone()));
        // What is said for this call is stronger than what is said of the plugin.
        let config = match &lease {
            None => Arc::clone(config),
            Some(lease) if config.is_empty() => lease.now().config.clone(),
            Some(lease) => {
                let mut both = lease.now().config.as_ref().clone();
                both.extend(config.as_ref().clone());
                Arc::new(both)
            }
        };
        let setup = Setup {
            limits,
            seed,
            clock: (class == Class::General).then(|| self.clock.clone()),
            config,
            lease: lease.clone(),
            is_trial: call.dry_run,
            turns: self.turns.clone(),
            deadline: began + limits.wall,
        };
        let engine = self.engines.of(class).map_err(|error| failure::of_host(&error))?;
        let (mut store, meter) = Sandbox::store(engine, setup).map_err(|error| failure::of_host(&error))?;
        let asked =
            meter.run(tokio::time::timeout(limits.wall, question.ask(&mut store, pre, call, &limits))).await;
        let answer = match asked {
            Err(_) => Err(failure::timed_out(&limits)),
            Ok(Err(error)) => Err(failure::of_error(&error, &store.data().limiter, &limits)),
            Ok(Ok(Err(error))) => Err(failure::of_plugin(error)),
            Ok(Ok(Ok(answer))) => Ok(answer),
        };

        cost.fuel = limits.fuel.map(|given| given.saturating_sub(store.get_fuel().unwrap_or(0)));
        let sandbox = store.data();
        cost.peak_memory = sandbox.limiter.peak;
        cost.host_calls = sandbox.host_calls;
        cost.inference_tokens = (sandbox.asked > 0).then_some(sandbox.inference_tokens);
        let log = sandbox.log.clone();
        // Half a printed line reaches the log when its stream is dropped.
        drop(store);
        cost.log = log.take();
        if let Some(terms) = lease.map(|lease| lease.now()) {
            for line in &mut cost.log.0 {
                line.message =
                    terms.redact(&line.message).unwrap_or_else(|| std::mem::take(&mut line.message));
            }
        }
        cost.cpu = meter.total();
        cost.wall = began.elapsed();
        answer.and_then(Q::accept)
    }
}

/// A call that never reached a sandbox.
pub(crate) fn refused<T>(plugin: &PluginRef, failure: Failure) -> Ran<T> {
    let record = RunRecord {
        plugin: plugin.clone(),
        outcome: failure.outcome,
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        fuel: None,
        peak_memory: 0,
        host_calls: 0,
        inference_tokens: None,
        log_tail: Vec::new(),
        log_dropped: 0,
        input_hash: String::new(),
    };
    metrics::count(&record);
    Ran { result: Err(failure), record }
}
