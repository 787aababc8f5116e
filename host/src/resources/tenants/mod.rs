//! Tenants: who everything belongs to. Decides what a name and a slug may be.

pub mod actions;
pub(crate) mod store;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::TenantId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    /// The name as it may stand in an address: lower case, digits, single hyphens.
    pub slug: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

const MAX_NAME: usize = 200;
const MAX_SLUG: usize = 63;

impl Tenant {
    /// # Errors
    /// `Invalid`: the name is empty, too long, or has no letter or digit to make a slug of.
    pub fn new(id: TenantId, name: &str, now: Time) -> Result<Self> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "name",
                "invalid_name",
                format!("a name has 1 to {MAX_NAME} characters"),
            ));
        }
        let slug = slug(name);
        if slug.is_empty() {
            return Err(Error::invalid("name", "invalid_name", "a name needs a Latin letter or a digit"));
        }
        Ok(Self { id, name: name.into(), slug, created_at: now, updated_at: now, version: 1 })
    }
}

fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_SLUG);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_keeps_letters_and_digits() {
        assert_eq!(slug("Acme & Söhne GmbH, 2nd"), "acme-s-hne-gmbh-2nd");
        assert_eq!(slug("—"), "");
    }
}
