//! Saved searches on the wire.

use std::collections::BTreeMap;

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Details, Parameter, SavedSearch, Subject, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{MemberId, SavedSearchId};
use crate::permissions::Permission;
use crate::resources::members;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// The filters of a list, under a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedSearchView {
    pub id: SavedSearchId,
    /// Whose it is.
    pub member_id: MemberId,
    pub subject: Subject,
    #[schema(example = "Senior joiners near Berlin")]
    pub name: String,
    /// The list's query parameters; run it as `GET /v1/candidates?skill=rust&skill=sql`.
    #[schema(example = json!({ "skill": ["rust", "sql"], "location": "Berlin" }))]
    pub query: BTreeMap<String, Parameter>,
    /// Everybody sees it.
    pub is_shared: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl SavedSearchView {
    fn of(search: SavedSearch) -> Self {
        let SavedSearch { id, member_id, subject, name, query, is_shared, created_at, updated_at, version } =
            search;
        Self {
            id,
            member_id,
            subject,
            name,
            query: query.0,
            is_shared: is_shared == 1,
            created_at,
            updated_at,
            version,
        }
    }
}

/// A search to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSavedSearch {
    subject: Subject,
    #[schema(example = "Senior joiners near Berlin")]
    name: String,
    /// The list's query parameters, without `cursor`.
    #[schema(example = json!({ "skill": ["rust", "sql"], "location": "Berlin" }))]
    query: BTreeMap<String, Parameter>,
    /// Whether everybody sees it.
    #[serde(default)]
    is_shared: bool,
}

/// Changes to a saved search; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedSearchChanges {
    #[schema(example = "Joiners near Berlin")]
    name: Option<String>,
    /// All of it.
    #[schema(example = json!({ "skill": "rust" }))]
    query: Option<BTreeMap<String, Parameter>>,
    is_shared: Option<bool>,
}

/// Which saved searches.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SavedSearchParams {
    /// Only those of this list.
    #[param(inline)]
    subject: Option<Subject>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List saved searches
///
/// Newest first: your own, and those that are shared.
#[utoipa::path(
    get, path = "/v1/saved-searches", tag = "saved searches", params(SavedSearchParams),
    responses((status = 200, body = Page<SavedSearchView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("saved_search:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<SavedSearchParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<SavedSearchView>> {
    let SavedSearchParams { subject, limit, cursor } = params;
    let (mut tx, _) = services.db.read_within(&caller, Permission::SavedSearchRead).await?;
    let member = members::actions::oneself(&caller)?;
    let list = format!("saved searches of {member} in {} about {subject:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let rows = store::list(&mut tx, member, subject, position).await?;
    tx.commit().await?;
    let id = |row: &SavedSearch| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, SavedSearchView::of))
}

/// Save a search
#[utoipa::path(
    post, path = "/v1/saved-searches", tag = "saved searches", request_body = NewSavedSearch,
    responses((status = 201, description = "Made", body = SavedSearchView)),
    extensions(("x-permission" = json!("saved_search:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewSavedSearch>,
) -> Result<(StatusCode, Versioned<SavedSearchView>)> {
    let NewSavedSearch { subject, name, query, is_shared } = new;
    let details = Details { name: Some(name), query: Some(query), is_shared: Some(is_shared) };
    let search = actions::create(&services, &caller, subject, details).await?;
    Ok((StatusCode::CREATED, Versioned(search.version, SavedSearchView::of(search))))
}

/// Read a saved search
#[utoipa::path(
    get, path = "/v1/saved-searches/{id}", tag = "saved searches", params(("id" = SavedSearchId, Path)),
    responses((status = 200, body = SavedSearchView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("saved_search:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SavedSearchId>,
) -> Result<Versioned<SavedSearchView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::SavedSearchRead).await?;
    let search = actions::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(search.version, SavedSearchView::of(search)))
}

/// Change one's own saved search
#[utoipa::path(
    patch, path = "/v1/saved-searches/{id}", tag = "saved searches", params(("id" = SavedSearchId, Path)),
    request_body = SavedSearchChanges,
    responses(
        (status = 200, body = SavedSearchView, headers(("etag" = String, description = "The version"))),
        (status = 403, description = "`forbidden`, or `not_your_saved_search`: whoever saved it changes it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("saved_search:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SavedSearchId>,
    if_match: IfMatch,
    Json(changes): Json<SavedSearchChanges>,
) -> Result<Versioned<SavedSearchView>> {
    let SavedSearchChanges { name, query, is_shared } = changes;
    let details = Details { name, query, is_shared };
    let search = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(search.version, SavedSearchView::of(search)))
}

/// Delete one's own saved search
#[utoipa::path(
    delete, path = "/v1/saved-searches/{id}", tag = "saved searches", params(("id" = SavedSearchId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "`forbidden`, or `not_your_saved_search`: whoever saved it deletes it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("saved_search:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SavedSearchId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
