//! Files: what keeps a stored blob and its row together. A row is written before its blob and becomes `stored` in
//! the transaction that needs it; the sweeper removes blob and row of those that never did, and the blobs of those that
//! nobody needs any more.

pub mod actions;
pub(crate) mod store;
pub mod tasks;

use crate::clock::Time;
use crate::ids::{FileId, TenantId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct File {
    pub tenant_id: TenantId,
    pub id: FileId,
    /// Where the blob is.
    pub blob_key: String,
    pub state: State,
    /// In bytes.
    pub size: i64,
    pub sha256: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// The blob may or may not be there, nothing refers to it yet.
    Receiving,
    /// The blob is there and something refers to it.
    Stored,
    /// Nothing has ever referred to it: blob and row go.
    Abandoned,
    /// What refers to it does not need it any more: the blob goes, the row stays.
    Released,
    /// The blob is gone.
    Removed,
}
