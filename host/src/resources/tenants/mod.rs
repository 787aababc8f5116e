//! Tenants: who everything belongs to. Decides what a name, a slug and a company profile may be.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::TenantId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    /// The name as it may stand in an address: lower case, digits, single hyphens. Unique among all tenants.
    pub slug: String,
    /// IANA name, for instance `Europe/Berlin`.
    pub time_zone: String,
    pub profile: Json<CompanyProfile>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What candidates may learn about the company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyProfile {
    #[schema(example = "We make sockets for tenons.")]
    pub description: Option<String>,
    #[schema(example = "https://acme.example")]
    pub website_url: Option<String>,
    #[schema(example = "https://acme.example/logo.svg")]
    pub logo_url: Option<String>,
    #[schema(example = "Joinery")]
    pub industry: Option<String>,
    pub mission: Option<String>,
    pub culture_summary: Option<String>,
    #[schema(example = json!(["Care", "Precision"]))]
    pub values: Vec<String>,
    pub diversity_statement: Option<String>,
}

const MAX_NAME: usize = 200;
const MAX_SLUG: usize = 63;
const MAX_TEXT: usize = 10_000;
const MAX_VALUES: usize = 50;

impl CompanyProfile {
    /// # Errors
    /// `Invalid`, below the pointer.
    pub fn checked(self, pointer: &str) -> Result<Self> {
        let at = |field: &str| format!("{pointer}/{field}");
        if self.values.len() > MAX_VALUES {
            return Err(Error::invalid(at("values"), "too_many", format!("at most {MAX_VALUES} values")));
        }
        let value =
            |(index, text): (usize, String)| fields::line(&at(&format!("values/{index}")), &text, MAX_NAME);
        Ok(Self {
            description: fields::optional_text(&at("description"), self.description, MAX_TEXT)?,
            website_url: fields::optional_url(&at("website_url"), self.website_url)?,
            logo_url: fields::optional_url(&at("logo_url"), self.logo_url)?,
            industry: fields::optional_line(&at("industry"), self.industry, MAX_NAME)?,
            mission: fields::optional_text(&at("mission"), self.mission, MAX_TEXT)?,
            culture_summary: fields::optional_text(&at("culture_summary"), self.culture_summary, MAX_TEXT)?,
            values: self.values.into_iter().enumerate().map(value).collect::<Result<_>>()?,
            diversity_statement: fields::optional_text(
                &at("diversity_statement"),
                self.diversity_statement,
                MAX_TEXT,
            )?,
        })
    }
}

impl Tenant {
    /// Without a slug one is made of the name.
    ///
    /// # Errors
    /// `Invalid`: the name is empty, too long, or has no letter or digit to make a slug of.
    pub fn new(id: TenantId, name: &str, slug: Option<&str>, now: Time) -> Result<Self> {
        let name = fields::line("#/name", name, MAX_NAME)?;
        let slug = match slug {
            Some(slug) => checked_slug(slug)?,
            None => slug_of(&name),
        };
        if slug.is_empty() {
            return Err(Error::invalid(
                "#/name",
                "invalid_name",
                "a name needs a Latin letter or a digit, or give a slug",
            ));
        }
        let profile = Json(CompanyProfile::default());
        Ok(Self {
            id,
            name,
            slug,
            time_zone: "UTC".into(),
            profile,
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }

    /// # Errors
    /// `Invalid`.
    pub fn rename(&mut self, name: &str) -> Result<()> {
        self.name = fields::line("#/name", name, MAX_NAME)?;
        Ok(())
    }

    /// # Errors
    /// `Invalid`.
    pub fn set_slug(&mut self, slug: &str) -> Result<()> {
        self.slug = checked_slug(slug)?;
        Ok(())
    }

    /// # Errors
    /// `Invalid`: the IANA database has no such zone.
    pub fn set_time_zone(&mut self, zone: &str) -> Result<()> {
        let detail = "an IANA time zone looks like Europe/Berlin";
        let zone: chrono_tz::Tz =
            zone.parse().map_err(|_| Error::invalid("#/time_zone", "unknown_time_zone", detail))?;
        self.time_zone = zone.name().into();
        Ok(())
    }
}

impl Audited for Tenant {
    fn audited(&self) -> Value {
        json!({ "name": self.name, "slug": self.slug, "time_zone": self.time_zone, "profile": self.profile.0 })
    }
}

fn checked_slug(slug: &str) -> Result<String> {
    if !slug.is_empty() && slug == slug_of(slug) {
        return Ok(slug.into());
    }
    let detail =
        format!("at most {MAX_SLUG} lower-case letters and digits, with single hyphens between them");
    Err(Error::invalid("#/slug", "invalid_slug", detail))
}

fn slug_of(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_SLUG);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{checked_slug, slug_of};

    #[test]
    fn a_slug_keeps_letters_and_digits() {
        assert_eq!(slug_of("Acme & Söhne GmbH, 2nd"), "acme-s-hne-gmbh-2nd");
        assert_eq!(slug_of("—"), "");
        assert!(checked_slug("acme-2").is_ok());
        for bad in ["", "Acme", "a--b", "-a", "a b"] {
            assert!(checked_slug(bad).is_err(), "{bad}");
        }
    }
}
