//! A job as the web knows it: schema.org's JobPosting (<https://schema.org/JobPosting>), for search engines and job boards.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::content::{EmploymentType, PayPeriod, Workplace};
use super::{Job, Status};
use crate::error::{Error, Result};
use crate::resources::offices::Office;
use crate::resources::tenants::Tenant;

impl Job {
    /// Whether somebody from outside may see it and apply.
    ///
    /// # Errors
    /// `NotFound`: to strangers a job that is not open is not there.
    pub fn require_public(&self, now: crate::clock::Time) -> Result<()> {
        let is_public = self.status == Status::Open && self.closes_at.is_none_or(|end| end > now);
        is_public.then_some(()).ok_or(Error::NotFound { what: "open job" })
    }

    /// The JSON-LD. Of several descriptions the first for everywhere is taken, else the first; what a candidate need not
    /// know (weights, tags, custom fields, hiring manager) stays out. A job without an address of its own is where its
    /// offices are.
    pub fn posting(&self, tenant: &Tenant, openings: usize, offices: &[Office]) -> Value {
        let mut posting = Map::new();
        let mut put = |key: &str, value: Value| {
            if !value.is_null() && value != json!([]) && value != json!("") {
                posting.insert(key.into(), value);
            }
        };
        put("@context", "https://schema.org/".into());
        put("@type", "JobPosting".into());
        put("title", json!(self.title));
        put("description", json!(self.description()));
        put("datePosted", json!(self.opened_at.unwrap_or(self.created_at)));
        put("validThrough", json!(self.closes_at));
        put("employmentType", json!(self.employment_type.map(employment_type)));
        put("hiringOrganization", organisation(tenant));
        let identifier = self.reference.clone().unwrap_or_else(|| self.id.to_string());
        put("identifier", json!({ "@type": "PropertyValue", "name": tenant.name, "value": identifier }));
        put("totalJobOpenings", json!(openings));
        put("url", json!(self.apply_url));
        put("directApply", json!(self.apply_url.is_none()));
        put("responsibilities", json!(self.responsibilities.join("\n")));
        let skills: Vec<_> = self.skills.iter().map(|skill| skill.name.as_str()).collect();
        put("skills", json!(skills.join(", ")));
        put("jobLocation", self.places(offices));
        put("jobLocationType", self.is_remote().then_some("TELECOMMUTE").into());
        if self.is_remote() {
            let country = |name: &String| json!({ "@type": "Country", "name": name });
            let countries = self.countries(offices).into_iter().map(country).collect();
            put("applicantLocationRequirements", one_or_many(countries));
        }
        put("baseSalary", self.salary());
        let benefits = self.compensation.as_ref().map(|pay| pay.benefits.join(", "));
        put("jobBenefits", json!(benefits));
        Value::Object(posting)
    }

    /// The one that holds everywhere, else the first.
    pub(crate) fn description(&self) -> Option<&str> {
        let everywhere = self.descriptions.iter().find(|part| part.platform.is_none());
        everywhere.or(self.descriptions.first()).map(|part| part.text.as_str())
    }

    fn is_remote(&self) -> bool {
        self.location.as_ref().is_some_and(|place| place.workplace == Some(Workplace::Remote))
    }

    fn countries<'a>(&'a self, offices: &'a [Office]) -> BTreeSet<&'a String> {
        match self.location.as_ref().and_then(|place| place.country.as_ref()) {
            Some(country) => [country].into(),
            None => offices.iter().filter_map(|office| office.address.country.as_ref()).collect(),
        }
    }

    fn places(&self, offices: &[Office]) -> Value {
        let own = self.location.as_ref().and_then(|place| {
            postal([&place.address, &place.postal_code, &place.city, &place.region, &place.country])
        });
        let of_office = |office: &Office| {
            let place = &office.address;
            postal([&place.address, &place.postal_code, &place.city, &place.region, &place.country])
        };
        let addresses = own.map_or_else(|| offices.iter().filter_map(of_office).collect(), |own| vec![own]);
        let place = |address: Value| json!({ "@type": "Place", "address": address });
        one_or_many(addresses.into_iter().map(place).collect())
    }

    fn salary(&self) -> Value {
        let Some(pay) = &self.compensation else { return Value::Null };
        let Some(unit) = unit(pay.period) else { return Value::Null };
        let amount = |minor: Option<i64>| minor.map(|minor| major(minor, &pay.currency));
        let (least, most) = (amount(pay.min_amount), amount(pay.max_amount));
        if least.is_none() && most.is_none() {
            return Value::Null;
        }
        let value =
            json!({ "@type": "QuantitativeValue", "minValue": least, "maxValue": most, "unitText": unit });
        json!({ "@type": "MonetaryAmount", "currency": pay.currency, "value": value })
    }
}

/// Street, postal code, city, region, country; nothing of nothing.
fn postal(parts: [&Option<String>; 5]) -> Option<Value> {
    const NAMES: [&str; 5] =
        ["streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"];
    let parts = NAMES.iter().zip(parts);
    let parts = parts.filter_map(|(name, part)| Some(((*name).to_owned(), json!(part.as_ref()?))));
    let mut address: Map<String, Value> = parts.collect();
    if address.is_empty() {
        return None;
    }
    address.insert("@type".into(), "PostalAddress".into());
    Some(Value::Object(address))
}

/// One stands by itself.
fn one_or_many(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => values.into(),
    }
}

fn organisation(tenant: &Tenant) -> Value {
    let profile = &tenant.profile;
    let mut organisation = json!({ "@type": "Organization", "name": tenant.name });
    for (key, value) in [("sameAs", &profile.website_url), ("logo", &profile.logo_url)] {
        if let Some(value) = value {
            organisation[key] = json!(value);
        }
    }
    organisation
}

fn employment_type(kind: EmploymentType) -> &'static str {
    match kind {
        EmploymentType::FullTime => "FULL_TIME",
        EmploymentType::PartTime => "PART_TIME",
        EmploymentType::Contract => "CONTRACTOR",
        EmploymentType::Temporary => "TEMPORARY",
        EmploymentType::Internship => "INTERN",
        EmploymentType::Volunteer => "VOLUNTEER",
        EmploymentType::Apprenticeship => "OTHER",
    }
}

/// What is paid once has no unit there.
fn unit(period: PayPeriod) -> Option<&'static str> {
    match period {
        PayPeriod::Hour => Some("HOUR"),
        PayPeriod::Day => Some("DAY"),
        PayPeriod::Week => Some("WEEK"),
        PayPeriod::Month => Some("MONTH"),
        PayPeriod::Year => Some("YEAR"),
        PayPeriod::Once => None,
    }
}

/// Currencies of ISO 4217 whose minor unit is not a hundredth.
const NO_MINOR_UNIT: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

#[expect(clippy::cast_precision_loss, reason = "a salary is far below 2^53")]
fn major(minor: i64, currency: &str) -> f64 {
    let minor = minor as f64;
    match currency {
        code if NO_MINOR_UNIT.contains(&code) => minor,
        code if THOUSANDTHS.contains(&code) => minor / 1_000.0,
        _ => minor / 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn amounts_are_shown_in_the_major_unit_of_their_currency() {
        for (currency, shown) in [("EUR", 55_000.5), ("JPY", 5_500_050.0), ("KWD", 5_500.05)] {
            assert!((major(5_500_050, currency) - shown).abs() < 1e-9, "{currency}");
        }
    }
}
