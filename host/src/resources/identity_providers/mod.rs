//! Outside identity providers of a tenant: whose tokens (OpenID Connect, JWT) are believed, and what their claims make of a
//! member. Whoever names a provider can be any member through it, so only who holds everything may.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod tasks;
pub mod token;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{IdentityProviderId, RoleId, TenantId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdentityProvider {
    pub tenant_id: TenantId,
    pub id: IdentityProviderId,
    pub name: String,
    /// As tokens name it in `iss`, to the letter.
    pub issuer: String,
    /// What tokens for this tenant name in `aud`.
    pub audience: String,
    pub jwks_url: String,
    /// Signature algorithms that are accepted; never taken from the token.
    pub algorithms: Json<Vec<Algorithm>>,
    pub email_claim: String,
    pub role_claim: Option<String>,
    pub role_mappings: Json<Vec<RoleMapping>>,
    /// 1: somebody unknown becomes a member.
    pub makes_members: i64,
    /// 0: its tokens are not believed for now.
    pub is_enabled: i64,
    /// The keys as they were last fetched.
    pub jwks: Option<Json<Value>>,
    pub jwks_fetched_at: Option<Time>,
    pub jwks_asked_at: Option<Time>,
    pub jwks_error: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Signatures that only the provider can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

/// A value of the role claim, and the role it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    #[schema(example = "hr-recruiters")]
    pub value: String,
    pub role_id: RoleId,
}

/// Fields of a provider; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub issuer: Option<String>,
    pub audience: Option<String>,
    pub jwks_url: Option<String>,
    pub algorithms: Option<Vec<Algorithm>>,
    pub email_claim: Option<String>,
    pub role_claim: Option<Option<String>>,
    pub role_mappings: Option<Vec<RoleMapping>>,
    pub makes_members: Option<bool>,
    pub is_enabled: Option<bool>,
}

const MOST_MAPPINGS: usize = 200;

impl IdentityProvider {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        let line = |field: &str, text: Option<String>, most| {
            text.map(|text| fields::line(&format!("#/{field}"), &text, most)).transpose()
        };
        if let Some(name) = line("name", details.name, 200)? {
            self.name = name;
        }
        if let Some(issuer) = line("issuer", details.issuer, 500)? {
            self.issuer = issuer;
        }
        if let Some(audience) = line("audience", details.audience, 500)? {
            self.audience = audience;
        }
        if let Some(url) = line("jwks_url", details.jwks_url, 2_000)? {
            if url != self.jwks_url {
                // Keys of another address are not this one's.
                (self.jwks, self.jwks_fetched_at, self.jwks_error) = (None, None, None);
            }
            self.jwks_url = url;
        }
        if let Some(algorithms) = details.algorithms {
            if algorithms.is_empty() {
                return Err(Error::invalid("#/algorithms", "missing", "at least one algorithm"));
            }
            self.algorithms.0 = algorithms;
        }
        if let Some(claim) = line("email_claim", details.email_claim, 100)? {
            self.email_claim = claim;
        }
        if let Some(claim) = details.role_claim {
            self.role_claim = fields::optional_line("#/role_claim", claim, 100)?;
        }
        if let Some(mappings) = details.role_mappings {
            if mappings.len() > MOST_MAPPINGS {
                let detail = format!("at most {MOST_MAPPINGS} mappings");
                return Err(Error::invalid("#/role_mappings", "too_many", detail));
            }
            self.role_mappings.0 = mappings;
        }
        if let Some(makes_members) = details.makes_members {
            self.makes_members = i64::from(makes_members);
        }
        if let Some(is_enabled) = details.is_enabled {
            self.is_enabled = i64::from(is_enabled);
        }
        Ok(())
    }
}

impl Audited for IdentityProvider {
    fn audited(&self) -> Value {
        json!({
            "name": self.name, "issuer": self.issuer, "audience": self.audience, "jwks_url": self.jwks_url,
            "algorithms": self.algorithms.0, "email_claim": self.email_claim, "role_claim": self.role_claim,
            "role_mappings": self.role_mappings.0, "makes_members": self.makes_members == 1,
            "is_enabled": self.is_enabled == 1,
        })
    }
}
