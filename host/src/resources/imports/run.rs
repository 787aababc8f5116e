//! One stretch of an import in the background: looks through the file, goes on where the last stretch ended, and makes rows
//! batch by batch, each in one transaction together with its report.

use std::time::{Duration, Instant};

use super::faults::RowFault;
use super::rows::{self, Desk, Fields, Seen};
use super::source::{Places, Row, Source};
use super::{Import, Kind, actions};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::ImportId;
use crate::permissions::Permission;
use crate::resources::access::standing;
use crate::resources::custom_fields::{self, CustomField};
use crate::resources::files;
use crate::services::Services;

/// Rows of one file.
pub const MOST_ROWS: i64 = 1_000_000;

/// Rows of one transaction, and what they may weigh in memory.
const BATCH_ROWS: usize = 500;
const BATCH_BYTES: usize = 4 << 20;
/// Files of one transaction.
const BATCH_FILES: usize = 20;

/// After this others have a turn.
const STRETCH: Duration = Duration::from_secs(60);

/// Somebody else changes the same rows now and then; not for ever.
const TRIES: u32 = 8;

/// How far a stretch came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Over,
    MoreToDo,
}

/// Goes on with an import. What makes the file unreadable, or the importer not allowed to go on, ends it.
///
/// # Errors
/// What may be over when it is tried again.
pub async fn go_on(services: &Services, system: &Caller, id: ImportId) -> Result<Progress> {
    let Some(import) = actions::begin(services, system, id).await? else { return Ok(Progress::Over) };
    let faults = match stretch(services, system, import).await {
        Ok(progress) => return Ok(progress),
        Err(Error::Invalid(faults)) => {
            faults.into_iter().map(|fault| RowFault::new(fault.pointer, fault.code, fault.detail)).collect()
        }
        Err(Error::Forbidden { permission }) => {
            let detail = format!("whoever imports lacks the permission {permission}");
            vec![RowFault::new("file", "forbidden", detail)]
        }
        Err(Error::Unauthenticated) => {
            let detail = "whoever imports, or the key it was begun with, is not active any more";
            vec![RowFault::new("file", "importer_gone", detail)]
        }
        Err(Error::NotFound { .. }) => {
            vec![RowFault::new("file", "file_gone", "the file is not there any more")]
        }
        Err(other) => return Err(other),
    };
    actions::finish(services, system, id, Some(faults)).await?;
    Ok(Progress::Over)
}

/// Whoever imports, with what they may do now.
async fn importer(services: &Services, system: &Caller, import: &Import) -> Result<Caller> {
    let mut tx = services.db.read(system, Permission::ImportWrite).await?;
    let importer = import.importer(system.tenant);
    let importer = standing::anew(&mut tx, &importer, services.clock.now()).await?;
    tx.commit().await?;
    importer.require(Permission::ImportWrite)?;
    importer.reach(import.kind.permission())?;
    Ok(importer)
}

async fn stretch(services: &Services, system: &Caller, mut import: Import) -> Result<Progress> {
    let began = Instant::now();
    importer(services, system, &import).await?;
    let (blob_key, definitions) = prepare(services, system, &import).await?;
    if import.rows_total.is_none() {
        let total = count(Source::open(services, &import, &blob_key).await?).await?;
        import = actions::know_total(services, system, import, total).await?;
    }
    let mut source = Source::open(services, &import, &blob_key).await?;
    let mut seen = Seen::default();
    pass(&mut source, &import, &definitions, &mut seen).await?;
    if import.kind == Kind::Resumes {
        return make_files(services, system, import, source, began).await;
    }
    let places = source.places();
    let mut rows = read(&mut source, import.kind, &definitions).await?;
    while !rows.is_empty() {
        let importer = importer(services, system, &import).await?;
        let mut desk = Desk {
            services,
            importer: &importer,
            import: &import,
            definitions: &definitions,
            seen: &mut seen,
        };
        let made = batch(&mut desk, &places, &rows);
        // While the database makes these, the next ones are read.
        let (made, next) = tokio::join!(made, read(&mut source, import.kind, &definitions));
        // It was cancelled, or somebody else goes on with it.
        let Some(counted) = made? else { return Ok(Progress::Over) };
        import = counted;
        if began.elapsed() > STRETCH {
            return Ok(Progress::MoreToDo);
        }
        rows = next?;
    }
    actions::finish(services, system, import.id, None).await?;
    Ok(Progress::Over)
}

/// The same for files.
async fn make_files(
    services: &Services,
    system: &Caller,
    mut import: Import,
    mut source: Source,
    began: Instant,
) -> Result<Progress> {
    loop {
        let rows = gather(&mut source, import.kind).await?;
        if rows.is_empty() {
            actions::finish(services, system, import.id, None).await?;
            return Ok(Progress::Over);
        }
        let importer = importer(services, system, &import).await?;
        match resumes(services, &importer, &import, &mut source, rows).await? {
            Some(counted) => import = counted,
            None => return Ok(Progress::Over),
        }
        if began.elapsed() > STRETCH {
            return Ok(Progress::MoreToDo);
        }
    }
}

async fn prepare(
    services: &Services,
    system: &Caller,
    import: &Import,
) -> Result<(String, Vec<CustomField>)> {
    let mut tx = services.db.read(system, Permission::ImportWrite).await?;
    let file = files::store::get(&mut tx, import.file_id).await?;
    let definitions = match rows::subject(import.kind) {
        Some(subject) => custom_fields::store::list_all(&mut tx, subject).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok((file.blob_key, definitions))
}

/// Looks through the whole file, so that nothing is made of one that cannot be read to its end.
async fn count(mut source: Source) -> Result<i64> {
    let mut total = 0;
    while let Some(row) = source.next().await? {
        total = row.number;
        if total > MOST_ROWS {
            let detail = format!("a file has {MOST_ROWS} rows at most; send several");
            return Err(RowFault::new("file", "too_many_rows", detail).into());
        }
    }
    Ok(total)
}

/// Passes over the rows of earlier stretches. A dry run remembers what they would have made.
async fn pass(
    source: &mut Source,
    import: &Import,
    definitions: &[CustomField],
    seen: &mut Seen,
) -> Result<()> {
    for _ in 0..import.rows_read {
        let Some(row) = source.next().await? else { break };
        if import.is_dry_run() && import.kind != Kind::Resumes {
            seen.remember(import.kind, &Fields::of(row, source, definitions));
        }
    }
    Ok(())
}

async fn gather(source: &mut Source, kind: Kind) -> Result<Vec<Row>> {
    let most = if kind == Kind::Resumes { BATCH_FILES } else { BATCH_ROWS };
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while rows.len() < most && bytes < BATCH_BYTES {
        let Some(row) = source.next().await? else { break };
        bytes += row.content.weight();
        rows.push(row);
    }
    Ok(rows)
}

/// The rows of one transaction, and what they say.
async fn read(source: &mut Source, kind: Kind, definitions: &[CustomField]) -> Result<Vec<Fields>> {
    let rows = gather(source, kind).await?;
    Ok(rows.into_iter().map(|row| Fields::of(row, source, definitions)).collect())
}

/// One transaction; nothing when another has taken the rows, or the import is over.
async fn batch(desk: &mut Desk<'_>, places: &Places, rows: &[Fields]) -> Result<Option<Import>> {
    for _ in 1..TRIES {
        match try_batch(desk, places, rows).await {
            Err(Error::Conflict { code, .. }) => tracing::info!(code, "a batch of rows is tried again"),
            made => return made,
        }
    }
    try_batch(desk, places, rows).await
}

async fn try_batch(desk: &mut Desk<'_>, places: &Places, rows: &[Fields]) -> Result<Option<Import>> {
    let (services, import) = (desk.services, desk.import);
    let mut tx = services.db.begin(desk.importer, Permission::ImportWrite).await?;
    if !actions::take(&mut tx, import).await? {
        return Ok(None);
    }
    let mut lines = rows::make(&mut tx, desk, rows).await?;
    for faults in lines.iter_mut().filter_map(|line| line.faults.as_mut()) {
        faults.0 = std::mem::take(&mut faults.0).into_iter().map(|fault| places.name(fault)).collect();
    }
    let mut counted = import.clone();
    actions::report(&mut tx, services, &mut counted, &lines).await?;
    tx.commit().await?;
    Ok(Some(counted))
}

/// The same for files, which are stored before the transaction that makes résumés of them.
async fn resumes(
    services: &Services,
    importer: &Caller,
    import: &Import,
    source: &mut Source,
    rows: Vec<Row>,
) -> Result<Option<Import>> {
    let stored = rows::resumes::receive(services, importer, import, source, rows).await?;
    let mut tx = services.db.begin(importer, Permission::ImportWrite).await?;
    if !actions::take(&mut tx, import).await? {
        return Ok(None);
    }
    let lines = rows::resumes::add(&mut tx, services, import.source.as_deref(), stored).await?;
    let mut counted = import.clone();
    actions::report(&mut tx, services, &mut counted, &lines).await?;
    tx.commit().await?;
    Ok(Some(counted))
}
