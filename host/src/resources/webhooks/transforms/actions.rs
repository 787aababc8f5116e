//! Asks a transform what becomes of an event, on its way or for somebody who would like to see.

use std::sync::Arc;

use serde_json::Value;

use super::{FAILED, OnFailure, Transform, fault};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::hooks::{Call, Failure, Kind, Ran, RunRecord};
use crate::ids::{DeliveryId, EventId, RunId, WebhookEndpointId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::events::{self, catalogue};
use crate::resources::plugin_runs;
use crate::resources::plugins::overlays;
use crate::resources::plugins::rollouts::Beside;
use crate::resources::plugins::using::{self, Handle};
use crate::resources::webhooks::deliveries::Answer;
use crate::resources::webhooks::deliveries::ending::{self, Attempted};
use crate::resources::webhooks::deliveries::passing::{self, Kept, Parcel};
use crate::resources::webhooks::{self, Endpoint};
use crate::services::Services;
use crate::transforming::{Decision, Outgoing, OutgoingEvent};

/// # Errors
/// `Invalid`: there is no such plugin, or its settings are too large, or none that it takes.
pub(crate) async fn check(services: &Services, caller: &Caller, transform: &Transform) -> Result<()> {
    if !using::is_known(services, caller, &transform.plugin, Kind::WebhookTransform).await? {
        return Err(unknown());
    }
    transform.check()?;
    check_settings(services, caller, transform).await
}

async fn check_settings(services: &Services, caller: &Caller, transform: &Transform) -> Result<()> {
    let Transform { plugin, config, .. } = transform;
    let checked = overlays::require(services, caller, plugin, Kind::WebhookTransform, config).await;
    checked.map_err(|error| error.below("#/transform"))
}

fn unknown() -> Error {
    let detail = "no plugin of this name and of the kind webhook-transform is installed and active";
    Error::invalid("#/transform/plugin", "unknown_plugin", detail)
}

/// What a transform made of an event, and what it cost.
pub(crate) struct Reshaped {
    pub(crate) decision: Result<Decision, Failure>,
    pub(crate) record: RunRecord,
}

async fn ask(
    services: &Services,
    caller: &Caller,
    call: Call,
    plugin: &Handle,
    transform: &Transform,
    raw: &str,
) -> Result<Reshaped> {
    let event = outgoing(raw)?;
    let settings = Arc::new(transform.config.clone());
    let mut ran: Ran<Decision> = services.hooks.transform(&plugin.plugin, call, settings, event).await;
    ran.drop_nulls();
    if !call.dry_run {
        using::settle(services, caller, plugin, &ran).await?;
    }
    Ok(Reshaped { decision: ran.result.and_then(accept), record: ran.record })
}

/// What may go out of what a transform answered.
pub(crate) fn accept(decision: Decision) -> Result<Decision, Failure> {
    match decision {
        Decision::Deliver(parts) if parts.is_empty() => {
            Ok(Decision::Drop("there was nothing to send".into()))
        }
        Decision::Deliver(parts) => match fault(&parts) {
            Some(message) => Err(refused(message)),
            None => Ok(Decision::Deliver(parts)),
        },
        Decision::Drop(reason) => Ok(Decision::Drop(reason)),
    }
}

/// An event as a transform is given it.
pub(crate) fn outgoing(raw: &str) -> Result<OutgoingEvent> {
    let payload: Value = serde_json::from_str(raw).map_err(anyhow::Error::new)?;
    let text = |field: &str| payload[field].as_str().unwrap_or_default().to_owned();
    Ok(OutgoingEvent { id: text("id"), kind: text("type"), occurred_at: text("timestamp"), payload })
}

fn refused(message: String) -> Failure {
    let code = "plugin_bad_result".into();
    Failure { outcome: crate::hooks::Outcome::Refused, code, message, retryable: false }
}

/// What goes on after a delivery's transform was asked.
pub(crate) enum Next {
    Send(Box<Parcel>),
    /// That was all.
    Done,
}

/// Has what a delivery sends reshaped, and keeps it, so that every attempt sends the same.
///
/// # Errors
/// The database's: then it is asked again.
pub(crate) async fn reshape(services: &Services, caller: &Caller, mut parcel: Box<Parcel>) -> Result<Next> {
    let Some(transform) = parcel.transform.take() else { return Ok(Next::Send(parcel)) };
    let started_at = services.clock.now();
    let subject = parcel.delivery.to_string();
    let kind = Kind::WebhookTransform;
    let plugins = using::resolve(services, caller, &transform.plugin, kind, Some(&subject)).await?;
    let mut message = format!("the plugin {} is not there any more, or is suspended", transform.plugin);
    // Where a canary has no answer, the version in use is asked.
    for plugin in &plugins {
        let run = RunId::new(&services.clock);
        let call = Call { tenant: caller.tenant, invocation: run.uuid(), dry_run: false };
        let Reshaped { decision, record } =
            ask(services, caller, call, plugin, &transform, &parcel.raw).await?;
        let code = decision.as_ref().err().map(|failure| failure.code.clone());
        keep_run(services, caller, parcel.delivery, run, &record, code.as_deref()).await?;
        let beside = plugin.beside(services, run);
        match decision {
            Ok(Decision::Deliver(parts)) => return keep(services, caller, parcel, parts, beside).await,
            Ok(Decision::Drop(reason)) => {
                ending::let_go(services, caller, &parcel, &reason, beside).await?;
                return Ok(Next::Done);
            }
            Err(failure) => {
                message = format!("the transform failed ({}): {}", failure.code, failure.message);
            }
        }
    }
    fail(services, caller, parcel, &transform, started_at, message).await
}

async fn keep_run(
    services: &Services,
    caller: &Caller,
    delivery: DeliveryId,
    run: RunId,
    record: &RunRecord,
    code: Option<&str>,
) -> Result<()> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    plugin_runs::store::insert(&mut tx, run, &delivery.to_string(), record, code, now).await?;
    tx.commit().await
}

async fn keep(
    services: &Services,
    caller: &Caller,
    mut parcel: Box<Parcel>,
    parts: Vec<Outgoing>,
    beside: Option<Beside>,
) -> Result<Next> {
    match passing::keep_parts(services, caller, &parcel, &parts, beside).await? {
        Kept::Here => {
            parcel.parts = parts;
            Ok(Next::Send(parcel))
        }
        Kept::Gone => Ok(Next::Done),
    }
}

async fn fail(
    services: &Services,
    caller: &Caller,
    parcel: Box<Parcel>,
    transform: &Transform,
    started_at: crate::clock::Time,
    message: String,
) -> Result<Next> {
    match transform.on_failure {
        OnFailure::SendRaw => {
            let raw = vec![passing::raw(&parcel.raw)];
            let next = keep(services, caller, parcel, raw, None).await?;
            if let Next::Send(mut parcel) = next {
                parcel.note = Some(format!("{message}; the event was sent as it is"));
                return Ok(Next::Send(parcel));
            }
            Ok(next)
        }
        OnFailure::Retry => {
            let duration = (services.clock.now() - started_at).to_std().unwrap_or_default();
            let answer = Answer::None { code: FAILED };
            let done =
                Attempted { started_at, duration, answer, detail: Some(message), response: None, sent: 0 };
            ending::finish(services, caller, &parcel, done).await?;
            Ok(Next::Done)
        }
    }
}

/// What to look at.
pub(crate) enum Of {
    /// Something that happened.
    Event(EventId),
    /// An example.
    Kind(events::Kind),
}

/// What an endpoint would be sent of an event by a transform, its own or another one; nothing is kept or sent.
///
/// # Errors
/// `NotFound`; `Refusal` when it would show what the caller may not see; `Invalid`: no such plugin, or no
/// transform at all.
pub(crate) async fn preview(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    of: Of,
    other: Option<Transform>,
) -> Result<Reshaped> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let endpoint: Endpoint = webhooks::store::get(&mut tx, id).await?;
    webhooks::actions::require_holds(&mut tx, &endpoint).await?;
    let raw = match of {
        Of::Event(event) => {
            let found = events::store::find(&mut tx, event).await?;
            let found = found.ok_or(Error::NotFound { what: "event" })?;
            passing::raw_body(&mut tx, services, endpoint.payload, found).await?.0
        }
        Of::Kind(kind) => serde_json::to_string(&catalogue::example(kind)).map_err(anyhow::Error::new)?,
    };
    // Nothing was changed, and nobody waits for the plugin with the database in hand.
    drop(tx);
    let own = endpoint.transform.map(|transform| transform.0);
    let transform = other.or(own).ok_or_else(|| {
        let detail = "the endpoint has no transform; say which one to look at";
        Error::invalid("#/transform", "missing", detail)
    })?;
    transform.check()?;
    let plugins = using::resolve(services, caller, &transform.plugin, Kind::WebhookTransform, None).await?;
    let plugin = plugins.into_iter().next().ok_or_else(unknown)?;
    check_settings(services, caller, &transform).await?;
    let invocation = RunId::new(&services.clock).uuid();
    let call = Call { tenant: caller.tenant, invocation, dry_run: true };
    ask(services, caller, call, &plugin, &transform, &raw).await
}
