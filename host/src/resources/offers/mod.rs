//! Offers: what an application is offered, version by version, and what came of it. Decides what may follow what.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod terms;
pub mod wire;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

pub use self::terms::Terms;
use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{ApplicationId, MemberId, OfferId};

/// One version of an application's offer. Only the last one can be a draft, sent or accepted.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Offer {
    pub id: OfferId,
    pub application_id: ApplicationId,
    /// Which of the application's versions, from 1.
    pub number: i64,
    /// As it was written; [`Offer::status_at`] knows what has expired since.
    pub status: Status,
    pub terms: Json<Terms>,
    /// `YYYY-MM-DD`
    pub starts_on: Option<String>,
    /// When it can no longer be accepted.
    pub expires_at: Option<Time>,
    /// Why it was declined or rescinded.
    pub reason: Option<String>,
    pub sent_at: Option<Time>,
    /// When it was accepted, declined or rescinded.
    pub decided_at: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = OfferStatus)]
pub enum Status {
    Draft,
    Sent,
    Accepted,
    /// By the candidate.
    Declined,
    /// By the company.
    Rescinded,
    /// Nobody answered in time.
    Expired,
    /// There is a next version.
    Superseded,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Sent => "sent",
            Status::Accepted => "accepted",
            Status::Declined => "declined",
            Status::Rescinded => "rescinded",
            Status::Expired => "expired",
            Status::Superseded => "superseded",
        }
    }

    /// What somebody can make of an offer that stands so.
    pub fn allowed(self) -> &'static [Status] {
        match self {
            Status::Draft => &[Status::Sent, Status::Rescinded],
            Status::Sent => &[Status::Accepted, Status::Declined, Status::Rescinded],
            Status::Accepted => &[Status::Rescinded],
            Status::Declined | Status::Rescinded | Status::Expired | Status::Superseded => &[],
        }
    }

    /// # Errors
    /// `Conflict`, naming what can follow.
    pub fn allow(self, next: Status) -> Result<()> {
        if self.allowed().contains(&next) {
            return Ok(());
        }
        let words: Vec<_> = self.allowed().iter().map(|status| status.as_str()).collect();
        let allowed = match words.as_slice() {
            [] => "it stays so; make the next version".into(),
            some => format!("what can follow: {}", some.join(", ")),
        };
        let detail = format!("the offer is {}; {allowed}", self.as_str());
        Err(Error::Conflict { code: "offer_transition", detail })
    }
}

/// Fields of an offer; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub terms: Option<Terms>,
    pub starts_on: Option<Option<String>>,
    pub expires_at: Option<Option<Time>>,
}

impl Offer {
    /// How it stands at this time.
    pub fn status_at(&self, now: Time) -> Status {
        let is_over = self.expires_at.is_some_and(|end| end <= now);
        if self.status == Status::Sent && is_over { Status::Expired } else { self.status }
    }

    /// # Errors
    /// `Conflict` when it is not a draft; `Invalid`, naming the field.
    pub fn set(&mut self, details: Details, now: Time) -> Result<()> {
        if self.status != Status::Draft {
            let status = self.status_at(now).as_str();
            let detail =
                format!("the offer is {status}; only a draft changes: make the next version instead");
            return Err(Error::Conflict { code: "offer_not_draft", detail });
        }
        if let Some(terms) = details.terms {
            self.terms.0 = terms.checked()?;
        }
        if let Some(starts_on) = details.starts_on {
            self.starts_on = starts_on.map(|day| fields::date("#/starts_on", &day)).transpose()?;
        }
        if let Some(expires_at) = details.expires_at {
            let expires_at = expires_at.map(|end| fields::instant("#/expires_at", end)).transpose()?;
            if expires_at.is_some_and(|end| end <= now) {
                let detail = "the offer would be expired already";
                return Err(Error::invalid("#/expires_at", "in_the_past", detail));
            }
            self.expires_at = expires_at;
        }
        Ok(())
    }

    /// # Errors
    /// `Conflict`, naming what can follow; `Invalid` reason.
    pub fn turn(&mut self, next: Status, reason: Option<String>, now: Time) -> Result<()> {
        self.status_at(now).allow(next)?;
        if next == Status::Sent {
            if self.expires_at.is_some_and(|end| end <= now) {
                let detail = "the offer would be expired already; change expires_at first".into();
                return Err(Error::Conflict { code: "offer_expired", detail });
            }
            self.sent_at = Some(now);
        } else {
            self.decided_at = Some(now);
        }
        self.reason = fields::optional_text("#/reason", reason, 2_000)?;
        self.status = next;
        self.updated_at = now;
        Ok(())
    }

    /// Whether the next version takes its place.
    ///
    /// # Errors
    /// `Conflict` when it was accepted.
    pub fn gives_way(&self, now: Time) -> Result<bool> {
        match self.status_at(now) {
            Status::Draft | Status::Sent => Ok(true),
            Status::Accepted => {
                let detail = format!("version {} is accepted; rescind it first", self.number);
                Err(Error::Conflict { code: "offer_accepted", detail })
            }
            Status::Declined | Status::Rescinded | Status::Expired | Status::Superseded => Ok(false),
        }
    }
}

impl Audited for Offer {
    /// What somebody is paid, and what was said about them.
    const PERSONAL: &'static [&'static str] = &["terms", "reason"];

    fn audited(&self) -> Value {
        json!({
            "application_id": self.application_id, "number": self.number, "status": self.status,
            "terms": self.terms.0, "starts_on": self.starts_on, "expires_at": self.expires_at, "reason": self.reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    const EVERY: [Status; 7] = [
        Status::Draft,
        Status::Sent,
        Status::Accepted,
        Status::Declined,
        Status::Rescinded,
        Status::Expired,
        Status::Superseded,
    ];

    #[test]
    fn only_what_may_follow_follows() {
        let mut followed = Vec::new();
        for from in EVERY {
            for to in EVERY {
                if from.allow(to).is_ok() {
                    followed.push(format!("{} {}", from.as_str(), to.as_str()));
                }
            }
        }
        assert_eq!(
            followed,
            [
                "draft sent",
                "draft rescinded",
                "sent accepted",
                "sent declined",
                "sent rescinded",
                "accepted rescinded",
            ]
        );
    }
}
