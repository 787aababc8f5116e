//! The SQL that makes many candidates at once: one statement a table.

use serde_json::json;
use sqlx::types::Json;

use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::ids::CandidateId;
use crate::resources::candidates::{Dossier, names};

/// New candidates of one moment and one maker, which they share with the first.
pub(crate) async fn insert_all(tx: &mut Tx, dossiers: &[Dossier]) -> Result<()> {
    let Some(first) = dossiers.first().map(|dossier| &dossier.candidate) else { return Ok(()) };
    let tenant = tx.tenant();
    let rows: Vec<_> = dossiers.iter().map(row).collect();
    let text = sql!(tx,
        postgres: "insert into candidates
                (tenant_id, id, name, name_key, given_name, family_name, headline, location, source, tags, custom_fields,
                 edited, profile, experience_months, experience_level, created_by, created_at, updated_at, version)
            select $1, id, name, name_key, given_name, family_name, headline, location, source, tags, custom_fields,
                edited, profile, experience_months, experience_level, $3, $4, $4, 1
            from jsonb_to_recordset($2) as new (id uuid, name text, name_key text, given_name text, family_name text,
                headline text, location jsonb, source text, tags jsonb, custom_fields jsonb, edited jsonb, profile jsonb,
                experience_months bigint, experience_level text)",
        sqlite: "insert into candidates
                (tenant_id, id, name, name_key, given_name, family_name, headline, location, source, tags, custom_fields,
                 edited, profile, experience_months, experience_level, created_by, created_at, updated_at, version)
            select $1, unhex(value ->> 'id'), value ->> 'name', value ->> 'name_key', value ->> 'given_name',
                value ->> 'family_name', value ->> 'headline', value -> 'location', value ->> 'source', value -> 'tags',
                value -> 'custom_fields', value -> 'edited', value -> 'profile', value ->> 'experience_months',
                value ->> 'experience_level', $3, $4, $4, 1
            from json_each($2)");
    on!(tx, |c| sqlx::query(text)
        .bind(tenant)
        .bind(Json(&rows))
        .bind(first.created_by)
        .bind(first.created_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// What is absent is null in the database; a JSON null would not be.
fn row(dossier: &Dossier) -> serde_json::Value {
    let candidate = &dossier.candidate;
    let mut row = json!({
        "id": candidate.id.uuid().simple().to_string(), "name": candidate.name,
        "name_key": candidate.name.as_deref().and_then(names::key), "given_name": candidate.given_name,
        "family_name": candidate.family_name, "headline": candidate.headline, "location": candidate.location,
        "source": candidate.source, "tags": candidate.tags, "custom_fields": candidate.custom_fields,
        "edited": candidate.edited, "profile": candidate.profile, "experience_months": candidate.experience_months,
        "experience_level": candidate.experience_level,
    });
    if let Some(fields) = row.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    row
}

/// Every way to reach them; answers false when an e-mail address is another's.
pub(crate) async fn insert_contacts(tx: &mut Tx, dossiers: &[Dossier]) -> Result<bool> {
    let tenant = tx.tenant();
    let mut rows = Vec::new();
    for dossier in dossiers {
        let id = dossier.candidate.id.uuid().simple().to_string();
        let mut positions = [0_i64; 3];
        for contact in &dossier.contacts {
            let position = &mut positions[contact.kind as usize];
            rows.push(json!({
                "candidate": id, "kind": contact.kind.as_str(), "key": contact.key, "value": contact.value,
                "position": *position,
            }));
            *position += 1;
        }
    }
    if rows.is_empty() {
        return Ok(true);
    }
    let text = sql!(tx,
        postgres: "insert into candidate_contacts (tenant_id, candidate_id, kind, key, value, position)
            select $1, candidate, kind, key, value, position
            from jsonb_to_recordset($2) as new (candidate uuid, kind text, key text, value text, position bigint)
            on conflict do nothing",
        sqlite: "insert into candidate_contacts (tenant_id, candidate_id, kind, key, value, position)
            select $1, unhex(value ->> 'candidate'), value ->> 'kind', value ->> 'key', value ->> 'value',
                value ->> 'position'
            from json_each($2) where true
            on conflict do nothing");
    let inserted = on!(tx, |c| sqlx::query(text)
        .bind(tenant)
        .bind(Json(&rows))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == rows.len() as u64)
}

/// Whose these e-mail addresses are, as far as they are somebody's.
pub(crate) async fn find_by_emails(tx: &mut Tx, keys: &[&str]) -> Result<Vec<(String, CandidateId)>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select key, candidate_id from candidate_contacts
            where tenant_id = $1 and kind = 'email' and key = any (array(select value from jsonb_array_elements_text($2)))",
        sqlite: "select key, candidate_id from candidate_contacts
            where tenant_id = $1 and kind = 'email' and key in (select value from json_each($2))");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(keys)).fetch_all(c).await)?)
}
