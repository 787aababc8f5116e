//! Roles: named sets of permissions, built in or a tenant's own, given to members for the whole tenant, a department or a job.
//! Decides what a role may hold.

pub mod actions;
pub mod authority;
pub mod built_in;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};
use sqlx::types::Json;

pub use self::authority::Authority;
pub use self::built_in::BuiltIn;
use super::audit::Audited;
use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Scope;
use crate::ids::{AssignmentId, DepartmentId, JobId, MemberId, RoleId};
use crate::permissions::{Permission, Permissions};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    /// Names a role whose permissions the program knows.
    pub built_in: Option<String>,
    /// Of the tenant's own roles, as words.
    pub permissions: Json<Vec<String>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

const MAX_NAME: usize = 100;

impl Role {
    /// A role of the tenant's own.
    ///
    /// # Errors
    /// `Invalid` name or permissions.
    pub fn new(clock: &Clock, name: &str, permissions: &[String]) -> Result<Self> {
        let now = clock.now();
        let mut role = Self {
            id: RoleId::new(clock),
            name: String::new(),
            built_in: None,
            permissions: Json(Vec::new()),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        role.rename(name)?;
        role.set_permissions(permissions)?;
        Ok(role)
    }

    pub fn of_built_in(clock: &Clock, built_in: BuiltIn) -> Self {
        let now = clock.now();
        Self {
            id: RoleId::new(clock),
            name: built_in.name().into(),
            built_in: Some(built_in.as_str().into()),
            permissions: Json(Vec::new()),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// # Errors
    /// `Invalid`.
    pub fn rename(&mut self, name: &str) -> Result<()> {
        self.name = fields::line("#/name", name, MAX_NAME)?;
        Ok(())
    }

    /// # Errors
    /// `Invalid`: an unknown permission, or the one only owners have.
    pub fn set_permissions(&mut self, words: &[String]) -> Result<()> {
        let permissions = read_permissions(words)?;
        if permissions.contains(Permission::TenantOwn) {
            let detail = "only the built-in role owner holds tenant:own; give that role instead";
            return Err(Error::invalid("#/permissions", "owners_only", detail));
        }
        self.permissions.0 = permissions.words().into_iter().map(Into::into).collect();
        Ok(())
    }

    pub fn permissions(&self) -> Permissions {
        permissions_of(self.built_in.as_deref(), &self.permissions.0)
    }

    /// # Errors
    /// `Conflict`: built-in roles stay as they are.
    pub fn require_own(&self) -> Result<()> {
        if self.built_in.is_none() {
            return Ok(());
        }
        let detail =
            "built-in roles stay as they are; make a role of your own with these permissions instead".into();
        Err(Error::Conflict { code: "role_is_built_in", detail })
    }
}

/// A built-in role this version does not know grants nothing.
fn permissions_of(built_in: Option<&str>, words: &[String]) -> Permissions {
    match built_in {
        Some(word) => BuiltIn::from_word(word).map(BuiltIn::permissions).unwrap_or_default(),
        None => Permissions::from_words(words.iter().map(String::as_str)),
    }
}

/// Reads permissions as they come with a request.
///
/// # Errors
/// `Invalid`, naming each unknown word.
pub fn read_permissions(words: &[String]) -> Result<Permissions> {
    let mut faults = Vec::new();
    let mut permissions = Permissions::NONE;
    for (index, word) in words.iter().enumerate() {
        match Permission::from_word(word) {
            Some(permission) => permissions = permissions.with(permission),
            None => faults.push(crate::error::Fault {
                pointer: format!("#/permissions/{index}"),
                code: "unknown_permission",
                detail: "there is no such permission; GET /v1/permissions lists them".into(),
            }),
        }
    }
    if faults.is_empty() { Ok(permissions) } else { Err(Error::Invalid(faults)) }
}

impl Audited for Role {
    fn audited(&self) -> Value {
        json!({ "name": self.name, "permissions": self.permissions.0 })
    }
}

/// A role given to a member.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Assignment {
    pub id: AssignmentId,
    pub member_id: MemberId,
    pub role_id: RoleId,
    /// Neither department nor job: for the whole tenant.
    pub department_id: Option<DepartmentId>,
    pub job_id: Option<JobId>,
    /// The department the job belongs to now.
    pub job_department_id: Option<DepartmentId>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

impl Assignment {
    pub fn scope(&self) -> Scope {
        scope(self.department_id, self.job_id, self.job_department_id)
    }
}

fn scope(department: Option<DepartmentId>, job: Option<JobId>, of: Option<DepartmentId>) -> Scope {
    job.map_or(Scope::of(department), |job| Scope::Job(job, of))
}

/// Where a role is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Tenant,
    Department(DepartmentId),
    Job(JobId),
}

impl Place {
    /// As a request says it.
    ///
    /// # Errors
    /// `Invalid`: a department and a job.
    pub fn read(department: Option<DepartmentId>, job: Option<JobId>) -> Result<Self> {
        match (department, job) {
            (None, None) => Ok(Place::Tenant),
            (Some(department), None) => Ok(Place::Department(department)),
            (None, Some(job)) => Ok(Place::Job(job)),
            (Some(_), Some(_)) => {
                let detail = "a role is for a department or for a job; give it twice for both";
                Err(Error::invalid("#/job_id", "one_place", detail))
            }
        }
    }
}

impl Audited for Assignment {
    fn audited(&self) -> Value {
        json!({
            "member_id": self.member_id, "role_id": self.role_id, "department_id": self.department_id,
            "job_id": self.job_id,
        })
    }
}
