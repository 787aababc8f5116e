//! What a caller may do and where: in the whole tenant, in single departments and what is below them, or for single jobs.
//! Decides the escalation rule: nobody hands on more than they hold there.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{DepartmentId, JobId};
use crate::permissions::{Permission, Permissions};

/// The union of everything granted to a caller. Departments below a granted one are listed, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    everywhere: Permissions,
    departments: BTreeMap<DepartmentId, Permissions>,
    jobs: BTreeMap<JobId, ForJob>,
}

/// What is granted for one job alone, and the department it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ForJob {
    department: Option<DepartmentId>,
    permissions: Permissions,
}

/// Where something is granted, or belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Tenant,
    Department(DepartmentId),
    /// A job, in its department: what holds there holds for the job.
    Job(JobId, Option<DepartmentId>),
}

impl Scope {
    pub fn of(department: Option<DepartmentId>) -> Self {
        department.map_or(Scope::Tenant, Scope::Department)
    }
}

/// Where one permission holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    Within(BTreeSet<DepartmentId>, BTreeSet<JobId>),
}

impl Reach {
    pub fn includes(&self, scope: Scope) -> bool {
        let Reach::Within(departments, jobs) = self else { return true };
        match scope {
            Scope::Tenant => false,
            Scope::Department(id) => departments.contains(&id),
            Scope::Job(id, department) => {
                jobs.contains(&id) || department.is_some_and(|department| departments.contains(&department))
            }
        }
    }

    /// For a filter in SQL: 1 when there is nothing to filter.
    pub fn is_everywhere(&self) -> i64 {
        i64::from(matches!(self, Reach::Everywhere))
    }

    /// For a filter in SQL: the departments as 32 hexadecimal digits each.
    pub fn department_digits(&self) -> Vec<String> {
        match self {
            Reach::Everywhere => Vec::new(),
            Reach::Within(departments, _) => {
                departments.iter().map(|id| id.uuid().simple().to_string()).collect()
            }
        }
    }

    /// For a filter in SQL: the single jobs as 32 hexadecimal digits each.
    pub fn job_digits(&self) -> Vec<String> {
        match self {
            Reach::Everywhere => Vec::new(),
            Reach::Within(_, jobs) => jobs.iter().map(|id| id.uuid().simple().to_string()).collect(),
        }
    }
}

impl Grants {
    pub fn all() -> Self {
        Self::everywhere_only(Permissions::ALL)
    }

    pub fn everywhere_only(everywhere: Permissions) -> Self {
        Self { everywhere, ..Self::default() }
    }

    /// Adds to what is granted at one scope.
    pub fn add(&mut self, scope: Scope, permissions: Permissions) {
        match scope {
            Scope::Tenant => self.everywhere = self.everywhere.or(permissions),
            Scope::Department(id) => {
                let held = self.departments.entry(id).or_default();
                *held = held.or(permissions);
            }
            Scope::Job(id, department) => {
                let held = self.jobs.entry(id).or_default();
                *held = ForJob { department, permissions: held.permissions.or(permissions) };
            }
        }
    }

    /// What holds in the whole tenant.
    pub fn everywhere(&self) -> Permissions {
        self.everywhere
    }

    /// What holds at this scope.
    pub fn at(&self, scope: Scope) -> Permissions {
        let department = |id: DepartmentId| self.departments.get(&id).copied().unwrap_or_default();
        match scope {
            Scope::Tenant => self.everywhere,
            Scope::Department(id) => self.everywhere.or(department(id)),
            Scope::Job(id, of) => {
                let own = self.jobs.get(&id).map(|held| held.permissions).unwrap_or_default();
                self.everywhere.or(own).or(of.map(department).unwrap_or_default())
            }
        }
    }

    /// What holds anywhere at all.
    pub fn anywhere(&self) -> Permissions {
        self.scopes().fold(Permissions::NONE, |all, (_, held)| all.or(held))
    }

    /// None when the permission holds nowhere.
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        if self.everywhere.contains(permission) {
            return Some(Reach::Everywhere);
        }
        let departments = self.departments.iter().filter(|(_, held)| held.contains(permission));
        let departments: BTreeSet<_> = departments.map(|(id, _)| *id).collect();
        let jobs = self.jobs.iter().filter(|(_, held)| held.permissions.contains(permission));
        let jobs: BTreeSet<_> = jobs.map(|(id, _)| *id).collect();
        let is_nowhere = departments.is_empty() && jobs.is_empty();
        (!is_nowhere).then_some(Reach::Within(departments, jobs))
    }

    /// Where all of these hold; none when they do so nowhere.
    pub fn reach_of_all(&self, permissions: Permissions) -> Option<Reach> {
        if self.everywhere.includes(permissions) {
            return Some(Reach::Everywhere);
        }
        let (mut departments, mut jobs) = (BTreeSet::new(), BTreeSet::new());
        for (scope, _) in self.scopes().filter(|(_, held)| held.includes(permissions)) {
            match scope {
                Scope::Tenant => return Some(Reach::Everywhere),
                Scope::Department(id) => drop(departments.insert(id)),
                Scope::Job(id, _) => drop(jobs.insert(id)),
            }
        }
        let is_nowhere = departments.is_empty() && jobs.is_empty();
        (!is_nowhere).then_some(Reach::Within(departments, jobs))
    }

    /// Every scope something is granted at, with all that holds there.
    pub fn scopes(&self) -> impl Iterator<Item = (Scope, Permissions)> {
        let departments = self.departments.keys().map(|id| Scope::Department(*id));
        let jobs = self.jobs.iter().map(|(id, held)| Scope::Job(*id, held.department));
        std::iter::once(Scope::Tenant).chain(departments).chain(jobs).map(|scope| (scope, self.at(scope)))
    }

    /// The escalation rule: whoever holds these grants holds at every scope whatever the other holds there.
    pub fn includes(&self, other: &Grants) -> bool {
        other.scopes().all(|(scope, held)| self.at(scope).includes(held))
    }

    /// What a key of narrower permissions leaves of its member's grants.
    #[must_use]
    pub fn narrowed(&self, to: Permissions) -> Self {
        self.and(&Self::everywhere_only(to))
    }

    /// What both hold, scope by scope.
    #[must_use]
    pub fn and(&self, other: &Grants) -> Self {
        let mut both = Self::default();
        for (scope, _) in self.scopes().chain(other.scopes()) {
            let shared = self.at(scope).and(other.at(scope));
            // What holds in the whole tenant is said once.
            both.add(
                scope,
                if scope == Scope::Tenant { shared } else { shared.and(both.everywhere.complement()) },
            );
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Grants, Reach, Scope};
    use crate::ids::{DepartmentId, JobId};
    use crate::permissions::{Permission, Permissions};

    const READ: Permissions = Permissions::of(&[Permission::ContactRead]);
    const BOTH: Permissions = Permissions::of(&[Permission::ContactRead, Permission::ContactWrite]);

    fn department(number: u128) -> Scope {
        Scope::Department(DepartmentId::from_uuid(Uuid::from_u128(number)))
    }

    fn grants(parts: &[(Scope, Permissions)]) -> Grants {
        let mut grants = Grants::default();
        parts.iter().for_each(|(scope, permissions)| grants.add(*scope, *permissions));
        grants
    }

    #[test]
    fn what_holds_everywhere_holds_in_every_department() {
        let held = grants(&[(Scope::Tenant, READ), (department(1), BOTH)]);

        assert_eq!(held.at(department(2)), READ);
        assert_eq!(held.at(department(1)), BOTH);
        assert_eq!(held.reach(Permission::ContactRead), Some(Reach::Everywhere));
        let write = held.reach(Permission::ContactWrite).expect("it holds in one department");
        assert!(write.includes(department(1)) && !write.includes(department(2)));
        assert!(!write.includes(Scope::Tenant));
    }

    #[test]
    fn nobody_hands_on_more_than_they_hold_there() {
        let of_one = grants(&[(department(1), BOTH)]);

        assert!(of_one.includes(&grants(&[(department(1), READ)])));
        assert!(!of_one.includes(&grants(&[(department(2), READ)])));
        assert!(!of_one.includes(&grants(&[(Scope::Tenant, READ)])));
        assert!(grants(&[(Scope::Tenant, BOTH)]).includes(&of_one));
    }

    #[test]
    fn a_job_is_reached_by_a_role_for_it_or_for_its_department() {
        let job = |number: u128, of: Option<u128>| {
            let department = of.map(|of| DepartmentId::from_uuid(Uuid::from_u128(of)));
            Scope::Job(JobId::from_uuid(Uuid::from_u128(number)), department)
        };
        let held = grants(&[(department(1), READ), (job(7, Some(2)), BOTH)]);

        let write = held.reach(Permission::ContactWrite).expect("it holds for one job");
        assert!(write.includes(job(7, Some(2))) && !write.includes(job(8, Some(1))));
        let read = held.reach(Permission::ContactRead).expect("it holds in one department");
        assert!(read.includes(job(8, Some(1))) && !read.includes(job(8, Some(2))));
        assert!(!read.includes(Scope::Tenant) && !write.includes(department(1)));
        assert_eq!(held.anywhere(), BOTH);

        assert!(grants(&[(department(2), BOTH)]).includes(&grants(&[(job(9, Some(2)), BOTH)])));
        assert!(!held.includes(&grants(&[(job(8, Some(1)), BOTH)])));
        let both = held.reach_of_all(BOTH).expect("both hold for one job");
        assert!(both.includes(job(7, Some(2))) && !both.includes(job(8, Some(1))));
        assert_eq!(held.narrowed(READ).reach_of_all(BOTH), None);
        assert_eq!(held.narrowed(READ).at(job(7, None)), READ);
        assert_eq!(held.and(&grants(&[(department(2), BOTH)])).at(job(7, Some(2))), BOTH);
    }

    #[test]
    fn acting_for_somebody_adds_nothing() {
        let key = grants(&[(Scope::Tenant, READ)]);
        let member = grants(&[(department(1), BOTH)]);

        let both = key.and(&member);

        assert_eq!(both.everywhere(), Permissions::NONE);
        assert_eq!(both.at(department(1)), READ);
        assert!(key.includes(&both) && member.includes(&both));
    }
}
