//! Privacy policies: how long a tenant keeps people, and what its applicants agree to. Decides who has been kept long enough;
//! erasing them is not done here.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::types::Json;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;

/// Ten years; whoever wants longer keeps them until somebody says otherwise.
const MOST_DAYS: i64 = 3_653;
const MOST_CONSENTS: usize = 20;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Policy {
    /// After how many days without an application, a decision on one or a new résumé a candidate is erased; never without.
    pub inactive_days: Option<i64>,
    /// After how many days a deleted candidate is erased; never without.
    pub deleted_days: Option<i64>,
    /// 1: who was hired is not erased for being inactive.
    pub keeps_hired: i64,
    /// Whoever has agreed to this purpose, and whose agreement holds, is not erased for being inactive.
    pub kept_by_consent: Option<String>,
    /// The purposes that whoever applies from outside has to agree to.
    pub required_consents: Json<BTreeSet<String>>,
    pub updated_at: Time,
    /// 0: never set.
    pub version: i64,
}

/// What a policy is to say.
#[derive(Debug)]
pub struct Terms {
    pub inactive_days: Option<i64>,
    pub deleted_days: Option<i64>,
    pub keeps_hired: bool,
    pub kept_by_consent: Option<String>,
    pub required_consents: Vec<String>,
}

/// What has to be over before a candidate goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoffs {
    /// Nothing happened since.
    pub inactive_since: Option<Time>,
    /// Deleted before.
    pub deleted_before: Option<Time>,
}

impl Policy {
    /// Nobody is erased by itself.
    pub fn unset(now: Time) -> Self {
        Self {
            inactive_days: None,
            deleted_days: None,
            keeps_hired: 1,
            kept_by_consent: None,
            required_consents: Json(BTreeSet::new()),
            updated_at: now,
            version: 0,
        }
    }

    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, terms: Terms) -> Result<()> {
        self.inactive_days = days("#/inactive_days", terms.inactive_days, 30)?;
        self.deleted_days = days("#/deleted_days", terms.deleted_days, 1)?;
        self.keeps_hired = i64::from(terms.keeps_hired);
        self.kept_by_consent =
            terms.kept_by_consent.map(|purpose| fields::key("#/kept_by_consent", &purpose)).transpose()?;
        if terms.required_consents.len() > MOST_CONSENTS {
            let detail = format!("at most {MOST_CONSENTS} purposes");
            return Err(Error::invalid("#/required_consents", "too_many", detail));
        }
        let key = |(index, purpose): (usize, String)| {
            fields::key(&format!("#/required_consents/{index}"), &purpose)
        };
        let purposes: Result<_> = terms.required_consents.into_iter().enumerate().map(key).collect();
        self.required_consents = Json(purposes?);
        Ok(())
    }

    /// As of an instant.
    pub fn cutoffs(&self, at: Time) -> Cutoffs {
        let before = |days: i64| at - TimeDelta::days(days);
        Cutoffs {
            inactive_since: self.inactive_days.map(before),
            deleted_before: self.deleted_days.map(before),
        }
    }

    /// # Errors
    /// `Invalid` when somebody who applies has not agreed to what the tenant asks for.
    pub fn require_consents(&self, pointer: &str, given: &BTreeSet<String>) -> Result<()> {
        let missing: Vec<&str> = self.required_consents.difference(given).map(String::as_str).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let detail = format!("whoever applies here agrees to: {}", missing.join(", "));
        Err(Error::invalid(pointer, "consent_required", detail))
    }
}

fn days(pointer: &str, days: Option<i64>, least: i64) -> Result<Option<i64>> {
    match days {
        Some(days) if !(least..=MOST_DAYS).contains(&days) => {
            let detail = format!("{least} to {MOST_DAYS} days, or null for no end");
            Err(Error::invalid(pointer, "out_of_range", detail))
        }
        days => Ok(days),
    }
}

impl Audited for Policy {
    fn audited(&self) -> Value {
        json!({
            "inactive_days": self.inactive_days, "deleted_days": self.deleted_days,
            "keeps_hired": self.keeps_hired == 1, "kept_by_consent": self.kept_by_consent,
            "required_consents": self.required_consents.0,
        })
    }
}
