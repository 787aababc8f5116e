//! Every write to custom fields' definitions, and the check of values by them.

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{CustomField, Details, MOST_FIELDS, Subject, fitted, key, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::CustomFieldId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;
use crate::typed_values::{self, Kind};

/// What stays as it is made.
#[derive(Debug)]
pub struct Identity {
    pub subject: Subject,
    pub key: String,
    pub kind: Kind,
}

/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` when the key is or was another field's, or there are too many.
pub async fn create(
    services: &Services,
    caller: &Caller,
    identity: Identity,
    mut details: Details,
) -> Result<CustomField> {
    let Identity { subject, key: text, kind } = identity;
    let options = typed_values::options("#/options", kind, details.options.take().unwrap_or_default())?;
    let now = services.clock.now();
    let mut field = CustomField {
        id: CustomFieldId::new(&services.clock),
        subject,
        key: key(text)?,
        label: String::new(),
        description: None,
        kind,
        options: Json(options),
        is_required: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    field.set(details)?;
    let mut tx = services.db.begin(caller, Permission::CustomFieldWrite).await?;
    if store::count(&mut tx, subject).await? >= MOST_FIELDS {
        let detail = format!("there are {MOST_FIELDS} for {} already; delete one first", subject.as_str());
        return Err(Error::Conflict { code: "too_many_custom_fields", detail });
    }
    if !store::insert(&mut tx, &field).await? {
        let detail =
            "the key is another field's, or a deleted one's whose values may still be kept; take another"
                .into();
        return Err(Error::Conflict { code: "custom_field_key_taken", detail });
    }
    audit::record(&mut tx, &services.clock, "custom_field.created", field.id, Change::made(&field));
    tx.commit().await?;
    Ok(field)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`, `Conflict` when an option is missing.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: CustomFieldId,
    if_match: &IfMatch,
    details: Details,
) -> Result<CustomField> {
    let mut tx = services.db.begin(caller, Permission::CustomFieldWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut field = before.clone();
    field.set(details)?;
    field.updated_at = services.clock.now();
    store::update(&mut tx, &mut field).await?;
    let change = Change::between(&before, &field);
    audit::record(&mut tx, &services.clock, "custom_field.updated", id, change);
    tx.commit().await?;
    Ok(field)
}

/// Values stay where they are and are no longer taken; the key is never another field's.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: CustomFieldId,
    if_match: &IfMatch,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::CustomFieldWrite).await?;
    let field = store::get(&mut tx, id).await?;
    if_match.require(field.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "custom_field.deleted", id, Change::gone(&field));
    tx.commit().await
}

/// The custom fields of something that is made or changed, as they are kept: all of them are given.
///
/// # Errors
/// `Invalid`, naming every fault at `#/custom_fields/<key>`.
pub async fn checked(tx: &mut Tx, subject: Subject, given: Map<String, Value>) -> Result<Map<String, Value>> {
    fitted(&store::list_all(tx, subject).await?, given)
}
