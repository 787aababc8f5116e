//! A tenant's plugins: what was installed, in which versions, what each may do, how it is set up, and which version is used.
//! Decides when a version may be used and when a plugin that fails is left alone; `using` hands them to whoever calls one.

pub mod actions;
pub mod activation;
pub mod breaker;
pub mod built_in;
pub mod comparison;
pub mod configuration;
pub mod consent;
pub mod fetching;
pub mod form;
pub mod installation;
pub mod offers;
pub mod overlays;
pub mod rollouts;
pub mod routes;
pub(crate) mod store;
pub mod tasks;
pub mod using;
pub mod values;
pub mod wire;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::audit::Audited;
use crate::clock::Time;
use crate::components::capabilities;
use crate::components::{Capability, Manifest};
use crate::error::{Error, Result};
use crate::hooks::{Kind, PluginRef};
use crate::ids::{FileId, MemberId, PluginId, PluginVersionId, TrustedKeyId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Plugin {
    pub id: PluginId,
    /// `vendor/name`.
    pub name: String,
    pub kind: Kind,
    pub title: String,
    /// The version that is used.
    pub active_version_id: Option<PluginVersionId>,
    pub activated_at: Option<Time>,
    /// Calls in a row that ended in a defect.
    pub strikes: i64,
    pub suspended_at: Option<Time>,
    /// When it is tried again.
    pub suspended_until: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
    /// It comes with the server; there is no row of it.
    #[sqlx(skip)]
    pub is_built_in: bool,
}

/// One component of a plugin.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Version {
    pub id: PluginVersionId,
    pub plugin_id: PluginId,
    /// Its semantic version.
    pub release: String,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// In bytes.
    pub size: i64,
    pub file_id: FileId,
    pub state: State,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    pub manifest: Json<Manifest>,
    pub imports: Json<Vec<String>>,
    /// Where it was fetched from.
    pub source: Option<String>,
    pub signed_by: Option<TrustedKeyId>,
    /// What it may do; nothing before somebody consented.
    pub granted: Option<Json<Vec<Capability>>>,
    pub consented_by: Option<MemberId>,
    pub consented_at: Option<Time>,
    /// Its settings without the secret ones; nothing before somebody set them.
    pub config: Option<Json<Map<String, Value>>>,
    /// Which secret settings are set.
    pub secret_names: Json<Vec<String>>,
    /// Those, sealed together.
    pub secrets: Option<Vec<u8>>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// How far a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = PluginState)]
pub enum State {
    /// A worker makes code of it.
    Compiling,
    Ready,
    /// It cannot be used; the error says why.
    Failed,
}

/// Whether somebody has to decide what a version may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// It asks for nothing.
    NotNeeded,
    Waiting,
    Given,
}

impl Plugin {
    /// # Errors
    /// `Conflict` for one that comes with the server.
    pub fn require_own(&self) -> Result<()> {
        if !self.is_built_in {
            return Ok(());
        }
        let detail = match self.active_version_id {
            Some(_) => "this plugin comes with the server; install one of your own in its place".into(),
            None => format!(
                "this plugin comes with the server and asks for capabilities; install it among your own first: \
                 POST /v1/plugins/{}/versions",
                self.id
            ),
        };
        Err(Error::Conflict { code: "built_in_plugin", detail })
    }

    /// Uses the version from now on; what spoke against the plugin before is forgotten.
    pub fn activate(&mut self, version: PluginVersionId, now: Time) {
        self.active_version_id = Some(version);
        self.activated_at = Some(now);
        self.strikes = 0;
        self.suspended_at = None;
        self.suspended_until = None;
        self.updated_at = now;
    }

    /// # Errors
    /// `Conflict` when no version is used.
    pub fn deactivate(&mut self, now: Time) -> Result<()> {
        if self.active_version_id.take().is_none() {
            let detail = "no version of this plugin is active".into();
            return Err(Error::Conflict { code: "plugin_not_active", detail });
        }
        self.activated_at = None;
        self.updated_at = now;
        Ok(())
    }
}

impl Version {
    /// As calls name it.
    pub fn plugin_ref(&self) -> PluginRef {
        let Manifest { id, version, kind, .. } = &self.manifest.0;
        PluginRef { id: id.clone(), version: version.clone(), kind: *kind, digest: self.digest.clone() }
    }

    /// What it may do.
    pub fn grants(&self) -> &[Capability] {
        self.granted.as_ref().map(|granted| granted.0.as_slice()).unwrap_or_default()
    }

    pub fn consent(&self) -> ConsentState {
        match (&self.granted, self.manifest.capabilities.is_empty()) {
            (_, true) => ConsentState::NotNeeded,
            (Some(_), false) => ConsentState::Given,
            (None, false) => ConsentState::Waiting,
        }
    }

    /// What was granted to the version before it holds for this one, if that is all it asks for.
    pub fn inherit_consent(&mut self, before: Option<&Version>) {
        let granted = before.map(Version::grants).unwrap_or_default();
        if capabilities::beyond(granted, &self.manifest.capabilities).is_empty() {
            self.granted = Some(Json(self.manifest.capabilities.clone()));
            if let Some(before) = before {
                self.consented_by = before.consented_by;
                self.consented_at = before.consented_at;
            }
        }
    }

    /// Whether it may be used.
    ///
    /// # Errors
    /// `Conflict` that says what is missing.
    pub fn require_usable(&self) -> Result<()> {
        let missing = |code, detail: String| Err(Error::Conflict { code, detail });
        match self.state {
            State::Ready => {}
            State::Compiling => {
                return missing("plugin_compiling", "the version is still being compiled; try again".into());
            }
            State::Failed => {
                let why = self.error_detail.as_deref().unwrap_or("see its error");
                return missing("plugin_failed", format!("the version cannot be used: {why}"));
            }
        }
        if self.consent() == ConsentState::Waiting {
            let detail = "the version asks for capabilities nobody has decided about; see its consent";
            return missing("consent_missing", detail.into());
        }
        Ok(())
    }
}

impl Audited for Version {
    fn audited(&self) -> Value {
        let granted = self.granted.as_ref();
        let granted =
            granted.map(|granted| granted.iter().map(|one| one.name.interface()).collect::<Vec<_>>());
        json!({
            "plugin": self.manifest.id, "release": self.release, "digest": self.digest, "size": self.size,
            "source": self.source, "signed_by": self.signed_by, "imports": self.imports.0,
            "requested": self.manifest.capabilities.iter().map(|one| one.name.interface()).collect::<Vec<_>>(),
            "granted": granted,
        })
    }
}
