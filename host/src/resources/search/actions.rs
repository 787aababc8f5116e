//! Every write to a tenant's own names for skills. What is indexed stays as it is: names are looked up when somebody searches.

use super::skills::{Alias, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::SkillAliasId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;
use crate::words;

const LONGEST: usize = 100;

fn name(pointer: &str, text: &str) -> Result<String> {
    let name = words::key(text);
    let fits = !name.is_empty() && name.chars().count() <= LONGEST;
    let detail = format!("a name of at most {LONGEST} characters, with a letter or digit in it");
    fits.then_some(name).ok_or_else(|| Error::invalid(pointer, "invalid_text", detail))
}

/// # Errors
/// `Forbidden`, `Invalid`, `Conflict` when the alias stands for a skill already.
pub async fn create(services: &Services, caller: &Caller, alias: &str, skill: &str) -> Result<Alias> {
    let alias = Alias {
        id: SkillAliasId::new(&services.clock),
        alias: name("#/alias", alias)?,
        skill: name("#/skill", skill)?,
        created_by: caller.member(),
        created_at: services.clock.now(),
    };
    if alias.alias == alias.skill {
        return Err(Error::invalid("#/skill", "same_name", "both are compared as the same name"));
    }
    let mut tx = services.db.begin(caller, Permission::SkillAliasWrite).await?;
    if !store::insert_alias(&mut tx, &alias).await? {
        let detail = format!("{} stands for a skill already; remove that alias first", alias.alias);
        return Err(Error::Conflict { code: "skill_alias_exists", detail });
    }
    audit::record(&mut tx, &services.clock, "skill_alias.created", alias.id, Change::made(&alias));
    tx.commit().await?;
    Ok(alias)
}

/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn delete(services: &Services, caller: &Caller, id: SkillAliasId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::SkillAliasWrite).await?;
    let gone = store::delete_alias(&mut tx, id).await?;
    audit::record(&mut tx, &services.clock, "skill_alias.deleted", id, Change::gone(&gone));
    tx.commit().await
}
