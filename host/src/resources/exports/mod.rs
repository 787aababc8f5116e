//! Exports: everything of a kind that the caller may read, a line of JSON each, as long as the client goes on reading. Decides
//! who may have it all, and how many may have it at once.

pub mod nouns;
pub mod places;
pub mod routes;
pub mod stream;

use uuid::Uuid;

use crate::caller::Caller;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Reach;
use crate::http::page::Position;
use crate::permissions::Permission;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub updated_after: Option<Time>,
    pub include_deleted: bool,
}

/// Rows read at once.
const PAGE: u32 = 199;

impl Asked {
    /// Before everything that is asked for, in the order of changes.
    ///
    /// # Errors
    /// `Invalid`: a time that no database keeps.
    pub fn start(&self) -> Result<Position<(Time, Uuid)>> {
        let after = match self.updated_after {
            Some(time) => (fields::instant("updated_after", time)?, Uuid::max()),
            // The first that both databases keep.
            None => (Time::from_timestamp(-62_135_596_800, 0).unwrap_or(Time::UNIX_EPOCH), Uuid::nil()),
        };
        Ok(Position { after, limit: PAGE })
    }
}

/// Where the caller may both export and read what is exported.
///
/// # Errors
/// `Forbidden` without the permission to export; `Refusal` without the one to read.
pub fn reach(caller: &Caller, read: Permission) -> Result<Reach> {
    caller.reach(Permission::ExportRead)?;
    caller.reach_of_all(&[Permission::ExportRead, read]).ok_or_else(|| Error::Refusal {
        code: "not_readable",
        detail: format!("this needs the permission {} as well", read.as_str()),
    })
}
