//! Every write to the outbox and to what messages say.

use serde_json::json;

use super::letters::{Content, Letter};
use super::templates::{Template, Wanted};
use super::{Email, Kind, State, masked, store, tasks};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::{CandidateId, EmailId};
use crate::mailer::{Failed, Outgoing};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::data_keys::{self, Secret};
use crate::resources::tenants;
use crate::services::Services;
use crate::tasks::{When, enqueue};

/// Whether messages are written at all: without an SMTP server nothing is, and whoever would tell somebody need not look up
/// what to say.
pub(crate) fn is_on(services: &Services) -> bool {
    services.mailer.is_some()
}

/// Writes letters into the outbox, inside the change they tell of; those whose kind the tenant has switched off are
/// dropped. They are sent after the commit.
///
/// # Errors
/// The database's, and a data key whose secret key is not configured.
pub(crate) async fn queue(tx: &mut Tx, services: &Services, letters: Vec<Letter>) -> Result<()> {
    if !is_on(services) || letters.is_empty() {
        return Ok(());
    }
    // What the letters are about may be among it.
    tx.write_inserts().await?;
    let tenant = tenants::store::get(tx).await?;
    let templates = store::list_templates(tx).await?;
    let now = services.clock.now();
    for letter in letters {
        let template = templates.iter().find(|template| template.kind == letter.kind);
        if !template.map_or(letter.kind.is_usual(), Template::is_enabled) {
            continue;
        }
        let id = EmailId::new(&services.clock);
        let (kind, about) = (letter.kind, letter.about);
        let recipient = masked(&letter.to.address);
        let content = Content::of(letter, &tenant, services.config.public_url.as_deref());
        let content = serde_json::to_vec(&content).map_err(anyhow::Error::new)?;
        let row = id.to_string();
        let sealed =
            data_keys::actions::seal(tx, &services.clock, &services.keys, place(&row), &content).await?;
        let email = Email {
            id,
            kind,
            state: State::Queued,
            recipient,
            content: Some(sealed),
            member_id: about.member,
            candidate_id: about.candidate,
            application_id: about.application,
            interview_id: about.interview,
            attempts: 0,
            error_code: None,
            smtp_status: None,
            created_at: now,
            updated_at: now,
            sent_at: None,
        };
        store::insert(tx, &email).await?;
        enqueue(tx, &services.clock, &tasks::SendEmail { email: id }, When::now()).await?;
    }
    Ok(())
}

fn place(row: &str) -> Secret<'_> {
    Secret { table: "emails", column: "content", row }
}

/// A queued message as it goes out; nothing when there is none any more, or it went.
///
/// # Errors
/// The database's, and a content that does not open.
pub(crate) async fn prepare(services: &Services, caller: &Caller, id: EmailId) -> Result<Option<Outgoing>> {
    let Some(mailer) = &services.mailer else {
        return Err(Error::Unavailable { detail: "no SMTP server is configured".into() });
    };
    let mut tx = services.db.read(caller, Permission::EmailWrite).await?;
    let Some(email) = store::find(&mut tx, id).await?.filter(|email| email.state == State::Queued) else {
        return Ok(None);
    };
    let Some(sealed) = &email.content else { return Ok(None) };
    let row = id.to_string();
    let content = data_keys::actions::unseal(&mut tx, &services.keys, place(&row), sealed).await?;
    let content: Content = serde_json::from_slice(&content).map_err(anyhow::Error::new)?;
    let template = template(&mut tx, services, email.kind).await?;
    let tenant = tenants::store::get(&mut tx).await?;
    tx.commit().await?;
    let message = template.wording().render(&content.values)?;
    let address = mailer.address();
    let organizer = (tenant.name.as_str(), address.as_str());
    let invite = content.appointment.map(|entry| entry.invite(&content.to, organizer, mailer.domain()));
    Ok(Some(Outgoing {
        id: row,
        date: email.created_at.into(),
        from_name: tenant.name,
        reply_to: template.reply_to,
        to_name: content.to.name,
        to: content.to.address,
        subject: message.subject,
        text: message.text,
        html: message.html,
        invite,
    }))
}

/// Notes how an attempt ended. What was sent is not kept.
///
/// # Errors
/// The database's.
pub(crate) async fn note(
    services: &Services,
    caller: &Caller,
    id: EmailId,
    outcome: Result<(), Failed>,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::EmailWrite).await?;
    if let Some(mut email) = store::find(&mut tx, id).await?.filter(|email| email.state == State::Queued) {
        email.note(outcome, services.clock.now());
        store::update(&mut tx, &email).await?;
    }
    tx.commit().await
}

/// After the last attempt: it stays failed, by what the last one failed with.
///
/// # Errors
/// The database's.
pub(crate) async fn give_up(services: &Services, caller: &Caller, id: EmailId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::EmailWrite).await?;
    if let Some(mut email) = store::find(&mut tx, id).await?.filter(|email| email.state == State::Queued) {
        email.state = State::Failed;
        email.error_code.get_or_insert_with(|| "internal".into());
        email.updated_at = services.clock.now();
        store::update(&mut tx, &email).await?;
    }
    tx.commit().await
}

/// Sends a failed message again, worded as messages of its kind are now.
///
/// # Errors
/// `NotFound`; `Conflict` when it waits or went, or when no SMTP server is configured.
pub async fn resend(services: &Services, caller: &Caller, id: EmailId) -> Result<Email> {
    let mut tx = services.db.begin(caller, Permission::EmailWrite).await?;
    let mut email = store::get(&mut tx, id).await?;
    if email.state != State::Failed {
        let detail = "the e-mail waits to be sent, or was; only one that failed is sent again".into();
        return Err(Error::Conflict { code: "email_not_failed", detail });
    }
    if !is_on(services) {
        let detail = "no SMTP server is configured (smtp_url), so no e-mail is sent".into();
        return Err(Error::Conflict { code: "emails_off", detail });
    }
    email.state = State::Queued;
    email.updated_at = services.clock.now();
    store::update(&mut tx, &email).await?;
    enqueue(&mut tx, &services.clock, &tasks::SendEmail { email: id }, When::now()).await?;
    let noted = Change::noted(json!({ "kind": email.kind }));
    audit::record(&mut tx, &services.clock, "email.resent", id, noted);
    tx.commit().await?;
    Ok(email)
}

/// The tenant's wording of a kind, or the program's.
///
/// # Errors
/// The database's.
pub(crate) async fn template(tx: &mut Tx, services: &Services, kind: Kind) -> Result<Template> {
    let found = store::find_template(tx, kind).await?;
    Ok(found.unwrap_or_else(|| Template::usual(kind, services.clock.now())))
}

/// # Errors
/// `PreconditionFailed`; `Invalid`, naming every fault.
pub async fn set_template(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    if_match: &IfMatch,
    wanted: Wanted,
) -> Result<Template> {
    let mut tx = services.db.begin(caller, Permission::EmailTemplateWrite).await?;
    let before = template(&mut tx, services, kind).await?;
    if_match.require(before.version)?;
    let mut after = before.clone();
    after.set(wanted)?;
    save(&mut tx, services, &before, &mut after, "email_template.updated").await?;
    tx.commit().await?;
    Ok(after)
}

/// Back to the program's own wording.
///
/// # Errors
/// `PreconditionFailed`.
pub async fn reset_template(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    if_match: &IfMatch,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::EmailTemplateWrite).await?;
    let before = template(&mut tx, services, kind).await?;
    if_match.require(before.version)?;
    // The row stays: its version goes on counting.
    let mut after = Template { version: before.version, ..Template::usual(kind, before.updated_at) };
    save(&mut tx, services, &before, &mut after, "email_template.reset").await?;
    tx.commit().await
}

async fn save(
    tx: &mut Tx,
    services: &Services,
    before: &Template,
    after: &mut Template,
    action: &'static str,
) -> Result<()> {
    after.updated_at = services.clock.now();
    store::update_template(tx, after).await?;
    let object = format!("email_template {}", after.kind.as_str());
    audit::record(tx, &services.clock, action, object, Change::between(before, after));
    Ok(())
}

/// Takes everything to or about a candidate out of the outbox, sent or not, inside the erasure of their data. What waits is
/// never sent. Answers how many.
///
/// # Errors
/// The database's.
pub async fn erase(tx: &mut Tx, candidate: CandidateId) -> Result<u64> {
    store::delete_of_candidate(tx, candidate).await
}
