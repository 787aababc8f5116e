//! Language models of tenants: an endpoint of a tenant's own or the operator's, which models may be asked there, and what that
//! may cost in a month. Decides what holds; what was asked and answered is never kept, only what it cost.

pub mod actions;
pub mod asking;
pub mod routes;
pub(crate) mod store;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::inference::Provision;

const MOST_MODELS: usize = 50;
const LONGEST_MODEL: usize = 200;
const LONGEST_URL: usize = 2_000;
const LONGEST_KEY: usize = 4_096;
const MOST_TOKENS: i64 = 1_000_000_000_000;

/// What a tenant says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Settings {
    /// An endpoint of its own; none: the operator's.
    pub url: Option<String>,
    pub sealed_key: Option<Vec<u8>>,
    /// Which models may be asked; none named: all the operator provides.
    pub models: Json<Vec<String>>,
    /// That makes vectors, at the tenant's own endpoint.
    pub embedding_model: Option<String>,
    pub tokens_per_month: Option<i64>,
    pub updated_at: Time,
    /// 0: never set.
    pub version: i64,
}

/// What settings are to say.
#[derive(Debug)]
pub struct Details {
    pub url: Option<String>,
    /// Absent: as it was, unless the address is another one.
    pub key: Option<Option<String>>,
    pub models: Vec<String>,
    pub embedding_model: Option<String>,
    pub tokens_per_month: Option<i64>,
}

/// Whose endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InferenceSource)]
pub enum Source {
    /// Nobody has set one up: every question is denied.
    None,
    Operator,
    Tenant,
}

/// What holds for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub source: Source,
    /// The first where nobody names one.
    pub models: Vec<String>,
    pub embedding_model: Option<String>,
    pub tokens_per_month: Option<u64>,
}

/// What was spent in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Usage {
    pub calls: i64,
    /// Read and written, those included that are kept for questions under way.
    pub tokens: i64,
}

/// The calendar month in UTC, as `2026-03`.
pub fn month(at: Time) -> String {
    at.format("%Y-%m").to_string()
}

/// When the next one begins.
pub fn next_month(at: Time) -> Option<NaiveDate> {
    at.date_naive().with_day(1)?.checked_add_months(chrono::Months::new(1))
}

impl Settings {
    pub fn unset(now: Time) -> Self {
        Self {
            url: None,
            sealed_key: None,
            models: Json(Vec::new()),
            embedding_model: None,
            tokens_per_month: None,
            updated_at: now,
            version: 0,
        }
    }

    /// All but the key; whether the key that was there before still belongs to the address.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: &Details) -> Result<bool> {
        let url = details.url.as_ref().map(|url| url.trim().trim_end_matches('/').to_owned());
        let url = fields::optional_line("#/url", url, LONGEST_URL)?;
        let has_key = matches!(&details.key, Some(Some(_)));
        if url.is_none() && has_key {
            let detail = "a key belongs to an address; without `url` the operator's endpoint is asked";
            return Err(Error::invalid("#/key", "url_missing", detail));
        }
        if url.is_none() && details.embedding_model.is_some() {
            let detail = "at the operator's endpoint the operator says which model makes vectors";
            return Err(Error::invalid("#/embedding_model", "url_missing", detail));
        }
        if details.models.len() > MOST_MODELS {
            let detail = format!("at most {MOST_MODELS} models");
            return Err(Error::invalid("#/models", "too_many", detail));
        }
        let mut models = Vec::with_capacity(details.models.len());
        for (index, model) in details.models.iter().enumerate() {
            let model = fields::line(&format!("#/models/{index}"), model, LONGEST_MODEL)?;
            if !models.contains(&model) {
                models.push(model);
            }
        }
        if url.is_some() && models.is_empty() {
            let detail = "name the models that may be asked there, the one to ask by default first";
            return Err(Error::invalid("#/models", "missing", detail));
        }
        if details.tokens_per_month.is_some_and(|most| !(1..=MOST_TOKENS).contains(&most)) {
            let detail = format!("1 to {MOST_TOKENS} tokens, or null for no limit of the tenant's own");
            return Err(Error::invalid("#/tokens_per_month", "out_of_range", detail));
        }
        let is_same_address = self.url == url;
        self.embedding_model =
            fields::optional_line("#/embedding_model", details.embedding_model.clone(), LONGEST_MODEL)?;
        self.url = url;
        self.models = Json(models);
        self.tokens_per_month = details.tokens_per_month;
        Ok(is_same_address)
    }

    /// Beside what the operator provides: at the operator's endpoint a tenant can only ask for less.
    pub fn terms(&self, operator: Option<&Provision>) -> Terms {
        let own = self.tokens_per_month.and_then(|most| u64::try_from(most).ok());
        if self.url.is_some() {
            return Terms {
                source: Source::Tenant,
                models: self.models.0.clone(),
                embedding_model: self.embedding_model.clone(),
                tokens_per_month: own,
            };
        }
        let Some(operator) = operator else {
            return Terms {
                source: Source::None,
                models: Vec::new(),
                embedding_model: None,
                tokens_per_month: own,
            };
        };
        let models = match self.models.is_empty() {
            true => operator.models.clone(),
            false => self.models.iter().filter(|model| operator.models.contains(model)).cloned().collect(),
        };
        let limits = [own, operator.tokens_per_month];
        Terms {
            source: Source::Operator,
            models,
            embedding_model: operator.embedding_model.clone(),
            tokens_per_month: limits.into_iter().flatten().min(),
        }
    }
}

/// # Errors
/// `Invalid`: it could not stand in a header.
pub fn check_key(key: &str) -> Result<()> {
    let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    let detail = format!("1 to {LONGEST_KEY} visible ASCII characters");
    if fits { Ok(()) } else { Err(Error::invalid("#/key", "invalid_key", detail)) }
}

impl Audited for Settings {
    fn audited(&self) -> Value {
        json!({
            "url": self.url, "has_key": self.sealed_key.is_some(), "models": self.models.0,
            "embedding_model": self.embedding_model, "tokens_per_month": self.tokens_per_month,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Details, Settings, Source, check_key, month, next_month};
    use crate::clock::Time;
    use crate::config::Config;
    use crate::inference::{Endpoint, Provision};
    use crate::outbound::Outbound;

    fn now() -> Time {
        "2026-12-31T23:59:59Z".parse().expect("it is a time")
    }

    fn details(url: Option<&str>, models: &[&str]) -> Details {
        Details {
            url: url.map(str::to_owned),
            key: None,
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            embedding_model: None,
            tokens_per_month: None,
        }
    }

    fn operator(tokens_per_month: Option<u64>) -> Provision {
        let outbound = Outbound::new(&Config::default()).expect("TLS can be set up");
        Provision {
            endpoint: Endpoint::new(outbound, "https://llm.example.com/v1", None),
            models: vec!["small".into(), "large".into()],
            embedding_model: Some("vectors".into()),
            tokens_per_month,
        }
    }

    #[test]
    fn at_the_operators_endpoint_a_tenant_can_only_ask_for_less() {
        let mut settings = Settings::unset(now());
        assert_eq!(settings.terms(None).source, Source::None);
        let all = settings.terms(Some(&operator(Some(100))));
        assert_eq!((all.models.len(), all.tokens_per_month), (2, Some(100)));
        let wanted = Details { tokens_per_month: Some(1_000), ..details(None, &["large", "huge"]) };
        settings.set(&wanted).expect("they are sound");
        let less = settings.terms(Some(&operator(Some(100))));
        assert_eq!((less.models, less.tokens_per_month), (vec!["large".to_owned()], Some(100)));
        assert_eq!(settings.terms(Some(&operator(None))).tokens_per_month, Some(1_000));
    }

    #[test]
    fn a_tenants_own_endpoint_has_terms_of_its_own() {
        let mut settings = Settings::unset(now());
        settings.set(&details(Some("https://own.example.com/v1/"), &["own", "own"])).expect("they are sound");
        assert_eq!(settings.url.as_deref(), Some("https://own.example.com/v1"));
        let terms = settings.terms(Some(&operator(Some(100))));
        assert_eq!((terms.source, terms.models), (Source::Tenant, vec!["own".to_owned()]));
        assert_eq!((terms.embedding_model, terms.tokens_per_month), (None, None));
    }

    #[test]
    fn a_key_stays_with_its_address() {
        let mut settings = Settings::unset(now());
        let own = "https://own.example.com/v1";
        assert_eq!(settings.set(&details(Some(own), &["m"])).ok(), Some(false));
        assert_eq!(settings.set(&details(Some(own), &["m", "n"])).ok(), Some(true));
        assert_eq!(settings.set(&details(Some("https://other.example.com/v1"), &["m"])).ok(), Some(false));
        assert!(settings.set(&details(Some(own), &[])).is_err(), "no models");
        let key = Details { key: Some(Some("sk".into())), ..details(None, &[]) };
        assert!(settings.set(&key).is_err(), "no address");
        assert!(check_key("sk-4711").is_ok() && check_key("sk\n4711").is_err() && check_key("").is_err());
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        assert_eq!(month(now()), "2026-12");
        assert_eq!(next_month(now()).map(|day| day.to_string()).as_deref(), Some("2027-01-01"));
    }
}
