//! Skills by all their names: `js` finds who wrote JavaScript. The names stand in `skills.txt`, and tenants add their own.

pub(super) mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{MemberId, SkillAliasId};
use crate::resources::audit::Audited;
use crate::words;

/// A name for a skill that a tenant added. Both are as they are compared.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Alias {
    pub id: SkillAliasId,
    pub alias: String,
    pub skill: String,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

impl Audited for Alias {
    fn audited(&self) -> Value {
        json!({ "alias": self.alias, "skill": self.skill })
    }
}

/// Each line the names of one skill, the usual one first, with ` = ` between them.
const NAMES: &str = include_str!("skills.txt");

/// The names of each skill, as they are compared.
static SKILLS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let lines = NAMES.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" = ").map(words::key).collect()).collect()
});

/// Every name, and all names of its skill.
static BY_NAME: LazyLock<BTreeMap<&str, &[String]>> = LazyLock::new(|| {
    SKILLS.iter().flat_map(|names| names.iter().map(|name| (name.as_str(), names.as_slice()))).collect()
});

/// Every name of a skill, as it is compared; the one asked for first.
///
/// # Errors
/// The database's.
pub async fn names(tx: &mut Tx, skill: &str) -> Result<Vec<String>> {
    let mut names = common_names(&words::key(skill));
    // What a tenant calls so may have common names in turn, and the other way round.
    for alias in store::list_aliases(tx, &names).await? {
        for name in [alias.alias, alias.skill] {
            for common in common_names(&name) {
                if !names.contains(&common) {
                    names.push(common);
                }
            }
        }
    }
    Ok(names)
}

/// The same of what everybody calls so.
fn common_names(name: &str) -> Vec<String> {
    let mut seen = BTreeSet::from([name.to_owned()]);
    let names = BY_NAME.get(name).copied().unwrap_or_default();
    let others = names.iter().filter(|other| seen.insert((*other).clone())).cloned();
    std::iter::once(name.to_owned()).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{SKILLS, common_names};

    #[test]
    fn a_skill_has_all_its_names() {
        let js = common_names("js");
        assert_eq!(js[0], "js");
        assert!(js.contains(&"javascript".to_owned()) && js.contains(&"ecmascript".to_owned()), "{js:?}");
        assert_eq!(common_names("unheard of"), ["unheard of"]);
    }

    #[test]
    fn no_name_stands_for_two_skills() {
        let mut seen = BTreeMap::new();
        let mut count = 0;
        for (number, names) in SKILLS.iter().enumerate() {
            assert!(names.len() > 1, "{names:?} has no other name");
            for name in names {
                assert!(!name.is_empty());
                count += 1;
                if let Some(other) = seen.insert(name.clone(), number) {
                    assert_eq!(other, number, "{name} stands for two skills");
                }
            }
        }
        assert!(count > 300, "only {count} names");
    }
}
