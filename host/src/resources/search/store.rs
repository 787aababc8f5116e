//! All SQL about the index. PostgreSQL keeps the lexemes with the entry; SQLite in a table of FTS5, by the entry's number.
//!
//! The index has no row-level security, as its operators could not be used under it (they are not LEAKPROOF, so the policy
//! would run first, over every row): that no two tenants share a lexeme is its fence, and what is found is read again from
//! tables that have the other one.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::types::Json;

use super::document::Document;
use crate::db::{Engine, Tx, on, sql};
use crate::error::{Error, Result};
use crate::ids::{CandidateId, TenantId};

/// Entries are numbered by when their candidate was made, in microseconds; of several from one microsecond the later ones
/// are pushed on.
const MOST_PUSHES: usize = 10_000;

/// Writes an entry, or writes it anew.
pub(crate) async fn index(tx: &mut Tx, document: &Document) -> Result<()> {
    let number = match find_number(tx, document.candidate).await? {
        Some(number) => {
            update(tx, document).await?;
            number
        }
        None => insert(tx, document).await?,
    };
    let tenant = tx.tenant();
    let lexemes = document.lexemes(tenant);
    let text = sql!(tx,
        postgres: "update candidate_search set lexemes = cast($3 as tsvector) where tenant_id = $1 and number = $2",
        sqlite: "insert or replace into candidate_lexemes (rowid, lexemes) select $2, $3 where $1 is not null");
    let lexemes = sql!(tx, postgres: lexemes.tsvector(), sqlite: lexemes.fts5());
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(number).bind(lexemes).execute(c).await.map(drop))?;
    Ok(())
}

async fn find_number(tx: &mut Tx, candidate: CandidateId) -> Result<Option<i64>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select number from candidate_search where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_optional(c)
    .await)?)
}

async fn update(tx: &mut Tx, document: &Document) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
            "update candidate_search set changed = $3, experience_months = $4, facets = $5
         where tenant_id = $1 and candidate_id = $2",
        )
        .bind(tenant)
        .bind(document.candidate)
        .bind(document.updated_at.timestamp_micros())
        .bind(document.experience_months)
        .bind(Json(document.facet_words()))
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

async fn insert(tx: &mut Tx, document: &Document) -> Result<i64> {
    let tenant = tx.tenant();
    let first = first_number(document);
    let facets = document.facet_words();
    for number in (first..).take(MOST_PUSHES) {
        let inserted = on!(tx, |c| {
            sqlx::query(
            "insert into candidate_search (tenant_id, candidate_id, number, changed, experience_months, facets)
             values ($1, $2, $3, $4, $5, $6) on conflict (number) do nothing"
        )
        .bind(tenant)
        .bind(document.candidate)
        .bind(number)
        .bind(document.updated_at.timestamp_micros())
        .bind(document.experience_months)
        .bind(Json(&facets))
        .execute(c)
        .await
        .map(|done| done.rows_affected())
        })?;
        if inserted > 0 {
            return Ok(number);
        }
    }
    Err(Error::internal("too many candidates of one microsecond"))
}

/// Rounds in which new entries look for numbers; each looks further away.
const MOST_ROUNDS: u32 = 24;

/// An entry that is to be written, with its number so far and the row as the statement reads it.
pub(crate) struct Entry {
    candidate: CandidateId,
    number: i64,
    row: serde_json::Value,
}

/// The entries of candidates that have none yet. Needs no database, so it can be done while that is busy.
pub(crate) fn entries(engine: Engine, tenant: TenantId, documents: &[Document]) -> Vec<Entry> {
    let entry = |(document, offset): (&Document, i64)| {
        let lexemes = document.lexemes(tenant);
        let lexemes = match engine {
            Engine::Sqlite => lexemes.fts5(),
            Engine::Postgres => lexemes.tsvector(),
        };
        let number = first_number(document) + offset;
        let row = json!({
            "candidate": document.candidate.uuid().simple().to_string(), "number": number,
            "changed": document.updated_at.timestamp_micros(), "months": document.experience_months,
            "facets": document.facet_words(), "lexemes": lexemes,
        });
        Entry { candidate: document.candidate, number, row }
    };
    documents.iter().zip(0..).map(entry).collect()
}

/// Writes them, in a few statements however many they are.
pub(crate) async fn index_new(tx: &mut Tx, mut waiting: Vec<Entry>) -> Result<()> {
    let mut step = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    for _ in 0..MOST_ROUNDS {
        let inserted = insert_new(tx, &waiting).await?;
        waiting.retain(|entry| !inserted.contains(&entry.candidate));
        if waiting.is_empty() {
            return Ok(());
        }
        // Theirs are others' of the same moment.
        for Entry { number, row, .. } in &mut waiting {
            *number += step;
            row["number"] = (*number).into();
        }
        step = step.saturating_mul(2);
    }
    Err(Error::internal("too many candidates of one moment"))
}

fn first_number(document: &Document) -> i64 {
    document.created_at.timestamp_micros()
}

/// Those whose number was free.
async fn insert_new(tx: &mut Tx, entries: &[Entry]) -> Result<BTreeSet<CandidateId>> {
    let tenant = tx.tenant();
    let rows: Vec<_> = entries.iter().map(|entry| &entry.row).collect();
    let text = sql!(tx,
        postgres: "insert into candidate_search
                (tenant_id, candidate_id, number, changed, experience_months, facets, lexemes)
            select $1, candidate, number, changed, months, facets, cast(lexemes as tsvector)
            from jsonb_to_recordset($2) as new (candidate uuid, number bigint, changed bigint, months bigint, facets jsonb,
                lexemes text)
            on conflict (number) do nothing returning candidate_id",
        sqlite: "insert into candidate_search (tenant_id, candidate_id, number, changed, experience_months, facets)
            select $1, unhex(value ->> 'candidate'), value ->> 'number', value ->> 'changed', value ->> 'months',
                value -> 'facets'
            from json_each($2) where true
            on conflict (number) do nothing returning candidate_id");
    let inserted: Vec<CandidateId> =
        on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(Json(&rows)).fetch_all(c).await)?;
    let inserted = BTreeSet::from_iter(inserted);
    if tx.engine() == Engine::Sqlite {
        let rows = entries.iter().filter(|entry| inserted.contains(&entry.candidate));
        insert_lexemes(tx, rows.map(|entry| &entry.row).collect()).await?;
    }
    Ok(inserted)
}

/// Into SQLite's table of them.
async fn insert_lexemes(tx: &mut Tx, rows: Vec<&serde_json::Value>) -> Result<()> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select 1 where cast($1 as uuid) is not null and cast($2 as jsonb) is null",
        sqlite: "insert into candidate_lexemes (rowid, lexemes)
            select value ->> 'number', value ->> 'lexemes' from json_each($2) where $1 is not null");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(Json(rows)).execute(c).await.map(drop))?;
    Ok(())
}

/// Takes an entry out.
pub(crate) async fn delete(tx: &mut Tx, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "update candidate_search set lexemes = null where tenant_id = $1 and candidate_id = $2",
        sqlite: "delete from candidate_lexemes
            where rowid = (select number from candidate_search where tenant_id = $1 and candidate_id = $2)");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(candidate).execute(c).await.map(drop))?;
    on!(tx, |c| sqlx::query("delete from candidate_search where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(candidate)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// What entries are looked for beside their lexemes, and where the list goes on.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) tsquery: String,
    /// What of it the index can answer by itself.
    pub(crate) tsquery_anywhere: String,
    pub(crate) fts5: String,
    /// 0: no matter.
    pub(crate) least_months: i64,
    /// Made later than this, in microseconds.
    pub(crate) created_after: i64,
    /// Changed later than this, in microseconds.
    pub(crate) changed_after: i64,
    /// Only these.
    pub(crate) among: Option<Vec<CandidateId>>,
    /// The key before which the list goes on: what it is ordered by, and the number.
    pub(crate) before: (i64, i64),
    pub(crate) limit: i64,
}

impl Wanted {
    fn query(&self, tx: &Tx) -> &str {
        sql!(tx, postgres: &self.tsquery, sqlite: &self.fts5)
    }

    fn is_of_all(&self) -> i64 {
        i64::from(self.among.is_none())
    }

    fn digits(&self) -> Vec<String> {
        self.among.iter().flatten().map(|id| id.uuid().simple().to_string()).collect()
    }
}

/// An entry that was found: whose, and where it stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Found {
    pub(crate) candidate_id: CandidateId,
    /// What the list is ordered by, before the number.
    pub(crate) rank: i64,
    pub(crate) number: i64,
}

/// PostgreSQL looks for a list among about so many of the newest entries before it asks for everything, and from how many it
/// finds there knows among how many it has to look.
const FEW: i64 = 20_000;

/// To look among more than these is no quicker than to ask for everything.
const MANY: i64 = 300_000;

/// How fast entries have come lately is told by so many.
const SAMPLE: i64 = 1_000;

/// The newest entries, at most [`SAMPLE`] of them: how many, and the numbers of the first and the last.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct Newest {
    count: i64,
    least: Option<i64>,
    most: Option<i64>,
}

/// Numbers from one to another, both included.
type Span = (i64, i64);

impl Newest {
    /// How far apart the ends of a query for a time may be: twice what its coarsest lexeme stands for.
    const LONGEST: i64 = 1 << 51;

    fn length(&self) -> Option<i64> {
        Some(self.most?.saturating_sub(self.least?))
    }

    /// Whether a span holds all there are.
    fn is_all(&self) -> bool {
        self.count < SAMPLE && self.length().is_none_or(|length| length <= Self::LONGEST)
    }

    /// Where about so many of the newest are, should they always have come as fast; none where there is nobody.
    fn span(&self, count: i64) -> Option<Span> {
        let times = if self.is_all() { 1 } else { count / SAMPLE };
        let length = self.length()?.saturating_mul(times).min(Self::LONGEST);
        self.most.map(|most| (most.saturating_sub(length), most))
    }
}

/// Newest first; `rank` is 0.
pub(crate) async fn list_newest(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Found>> {
    // SQLite's index answers in the list's order. PostgreSQL's would first read everything that the commonest lexemes have.
    if tx.engine() == Engine::Postgres && wanted.among.is_none() {
        let newest = find_newest(tx, wanted.before.1).await?;
        let Some(few) = newest.span(FEW) else { return Ok(Vec::new()) };
        let found = list_in_order(tx, wanted, Some(few)).await?;
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        if count >= wanted.limit || newest.is_all() {
            return Ok(found);
        }
        // They lie as close on the whole, but not everywhere: half as many again.
        let enough = (FEW * 3 / 2).saturating_mul(wanted.limit).checked_div(count);
        if let Some(many) = enough.filter(|enough| *enough <= MANY).and_then(|enough| newest.span(enough)) {
            let found = list_in_order(tx, wanted, Some(many)).await?;
            if i64::try_from(found.len()).is_ok_and(|count| count >= wanted.limit) {
                return Ok(found);
            }
        }
    }
    list_in_order(tx, wanted, None).await
}

async fn find_newest(tx: &mut Tx, before: i64) -> Result<Newest> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Newest>(
            "select count(*) as count, min(number) as least, max(number) as most
             from (select number from candidate_search where tenant_id = $1 and number < $2 order by number desc limit $3) newest",
        )
        .bind(tenant)
        .bind(before)
        .bind(SAMPLE)
        .fetch_one(c)
        .await
    })?)
}

/// Those of the span, or of all times. Not kept as a prepared statement, like the others below: how many entries have a lexeme
/// decides how they are best found, and PostgreSQL's plan for any query at all knows of none.
async fn list_in_order(tx: &mut Tx, wanted: &Wanted, span: Option<Span>) -> Result<Vec<Found>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        // The index answers with all there are, so in this order: by number, then the places of the lexemes, which are kept
        // apart and take longest to read, until the list is full. `offset 0` keeps PostgreSQL from another one. The time is a
        // condition of its own: as a part of the other one the index would look at the whole of it for every entry.
        postgres: "select candidate_id, cast(0 as bigint) as rank, number from (
                select candidate_id, number, lexemes from (
                    select candidate_id, number, changed, experience_months, lexemes from candidate_search
                    where tenant_id = $1 and lexemes @@ cast($10 as tsquery)
                      and (cast($11 as bigint) is null or lexemes @@ time_query($1, $11, $12)) offset 0
                ) found
                where number < $3 and coalesce(experience_months, 0) >= $4 and number > $5 and changed > $6
                  and ($7 = 1 or candidate_id in (select value::uuid from jsonb_array_elements_text($8)))
                  and (cast($11 as bigint) is null or number >= $11)
                order by number desc offset 0
            ) in_order
            where lexemes @@ cast($2 as tsquery) order by number desc limit $9",
        sqlite: "select s.candidate_id, 0 as rank, s.number
            from candidate_lexemes l cross join candidate_search s on s.number = l.rowid
            where s.tenant_id = $1 and candidate_lexemes match $2 and l.rowid < $3
              and coalesce(s.experience_months, 0) >= $4 and l.rowid > $5 and s.changed > $6
              and ($7 = 1 or lower(hex(s.candidate_id)) in (select value from json_each($8)))
              and $10 is not null and $11 is $12
            order by l.rowid desc limit $9");
    let query = wanted.query(tx);
    Ok(on!(tx, |c| sqlx::query_as::<_, Found>(text)
        .persistent(false)
        .bind(tenant)
        .bind(query)
        .bind(wanted.before.1)
        .bind(wanted.least_months)
        .bind(wanted.created_after)
        .bind(wanted.changed_after)
        .bind(wanted.is_of_all())
        .bind(Json(wanted.digits()))
        .bind(wanted.limit)
        .bind(&wanted.tsquery_anywhere)
        .bind(span.map(|(least, _)| least))
        .bind(span.map(|(_, most)| most))
        .fetch_all(c)
        .await)?)
}

/// What a list is ordered by before the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// By the number alone.
    None,
    Experience,
    Change,
}

impl Rank {
    fn code(self) -> i64 {
        match self {
            Rank::None => 0,
            Rank::Experience => 1,
            Rank::Change => 2,
        }
    }
}

/// By that rank and then by number, the greatest first, or the smallest: then both come back negated, so that keys go down
/// either way.
pub(crate) async fn list_ranked(
    tx: &mut Tx,
    wanted: &Wanted,
    rank: Rank,
    ascends: bool,
) -> Result<Vec<Found>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select candidate_id, rank, number from (
                select candidate_id, $10 * number as number,
                       $10 * case cast($11 as bigint) when 1 then coalesce(experience_months, -1) when 2 then changed else 0 end as rank
                from candidate_search
                where tenant_id = $1 and lexemes @@ cast($2 as tsquery)
                  and coalesce(experience_months, 0) >= $3 and number > $4 and changed > $5
                  and ($6 = 1 or candidate_id in (select value::uuid from jsonb_array_elements_text($7)))
            ) found
            where (rank, number) < ($8, $9) order by rank desc, number desc limit $12",
        sqlite: "select candidate_id, rank, number from (
                select s.candidate_id, $10 * s.number as number,
                       $10 * case cast($11 as bigint) when 1 then coalesce(s.experience_months, -1) when 2 then s.changed else 0 end as rank
                from candidate_lexemes l cross join candidate_search s on s.number = l.rowid
                where s.tenant_id = $1 and candidate_lexemes match $2
                  and coalesce(s.experience_months, 0) >= $3 and s.number > $4 and s.changed > $5
                  and ($6 = 1 or lower(hex(s.candidate_id)) in (select value from json_each($7)))
            ) found
            where (rank, number) < ($8, $9) order by rank desc, number desc limit $12");
    let query = wanted.query(tx);
    Ok(on!(tx, |c| sqlx::query_as::<_, Found>(text)
        .persistent(false)
        .bind(tenant)
        .bind(query)
        .bind(wanted.least_months)
        .bind(wanted.created_after)
        .bind(wanted.changed_after)
        .bind(wanted.is_of_all())
        .bind(Json(wanted.digits()))
        .bind(wanted.before.0)
        .bind(wanted.before.1)
        .bind(if ascends { -1_i64 } else { 1 })
        .bind(rank.code())
        .bind(wanted.limit)
        .fetch_all(c)
        .await)?)
}

/// A value and how many of the entries found have it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Counted {
    /// `skill:rust`
    pub(crate) facet: String,
    pub(crate) count: i64,
}

/// Of the newest entries found, at most `limit` of them; for kinds that are asked for, as `skill:`.
pub(crate) async fn count_facets(tx: &mut Tx, wanted: &Wanted, kinds: &[String]) -> Result<Vec<Counted>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select f.value as facet, count(*) as count
            from (select facets from candidate_search
                  where tenant_id = $1 and lexemes @@ cast($2 as tsquery)
                    and coalesce(experience_months, 0) >= $3 and number > $4 and changed > $5
                    and ($6 = 1 or candidate_id in (select value::uuid from jsonb_array_elements_text($7)))
                  order by number desc limit $8) found,
                 jsonb_array_elements_text(found.facets) f (value)
            where split_part(f.value, ':', 1) in (select value from jsonb_array_elements_text($9))
            group by f.value order by count(*) desc, f.value collate \"C\" limit 500",
        sqlite: "select f.value as facet, count(*) as count
            from (select s.facets from candidate_lexemes l cross join candidate_search s on s.number = l.rowid
                  where s.tenant_id = $1 and candidate_lexemes match $2
                    and coalesce(s.experience_months, 0) >= $3 and s.number > $4 and s.changed > $5
                    and ($6 = 1 or lower(hex(s.candidate_id)) in (select value from json_each($7)))
                  order by l.rowid desc limit $8) found,
                 json_each(found.facets) f
            where substr(f.value, 1, instr(f.value, ':') - 1) in (select value from json_each($9))
            group by f.value order by count(*) desc, f.value limit 500");
    let query = wanted.query(tx);
    Ok(on!(tx, |c| sqlx::query_as::<_, Counted>(text)
        .persistent(false)
        .bind(tenant)
        .bind(query)
        .bind(wanted.least_months)
        .bind(wanted.created_after)
        .bind(wanted.changed_after)
        .bind(wanted.is_of_all())
        .bind(Json(wanted.digits()))
        .bind(wanted.limit)
        .bind(Json(kinds))
        .fetch_all(c)
        .await)?)
}
