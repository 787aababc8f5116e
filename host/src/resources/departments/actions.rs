//! Every write to departments.

use super::{Department, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::{Reach, Scope};
use crate::http::etag::IfMatch;
use crate::ids::DepartmentId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::roles::{self, Authority};
use crate::services::Services;

const MAX_NAME: usize = 200;

/// Below a department the caller's permission reaches, or at the top with one for the whole tenant.
///
/// # Errors
/// `Forbidden`, `Invalid`, `NotFound` when the caller sees no such parent.
pub async fn create(
    services: &Services,
    caller: &Caller,
    name: &str,
    parent: Option<DepartmentId>,
) -> Result<Department> {
    let name = fields::line("#/name", name, MAX_NAME)?;
    let now = services.clock.now();
    let (mut tx, reach) = services.db.begin_within(caller, Permission::DepartmentWrite).await?;
    tx.take_turn().await?;
    let id = DepartmentId::new(&services.clock);
    hang(&mut tx, &reach, id, parent).await?;
    let department = Department { id, parent_id: parent, name, created_at: now, updated_at: now, version: 1 };
    store::insert(&mut tx, &department).await?;
    audit::record(&mut tx, &services.clock, "department.created", id, Change::made(&department));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(department)
}

async fn hang(tx: &mut Tx, reach: &Reach, id: DepartmentId, parent: Option<DepartmentId>) -> Result<()> {
    match parent {
        Some(parent) => visible(reach, parent)?,
        None if !reach.includes(Scope::Tenant) => {
            return Err(Error::Forbidden { permission: Permission::DepartmentWrite.as_str() });
        }
        None => {}
    }
    store::tree(tx).await?.hang(id, parent)
}

/// What the caller's permission does not reach is not there for them.
fn visible(reach: &Reach, id: DepartmentId) -> Result<()> {
    let is_visible = reach.includes(Scope::Department(id));
    is_visible.then_some(()).ok_or(Error::NotFound { what: "department" })
}

/// Fields to change.
#[derive(Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub parent: Option<Option<DepartmentId>>,
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid` name or place, `Refusal` when a role for the new parent holds more than
/// the caller does here.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: DepartmentId,
    if_match: &IfMatch,
    changes: Changes,
) -> Result<Department> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::DepartmentWrite).await?;
    tx.take_turn().await?;
    visible(&reach, id)?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut department = before.clone();
    if let Some(name) = changes.name {
        department.name = fields::line("#/name", &name, MAX_NAME)?;
    }
    if let Some(parent) = changes.parent.filter(|parent| *parent != before.parent_id) {
        hang(&mut tx, &reach, id, parent).await?;
        // Whoever has a role for the new parent or above gets it here, too: that is handing on.
        if let Some(parent) = parent {
            let given = roles::store::permissions_given_at(&mut tx, parent).await?;
            Authority::read(&mut tx).await?.hand_on(Scope::Department(id), given)?;
        }
        department.parent_id = parent;
    }
    department.updated_at = services.clock.now();
    store::update(&mut tx, &mut department).await?;
    audit::record(&mut tx, &services.clock, "department.updated", id, Change::between(&before, &department));
    tx.commit().await?;
    // Where a department hangs decides who reaches it.
    services.known_callers.forget();
    Ok(department)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` while something still hangs on it.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: DepartmentId,
    if_match: &IfMatch,
) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::DepartmentWrite).await?;
    tx.take_turn().await?;
    visible(&reach, id)?;
    let department = store::get(&mut tx, id).await?;
    if_match.require(department.version)?;
    if store::count_dependents(&mut tx, id).await? > 0 {
        let detail =
            "departments, jobs, contacts or roles still belong to it; move or remove them first".into();
        return Err(Error::Conflict { code: "department_in_use", detail });
    }
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "department.deleted", id, Change::gone(&department));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}
