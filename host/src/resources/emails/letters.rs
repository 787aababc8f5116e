//! Letters: to whom a message goes, what it is about, and the values its template takes. Sealed in the outbox, as it names
//! people and holds secrets.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Kind;
use super::appointments::Appointment;
use crate::clock::Time;
use crate::ids::{ApplicationId, CandidateId, InterviewId, MemberId};
use crate::resources::tenants::Tenant;

/// By the name a template calls it.
pub type Values = BTreeMap<String, String>;

/// Something somebody is to be told.
#[derive(Clone, Debug)]
pub struct Letter {
    pub kind: Kind,
    pub to: Recipient,
    pub about: About,
    /// Beside those every message has: what it says.
    pub values: Vec<(&'static str, String)>,
    /// What `date` and `time` are of.
    pub when: Option<Time>,
    /// For the recipient's calendar.
    pub appointment: Option<Appointment>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recipient {
    pub name: Option<String>,
    pub address: String,
}

/// Whom and what a message concerns. What concerns a candidate goes when the candidate's data are erased.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    pub member: Option<MemberId>,
    pub candidate: Option<CandidateId>,
    pub application: Option<ApplicationId>,
    pub interview: Option<InterviewId>,
}

/// What is sealed of a letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    pub to: Recipient,
    pub values: Values,
    pub appointment: Option<Appointment>,
}

impl Content {
    /// The letter with what the tenant and the operator add; times as they are at the tenant's.
    pub fn of(letter: Letter, tenant: &Tenant, server_url: Option<&str>) -> Self {
        let Letter { to, values, when, appointment, .. } = letter;
        let mut values: Values = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let mut add = |name: &str, value: String| values.insert(name.into(), value);
        add("tenant_name", tenant.name.clone());
        add("recipient_name", to.name.clone().unwrap_or_default());
        add("server_url", server_url.unwrap_or_default().trim_end_matches('/').to_owned());
        if let Some(when) = when {
            // Only zones that chrono-tz knows are kept; a newer version may know more.
            let zone: Tz = tenant.time_zone.parse().unwrap_or(Tz::UTC);
            let there = when.with_timezone(&zone);
            add("date", there.format("%Y-%m-%d").to_string());
            add("time", there.format("%H:%M").to_string());
            add("time_zone", zone.name().to_owned());
        }
        Self { to, values, appointment }
    }
}
