//! What is offered: position, pay and what comes with it. Decides what each part may hold; every fault names its place in
//! the request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::fields;
use crate::resources::jobs::content::{EmploymentType, PayPeriod};

const MAX_LINE: usize = 500;
const MAX_TEXT: usize = 20_000;
const MAX_BENEFITS: usize = 50;
const HOURS_OF_A_WEEK: i64 = 7 * 24;

/// Whole numbers beyond this come out of many a JSON reader as others.
const MAX_AMOUNT: i64 = 9_007_199_254_740_991;

/// The terms of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferTerms)]
pub struct Terms {
    /// What they will be.
    #[schema(example = "Joiner")]
    pub title: String,
    #[serde(default)]
    pub employment_type: Option<EmploymentType>,
    #[serde(default)]
    #[schema(example = 40, minimum = 1, maximum = 168)]
    pub hours_per_week: Option<i64>,
    #[serde(default)]
    #[schema(example = "Berlin")]
    pub location: Option<String>,
    #[serde(default)]
    pub compensation: Option<Pay>,
    /// Paid once, for coming.
    #[serde(default)]
    pub signing_bonus: Option<Money>,
    /// In words.
    #[serde(default)]
    #[schema(example = "10 % of the year's pay, by the company's result")]
    pub bonus: Option<String>,
    /// In words.
    #[serde(default)]
    #[schema(example = "2,000 options over four years")]
    pub equity: Option<String>,
    #[serde(default)]
    #[schema(example = json!(["30 days of leave"]))]
    pub benefits: Vec<String>,
    /// Whatever else is to be said.
    #[serde(default)]
    pub note: Option<String>,
}

/// What is paid, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferedPay)]
pub struct Pay {
    /// What the amount is paid for.
    pub period: PayPeriod,
    /// ISO 4217.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// In the currency's minor unit: 5500000 is 55,000.00 EUR.
    #[schema(example = 5_500_000, minimum = 0)]
    pub amount: i64,
}

/// A sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// ISO 4217.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// In the currency's minor unit: 250000 is 2,500.00 EUR.
    #[schema(example = 250_000, minimum = 0)]
    pub amount: i64,
}

impl Terms {
    /// # Errors
    /// `Invalid`, naming the part.
    pub fn checked(self) -> Result<Self> {
        let line = |field: &str, text| fields::optional_line(&format!("#/terms/{field}"), text, MAX_LINE);
        if self.hours_per_week.is_some_and(|hours| !(1..=HOURS_OF_A_WEEK).contains(&hours)) {
            let detail = "a week has 1 to 168 hours";
            return Err(Error::invalid("#/terms/hours_per_week", "out_of_range", detail));
        }
        if let Some(Pay { currency, amount, .. }) = &self.compensation {
            require_money("#/terms/compensation", currency, *amount)?;
        }
        if let Some(Money { currency, amount }) = &self.signing_bonus {
            require_money("#/terms/signing_bonus", currency, *amount)?;
        }
        Ok(Self {
            title: fields::line("#/terms/title", &self.title, 200)?,
            location: line("location", self.location)?,
            bonus: line("bonus", self.bonus)?,
            equity: line("equity", self.equity)?,
            benefits: benefits(self.benefits)?,
            note: fields::optional_text("#/terms/note", self.note, MAX_TEXT)?,
            ..self
        })
    }
}

fn require_money(at: &str, currency: &str, amount: i64) -> Result<()> {
    fields::require_currency(&format!("{at}/currency"), currency)?;
    let is_in_range = (0..=MAX_AMOUNT).contains(&amount);
    let detail = "an amount in minor units, not negative, at most 9007199254740991";
    is_in_range.then_some(()).ok_or_else(|| Error::invalid(format!("{at}/amount"), "out_of_range", detail))
}

fn benefits(given: Vec<String>) -> Result<Vec<String>> {
    if given.len() > MAX_BENEFITS {
        return Err(Error::invalid("#/terms/benefits", "too_many", format!("at most {MAX_BENEFITS}")));
    }
    let line =
        |(index, text): (usize, &String)| fields::line(&format!("#/terms/benefits/{index}"), text, MAX_LINE);
    given.iter().enumerate().map(line).collect()
}
