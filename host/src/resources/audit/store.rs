//! All SQL about the audit log.

use serde_json::json;
use sqlx::types::Json;

use super::Entry;
use super::seal::{Seal, Sealed};
use crate::clock::Time;
use crate::db::{Tx, on, rows, sql};
use crate::digest::hex;
use crate::error::Result;
use crate::http::page::Position;
use crate::ids::{AuditEntryId, MemberId};

/// With the rest of what the transaction adds.
pub(crate) fn add(tx: &mut Tx, entry: Entry) {
    tx.insert_later(
        "insert into audit_log
            (tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after, request_id,
             address, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(entry.tenant_id)
    .bind(entry.id)
    .bind(entry.action)
    .bind(entry.object_id)
    .bind(entry.actor_kind)
    .bind(entry.actor_id)
    .bind(entry.member_id)
    .bind(entry.on_behalf_of)
    .bind(entry.before)
    .bind(entry.after)
    .bind(entry.request_id)
    .bind(entry.address)
    .bind(entry.occurred_at);
}

/// Entries of one transaction: what they share, they share with the first.
pub(crate) async fn insert_all(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    let Some(first) = entries.first() else { return Ok(()) };
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let id = entry.id.uuid().simple().to_string();
            let mut row = json!({ "id": id, "object": entry.object_id });
            let sides = [("before", &entry.before), ("after", &entry.after)];
            for (side, value) in sides.into_iter().filter_map(|(side, value)| Some((side, value.as_ref()?))) {
                row[side] = value.0.clone();
            }
            row
        })
        .collect();
    let text = sql!(tx,
        postgres: "insert into audit_log
                (tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after, request_id,
                 address, occurred_at)
            select $1, id, $3, object, $4, $5, $6, $7, before, after, $8, $9, $10
            from jsonb_to_recordset($2) as new (id uuid, object text, before jsonb, after jsonb)",
        sqlite: "insert into audit_log
                (tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after, request_id,
                 address, occurred_at)
            select $1, unhex(value ->> 'id'), $3, value ->> 'object', $4, $5, $6, $7, value -> 'before',
                value -> 'after', $8, $9, $10
            from json_each($2)");
    on!(tx, |c| sqlx::query(text)
        .bind(first.tenant_id)
        .bind(Json(&rows))
        .bind(&first.action)
        .bind(&first.actor_kind)
        .bind(&first.actor_id)
        .bind(first.member_id)
        .bind(first.on_behalf_of)
        .bind(&first.request_id)
        .bind(&first.address)
        .bind(first.occurred_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: AuditEntryId) -> Result<Option<Entry>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Entry>(
        "select tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after,
                request_id, address, occurred_at
         from audit_log where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Which entries; what is absent does not matter.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) action: Option<String>,
    pub(crate) object_id: Option<String>,
    pub(crate) actor_id: Option<String>,
    pub(crate) member_id: Option<MemberId>,
    pub(crate) since: Option<Time>,
    pub(crate) until: Option<Time>,
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, filter: &Filter, position: Position) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    let any = |is_absent: bool| i64::from(is_absent);
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Entry>(
        "select tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after,
                request_id, address, occurred_at
         from audit_log
         where tenant_id = $1 and id < $2
           and ($3 = 1 or action = $4) and ($5 = 1 or object_id = $6) and ($7 = 1 or actor_id = $8)
           and ($9 = 1 or member_id = $10 or on_behalf_of = $10)
           and ($11 = 1 or occurred_at >= $12) and ($13 = 1 or occurred_at < $14)
         order by id desc limit $15"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(any(filter.action.is_none()))
    .bind(&filter.action)
    .bind(any(filter.object_id.is_none()))
    .bind(&filter.object_id)
    .bind(any(filter.actor_id.is_none()))
    .bind(&filter.actor_id)
    .bind(any(filter.member_id.is_none()))
    .bind(filter.member_id)
    .bind(any(filter.since.is_none()))
    .bind(filter.since)
    .bind(any(filter.until.is_none()))
    .bind(filter.until)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar("select count(*) from audit_log where tenant_id = $1")
        .bind(tenant)
        .fetch_one(c)
        .await)?)
}

/// Entries under no seal yet, oldest first, after one and until a time.
pub(crate) async fn list_unsealed(
    tx: &mut Tx,
    after: AuditEntryId,
    until: Time,
    limit: i64,
) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Entry>(
        "select tenant_id, id, action, object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after,
                request_id, address, occurred_at
         from audit_log
         where tenant_id = $1 and id > $2 and occurred_at < $3
           and not exists (select 1 from audit_sealed_entries
                           where audit_sealed_entries.tenant_id = $1 and entry_id = audit_log.id)
         order by id limit $4"
    )
    .bind(tenant)
    .bind(after)
    .bind(until)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count_unsealed_before(tx: &mut Tx, before: Time) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from audit_log
         where tenant_id = $1 and id < $2
           and not exists (select 1 from audit_sealed_entries
                           where audit_sealed_entries.tenant_id = $1 and entry_id = audit_log.id)"
    )
    .bind(tenant)
    .bind(AuditEntryId::earliest_at(before))
    .fetch_one(c)
    .await)?)
}

pub(crate) async fn find_last_seal(tx: &mut Tx) -> Result<Option<Seal>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Seal>(
        "select number, entries, root, key_id, signature, created_at
         from audit_seals where tenant_id = $1 order by number desc limit 1"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn find_seal(tx: &mut Tx, number: i64) -> Result<Option<Seal>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Seal>(
        "select number, entries, root, key_id, signature, created_at
         from audit_seals where tenant_id = $1 and number = $2"
    )
    .bind(tenant)
    .bind(number)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn count_seals(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar("select count(*) from audit_seals where tenant_id = $1")
        .bind(tenant)
        .fetch_one(c)
        .await)?)
}

pub(crate) async fn list_sealed(tx: &mut Tx, number: i64) -> Result<Vec<Sealed>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Sealed>(
        "select entry_id, seal_number, position, hash
         from audit_sealed_entries where tenant_id = $1 and seal_number = $2 order by position"
    )
    .bind(tenant)
    .bind(number)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn insert_seal(tx: &mut Tx, seal: &Seal) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into audit_seals (tenant_id, number, entries, root, key_id, signature, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tenant)
    .bind(seal.number)
    .bind(seal.entries)
    .bind(&seal.root)
    .bind(&seal.key_id)
    .bind(&seal.signature)
    .bind(seal.created_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// When the newest entry under a seal happened.
pub(crate) async fn find_newest_sealed(tx: &mut Tx) -> Result<Option<Time>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select occurred_at from audit_log where tenant_id = $1 and id = (
             select entry_id from audit_sealed_entries where tenant_id = $1 order by entry_id desc limit 1)"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn insert_sealed(tx: &mut Tx, sealed: &[Sealed]) -> Result<()> {
    let tenant = tx.tenant();
    let rows = sealed.iter().map(|sealed| {
        json!({
            "entry": rows::id(sealed.entry_id.uuid()), "seal": sealed.seal_number, "position": sealed.position,
            "hash": hex(&sealed.hash),
        })
    });
    let rows: Vec<_> = rows.collect();
    let text = sql!(tx,
        postgres: "insert into audit_sealed_entries (tenant_id, entry_id, seal_number, position, hash)
            select $1, entry, seal, position, decode(hash, 'hex')
            from jsonb_to_recordset($2) as new (entry uuid, seal bigint, position bigint, hash text)",
        sqlite: "insert into audit_sealed_entries (tenant_id, entry_id, seal_number, position, hash)
            select $1, unhex(value ->> 'entry'), value ->> 'seal', value ->> 'position', unhex(value ->> 'hash')
            from json_each($2)");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(Json(&rows)).execute(c).await.map(drop))?;
    Ok(())
}
