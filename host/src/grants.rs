//! What a caller may do and where: in the whole tenant, or in single departments and what is below them.
//! Decides the escalation rule: nobody hands on more than they hold there.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::DepartmentId;
use crate::permissions::{Permission, Permissions};

/// The union of everything granted to a caller. Departments below a granted one are listed, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    everywhere: Permissions,
    departments: BTreeMap<DepartmentId, Permissions>,
}

/// Where something is granted, or belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Tenant,
    Department(DepartmentId),
}

impl Scope {
    pub fn of(department: Option<DepartmentId>) -> Self {
        department.map_or(Scope::Tenant, Scope::Department)
    }

    pub fn department(self) -> Option<DepartmentId> {
        match self {
            Scope::Tenant => None,
            Scope::Department(id) => Some(id),
        }
    }
}

/// Where one permission holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    Departments(BTreeSet<DepartmentId>),
}

impl Reach {
    pub fn includes(&self, scope: Scope) -> bool {
        match (self, scope) {
            (Reach::Everywhere, _) => true,
            (Reach::Departments(_), Scope::Tenant) => false,
            (Reach::Departments(reached), Scope::Department(id)) => reached.contains(&id),
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
            Reach::Departments(reached) => reached.iter().map(|id| id.uuid().simple().to_string()).collect(),
        }
    }
}

impl Grants {
    pub fn all() -> Self {
        Self::everywhere_only(Permissions::ALL)
    }

    pub fn everywhere_only(everywhere: Permissions) -> Self {
        Self { everywhere, departments: BTreeMap::new() }
    }

    /// Adds to what is granted at one scope.
    pub fn add(&mut self, scope: Scope, permissions: Permissions) {
        match scope {
            Scope::Tenant => self.everywhere = self.everywhere.or(permissions),
            Scope::Department(id) => {
                let held = self.departments.entry(id).or_default();
                *held = held.or(permissions);
            }
        }
    }

    /// What holds in the whole tenant.
    pub fn everywhere(&self) -> Permissions {
        self.everywhere
    }

    /// What holds at this scope.
    pub fn at(&self, scope: Scope) -> Permissions {
        let there = scope.department().and_then(|id| self.departments.get(&id).copied());
        self.everywhere.or(there.unwrap_or_default())
    }

    /// What holds anywhere at all.
    pub fn anywhere(&self) -> Permissions {
        self.departments.values().fold(self.everywhere, |all, held| all.or(*held))
    }

    /// None when the permission holds nowhere.
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        if self.everywhere.contains(permission) {
            return Some(Reach::Everywhere);
        }
        let reached = self.departments.iter().filter(|(_, held)| held.contains(permission));
        let reached: BTreeSet<_> = reached.map(|(id, _)| *id).collect();
        (!reached.is_empty()).then_some(Reach::Departments(reached))
    }

    /// Every scope something is granted at, with all that holds there.
    pub fn scopes(&self) -> impl Iterator<Item = (Scope, Permissions)> {
        let departments = self.departments.keys().map(|id| Scope::Department(*id));
        std::iter::once(Scope::Tenant).chain(departments).map(|scope| (scope, self.at(scope)))
    }

    /// The escalation rule: whoever holds these grants holds at every scope whatever the other holds there.
    pub fn includes(&self, other: &Grants) -> bool {
        other.scopes().all(|(scope, held)| self.at(scope).includes(held))
    }

    /// What a key of narrower permissions leaves of its member's grants.
    #[must_use]
    pub fn narrowed(&self, to: Permissions) -> Self {
        let departments = self.departments.iter().map(|(id, held)| (*id, held.and(to)));
        Self { everywhere: self.everywhere.and(to), departments: departments.collect() }
    }

    /// What both hold, scope by scope.
    #[must_use]
    pub fn and(&self, other: &Grants) -> Self {
        let ids = self.departments.keys().chain(other.departments.keys());
        let both = |id: &DepartmentId| {
            let scope = Scope::Department(*id);
            (*id, self.at(scope).and(other.at(scope)))
        };
        Self { everywhere: self.everywhere.and(other.everywhere), departments: ids.map(both).collect() }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Grants, Reach, Scope};
    use crate::ids::DepartmentId;
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
    fn acting_for_somebody_adds_nothing() {
        let key = grants(&[(Scope::Tenant, READ)]);
        let member = grants(&[(department(1), BOTH)]);

        let both = key.and(&member);

        assert_eq!(both.everywhere(), Permissions::NONE);
        assert_eq!(both.at(department(1)), READ);
        assert!(key.includes(&both) && member.includes(&both));
    }
}
