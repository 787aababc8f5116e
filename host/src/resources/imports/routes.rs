//! Imports on the wire.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::form::{self, ImportForm};
use super::{
    Format, Import, Kind, Line, OnDuplicate, Outcome, RowFault, State as ImportState, actions, store,
};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Params};
use crate::http::etag::Versioned;
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{ImportId, MemberId};
use crate::permissions::Permission;
use crate::resources::resumes::upload;
use crate::services::Services;

pub fn router(import_max_bytes: u64) -> OpenApiRouter<Services> {
    // Each part but the file is bounded by itself.
    let most = usize::try_from(import_max_bytes).unwrap_or(usize::MAX).saturating_add(upload::FORM_BYTES * 8);
    OpenApiRouter::new()
        .routes(routes!(create).layer(DefaultBodyLimit::max(most)))
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(list_import_rows))
        .routes(routes!(cancel))
}

/// Many candidates, jobs, applications or résumés from one file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    pub id: ImportId,
    pub kind: Kind,
    pub format: Format,
    /// Nothing is kept but the report.
    pub dry_run: bool,
    pub on_duplicate: OnDuplicate,
    pub state: ImportState,
    /// Why it failed; only with state `failed`.
    pub errors: Vec<RowFaultView>,
    /// Of the file, in bytes.
    #[schema(example = 48211)]
    pub size: i64,
    pub rows: RowCounts,
    /// Whose doing it is.
    pub created_by: MemberId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was done, had failed or was cancelled; thirty days later nothing is known of it any more.
    pub finished_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowCounts {
    /// Known once the file was looked through.
    #[schema(example = 1200)]
    pub total: Option<i64>,
    #[schema(example = 700)]
    pub read: i64,
    #[schema(example = 680)]
    pub created: i64,
    #[schema(example = 0)]
    pub updated: i64,
    /// There already, or not wanted.
    #[schema(example = 15)]
    pub skipped: i64,
    #[schema(example = 5)]
    pub failed: i64,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRowView {
    /// Which row of the file, from 1; of an archive which of its files.
    #[schema(example = 17)]
    pub number: i64,
    /// The line of a text it begins in, from 1.
    #[schema(example = 18)]
    pub line: Option<i64>,
    pub outcome: Outcome,
    /// What was made or changed, or was there already, if you may read it.
    #[schema(example = "cand_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub id: Option<String>,
    /// Why it failed or was skipped. Never holds what the row said.
    pub errors: Vec<RowFaultView>,
}

/// One thing wrong with a row or a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowFaultView {
    /// JSON Pointer into the row, or the heading of the column; `#` is the whole row.
    #[schema(example = "#/emails/0")]
    pub pointer: String,
    #[schema(example = "invalid_email")]
    pub code: String,
    #[schema(example = "an e-mail address looks like ada@example.com")]
    pub detail: String,
}

impl RowFaultView {
    fn each(faults: Option<sqlx::types::Json<Vec<RowFault>>>) -> Vec<Self> {
        let faults = faults.map(|faults| faults.0).unwrap_or_default().into_iter();
        faults.map(|RowFault { pointer, code, detail }| Self { pointer, code, detail }).collect()
    }
}

impl ImportView {
    fn of(import: Import) -> Self {
        Self {
            id: import.id,
            kind: import.kind,
            format: import.format,
            dry_run: import.is_dry_run(),
            on_duplicate: import.on_duplicate,
            state: import.state,
            size: import.size,
            rows: RowCounts {
                total: import.rows_total,
                read: import.rows_read,
                created: import.rows_created,
                updated: import.rows_updated,
                skipped: import.rows_skipped,
                failed: import.rows_failed,
            },
            created_by: actions::creator(&import),
            created_at: import.created_at,
            updated_at: import.updated_at,
            finished_at: import.finished_at,
            version: import.version,
            errors: RowFaultView::each(import.faults),
        }
    }
}

impl ImportRowView {
    fn of(line: Line) -> Self {
        let Line { number, line, outcome, object_id, faults } = line;
        Self { number, line, outcome, id: object_id, errors: RowFaultView::each(faults) }
    }
}

/// Import a file
///
/// Stores the file and answers at once; a worker makes what its rows say, several hundred at a time, as if you had made each
/// by hand: by the same rules, with the permissions you have then, and with events and audit entries. One row that cannot be
/// made stops no other; `GET /v1/imports/{id}/rows?outcome=failed` says what was wrong with it. Try it first with
/// `dry_run`.
///
/// A row of NDJSON is the body of `POST /v1/candidates`, `/v1/jobs` or `/v1/applications`; candidates and jobs may also be
/// as `GET /v1/exports/…` answers them: what the server says of them is left aside, a candidate's `profile` is kept. In
/// applications `candidate_email` and `job_reference` may stand for the ids. A table has one such field a column, as
/// `given_name`, `email`, `location.city`, `tags` (several with semicolons between them) or `custom.<key>`; `columns` says
/// what other headings stand for. Of a ZIP each file becomes a résumé.
///
/// At most 1,000,000 rows of 1 MiB, or 10,000 files that come to 4 GiB, in a file of 100 MiB as the server is set by default;
/// with an `Idempotency-Key` no more than an upload. UTF-8, or UTF-16 with a byte order mark. The file is deleted when the
/// import is over.
#[utoipa::path(
    post, path = "/v1/imports", tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Accepted: stored, and waiting for a worker", body = ImportView,
            headers(("location" = String, description = "Where to ask how far it is"))),
        (status = 400, description = "`malformed_request`: not a multipart form, or it broke off"),
        (status = 413, description = "`too_large`: the file is larger than the server takes"),
        (status = 415, description = "`unsupported_media_type`: neither NDJSON nor CSV, or no ZIP of résumés"),
    ),
    extensions(("x-permission" = json!("import:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    // Before the body: nobody sends a file for nothing.
    caller.require(Permission::ImportWrite)?;
    let form = form.map_err(|rejection| Error::Malformed {
        detail: format!(
            "send the file as multipart/form-data in the part `file` ({})",
            rejection.body_text()
        ),
    })?;
    let (new, file) = form::receive(&services, &caller, form).await?;
    let import = actions::create(&services, &caller, new, file).await?;
    let location = format!("/v1/imports/{}", import.id);
    let body = axum::Json(ImportView::of(import));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

/// List imports
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/imports", tag = "imports", params(PageParams),
    responses((status = 200, body = Page<ImportView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("import:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ImportView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::ImportRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let key = |row: &Import| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, ImportView::of))
}

/// Read how far an import is
#[utoipa::path(
    get, path = "/v1/imports/{id}", tag = "imports", params(("id" = ImportId, Path)),
    responses((status = 200, body = ImportView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("import:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ImportId>,
) -> Result<Versioned<ImportView>> {
    let mut tx = services.db.read(&caller, Permission::ImportRead).await?;
    let import = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(import.version, ImportView::of(import)))
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportRowParams {
    /// Only those that became this.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Read what became of an import's rows
///
/// In the order of the file. Names places and says what is wrong there, never what the row said.
#[utoipa::path(
    get, path = "/v1/imports/{id}/rows", tag = "imports", params(("id" = ImportId, Path), ImportRowParams),
    responses((status = 200, body = Page<ImportRowView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("import:read")))
)]
async fn list_import_rows(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ImportId>,
    Params(params): Params<ImportRowParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ImportRowView>> {
    let ImportRowParams { outcome, limit, cursor } = params;
    let list = list_name(caller.tenant, &uri);
    let position = PageParams { limit, cursor }.position_from(&services.keys, &list, (0, 0))?;
    let mut tx = services.db.read(&caller, Permission::ImportRead).await?;
    store::get(&mut tx, id).await?;
    let rows = store::list_rows(&mut tx, id, outcome, position).await?;
    tx.commit().await?;
    let key = |row: &Line| (row.number, 0);
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, ImportRowView::of))
}

/// Cancel an import
///
/// One that waits or is under way. What it has made stays; the file is deleted.
#[utoipa::path(
    post, path = "/v1/imports/{id}/cancellation", tag = "imports", params(("id" = ImportId, Path)),
    responses(
        (status = 200, description = "Cancelled", body = ImportView),
        (status = 409, description = "`import_over`: it is done, has failed or was cancelled already"),
    ),
    extensions(("x-permission" = json!("import:write")))
)]
async fn cancel(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ImportId>,
) -> Result<axum::Json<ImportView>> {
    let import = actions::cancel(&services, &caller, id).await?;
    Ok(axum::Json(ImportView::of(import)))
}
