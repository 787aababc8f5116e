//! A tenant's own names for skills on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions;
use super::skills::{Alias, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{MemberId, SkillAliasId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// A name that stands for a skill.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillAliasView {
    pub id: SkillAliasId,
    /// As it is compared: small letters without accents and punctuation.
    #[schema(example = "woodjoints")]
    pub alias: String,
    #[schema(example = "joinery")]
    pub skill: String,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl SkillAliasView {
    fn of(alias: Alias) -> Self {
        let Alias { id, alias, skill, created_by, created_at } = alias;
        Self { id, alias, skill, created_by, created_at }
    }
}

/// A name to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSkillAlias {
    #[schema(example = "woodjoints")]
    alias: String,
    /// The skill it stands for, by any of its names.
    #[schema(example = "joinery")]
    skill: String,
}

/// List skill aliases
///
/// Those that the tenant added, newest first. Beside them a few hundred common ones are known, such as js for JavaScript.
#[utoipa::path(
    get, path = "/v1/skill-aliases", tag = "candidates", params(PageParams),
    responses((status = 200, body = Page<SkillAliasView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("skill_alias:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<SkillAliasView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::SkillAliasRead).await?;
    let rows = store::list_every_alias(&mut tx, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Alias| row.id.uuid(), SkillAliasView::of))
}

/// Add a skill alias
///
/// Whoever searches for one of both names finds the other, too, from now on.
#[utoipa::path(
    post, path = "/v1/skill-aliases", tag = "candidates", request_body = NewSkillAlias,
    responses(
        (status = 201, description = "Added", body = SkillAliasView),
        (status = 409, description = "`skill_alias_exists`: it stands for a skill already"),
    ),
    extensions(("x-permission" = json!("skill_alias:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewSkillAlias>,
) -> Result<(StatusCode, axum::Json<SkillAliasView>)> {
    let alias = actions::create(&services, &caller, &new.alias, &new.skill).await?;
    Ok((StatusCode::CREATED, axum::Json(SkillAliasView::of(alias))))
}

/// Remove a skill alias
#[utoipa::path(
    delete, path = "/v1/skill-aliases/{id}", tag = "candidates", params(("id" = SkillAliasId, Path)),
    responses((status = 204, description = "Removed")),
    extensions(("x-permission" = json!("skill_alias:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SkillAliasId>,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
