//! Plugins as they are shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::consent::{Difference, differences};
use super::rollouts::{Role, Rollout};
use super::{ConsentState, Plugin, State, Version};
use crate::clock::Time;
use crate::components::{Capability, CapabilityName};
use crate::hooks::{Kind, LogLine, Outcome};
use crate::ids::{MemberId, PluginId, PluginVersionId, RunId, TrustedKeyId};
use crate::resources::plugin_runs::Run;

/// Where a plugin comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginOrigin {
    /// With the server: not to be changed, and active unless it asks for capabilities; then a tenant may install it.
    BuiltIn,
    /// The tenant installed it.
    Installed,
}

/// Code of somebody's that reads résumés, scores applications or reshapes events.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginView {
    pub id: PluginId,
    /// `vendor/name`, as its author calls it.
    #[schema(example = "acme/resume-parser")]
    pub name: String,
    pub kind: Kind,
    #[schema(example = "Acme's résumé parser")]
    pub title: String,
    pub origin: PluginOrigin,
    /// The version that is used; `null` when none is.
    pub active_version_id: Option<PluginVersionId>,
    pub activated_at: Option<DateTime<Utc>>,
    /// While it is left alone because its calls ended in defects.
    pub suspension: Option<SuspensionView>,
    /// The version that is asked beside the one in use, without being heard.
    pub shadow_version: Option<ShadowVersionView>,
    /// The version that is asked about a share of what comes.
    pub canary_version: Option<CanaryVersionView>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A version in the shadow of the one in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowVersionView {
    pub version_id: PluginVersionId,
    pub since: DateTime<Utc>,
}

/// A version that is asked about a share of what comes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanaryVersionView {
    pub version_id: PluginVersionId,
    #[schema(example = 5)]
    pub share_percent: i64,
    pub since: DateTime<Utc>,
    /// While it is left alone because its calls ended in defects.
    pub suspension: Option<SuspensionView>,
}

/// A plugin that is not called for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    pub since: DateTime<Utc>,
    /// Then one call tries it again. Activating a version ends the suspension at once.
    pub until: DateTime<Utc>,
    /// Defects in a row.
    #[schema(example = 3)]
    pub strikes: i64,
}

impl SuspensionView {
    fn of(since: Option<Time>, until: Option<Time>, strikes: i64) -> Option<Self> {
        since.zip(until).map(|(since, until)| Self { since, until, strikes })
    }
}

impl PluginView {
    /// With what stands beside the version in use, here or of others as well.
    pub(super) fn of(plugin: Plugin, rollouts: &[Rollout]) -> Self {
        let suspension = SuspensionView::of(plugin.suspended_at, plugin.suspended_until, plugin.strikes);
        let beside = |role| rollouts.iter().find(|one| one.plugin_id == plugin.id && one.role == role);
        let shadow_version = beside(Role::Shadow)
            .map(|shadow| ShadowVersionView { version_id: shadow.version_id, since: shadow.created_at });
        let canary_version = beside(Role::Canary).map(|canary| CanaryVersionView {
            version_id: canary.version_id,
            share_percent: canary.share_percent.unwrap_or_default(),
            since: canary.created_at,
            suspension: SuspensionView::of(canary.suspended_at, canary.suspended_until, canary.strikes),
        });
        Self {
            id: plugin.id,
            name: plugin.name,
            kind: plugin.kind,
            title: plugin.title,
            origin: if plugin.is_built_in { PluginOrigin::BuiltIn } else { PluginOrigin::Installed },
            active_version_id: plugin.active_version_id,
            activated_at: plugin.activated_at,
            suspension,
            shadow_version,
            canary_version,
            created_by: plugin.created_by,
            created_at: plugin.created_at,
            updated_at: plugin.updated_at,
            version: plugin.version,
        }
    }
}

/// One component of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginVersionView {
    pub id: PluginVersionId,
    pub plugin_id: PluginId,
    /// The author's version.
    #[schema(example = "1.2.0")]
    pub release: String,
    pub state: State,
    /// Why it cannot be used; only in the state `failed`.
    pub error: Option<PluginErrorView>,
    /// SHA-256 of the component, hexadecimal.
    #[schema(example = "bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931")]
    pub digest: String,
    /// Of the component, in bytes; 0 for what comes with the server.
    #[schema(example = 812340)]
    pub size: i64,
    /// What the component says about itself.
    #[schema(value_type = Object)]
    pub manifest: Value,
    /// The interfaces it asks its host for.
    #[schema(example = json!(["mortise:plugin/http@0.1.0"]))]
    pub imports: Vec<String>,
    pub consent: ConsentState,
    /// Whether somebody has set it up.
    pub is_configured: bool,
    /// The trusted key whose signature it bears; `null` when nobody signed it.
    pub signed_by: Option<TrustedKeyId>,
    /// Where it was fetched from, for a registry with the digest its tag stood for; `null` when it was uploaded.
    #[schema(
        example = "oci://registry.example.com/acme/parser:1.2.0@sha256:bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931"
    )]
    pub source: Option<String>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginErrorView {
    #[schema(example = "compile_failed")]
    pub code: String,
    #[schema(example = "the component does not compile")]
    pub detail: String,
}

impl PluginVersionView {
    pub(super) fn of(version: Version) -> Self {
        let consent = version.consent();
        let error = version
            .error_code
            .map(|code| PluginErrorView { code, detail: version.error_detail.unwrap_or_default() });
        Self {
            id: version.id,
            plugin_id: version.plugin_id,
            release: version.release,
            state: version.state,
            error,
            digest: version.digest,
            size: version.size,
            manifest: serde_json::to_value(&version.manifest.0).unwrap_or_default(),
            imports: version.imports.0,
            consent,
            is_configured: version.config.is_some(),
            signed_by: version.signed_by,
            source: version.source,
            created_by: version.created_by,
            created_at: version.created_at,
            updated_at: version.updated_at,
            version: version.version,
        }
    }
}

/// Something beyond computing.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapabilityView {
    pub name: CapabilityName,
    /// The author's words.
    #[schema(example = "asks our service for job titles")]
    pub reason: String,
    /// How far it goes.
    #[schema(value_type = Object, example = json!({ "hosts": ["api.example.com"], "methods": ["POST"] }))]
    pub scope: Value,
}

impl CapabilityView {
    fn of(capability: &Capability) -> Self {
        let Capability { name, reason, scope } = capability.clone();
        Self { name, reason, scope: Value::Object(scope) }
    }
}

/// What a version asks for, and what it was granted.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginConsentView {
    pub state: ConsentState,
    pub requested: Vec<CapabilityView>,
    /// What it may do; nothing while somebody has still to decide.
    pub granted: Vec<CapabilityView>,
    /// Where it asks for something else than the version in use was granted.
    pub differences: Vec<DifferenceView>,
    pub consented_by: Option<MemberId>,
    pub consented_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// A capability as the version in use has it, and as this one asks for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    pub name: CapabilityName,
    /// Whether it asks for more.
    pub is_more: bool,
    pub before: Option<CapabilityView>,
    pub after: Option<CapabilityView>,
}

impl PluginConsentView {
    /// Beside the version in use, which may be this one; beside this one, too, when none is.
    pub(super) fn of(version: &Version, in_use: &Version) -> Self {
        let differences = differences(in_use.grants(), &version.manifest.capabilities).into_iter();
        let view = |difference: Difference| DifferenceView {
            name: difference.name,
            is_more: difference.is_more(),
            before: difference.before.as_ref().map(CapabilityView::of),
            after: difference.after.as_ref().map(CapabilityView::of),
        };
        Self {
            state: version.consent(),
            requested: version.manifest.capabilities.iter().map(CapabilityView::of).collect(),
            granted: version.grants().iter().map(CapabilityView::of).collect(),
            differences: differences.map(view).collect(),
            consented_by: version.consented_by,
            consented_at: version.consented_at,
            version: version.version,
        }
    }
}

/// How a version is set up.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginConfigView {
    /// The settings, without the secret ones.
    #[schema(value_type = Object, example = json!({ "language": "en" }))]
    pub config: Map<String, Value>,
    /// Which secret settings are set; what they say is never shown.
    #[schema(example = json!(["api_key"]))]
    pub secrets: Vec<String>,
    /// The author's JSON Schema; settings with `x-secret` are the secret ones.
    #[schema(value_type = Option<Object>)]
    pub schema: Option<Value>,
    /// Whether somebody has set it up.
    pub is_configured: bool,
    pub version: i64,
}

impl PluginConfigView {
    pub(super) fn of(version: Version) -> Self {
        Self {
            is_configured: version.config.is_some(),
            config: version.config.map(|config| config.0).unwrap_or_default(),
            secrets: version.secret_names.0,
            schema: version.manifest.0.config_schema,
            version: version.version,
        }
    }
}

/// What one call of a plugin came to. Kept for a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginRunView {
    pub id: RunId,
    /// The author's version.
    #[schema(example = "1.2.0")]
    pub release: String,
    /// SHA-256 of the component, hexadecimal.
    #[schema(example = "bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931")]
    pub digest: String,
    /// On what it worked.
    #[schema(example = "resume_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub subject_id: Option<String>,
    pub outcome: Outcome,
    /// Why there was no answer.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// From call to answer, in microseconds.
    #[schema(example = 18400)]
    pub wall_micros: i64,
    /// On a core, in microseconds.
    #[schema(example = 17100)]
    pub cpu_micros: i64,
    /// Instructions, for plugins that are metered.
    pub fuel: Option<i64>,
    /// Bytes.
    #[schema(example = 2424832)]
    pub peak_memory: i64,
    #[schema(example = 4)]
    pub host_calls: i64,
    /// Tokens, read and written, of the language models it asked; null when it asked none.
    #[schema(example = 2140)]
    pub inference_tokens: Option<i64>,
    /// The last lines it logged.
    pub log: Vec<LogLine>,
    /// SHA-256 over all it was given: equal inputs have equal hashes.
    #[schema(example = "bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931")]
    pub input_hash: String,
    pub created_at: DateTime<Utc>,
}

impl PluginRunView {
    pub(super) fn of(run: Run) -> Self {
        let Run {
            id,
            version,
            digest,
            subject_id,
            outcome,
            error_code,
            wall_micros,
            cpu_micros,
            fuel,
            peak_memory,
            host_calls,
            inference_tokens,
            log,
            input_hash,
            created_at,
        } = run;
        Self {
            id,
            release: version,
            digest,
            subject_id,
            outcome,
            error_code,
            wall_micros,
            cpu_micros,
            fuel,
            peak_memory,
            host_calls,
            inference_tokens,
            log: log.0,
            input_hash,
            created_at,
        }
    }
}
