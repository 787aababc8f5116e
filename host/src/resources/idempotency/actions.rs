//! Finds out how a request stands, and keeps its answer.

use std::sync::Arc;
use std::time::Duration;

use super::{Answer, Busy, Kept, Settled, Standing, State, row, store};
use crate::caller::{Caller, Once};
use crate::error::{Error, Result};
use crate::resources::data_keys::{self, Secret};
use crate::services::Services;

/// How the request stands, by what its change has noted; looked up with those that come at the same time.
///
/// # Errors
/// `Invalid` when the key was sent with another request before; `Conflict` while that one runs, or when its answer was
/// lost.
pub async fn look(
    services: &Services,
    caller: &Caller,
    once: &Arc<Once>,
    longest_run: Duration,
) -> Result<Standing> {
    let now = services.clock.now();
    let find = |asked: Vec<Arc<Arc<Once>>>| async move {
        let mut tx = services.db.read_own(caller).await?;
        let asked: Vec<_> = asked.iter().map(|once| &***once).collect();
        let found = store::find_all(&mut tx, &asked).await?;
        tx.commit().await?;
        Ok(found)
    };
    let kept = services.memory.of::<Busy>().looking.join(&caller.tenant, once.clone(), find).await?;
    let Some(kept) = kept.filter(|kept| now < kept.expires_at) else { return Ok(Standing::New) };
    if kept.token == once.token {
        return Ok(Standing::Own);
    }
    if kept.fingerprint != once.fingerprint {
        let detail = "this key was sent with another request before; take a new one for each change";
        return Err(Error::invalid("Idempotency-Key", "idempotency_key_reused", detail));
    }
    match kept.state {
        State::Running => Err(Error::done_elsewhere()),
        State::Committed if now < kept.created_at + longest_run => Err(Error::done_elsewhere()),
        State::Committed => Err(Error::Conflict {
            code: "idempotency_answer_lost",
            detail: "the change was made, but its answer was lost; read what it changed instead of sending it again"
                .into(),
        }),
        State::Answered => Ok(Standing::Replay(read(services, caller, once, kept).await?)),
    }
}

fn secret(row: &str) -> Secret<'_> {
    Secret { table: "idempotency_keys", column: "body", row }
}

async fn read(services: &Services, caller: &Caller, once: &Once, kept: Kept) -> Result<Answer> {
    let row = row(once);
    let mut tx = services.db.read_own(caller).await?;
    let body =
        data_keys::actions::unseal(&mut tx, &services.keys, secret(&row), &kept.body.unwrap_or_default())
            .await?;
    tx.commit().await?;
    let status = kept.status.and_then(|status| u16::try_from(status).ok());
    Ok(Answer {
        status: status.ok_or_else(|| Error::internal("a kept answer has no status"))?,
        headers: kept.headers.map(|headers| headers.0).unwrap_or_default(),
        body,
    })
}

/// Keeps an answer for the same request sent again, with those of others that are ready at the same time.
///
/// # Errors
/// The database's.
pub async fn keep(services: &Services, caller: &Caller, once: Arc<Once>, answer: Answer) -> Result<()> {
    let keep = |settled: Vec<Arc<Settled>>| async move {
        let mut tx = services.db.begin_own(&caller.preparing()).await?;
        let key = data_keys::actions::present(&mut tx, &services.clock, &services.keys).await?;
        let mut answers = Vec::with_capacity(settled.len());
        for one in &settled {
            let sealed = key.seal(secret(&row(&one.once)), &one.answer.body);
            answers.push((&*one.once, &one.answer, sealed));
        }
        store::answer(&mut tx, &answers).await?;
        tx.commit().await?;
        Ok(vec![(); settled.len()])
    };
    let busy = services.memory.of::<Busy>();
    busy.keeping.join(&caller.tenant, Settled { once, answer }, keep).await
}
