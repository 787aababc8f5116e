//! Sends a kind of thing line by line: reads a page, sends it, reads the next when that is gone. No transaction is open while
//! the client reads. What fails half-way breaks the connection off, so that nobody takes it for the end.

use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::places::Place;
use super::{Asked, reach};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::permissions::Permission;
use crate::resources::access::standing;
use crate::resources::audit::{self, Change};
use crate::services::Services;

pub const MEDIA_TYPE: &str = "application/x-ndjson";

/// What can be exported.
pub(crate) trait Noun: Send + Sync + 'static {
    /// As `GET` of a single one answers it.
    type View: Serialize + Send;
    const NAME: &'static str;
    const READ: Permission;

    /// In the order of their changes.
    fn page(
        tx: &mut Tx,
        services: &Services,
        reach: &Reach,
        asked: &Asked,
        position: Position<(Time, Uuid)>,
    ) -> impl Future<Output = Result<Vec<Line<Self::View>>>> + Send;
}

/// One thing, and where it stands.
pub(crate) struct Line<V> {
    pub(crate) key: (Time, Uuid),
    pub(crate) view: V,
}

/// Whoever exports is looked at again this often.
const STANDING_HOLDS: Duration = Duration::from_secs(4);

struct Export {
    services: Services,
    caller: Caller,
    asked: Asked,
    /// Nothing after the last page.
    position: Option<Position<(Time, Uuid)>>,
    seen: Time,
    place: Place,
}

/// # Errors
/// `Forbidden`, `Refusal`, `Invalid`; `Unavailable` when not even the first page can be read.
pub(crate) async fn answer<N: Noun>(
    services: Services,
    caller: Caller,
    asked: Asked,
    place: Place,
) -> Result<Response> {
    reach(&caller, N::READ)?;
    let position = asked.start()?;
    let (mut tx, _) = services.db.begin_within(&caller, Permission::ExportRead).await?;
    let what = json!({
        "kind": N::NAME, "updated_after": asked.updated_after, "include_deleted": asked.include_deleted,
    });
    audit::record(&mut tx, &services.clock, "export.read", caller.tenant, Change::noted(what));
    tx.commit().await?;
    let seen = services.clock.now();
    let mut export = Export { services, caller, asked, position: Some(position), seen, place };
    let first = export.next::<N>().await?;
    let rest = stream::try_unfold((first, export), |(ready, mut export)| async move {
        let page = match ready {
            Some(page) => Some(page),
            None => export.next::<N>().await.inspect_err(|error| {
                tracing::warn!(%error, kind = N::NAME, "an export broke off");
            })?,
        };
        Ok::<_, Error>(page.map(|page| (page, (None, export))))
    });
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from_stream(rest)).into_response())
}

impl Export {
    /// The next page as lines; nothing after the last.
    async fn next<N: Noun>(&mut self) -> Result<Option<Bytes>> {
        let time = Duration::from_secs(self.services.config.http_timeout_seconds);
        tokio::time::timeout(time, self.read::<N>()).await.unwrap_or(Err(Error::Timeout))
    }

    async fn read<N: Noun>(&mut self) -> Result<Option<Bytes>> {
        let Some(position) = self.position else { return Ok(None) };
        if !self.place.is_held() {
            return Err(Error::Timeout);
        }
        self.look_again().await?;
        let reach = reach(&self.caller, N::READ)?;
        let (mut tx, _) = self.services.db.read_within(&self.caller, Permission::ExportRead).await?;
        let lines = N::page(&mut tx, &self.services, &reach, &self.asked, position).await?;
        tx.commit().await?;
        let is_last = lines.len() < usize::try_from(position.fetch()).unwrap_or(usize::MAX);
        let after = lines.last().map(|line| line.key).filter(|_| !is_last);
        self.position = after.map(|after| Position { after, ..position });
        let mut text = Vec::new();
        for line in &lines {
            serde_json::to_writer(&mut text, &line.view).map_err(anyhow::Error::new)?;
            text.push(b'\n');
        }
        Ok((!text.is_empty()).then(|| text.into()))
    }

    /// What was taken away since it began is taken away from the rest.
    async fn look_again(&mut self) -> Result<()> {
        let now = self.services.clock.now();
        if now < self.seen + STANDING_HOLDS {
            return Ok(());
        }
        let (mut tx, _) = self.services.db.read_within(&self.caller, Permission::ExportRead).await?;
        self.caller = standing::again(&mut tx, &self.caller, now).await?;
        tx.commit().await?;
        self.seen = now;
        Ok(())
    }
}
