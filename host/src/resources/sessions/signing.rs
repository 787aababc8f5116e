//! The keys that sign access tokens: made in time, published before they sign, replaced every thirty days. Their secret
//! halves are sealed in the database, which all nodes share.

use super::store;
use crate::access_token::{NewKey, SigningKey};
use crate::clock::Time;
use crate::db::Db;
use crate::error::Result;
use crate::keys::Keys;
use crate::sealed::{self, Place};
use crate::services::Services;

const SIGNS_FOR: chrono::Duration = chrono::Duration::days(30);
/// The next key is made, and published, this long before it signs.
const AHEAD: chrono::Duration = chrono::Duration::days(2);
/// A token outlives the last moment its key signs.
const TAIL: chrono::Duration = chrono::Duration::hours(1);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SigningKeyRow {
    pub id: String,
    pub public_key: Vec<u8>,
    /// Sealed.
    pub private_key: Vec<u8>,
    pub created_at: Time,
    pub signs_from: Time,
    pub signs_until: Time,
    pub ends_at: Time,
}

fn place(id: &str) -> Place<'_> {
    Place { tenant: "", table: "signing_keys", column: "private_key", row: id }
}

impl SigningKeyRow {
    fn draw(keys: &Keys, signs_from: Time, now: Time) -> anyhow::Result<Self> {
        let NewKey { private } = NewKey::draw();
        let (signs_until, ends_at) = (signs_from + SIGNS_FOR, signs_from + SIGNS_FOR + TAIL);
        let key = SigningKey::read(&private, signs_from, signs_until, ends_at)?;
        Ok(Self {
            private_key: keys.seal(place(&key.id), &private),
            id: key.id,
            public_key: key.public,
            created_at: now,
            signs_from,
            signs_until,
            ends_at,
        })
    }

    fn open(&self, keys: &Keys) -> anyhow::Result<SigningKey> {
        let private = keys.unseal(place(&self.id), &self.private_key)?;
        SigningKey::read(&private, self.signs_from, self.signs_until, self.ends_at)
    }
}

/// Makes the keys that are missing now or soon, forgets those that ended, and loads the rest. Two nodes that do so at
/// once make two keys, which is one too many and no harm.
///
/// # Errors
/// The database's, and a key that cannot be opened because the secret key is another.
pub async fn refresh(services: &Services) -> Result<()> {
    let now = services.clock.now();
    let mut tx = services.db.begin_system().await?;
    // Also those that have ended: they are what tells a node with another secret key so, before it seals anything.
    for row in store::list_keys(&mut tx).await? {
        row.open(&services.keys)?;
    }
    store::delete_ended_keys(&mut tx, now).await?;
    let mut rows = store::list_keys(&mut tx).await?;
    let last = rows.iter().map(|row| row.signs_until).max().filter(|until| now < *until);
    let from = match last {
        None => Some(now),
        Some(until) if until - now < AHEAD => Some(until),
        Some(_) => None,
    };
    if let Some(from) = from {
        let row = SigningKeyRow::draw(&services.keys, from, now)?;
        store::insert_key(&mut tx, &row).await?;
        rows.push(row);
    }
    tx.commit().await?;
    load(services, &rows)
}

/// Loads what is stored: after another node has made a key.
///
/// # Errors
/// As [`refresh`].
pub async fn reload(services: &Services) -> Result<()> {
    let mut tx = services.db.read_system().await?;
    let rows = store::list_keys(&mut tx).await?;
    tx.commit().await?;
    load(services, &rows)
}

fn load(services: &Services, rows: &[SigningKeyRow]) -> Result<()> {
    let keys: anyhow::Result<Vec<_>> = rows.iter().map(|row| row.open(&services.keys)).collect();
    services.access_tokens.load(keys?);
    Ok(())
}

/// Seals every signing key with the present secret key; how many were sealed with another.
///
/// # Errors
/// As [`refresh`].
pub async fn reseal(db: &Db, keys: &Keys) -> Result<usize> {
    let present = keys.id();
    let mut count = 0;
    let mut tx = db.begin_system().await?;
    for row in store::list_keys(&mut tx).await? {
        if sealed::key_id(&row.private_key) != Some(present) {
            let private = keys.unseal(place(&row.id), &row.private_key)?;
            store::update_key(&mut tx, &row.id, &keys.seal(place(&row.id), &private)).await?;
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}
