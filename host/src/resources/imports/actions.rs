//! Every write to imports themselves: beginning, counting, ending. What rows make stands in `rows`.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::faults::RowFault;
use super::tasks::RunImport;
use super::{Format, Import, Kind, Line, OnDuplicate, State, columns, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{ApiKeyId, ImportId, MemberId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::files::{self, File};
use crate::services::Services;
use crate::tasks::{self, Priority, When};

const MAX_SOURCE: usize = 200;
const MOST_COLUMNS: usize = 1_000;

/// What is to be made of a file.
#[derive(Debug)]
pub struct New {
    pub kind: Kind,
    pub format: Format,
    pub is_dry_run: bool,
    pub on_duplicate: OnDuplicate,
    pub columns: Option<BTreeMap<String, Option<String>>>,
    pub encoding: Option<String>,
    pub source: Option<String>,
}

impl New {
    /// # Errors
    /// `Invalid`: parts of the form that do not belong together; `UnsupportedMedia`.
    fn checked(self) -> Result<Self> {
        let not_here = |part: &str, detail: &str| Err(Error::invalid(part, "not_here", detail));
        if !self.kind.comes_as(self.format) {
            let detail = match self.kind {
                Kind::Resumes => "résumés come in a ZIP archive",
                _ => "these come as NDJSON or CSV",
            };
            return Err(Error::UnsupportedMedia { detail: detail.into() });
        }
        if self.on_duplicate == OnDuplicate::Update && self.kind != Kind::Candidates {
            return not_here("on_duplicate", "only candidates are updated");
        }
        if self.source.is_some() && self.kind != Kind::Resumes {
            return not_here("source", "rows have a source each; only résumés have one for all");
        }
        if self.columns.is_some() && self.format != Format::Csv {
            return not_here("columns", "only a table has columns");
        }
        if self.encoding.is_some() && self.format == Format::Zip {
            return not_here("encoding", "only a text has an encoding");
        }
        if let Some(said) = &self.columns {
            if said.len() > MOST_COLUMNS {
                return Err(Error::invalid("columns", "too_many", format!("at most {MOST_COLUMNS}")));
            }
            columns::check(self.kind, said)?;
        }
        let known = self.encoding.as_ref().map(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        if known == Some(None) {
            let detail = "an encoding of the web, for instance utf-8, windows-1252 or utf-16le";
            return Err(Error::invalid("encoding", "unknown_encoding", detail));
        }
        let source = fields::optional_line("source", self.source, MAX_SOURCE)?;
        Ok(Self { source, ..self })
    }
}

/// Begins an import of a file that has been received.
///
/// # Errors
/// `Forbidden`; `Invalid`, naming the part; `UnsupportedMedia`; `Conflict` when the file was swept away meanwhile.
pub async fn create(services: &Services, caller: &Caller, new: New, file: File) -> Result<Import> {
    let new = new.checked()?;
    if file.size == 0 {
        return Err(Error::invalid("file", "empty_file", "the file is empty"));
    }
    let member_id = caller.actor.member().ok_or(Error::Unauthenticated)?;
    let now = services.clock.now();
    let import = Import {
        id: ImportId::new(&services.clock),
        kind: new.kind,
        format: new.format,
        is_dry_run: i64::from(new.is_dry_run),
        on_duplicate: new.on_duplicate,
        columns: new.columns.map(Json),
        encoding: new.encoding,
        source: new.source,
        file_id: file.id,
        size: file.size,
        state: State::Pending,
        faults: None,
        rows_total: None,
        rows_read: 0,
        rows_created: 0,
        rows_updated: 0,
        rows_skipped: 0,
        rows_failed: 0,
        member_id,
        api_key_id: api_key(caller),
        on_behalf_of: caller.on_behalf_of,
        created_at: now,
        updated_at: now,
        finished_at: None,
        version: 1,
    };
    let mut tx = services.db.begin(caller, Permission::ImportWrite).await?;
    files::actions::keep(&mut tx, services, &file).await?;
    store::insert(&mut tx, &import).await?;
    audit::record(&mut tx, &services.clock, "import.created", import.id, Change::made(&import));
    let task = RunImport { import: import.id };
    tasks::enqueue(&mut tx, &services.clock, &task, When::now().priority(Priority::Low)).await?;
    tx.commit().await?;
    Ok(import)
}

fn api_key(caller: &Caller) -> Option<ApiKeyId> {
    match caller.actor {
        crate::caller::Actor::ApiKey { key, .. } => Some(key),
        _ => None,
    }
}

/// Stops an import; what it has made until then stays.
///
/// # Errors
/// `NotFound`; `Conflict` when it is over already.
pub async fn cancel(services: &Services, caller: &Caller, id: ImportId) -> Result<Import> {
    let mut tx = services.db.begin(caller, Permission::ImportWrite).await?;
    store::lock(&mut tx, id).await?;
    let mut import = store::get(&mut tx, id).await?;
    import.cancel(services.clock.now())?;
    store::update(&mut tx, &mut import).await?;
    files::actions::release(&mut tx, services, import.file_id).await?;
    audit::record(&mut tx, &services.clock, "import.cancelled", id, Change::noted(counts(&import)));
    tx.commit().await?;
    Ok(import)
}

fn counts(import: &Import) -> serde_json::Value {
    serde_json::json!({
        "rows_read": import.rows_read, "rows_created": import.rows_created, "rows_updated": import.rows_updated,
        "rows_skipped": import.rows_skipped, "rows_failed": import.rows_failed,
    })
}

/// A worker has taken it. `None` when it is over, or not there any more.
///
/// # Errors
/// The database's.
pub(super) async fn begin(services: &Services, system: &Caller, id: ImportId) -> Result<Option<Import>> {
    let mut tx = services.db.begin(system, Permission::ImportWrite).await?;
    store::lock(&mut tx, id).await?;
    let Some(mut import) = store::find(&mut tx, id).await?.filter(|import| !import.state.is_over()) else {
        return Ok(None);
    };
    if import.state == State::Pending {
        import.state = State::Processing;
        import.updated_at = services.clock.now();
        store::update(&mut tx, &mut import).await?;
        tx.commit().await?;
    }
    Ok(Some(import))
}

/// How many rows there are.
///
/// # Errors
/// `Conflict` when somebody else goes on with it.
pub(super) async fn know_total(
    services: &Services,
    system: &Caller,
    mut import: Import,
    total: i64,
) -> Result<Import> {
    let mut tx = services.db.begin(system, Permission::ImportWrite).await?;
    import.rows_total = Some(total);
    import.updated_at = services.clock.now();
    store::update(&mut tx, &mut import).await?;
    tx.commit().await?;
    Ok(import)
}

/// Takes the import's next rows, inside the change that makes them: nobody else takes the same. Answers false when somebody
/// did, or the import is over.
///
/// # Errors
/// The database's.
pub(super) async fn take(tx: &mut Tx, import: &Import) -> Result<bool> {
    store::lock(tx, import.id).await?;
    let present = store::find(tx, import.id).await?;
    Ok(present.is_some_and(|present| present.version == import.version && !present.state.is_over()))
}

/// Keeps what became of rows, inside the change that made them.
///
/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    services: &Services,
    import: &mut Import,
    lines: &[Line],
) -> Result<()> {
    store::insert_rows(tx, import.id, lines).await?;
    import.count(lines, services.clock.now());
    store::update(tx, import).await
}

/// It is over; the file is not needed any more.
///
/// # Errors
/// The database's.
pub(super) async fn finish(
    services: &Services,
    system: &Caller,
    id: ImportId,
    faults: Option<Vec<RowFault>>,
) -> Result<()> {
    let mut tx = services.db.begin(system, Permission::ImportWrite).await?;
    store::lock(&mut tx, id).await?;
    let Some(mut import) = store::find(&mut tx, id).await?.filter(|import| !import.state.is_over()) else {
        return Ok(());
    };
    let state = if faults.is_some() { State::Failed } else { State::Done };
    import.end(state, services.clock.now());
    import.faults = faults.map(Json);
    store::update(&mut tx, &mut import).await?;
    files::actions::release(&mut tx, services, import.file_id).await?;
    let action = if state == State::Failed { "import.failed" } else { "import.finished" };
    audit::record(&mut tx, &services.clock, action, id, Change::noted(counts(&import)));
    tx.commit().await
}

/// Who brought it in, for lists.
pub fn creator(import: &Import) -> MemberId {
    import.on_behalf_of.unwrap_or(import.member_id)
}
