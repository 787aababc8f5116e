//! What the operator decides about plugins: where artifacts live, how many calls run, what one call may cost.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::components::{CapabilityName, MAX_COMPONENT_BYTES, Manifest};
use crate::config::Config;
use crate::hooks::Kind;

const MIB: u64 = 1 << 20;

/// Everything [`super::Plugins::open`] needs to know.
#[derive(Clone)]
pub struct Settings {
    /// Folder for compiled artifacts. Only this server may write to it.
    pub cache_dir: PathBuf,
    /// Key of the HMAC that proves an artifact is ours.
    pub artifact_key: [u8; 32],
    /// Where nodes hand artifacts to each other; none when there is nobody to hand them to.
    pub remote_cache: Option<Blobs>,
    /// The `mortise` executable that compiles; this process's own when absent.
    pub compiler: Option<PathBuf>,
    /// Calls that may be in a sandbox at the same time: size of the pool.
    pub slots: u32,
    /// Of those, how many one tenant may hold.
    pub slots_per_tenant: u32,
    /// Of those, how many one plugin of one tenant may hold.
    pub slots_per_plugin: u32,
    /// How long a call waits for a slot before it is refused.
    pub queue_wait: Duration,
    /// Threads that run plugin code.
    pub threads: usize,
    /// Of a slot's memory, how much is made as it was by hand after a call instead of being given back to the system: a rule
    /// that needs no more finds its pages there the next time. `cargo bench --bench sandbox` compares the choices.
    pub keep_resident: usize,
    /// The largest component accepted.
    pub max_component_bytes: usize,
    pub budgets: Budgets,
    /// What plugins with a clock see, in whole milliseconds.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = available_parallelism().map_or(1, NonZeroUsize::get);
        let wide = u32::try_from(threads).unwrap_or(u32::MAX);
        let slots = wide.saturating_mul(4).clamp(64, 512);
        Self {
            cache_dir: PathBuf::from("mortise-data/plugins"),
            artifact_key: [0; 32],
            remote_cache: None,
            compiler: None,
            slots,
            slots_per_tenant: wide.saturating_mul(2).clamp(16, slots),
            slots_per_plugin: wide.clamp(8, slots),
            queue_wait: Duration::from_secs(2),
            threads,
            keep_resident: 512 << 10,
            max_component_bytes: MAX_COMPONENT_BYTES,
            budgets: Budgets::default(),
            clock: Clock::system(),
        }
    }
}

/// What one call may cost at most, for each kind of plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    pub text_extractor: Limits,
    pub resume_parser: Limits,
    pub scoring_rule: Limits,
    pub webhook_transform: Limits,
    /// In the place of a kind's own wall time for plugins that may ask a language model, which takes its time.
    pub inference_wall: Duration,
}

impl Budgets {
    pub fn of(&self, kind: Kind) -> Limits {
        match kind {
            Kind::TextExtractor => self.text_extractor,
            Kind::ResumeParser => self.resume_parser,
            Kind::ScoringRule => self.scoring_rule,
            Kind::WebhookTransform => self.webhook_transform,
        }
    }

    /// The default ones, with what the operator says.
    pub fn of_config(config: &Config) -> Self {
        let inference_wall = Duration::from_secs(config.inference_timeout_seconds);
        Self { inference_wall, ..Self::default() }
    }

    /// What calls of this plugin may cost: of what its kind may, what it asks for.
    pub(crate) fn for_plugin(&self, manifest: &Manifest) -> Limits {
        let mut budget = self.of(manifest.kind);
        if manifest.requests(CapabilityName::Inference) {
            budget.wall = self.inference_wall;
        }
        manifest.limits.within(budget)
    }

    /// The most memory any kind may have: what a slot of the pool must be able to hold.
    pub fn largest_memory(&self) -> u64 {
        let kinds = [self.text_extractor, self.resume_parser, self.scoring_rule, self.webhook_transform];
        kinds.iter().map(|limits| limits.memory).max().unwrap_or(0)
    }
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            text_extractor: Limits {
                wall: Duration::from_secs(20),
                cpu: Duration::from_secs(10),
                memory: 256 * MIB,
                result_bytes: 16 * MIB,
                input_bytes: 20 * MIB,
                fuel: None,
            },
            resume_parser: Limits {
                wall: Duration::from_secs(10),
                cpu: Duration::from_secs(5),
                memory: 128 * MIB,
                result_bytes: 8 * MIB,
                input_bytes: 20 * MIB,
                fuel: None,
            },
            scoring_rule: Limits {
                wall: Duration::from_millis(500),
                cpu: Duration::from_millis(500),
                memory: 32 * MIB,
                result_bytes: MIB / 4,
                input_bytes: MIB,
                fuel: Some(200_000_000),
            },
            webhook_transform: Limits {
                wall: Duration::from_secs(1),
                cpu: Duration::from_millis(250),
                memory: 32 * MIB,
                result_bytes: MIB,
                input_bytes: MIB,
                fuel: None,
            },
            inference_wall: Duration::from_secs(60),
        }
    }
}

/// What one call may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub wall: Duration,
    /// Time on a core.
    pub cpu: Duration,
    /// Bytes of linear memory, all memories together.
    pub memory: u64,
    /// Bytes a plugin may hand over in one go: its answer, or the arguments of one host call.
    pub result_bytes: u64,
    /// Bytes of the document or other input.
    pub input_bytes: u64,
    /// Instructions, for kinds that are metered exactly.
    pub fuel: Option<u64>,
}
