//! Activities on the wire.

use axum::extract::{OriginalUri, State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Activity;
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::CandidateId;
use crate::permissions::Permission;
use crate::resources::candidates;
use crate::resources::notes::wire::NoteView;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something that happened to a candidate, or was written about them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityView {
    /// The event's or the note's.
    #[schema(example = "event_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub id: String,
    /// One of `GET /v1/event-types`, or `note`.
    #[serde(rename = "type")]
    #[schema(example = "application.stage_changed")]
    pub kind: String,
    pub occurred_at: DateTime<Utc>,
    /// The candidate, or their application, résumé, interview or offer.
    #[schema(example = "app_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub subject_id: String,
    /// Whose doing it was: `type` is `member`, `api_key`, `task`, `visitor` or `operator`.
    #[schema(value_type = Object, example = json!({ "type": "member", "id": "member_01k7z1v5jafz8rk3m2w9y6t4qd" }))]
    pub actor: Value,
    /// What the event's type says; empty for a note.
    #[schema(value_type = Object, example = json!({ "stage_id": "stage_01k7z1v5jafz8rk3m2w9y6t4qd", "version": 2 }))]
    pub data: Value,
    /// The note as it is now.
    pub note: Option<NoteView>,
}

impl ActivityView {
    fn of(activity: Activity) -> Self {
        match activity {
            Activity::Happened(event) => Self {
                id: event.id.to_string(),
                kind: event.kind,
                occurred_at: event.occurred_at,
                subject_id: event.subject_id,
                actor: event.actor.0,
                data: event.payload.0,
                note: None,
            },
            Activity::Written(note) => {
                let application = note.application_id.map(|id| id.to_string());
                let subject = application.or_else(|| note.candidate_id.map(|id| id.to_string()));
                let actor = match note.created_by {
                    Some(member) => json!({ "type": "member", "id": member }),
                    None => json!({ "type": "operator" }),
                };
                Self {
                    id: note.id.to_string(),
                    kind: "note".into(),
                    occurred_at: note.created_at,
                    subject_id: subject.unwrap_or_default(),
                    actor,
                    data: json!({}),
                    note: Some(NoteView::of(note)),
                }
            }
        }
    }
}

/// Read a candidate's feed
///
/// What happened to them, their résumés, applications, interviews and offers, and the notes about them, the latest first. Of
/// each as much as your permission for it reaches; `candidate:read` alone shows what happened to the candidate.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/activities", tag = "candidates", params(("id" = CandidateId, Path), PageParams),
    responses((status = 200, body = Page<ActivityView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ActivityView>> {
    let list = format!("activities of {id} in {}", caller.tenant);
    let position = page.position_from(&services.keys, &list, super::start())?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::CandidateRead).await?;
    candidates::actions::get_within(&mut tx, &reach, id).await?;
    let rows = super::list(&mut tx, &caller, id, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, Activity::key, ActivityView::of))
}
