//! Claims a request, keeps its answer, or lets it go.

use std::time::Duration;

use uuid::Uuid;

use super::{Answer, Claim, KEPT, Kept, Request, State, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::resources::data_keys::{self, Secret};
use crate::services::Services;

/// Answers and runs belong to whoever asks, whatever they may do.
async fn begin(services: &Services, caller: &Caller) -> Result<Tx> {
    services.db.begin_system().await?.into_tenant(&caller.preparing()).await
}

/// # Errors
/// `Invalid` when the key was sent with another request before; `Conflict` while that one runs, or when its answer was
/// lost.
pub async fn claim(
    services: &Services,
    caller: &Caller,
    request: &Request,
    longest_run: Duration,
) -> Result<Claim> {
    let now = services.clock.now();
    let token = services.clock.uuid();
    let mut tx = begin(services, caller).await?;
    if store::insert(&mut tx, request, token, now, now + KEPT).await? {
        tx.commit().await?;
        return Ok(Claim::Run(token));
    }
    // One that went away between the two statements is as good as one that still runs: ask again.
    let kept = store::find(&mut tx, request).await?.ok_or_else(running)?;
    let is_over = kept.state == State::Running && kept.created_at + longest_run <= now;
    if kept.expires_at <= now || is_over {
        if !store::take_over(&mut tx, request, kept.token, token, now, now + KEPT).await? {
            return Err(running());
        }
        tx.commit().await?;
        return Ok(Claim::Run(token));
    }
    if kept.fingerprint != request.fingerprint {
        let detail = "this key was sent with another request before; take a new one for each change";
        return Err(Error::invalid("Idempotency-Key", "idempotency_key_reused", detail));
    }
    match kept.state {
        State::Running => Err(running()),
        State::Committed if now < kept.created_at + longest_run => Err(running()),
        State::Committed => Err(Error::Conflict {
            code: "idempotency_answer_lost",
            detail: "the change was made, but its answer was lost; read what it changed instead of sending it again"
                .into(),
        }),
        State::Answered => Ok(Claim::Replay(read(services, &mut tx, request, kept).await?)),
    }
}

fn running() -> Error {
    let detail = "the first request with this key is still under way; ask again in a moment".into();
    Error::Conflict { code: "idempotency_in_progress", detail }
}

fn secret(row: &str) -> Secret<'_> {
    Secret { table: "idempotency_keys", column: "body", row }
}

async fn read(services: &Services, tx: &mut Tx, request: &Request, kept: Kept) -> Result<Answer> {
    let row = request.row();
    let body =
        data_keys::actions::unseal(tx, &services.keys, secret(&row), &kept.body.unwrap_or_default()).await?;
    let status = kept.status.and_then(|status| u16::try_from(status).ok());
    Ok(Answer {
        status: status.ok_or_else(|| Error::internal("a kept answer has no status"))?,
        headers: kept.headers.map(|headers| headers.0).unwrap_or_default(),
        body,
    })
}

/// Keeps an answer for the same request sent again.
///
/// # Errors
/// The database's.
pub async fn keep(
    services: &Services,
    caller: &Caller,
    request: &Request,
    token: Uuid,
    answer: &Answer,
) -> Result<()> {
    let row = request.row();
    let mut tx = begin(services, caller).await?;
    let sealed =
        data_keys::actions::seal(&mut tx, &services.clock, &services.keys, secret(&row), &answer.body)
            .await?;
    store::answer(&mut tx, token, answer, &sealed).await?;
    tx.commit().await
}

/// The request changed nothing: it may be sent again.
///
/// # Errors
/// The database's.
pub async fn release(services: &Services, caller: &Caller, token: Uuid) -> Result<()> {
    let mut tx = begin(services, caller).await?;
    store::release(&mut tx, token).await?;
    tx.commit().await
}
