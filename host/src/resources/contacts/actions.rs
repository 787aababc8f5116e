//! Every write to contacts.

use super::{Contact, Details, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::{Reach, Scope};
use crate::http::etag::IfMatch;
use crate::ids::{ContactId, DepartmentId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::departments;
use crate::services::Services;

/// # Errors
/// `Forbidden` where the caller's permission does not reach, `Invalid`, `NotFound` when there is no such department.
pub async fn create(
    services: &Services,
    caller: &Caller,
    department: Option<DepartmentId>,
    details: Details,
) -> Result<Contact> {
    let now = services.clock.now();
    let mut contact = Contact {
        id: ContactId::new(&services.clock),
        department_id: department,
        name: String::new(),
        email: None,
        phone: None,
        title: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    contact.set(details)?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ContactWrite).await?;
    place(&mut tx, &reach, department).await?;
    store::insert(&mut tx, &contact).await?;
    audit::record(&mut tx, &services.clock, "contact.created", contact.id, Change::made(&contact));
    tx.commit().await?;
    Ok(contact)
}

/// Whether the caller may put a contact there. What their permission does not reach is not there for them.
async fn place(tx: &mut Tx, reach: &Reach, department: Option<DepartmentId>) -> Result<()> {
    match department {
        Some(id) if !reach.includes(Scope::Department(id)) => Err(Error::NotFound { what: "department" }),
        Some(id) => departments::store::get(tx, id).await.map(drop),
        None if !reach.includes(Scope::Tenant) => {
            Err(Error::Forbidden { permission: Permission::ContactWrite.as_str() })
        }
        None => Ok(()),
    }
}

/// The contact, if the permission reaches it.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: ContactId) -> Result<Contact> {
    let contact = store::get(tx, id).await?;
    let is_visible = reach.includes(Scope::of(contact.department_id));
    is_visible.then_some(contact).ok_or(Error::NotFound { what: "contact" })
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: ContactId,
    if_match: &IfMatch,
    department: Option<Option<DepartmentId>>,
    details: Details,
) -> Result<Contact> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ContactWrite).await?;
    let before = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let mut contact = before.clone();
    contact.set(details)?;
    if let Some(department) = department.filter(|department| *department != before.department_id) {
        place(&mut tx, &reach, department).await?;
        contact.department_id = department;
    }
    contact.updated_at = services.clock.now();
    store::update(&mut tx, &mut contact).await?;
    audit::record(&mut tx, &services.clock, "contact.updated", id, Change::between(&before, &contact));
    tx.commit().await?;
    Ok(contact)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`.
pub async fn delete(services: &Services, caller: &Caller, id: ContactId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ContactWrite).await?;
    let contact = get_within(&mut tx, &reach, id).await?;
    if_match.require(contact.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "contact.deleted", id, Change::gone(&contact));
    tx.commit().await
}
