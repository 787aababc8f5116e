//! Seals and opens tenants' secrets, and seals their keys anew under another secret key.

use super::{DataKey, Secret, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::digest::hex;
use crate::error::{Error, Result};
use crate::ids::DataKeyId;
use crate::keys::Keys;
use crate::sealed::{self, KeyId, Place};

/// Seals a secret of the transaction's tenant with its latest data key; makes the first one.
///
/// # Errors
/// The database's, and a data key whose secret key is not configured.
pub async fn seal(
    tx: &mut Tx,
    clock: &Clock,
    keys: &Keys,
    secret: Secret<'_>,
    value: &[u8],
) -> Result<Vec<u8>> {
    Ok(present(tx, clock, keys).await?.seal(secret, value))
}

/// A tenant's latest data key, opened, for sealing many at once.
pub struct Present {
    id: KeyId,
    key: [u8; 32],
    tenant: String,
}

impl Present {
    pub fn seal(&self, secret: Secret<'_>, value: &[u8]) -> Vec<u8> {
        sealed::seal(&self.key, &self.id, secret.place(&self.tenant), value)
    }
}

/// The latest data key of the transaction's tenant; makes the first one.
///
/// # Errors
/// As [`seal`].
pub async fn present(tx: &mut Tx, clock: &Clock, keys: &Keys) -> Result<Present> {
    let row = match store::list(tx).await?.pop() {
        Some(row) => row,
        None => create(tx, clock, keys).await?,
    };
    let (id, tenant) = (name(row.id), row.tenant_id.uuid().to_string());
    Ok(Present { id, key: open(keys, &row)?, tenant })
}

/// Opens what [`seal`] has sealed for the same place.
///
/// # Errors
/// `Internal` when it was altered or moved, or its key is gone.
pub async fn unseal(tx: &mut Tx, keys: &Keys, secret: Secret<'_>, value: &[u8]) -> Result<Vec<u8>> {
    ring(tx, keys).await?.unseal(secret, value)
}

/// A tenant's data keys, for opening several secrets.
pub struct Ring<'a> {
    keys: &'a Keys,
    rows: Vec<DataKey>,
}

/// The data keys of the transaction's tenant.
///
/// # Errors
/// The database's.
pub async fn ring<'a>(tx: &mut Tx, keys: &'a Keys) -> Result<Ring<'a>> {
    Ok(Ring { keys, rows: store::list(tx).await? })
}

impl Ring<'_> {
    /// As [`unseal`].
    ///
    /// # Errors
    /// As [`unseal`].
    pub fn unseal(&self, secret: Secret<'_>, value: &[u8]) -> Result<Vec<u8>> {
        let broken = |what: &str| Error::internal(format!("{}.{}: {what}", secret.table, secret.column));
        let id = sealed::key_id(value).ok_or_else(|| broken("not a sealed secret"))?;
        let row = self.rows.iter().find(|row| name(row.id) == id);
        let row = row.ok_or_else(|| broken("its data key is gone"))?;
        let tenant = row.tenant_id.uuid().to_string();
        let opened = sealed::open(&open(self.keys, row)?, secret.place(&tenant), value);
        opened.ok_or_else(|| broken("the sealed secret was altered or moved"))
    }
}

fn name(id: DataKeyId) -> KeyId {
    id.uuid().into_bytes()
}

async fn create(tx: &mut Tx, clock: &Clock, keys: &Keys) -> Result<DataKey> {
    let key: [u8; 32] = rand::random();
    let mut row = DataKey {
        tenant_id: tx.tenant(),
        id: DataKeyId::new(clock),
        wrapped: Vec::new(),
        key_id: hex(&keys.id()),
        created_at: clock.now(),
    };
    row.wrapped = wrap(keys, &row, &key);
    store::insert(tx, &row).await?;
    Ok(row)
}

fn wrap(keys: &Keys, row: &DataKey, key: &[u8]) -> Vec<u8> {
    let (tenant, id) = (row.tenant_id.uuid().to_string(), row.id.to_string());
    keys.seal(Place { tenant: &tenant, table: "data_keys", column: "wrapped", row: &id }, key)
}

fn open(keys: &Keys, row: &DataKey) -> Result<[u8; 32]> {
    let (tenant, id) = (row.tenant_id.uuid().to_string(), row.id.to_string());
    let place = Place { tenant: &tenant, table: "data_keys", column: "wrapped", row: &id };
    let key = keys.unseal(place, &row.wrapped)?;
    key.try_into().map_err(|_| Error::internal("a data key has 32 bytes"))
}

/// Seals every data key of the tenant with the present secret key; how many were sealed with another.
///
/// # Errors
/// As [`unseal`].
pub async fn rewrap(tx: &mut Tx, keys: &Keys) -> Result<usize> {
    let present = hex(&keys.id());
    let mut sealed_anew = 0;
    for row in store::list(tx).await?.into_iter().filter(|row| row.key_id != present) {
        let key = open(keys, &row)?;
        store::update(tx, row.id, &wrap(keys, &row, &key), &present).await?;
        sealed_anew += 1;
    }
    Ok(sealed_anew)
}
