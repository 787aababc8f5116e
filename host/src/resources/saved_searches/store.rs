//! All SQL about saved searches.

use super::{SavedSearch, Subject};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{MemberId, SavedSearchId};

pub(crate) async fn get(tx: &mut Tx, id: SavedSearchId) -> Result<SavedSearch> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| sqlx::query_as::<_, SavedSearch>(
        "select id, member_id, subject, name, query, is_shared, created_at, updated_at, version
         from saved_searches where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound { what: "saved search" })
}

/// Newest first: the member's own and those that are shared, of one list when it is named.
pub(crate) async fn list(
    tx: &mut Tx,
    member: MemberId,
    subject: Option<Subject>,
    position: Position,
) -> Result<Vec<SavedSearch>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, SavedSearch>(
        "select id, member_id, subject, name, query, is_shared, created_at, updated_at, version
         from saved_searches
         where tenant_id = $1 and deleted_at is null and id < $2 and (is_shared = 1 or member_id = $3)
           and ($4 = 1 or subject = $5)
         order by id desc limit $6"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(member)
    .bind(i64::from(subject.is_none()))
    .bind(subject)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, search: &SavedSearch) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into saved_searches
            (tenant_id, id, member_id, subject, name, query, is_shared, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(search.id)
    .bind(search.member_id)
    .bind(search.subject)
    .bind(&search.name)
    .bind(&search.query)
    .bind(search.is_shared)
    .bind(search.created_at)
    .bind(search.updated_at)
    .bind(search.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, search: &mut SavedSearch) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update saved_searches set name = $4, query = $5, is_shared = $6, updated_at = $7, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(search.id)
    .bind(search.version)
    .bind(&search.name)
    .bind(&search.query)
    .bind(search.is_shared)
    .bind(search.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    search.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: SavedSearchId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update saved_searches set deleted_at = $3, updated_at = $3, version = version + 1
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
