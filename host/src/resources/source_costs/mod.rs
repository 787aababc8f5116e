//! What sources cost: a sum for a span of days. Decides what a cost may say, and how much of it falls into another span.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};

use super::audit::Audited;
use super::offers::terms::Money;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{MemberId, SourceCostId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SourceCost {
    pub id: SourceCostId,
    /// As applications name it.
    pub source: String,
    /// The first day of the span, as `YYYY-MM-DD`.
    pub starts_on: String,
    /// The last day of it.
    pub ends_on: String,
    pub currency: String,
    /// In the currency's minor unit.
    pub amount: i64,
    pub note: Option<String>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Fields of a cost; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub source: Option<String>,
    pub starts_on: Option<String>,
    pub ends_on: Option<String>,
    pub cost: Option<Money>,
    pub note: Option<Option<String>>,
}

const MAX_LINE: usize = 200;
const MAX_NOTE: usize = 2_000;

/// Sums of many still fit a number that every JSON reader keeps.
const MAX_AMOUNT: i64 = 1_000_000_000_000;

impl SourceCost {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(source) = details.source {
            self.source = fields::line("#/source", &source, MAX_LINE)?;
        }
        if let Some(day) = details.starts_on {
            self.starts_on = fields::date("#/starts_on", &day)?;
        }
        if let Some(day) = details.ends_on {
            self.ends_on = fields::date("#/ends_on", &day)?;
        }
        // Days of four-digit years are in the order of their texts.
        if self.ends_on < self.starts_on {
            return Err(Error::invalid("#/ends_on", "before_start", "it ends before it starts"));
        }
        if let Some(Money { currency, amount }) = details.cost {
            fields::require_currency("#/cost/currency", &currency)?;
            if !(0..=MAX_AMOUNT).contains(&amount) {
                let detail = format!("an amount is 0 to {MAX_AMOUNT}");
                return Err(Error::invalid("#/cost/amount", "out_of_range", detail));
            }
            (self.currency, self.amount) = (currency, amount);
        }
        if let Some(note) = details.note {
            self.note = fields::optional_text("#/note", note, MAX_NOTE)?;
        }
        Ok(())
    }
}

impl Audited for SourceCost {
    fn audited(&self) -> Value {
        json!({
            "source": self.source, "starts_on": self.starts_on, "ends_on": self.ends_on,
            "cost": { "currency": self.currency, "amount": self.amount }, "note": self.note,
        })
    }
}
