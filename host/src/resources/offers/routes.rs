//! Offers on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, Step};
use super::wire::OfferView;
use super::{Details, Offer, Terms, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{ApplicationId, OfferId};
use crate::permissions::Permission;
use crate::resources::applications;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update))
        .routes(routes!(send))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(rescind))
}

/// The next version of an application's offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    terms: Terms,
    /// The first day of work.
    #[schema(example = "2026-05-01")]
    starts_on: Option<String>,
    /// Until when it can be accepted; a time to come.
    expires_at: Option<DateTime<Utc>>,
}

/// Changes to a draft; what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferChanges {
    /// All of them.
    terms: Option<Terms>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2026-06-01")]
    starts_on: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<Option<DateTime<Utc>>>,
}

/// Why nothing comes of an offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferEnd {
    #[schema(example = "Found something nearer home.")]
    reason: Option<String>,
}

/// List an application's offers
///
/// The last version first.
#[utoipa::path(
    get, path = "/v1/applications/{id}/offers", tag = "offers", params(("id" = ApplicationId, Path), PageParams),
    responses((status = 200, body = Page<OfferView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("offer:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<OfferView>> {
    let list = format!("offers of {id} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::OfferRead).await?;
    let application = applications::actions::get_within(&mut tx, &reach, id).await?;
    let rows = store::list(&mut tx, application.id, position).await?;
    tx.commit().await?;
    let now = services.clock.now();
    let id = |row: &Offer| row.id.uuid();
    let view = |row| OfferView::of(row, now);
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, view))
}

/// Make an offer
///
/// A draft of the next version. An earlier one that is a draft or sent becomes `superseded`.
#[utoipa::path(
    post, path = "/v1/applications/{id}/offers", tag = "offers", params(("id" = ApplicationId, Path)),
    request_body = NewOffer,
    responses(
        (status = 201, description = "Made", body = OfferView),
        (status = 409, description = "`offer_accepted`: rescind that one first; \
            `application_not_active`: the application has ended"),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(new): Json<NewOffer>,
) -> Result<(StatusCode, Versioned<OfferView>)> {
    let NewOffer { terms, starts_on, expires_at } = new;
    let details = Details { terms: None, starts_on: Some(starts_on), expires_at: Some(expires_at) };
    let offer = actions::create(&services, &caller, id, terms, details).await?;
    Ok((StatusCode::CREATED, Versioned(offer.version, OfferView::of(offer, services.clock.now()))))
}

/// Read an offer
#[utoipa::path(
    get, path = "/v1/offers/{id}", tag = "offers", params(("id" = OfferId, Path)),
    responses((status = 200, body = OfferView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("offer:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
) -> Result<Versioned<OfferView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::OfferRead).await?;
    let (offer, _) = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(offer.version, OfferView::of(offer, services.clock.now())))
}

/// Change an offer
///
/// While it is a draft; afterwards make the next version.
#[utoipa::path(
    patch, path = "/v1/offers/{id}", tag = "offers", params(("id" = OfferId, Path)),
    request_body = OfferChanges,
    responses(
        (status = 200, body = OfferView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`offer_not_draft`: make the next version; \
            `application_not_active`: the application has ended"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
    if_match: IfMatch,
    Json(changes): Json<OfferChanges>,
) -> Result<Versioned<OfferView>> {
    let OfferChanges { terms, starts_on, expires_at } = changes;
    let details = Details { terms, starts_on, expires_at };
    let offer = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(offer.version, OfferView::of(offer, services.clock.now())))
}

/// Note that an offer was sent
///
/// A draft; from then on it is answered, or expires.
#[utoipa::path(
    put, path = "/v1/offers/{id}/sending", tag = "offers", params(("id" = OfferId, Path)),
    responses(
        (status = 200, body = OfferView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`offer_transition`: what can follow is something else; `offer_expired`: it would be \
            expired already; `application_not_active`: the application has ended"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn send(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
    if_match: IfMatch,
) -> Result<Versioned<OfferView>> {
    take(&services, &caller, id, &if_match, Step::Send).await
}

/// Note that the candidate accepted an offer
///
/// One that was sent and has not expired. Hiring is another step.
#[utoipa::path(
    put, path = "/v1/offers/{id}/acceptance", tag = "offers", params(("id" = OfferId, Path)),
    responses(
        (status = 200, body = OfferView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`offer_transition`: what can follow is something else; \
            `application_not_active`: the application has ended without a hire"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn accept(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
    if_match: IfMatch,
) -> Result<Versioned<OfferView>> {
    take(&services, &caller, id, &if_match, Step::Accept).await
}

/// Note that the candidate declined an offer
///
/// One that was sent.
#[utoipa::path(
    put, path = "/v1/offers/{id}/decline", tag = "offers", params(("id" = OfferId, Path)),
    request_body = OfferEnd,
    responses(
        (status = 200, body = OfferView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`offer_transition`: what can follow is something else"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn decline(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
    if_match: IfMatch,
    Json(end): Json<OfferEnd>,
) -> Result<Versioned<OfferView>> {
    take(&services, &caller, id, &if_match, Step::Decline(end.reason)).await
}

/// Rescind an offer
///
/// The company takes it back, even after it was accepted.
#[utoipa::path(
    put, path = "/v1/offers/{id}/rescission", tag = "offers", params(("id" = OfferId, Path)),
    request_body = OfferEnd,
    responses(
        (status = 200, body = OfferView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`offer_transition`: what can follow is something else"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("offer:write")))
)]
async fn rescind(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfferId>,
    if_match: IfMatch,
    Json(end): Json<OfferEnd>,
) -> Result<Versioned<OfferView>> {
    take(&services, &caller, id, &if_match, Step::Rescind(end.reason)).await
}

async fn take(
    services: &Services,
    caller: &Caller,
    id: OfferId,
    if_match: &IfMatch,
    step: Step,
) -> Result<Versioned<OfferView>> {
    let offer = actions::take(services, caller, id, if_match, step).await?;
    Ok(Versioned(offer.version, OfferView::of(offer, services.clock.now())))
}
