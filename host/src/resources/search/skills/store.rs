//! All SQL about a tenant's own names for skills.

use sqlx::types::Json;

use super::Alias;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::SkillAliasId;

/// Of the tenant's own names those with one of these on either side.
pub(crate) async fn list_aliases(tx: &mut Tx, names: &[String]) -> Result<Vec<Alias>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, alias, skill, created_by, created_at from skill_aliases
            where tenant_id = $1 and (alias in (select value from jsonb_array_elements_text($2))
                   or skill in (select value from jsonb_array_elements_text($2)))
            order by id",
        sqlite: "select id, alias, skill, created_by, created_at from skill_aliases
            where tenant_id = $1 and (alias in (select value from json_each($2))
                   or skill in (select value from json_each($2)))
            order by id");
    Ok(on!(tx, |c| sqlx::query_as::<_, Alias>(text).bind(tenant).bind(Json(names)).fetch_all(c).await)?)
}

/// Newest first.
pub(crate) async fn list_every_alias(tx: &mut Tx, position: Position) -> Result<Vec<Alias>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Alias>(
        "select id, alias, skill, created_by, created_at from skill_aliases
         where tenant_id = $1 and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

/// Answers false when the alias is there already.
pub(crate) async fn insert_alias(tx: &mut Tx, alias: &Alias) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| sqlx::query(
        "insert into skill_aliases (tenant_id, id, alias, skill, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
    )
    .bind(tenant)
    .bind(alias.id)
    .bind(&alias.alias)
    .bind(&alias.skill)
    .bind(alias.created_by)
    .bind(alias.created_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Answers what it was.
pub(crate) async fn delete_alias(tx: &mut Tx, id: SkillAliasId) -> Result<Alias> {
    let tenant = tx.tenant();
    let gone = on!(tx, |c| sqlx::query_as::<_, Alias>(
        "delete from skill_aliases where tenant_id = $1 and id = $2
         returning id, alias, skill, created_by, created_at"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    gone.ok_or(Error::NotFound { what: "skill alias" })
}
