//! Data keys: what a tenant's secrets are sealed with, itself sealed with the server's secret key. So a secret key is
//! replaced by sealing a few rows anew, and a tenant's secrets go with its key.

pub mod actions;
pub(crate) mod store;

use crate::clock::Time;
use crate::ids::{DataKeyId, TenantId};
use crate::sealed::Place;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DataKey {
    pub tenant_id: TenantId,
    pub id: DataKeyId,
    /// Sealed.
    pub wrapped: Vec<u8>,
    /// Which secret key sealed it, hexadecimal: to see what a rotation has still to do.
    pub key_id: String,
    pub created_at: Time,
}

/// Where a tenant's secret stands.
#[derive(Clone, Copy, Debug)]
pub struct Secret<'a> {
    pub table: &'a str,
    pub column: &'a str,
    /// The row's key.
    pub row: &'a str,
}

impl<'a> Secret<'a> {
    fn place(self, tenant: &'a str) -> Place<'a> {
        Place { tenant, table: self.table, column: self.column, row: self.row }
    }
}
