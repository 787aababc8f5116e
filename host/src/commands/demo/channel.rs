//! A chat channel of the demo's own: takes what Slack would take, and shows it. One candidate is hired so that there is something
//! to tell.

use std::time::Duration;

use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::caller::Caller;
use crate::http::etag::IfMatch;
use crate::ids::CandidateId;
use crate::permissions::Permission;
use crate::resources::applications::{self, actions::New, moves};
use crate::resources::events::Kind;
use crate::resources::jobs::{self, stages};
use crate::resources::webhooks::transforms::OnFailure;
use crate::resources::webhooks::{self, Details, Payload, Transform};
use crate::services::Services;

/// What the channel is told of, in this order.
const TOLD_OF: [Kind; 4] =
    [Kind::JobStatusChanged, Kind::ApplicationCreated, Kind::ApplicationStageChanged, Kind::ApplicationHired];

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Channel {
    url: String,
    messages: mpsc::Receiver<String>,
    _server: AbortOnDropHandle<()>,
}

impl Channel {
    pub(super) async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listening for the demo's channel")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let (sender, messages) = mpsc::channel(100);
        let app = Router::new().fallback(take).with_state(sender);
        #[expect(clippy::disallowed_methods, reason = "the channel ends with the demo")]
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::warn!(%error, "the demo's channel ended");
            }
        });
        Ok(Self { url, messages, _server: AbortOnDropHandle::new(server) })
    }

    /// Has the tenant's events sent here, as a message for people each.
    pub(super) async fn subscribe(&self, services: &Services, caller: &Caller) -> anyhow::Result<()> {
        let transform = Transform {
            plugin: "mortise/slack-message".into(),
            config: Map::new(),
            on_failure: OnFailure::Retry,
        };
        let details = Details {
            url: Some(self.url.clone()),
            event_types: Some(TOLD_OF.iter().map(|kind| kind.as_str().to_owned()).collect()),
            payload: Some(Payload::Full),
            transform: Some(Some(transform)),
            is_ordered: Some(true),
            ..Details::default()
        };
        webhooks::actions::create(services, caller, details, Default::default()).await?;
        Ok(())
    }

    /// The next message; an error when none comes.
    async fn next(&mut self) -> anyhow::Result<String> {
        let message = tokio::time::timeout(PATIENCE, self.messages.recv()).await;
        message.ok().flatten().context("the demo's channel was told nothing")
    }

    /// Hires somebody for a new job, and answers what the channel is told of it.
    pub(super) async fn follow_a_hire(
        &mut self,
        services: &Services,
        caller: &Caller,
        candidate: CandidateId,
    ) -> anyhow::Result<Vec<String>> {
        let details = jobs::Details { title: Some("Civil engineer".into()), ..jobs::Details::default() };
        let job = jobs::actions::create(services, caller, details, 1).await?;
        let version = IfMatch::version(job.version);
        let job =
            jobs::actions::set_status(services, caller, job.id, &version, jobs::Status::Open, None).await?;
        let mut messages = vec![self.next().await?];
        let new = New {
            candidate,
            job: job.id,
            source: Some("demo".into()),
            tracking: None,
            credited_to: None,
            resume: None,
            answers: Map::new(),
            tags: Vec::new(),
            custom_fields: Map::new(),
            again: false,
        };
        let mut application = applications::actions::create(services, caller, new).await?;
        messages.push(self.next().await?);
        let mut tx = services.db.read(caller, Permission::JobRead).await?;
        let stages = stages::store::list(&mut tx, job.id).await?;
        tx.commit().await?;
        let interview = stages.iter().find(|stage| stage.kind == stages::Kind::Interview);
        if let Some(interview) = interview {
            let version = IfMatch::version(application.version);
            application = moves::set_stage(services, caller, application.id, &version, interview.id).await?;
            messages.push(self.next().await?);
        }
        let version = IfMatch::version(application.version);
        moves::hire(services, caller, application.id, &version, None).await?;
        // That somebody was hired, and that the job is filled by it.
        messages.push(self.next().await?);
        messages.push(self.next().await?);
        Ok(messages)
    }
}

async fn take(State(messages): State<mpsc::Sender<String>>, Json(message): Json<Value>) -> StatusCode {
    let text = message["text"].as_str().unwrap_or_default().to_owned();
    // Nobody looks any more once the demo serves; what arrives then is not kept.
    let _ = messages.try_send(text);
    StatusCode::OK
}
