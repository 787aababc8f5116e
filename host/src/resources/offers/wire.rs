//! An offer as it is sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Offer, Status, Terms};
use crate::clock::Time;
use crate::ids::{ApplicationId, MemberId, OfferId};

/// A version of what an application is offered.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferView {
    pub id: OfferId,
    pub application_id: ApplicationId,
    /// Which of the application's versions, from 1. Only the last one counts.
    #[schema(example = 1)]
    pub number: i64,
    pub status: Status,
    pub terms: Terms,
    /// The first day of work.
    #[schema(example = "2026-05-01")]
    pub starts_on: Option<String>,
    /// When a sent offer becomes `expired`.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was declined or rescinded.
    pub reason: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was accepted, declined or rescinded.
    pub decided_at: Option<DateTime<Utc>>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl OfferView {
    pub(crate) fn of(offer: Offer, now: Time) -> Self {
        Self {
            status: offer.status_at(now),
            id: offer.id,
            application_id: offer.application_id,
            number: offer.number,
            terms: offer.terms.0,
            starts_on: offer.starts_on,
            expires_at: offer.expires_at,
            reason: offer.reason,
            sent_at: offer.sent_at,
            decided_at: offer.decided_at,
            created_by: offer.created_by,
            created_at: offer.created_at,
            updated_at: offer.updated_at,
            version: offer.version,
        }
    }
}
