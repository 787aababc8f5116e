//! Offices: the places where a tenant's people work, to which jobs refer. Decides what an office may hold.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::Result;
use crate::fields;
use crate::ids::OfficeId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Office {
    pub id: OfficeId,
    pub name: String,
    pub address: Json<Address>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Where an office is; each part may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = OfficeAddress)]
pub struct Address {
    /// Street and number.
    #[schema(example = "Torstraße 1")]
    pub address: Option<String>,
    #[schema(example = "10119")]
    pub postal_code: Option<String>,
    #[schema(example = "Berlin")]
    pub city: Option<String>,
    #[schema(example = "Berlin")]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE", pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
}

/// Fields of an office; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub address: Option<Address>,
}

const MAX_LINE: usize = 200;

impl Address {
    fn checked(self) -> Result<Self> {
        let line = |field: &str, text| fields::optional_line(&format!("#/address/{field}"), text, MAX_LINE);
        Ok(Self {
            address: line("address", self.address)?,
            postal_code: line("postal_code", self.postal_code)?,
            city: line("city", self.city)?,
            region: line("region", self.region)?,
            country: fields::optional_country("#/address/country", self.country)?,
        })
    }
}

impl Office {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(name) = details.name {
            self.name = fields::line("#/name", &name, MAX_LINE)?;
        }
        if let Some(address) = details.address {
            self.address.0 = address.checked()?;
        }
        Ok(())
    }
}

impl Audited for Office {
    fn audited(&self) -> Value {
        json!({ "name": self.name, "address": self.address.0 })
    }
}
