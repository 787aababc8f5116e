//! Departments: a tree. Decides where a department may hang, and what stands below it.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::DepartmentId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Department {
    pub id: DepartmentId,
    pub parent_id: Option<DepartmentId>,
    pub name: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Audited for Department {
    fn audited(&self) -> Value {
        json!({ "name": self.name, "parent_id": self.parent_id })
    }
}

/// Who hangs below whom, all departments of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    parents: BTreeMap<DepartmentId, Option<DepartmentId>>,
}

/// Levels of a tree; more is a list.
const MAX_DEPTH: usize = 20;

impl Tree {
    pub fn new(links: impl IntoIterator<Item = (DepartmentId, Option<DepartmentId>)>) -> Self {
        Self { parents: links.into_iter().collect() }
    }

    /// The department itself and whatever hangs below it; nothing when it is not there.
    pub fn below(&self, top: DepartmentId) -> BTreeSet<DepartmentId> {
        self.parents.keys().copied().filter(|id| self.above(*id).any(|above| above == top)).collect()
    }

    /// The department itself and whatever it hangs below, nearest first.
    fn above(&self, id: DepartmentId) -> impl Iterator<Item = DepartmentId> {
        let step = |id: &DepartmentId| self.parents.get(id).copied().flatten();
        let first = self.parents.contains_key(&id).then_some(id);
        // A tree is bounded, whatever the rows say.
        std::iter::successors(first, step).take(self.parents.len())
    }

    /// Hangs `id` below `parent`.
    ///
    /// # Errors
    /// `Invalid`: there is no such parent, the department would be its own ancestor, or the tree grows too deep.
    pub fn hang(&mut self, id: DepartmentId, parent: Option<DepartmentId>) -> Result<()> {
        let invalid = |code, detail: &str| Err(Error::invalid("#/parent_id", code, detail));
        if let Some(parent) = parent {
            if !self.parents.contains_key(&parent) {
                return Err(Error::NotFound { what: "department" });
            }
            if self.above(parent).any(|above| above == id) {
                return invalid("department_cycle", "a department cannot hang below itself");
            }
        }
        self.parents.insert(id, parent);
        if self.below(id).into_iter().any(|below| self.above(below).count() > MAX_DEPTH) {
            return invalid("too_deep", "departments are at most 20 levels deep");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{DepartmentId, MAX_DEPTH, Tree};

    fn id(number: usize) -> DepartmentId {
        DepartmentId::from_uuid(Uuid::from_u128(number as u128))
    }

    #[test]
    fn a_department_never_hangs_below_itself() {
        let mut tree = Tree::new([(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(2)))]);

        assert!(tree.hang(id(1), Some(id(3))).is_err());
        assert!(tree.hang(id(1), Some(id(1))).is_err());
        assert!(tree.hang(id(3), Some(id(9))).is_err());
        tree.hang(id(3), Some(id(1))).expect("that is a tree");
        assert_eq!(tree.below(id(2)).into_iter().collect::<Vec<_>>(), [id(2)]);
        assert_eq!(tree.below(id(1)).len(), 3);
        assert!(tree.below(id(9)).is_empty());
    }

    #[test]
    fn depth_is_bounded_and_a_cycle_in_the_rows_ends() {
        let mut tree = Tree::default();
        for level in 1..=MAX_DEPTH {
            let parent = (level > 1).then(|| id(level - 1));
            tree.hang(id(level), parent).expect("it is not too deep yet");
        }
        assert!(tree.hang(id(MAX_DEPTH + 1), Some(id(MAX_DEPTH))).is_err());

        let circle = Tree::new([(id(1), Some(id(2))), (id(2), Some(id(1)))]);
        assert_eq!(circle.below(id(1)).len(), 2);
    }
}
