//! Applications on the wire.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, OriginalUri, State};
use axum::http::{StatusCode, Uri};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::public_form::{self, ApplicationForm, ApplicationReceived};
use super::wire::{
    ApplicationChangeView, ApplicationChanges, ApplicationHistory, ApplicationParams, ApplicationView, Hire,
    NewApplication, NewCorrection, NewReopening, NewTransfer, OwnApplicationView, Rejection, StageWanted,
    Withdrawal,
};
use super::{Application, actions, apply as applying, listing, moves, store};
use crate::caller::{Caller, Origin};
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Order, Page, PageParams, list_name};
use crate::ids::{ApplicationId, CandidateId, JobId};
use crate::permissions::Permission;
use crate::resources::{candidates, jobs};
use crate::services::Services;

pub fn router(upload_max_bytes: u64) -> OpenApiRouter<Services> {
    let form =
        usize::try_from(upload_max_bytes).unwrap_or(usize::MAX).saturating_add(public_form::FORM_BYTES);
    OpenApiRouter::new()
        .routes(routes!(apply).layer(DefaultBodyLimit::max(form)))
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(set_stage))
        .routes(routes!(reject))
        .routes(routes!(withdraw))
        .routes(routes!(hire))
        .routes(routes!(transfer))
        .routes(routes!(reopen))
        .routes(routes!(correct))
        .routes(routes!(history))
        .routes(routes!(list_of_job))
        .routes(routes!(list_of_candidate))
        .routes(routes!(list_own))
}

async fn list_with(
    services: &Services,
    caller: &Caller,
    params: ApplicationParams,
    uri: &Uri,
) -> Result<Page<ApplicationView>> {
    let list = list_name(caller.tenant, uri);
    let filter = params.filter()?;
    let page = PageParams { limit: params.limit, cursor: params.cursor };
    if let Some(listing::Sort::Score) = params.sort {
        return list_by_score(services, caller, &filter, &page, uri).await;
    }
    let order = page.order(&services.keys, &list, params.updated_after)?;
    let (mut tx, reach) = services.db.read_within(caller, Permission::ApplicationRead).await?;
    let rows = match order {
        Order::Newest(position) => listing::store::list(&mut tx, &reach, &filter, position).await?,
        Order::Changes(since) => {
            listing::store::list_changed(&mut tx, &reach, &filter, params.include_deleted, since).await?
        }
    };
    tx.commit().await?;
    let key = |row: &Application| (row.updated_at, row.id.uuid());
    Ok(Page::in_order(rows, order, &services.keys, &list, uri, key, ApplicationView::of))
}

async fn list_by_score(
    services: &Services,
    caller: &Caller,
    filter: &listing::Filter,
    page: &PageParams,
    uri: &Uri,
) -> Result<Page<ApplicationView>> {
    let list = list_name(caller.tenant, uri);
    let position = page.position_from(&services.keys, &list, listing::store::HIGHEST)?;
    let (mut tx, reach) = services.db.read_within(caller, Permission::ApplicationRead).await?;
    let rows = listing::store::list_by_score(&mut tx, &reach, filter, position).await?;
    tx.commit().await?;
    let key = |row: &Application| (row.score.unwrap_or(listing::store::NONE), row.id.uuid());
    Ok(Page::of(rows, position, &services.keys, &list, uri, key, ApplicationView::of))
}

/// List applications
///
/// Newest first, with `sort=score` the best first; with `updated_after` in the order of their changes. As far as your roles for departments and jobs reach.
#[utoipa::path(
    get, path = "/v1/applications", tag = "applications", params(ApplicationParams),
    responses((status = 200, body = Page<ApplicationView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("application:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<ApplicationParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ApplicationView>> {
    list_with(&services, &caller, params, &uri).await
}

/// List a job's applications
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/applications", tag = "applications", params(("id" = JobId, Path), PageParams),
    responses((status = 200, body = Page<ApplicationView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("application:read")))
)]
async fn list_of_job(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    Params(PageParams { limit, cursor }): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ApplicationView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ApplicationRead).await?;
    jobs::actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    let params = ApplicationParams { job_id: Some(id), limit, cursor, ..ApplicationParams::default() };
    list_with(&services, &caller, params, &uri).await
}

/// List a candidate's applications
///
/// Newest first, as far as your roles for departments and jobs reach.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/applications", tag = "applications", params(("id" = CandidateId, Path), PageParams),
    responses((status = 200, body = Page<ApplicationView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("application:read")))
)]
async fn list_of_candidate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Params(PageParams { limit, cursor }): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ApplicationView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ApplicationRead).await?;
    candidates::actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    let params = ApplicationParams { candidate_id: Some(id), limit, cursor, ..ApplicationParams::default() };
    list_with(&services, &caller, params, &uri).await
}

/// List one's own applications
///
/// For a member who is a candidate: newest first, without what only the company should see.
#[utoipa::path(
    get, path = "/v1/me/applications", tag = "me", params(PageParams),
    responses(
        (status = 200, body = Page<OwnApplicationView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
        (status = 404, description = "`not_found`: the member is no candidate"),
    ),
    extensions(("x-permission" = json!("me:read")))
)]
async fn list_own(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<OwnApplicationView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let own = candidates::actions::oneself(&mut tx).await?;
    let list = format!("{} of {own}", list_name(caller.tenant, &uri));
    let position = page.position(&services.keys, &list)?;
    let rows = store::list_own(&mut tx, own, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row| row.id.uuid(), own_view))
}

fn own_view(row: store::Own) -> OwnApplicationView {
    let store::Own { id, job_id, job_title, outcome, stage, applied_at, decided_at } = row;
    OwnApplicationView { id, job_id, job_title, outcome, stage, applied_at, decided_at }
}

/// Make an application
///
/// In the job's first stage, for a candidate whom you may read. One active application a candidate and job; after an earlier
/// one has ended say `again`.
#[utoipa::path(
    post, path = "/v1/applications", tag = "applications", request_body = NewApplication,
    responses(
        (status = 201, description = "Made", body = ApplicationView),
        (status = 404, description = "`not_found`: no such job or candidate"),
        (status = 409, description = "`application_exists`, `applied_before`, or `job_not_open`"),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewApplication>,
) -> Result<(StatusCode, Versioned<ApplicationView>)> {
    let application = actions::create(&services, &caller, new.wanted()).await?;
    Ok((StatusCode::CREATED, view(application)))
}

fn view(application: Application) -> Versioned<ApplicationView> {
    Versioned(application.version, ApplicationView::of(application))
}

/// Read an application
#[utoipa::path(
    get, path = "/v1/applications/{id}", tag = "applications", params(("id" = ApplicationId, Path)),
    responses((status = 200, body = ApplicationView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("application:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<Versioned<ApplicationView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ApplicationRead).await?;
    let application = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(view(application))
}

/// Apply for a job
///
/// For anybody, without a credential, while the job is open: the form of a careers page. The résumé is read in the
/// background; who applied before by the same e-mail address stays one candidate. The answer is the same whatever is known of
/// somebody already. Held to the rate for requests without a credential.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/apply", tag = "public", params(("id" = JobId, Path)), security(()),
    request_body(content = ApplicationForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Received", body = ApplicationReceived),
        (status = 413, description = "`too_large`: the file is larger than this server takes"),
        (status = 415, description = "`unsupported_media_type`: no installed plugin reads such a file"),
    ),
)]
async fn apply(
    State(services): State<Services>,
    origin: Origin,
    Id(id): Id<JobId>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, axum::Json<ApplicationReceived>)> {
    let form = public_form::receive(form, services.config.upload_max_bytes).await?;
    applying::apply(&services, origin, id, form).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(ApplicationReceived { received: true })))
}

/// Change an application
///
/// What it says, not where it stands.
#[utoipa::path(
    patch, path = "/v1/applications/{id}", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = ApplicationChanges,
    responses((status = 200, body = ApplicationView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("application:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(changes): Json<ApplicationChanges>,
) -> Result<Versioned<ApplicationView>> {
    Ok(view(actions::update(&services, &caller, id, &if_match, changes.changes()).await?))
}

/// Delete an application
///
/// One that should never have been: it is left out of lists and analytics. One that ended is left as it is.
#[utoipa::path(
    delete, path = "/v1/applications/{id}", tag = "applications", params(("id" = ApplicationId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`application_hired`: correct the hire first"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Move an application to another stage
///
/// Of its job, forward or back, while it is active. The last stage is reached by a hire.
#[utoipa::path(
    put, path = "/v1/applications/{id}/stage", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = StageWanted,
    responses(
        (status = 200, body = ApplicationView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`application_transition`: the detail says what can be done"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn set_stage(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(wanted): Json<StageWanted>,
) -> Result<Versioned<ApplicationView>> {
    Ok(view(moves::set_stage(&services, &caller, id, &if_match, wanted.stage_id).await?))
}

/// Reject an application
///
/// The company turns the candidate down.
#[utoipa::path(
    put, path = "/v1/applications/{id}/rejection", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = Rejection,
    responses(
        (status = 200, body = ApplicationView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`application_transition`: it is not active"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn reject(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(rejection): Json<Rejection>,
) -> Result<Versioned<ApplicationView>> {
    let Rejection { reason, detail } = rejection;
    Ok(view(moves::reject(&services, &caller, id, &if_match, reason, detail).await?))
}

/// Withdraw an application
///
/// The candidate gives up.
#[utoipa::path(
    put, path = "/v1/applications/{id}/withdrawal", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = Withdrawal,
    responses(
        (status = 200, body = ApplicationView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`application_transition`: it is not active"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn withdraw(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(withdrawal): Json<Withdrawal>,
) -> Result<Versioned<ApplicationView>> {
    let Withdrawal { reason, detail } = withdrawal;
    Ok(view(moves::withdraw(&services, &caller, id, &if_match, reason, detail).await?))
}

/// Hire
///
/// Moves the application to the job's last stage and fills an opening: the one you name, or the one open longest. With the
/// last opening the job is filled.
#[utoipa::path(
    put, path = "/v1/applications/{id}/hire", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = Hire,
    responses(
        (status = 200, body = ApplicationView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`application_transition`: it is not active; `no_opening`: nobody is sought any more"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:hire")))
)]
async fn hire(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(hire): Json<Hire>,
) -> Result<Versioned<ApplicationView>> {
    Ok(view(moves::hire(&services, &caller, id, &if_match, hire.opening_id).await?))
}

/// Transfer an application to another job
///
/// It ends as transferred, and a new one begins in the other job's first stage, with its source, résumé, tags and fields.
/// Answers the new one.
#[utoipa::path(
    post, path = "/v1/applications/{id}/transfers", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = NewTransfer,
    responses(
        (status = 201, description = "Transferred", body = ApplicationView),
        (status = 409, description = "`application_transition`, `application_exists` or `job_not_open`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn transfer(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(transfer): Json<NewTransfer>,
) -> Result<(StatusCode, Versioned<ApplicationView>)> {
    let NewTransfer { job_id, detail } = transfer;
    let begun = moves::transfer(&services, &caller, id, &if_match, job_id, detail).await?;
    Ok((StatusCode::CREATED, view(begun)))
}

/// Take an application back into the pipeline
///
/// One that was rejected or withdrawn. Both the end and the return stay in its history; for an end that was a mistake use
/// corrections.
#[utoipa::path(
    post, path = "/v1/applications/{id}/reopenings", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = NewReopening,
    responses(
        (status = 201, description = "Taken back", body = ApplicationView),
        (status = 409, description = "`application_transition`, or `application_exists`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn reopen(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(reopening): Json<NewReopening>,
) -> Result<(StatusCode, Versioned<ApplicationView>)> {
    let application = moves::reopen(&services, &caller, id, &if_match, reopening.stage_id).await?;
    Ok((StatusCode::CREATED, view(application)))
}

/// Correct an application's history
///
/// Takes the latest change back as a mistake. It stays in the history, with its correction, and counts nowhere. A hire gives
/// its opening back.
#[utoipa::path(
    post, path = "/v1/applications/{id}/corrections", tag = "applications", params(("id" = ApplicationId, Path)),
    request_body = NewCorrection,
    responses(
        (status = 201, description = "Corrected", body = ApplicationView),
        (status = 409, description = "`not_the_latest_change`, `nothing_to_correct`, `application_exists`, or `application_transition`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("application:write")))
)]
async fn correct(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    if_match: IfMatch,
    Json(correction): Json<NewCorrection>,
) -> Result<(StatusCode, Versioned<ApplicationView>)> {
    let NewCorrection { change_id, reason } = correction;
    let application = moves::correct(&services, &caller, id, &if_match, change_id, reason).await?;
    Ok((StatusCode::CREATED, view(application)))
}

/// Read an application's history
///
/// Every stage it entered and how it ended, oldest first: when, by whom, why. Nothing of it can be changed.
#[utoipa::path(
    get, path = "/v1/applications/{id}/history", tag = "applications", params(("id" = ApplicationId, Path)),
    responses((status = 200, body = ApplicationHistory)),
    extensions(("x-permission" = json!("application:read")))
)]
async fn history(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<axum::Json<ApplicationHistory>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ApplicationRead).await?;
    actions::get_within(&mut tx, &reach, id).await?;
    let changes = store::list_changes(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(ApplicationHistory { data: changes.into_iter().map(ApplicationChangeView::of).collect() }))
}
