//! Tracking links: ways to a job's form that say where whoever takes them comes from. Decides what a link may say.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};

use super::audit::Audited;
use super::jobs::Job;
use crate::clock::Time;
use crate::error::Result;
use crate::fields;
use crate::ids::{JobId, MemberId, TrackingLinkId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrackingLink {
    pub id: TrackingLinkId,
    pub job_id: JobId,
    pub name: String,
    /// Whoever applies by it comes from there.
    pub source: String,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

/// What a link says.
#[derive(Debug)]
pub struct Details {
    pub name: String,
    pub source: String,
    pub medium: Option<String>,
    pub campaign: Option<String>,
}

/// Links of one job.
pub const MOST_LINKS: i64 = 200;

const MAX_LINE: usize = 200;

impl Details {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn checked(self) -> Result<Self> {
        Ok(Self {
            name: fields::line("#/name", &self.name, MAX_LINE)?,
            source: fields::line("#/source", &self.source, MAX_LINE)?,
            medium: fields::optional_line("#/utm_medium", self.medium, MAX_LINE)?,
            campaign: fields::optional_line("#/utm_campaign", self.campaign, MAX_LINE)?,
        })
    }
}

impl TrackingLink {
    /// The job's own page with the link's id, for it to send along; nothing of a job that names no page.
    pub fn url(&self, job: &Job) -> Option<String> {
        let mut url: url::Url = job.apply_url.as_deref()?.parse().ok()?;
        url.query_pairs_mut().append_pair("link", &self.id.to_string());
        Some(url.into())
    }
}

impl Audited for TrackingLink {
    fn audited(&self) -> Value {
        json!({
            "job_id": self.job_id, "name": self.name, "source": self.source, "utm_medium": self.medium,
            "utm_campaign": self.campaign,
        })
    }
}
