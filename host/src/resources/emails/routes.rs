//! The outbox and what messages say, on the wire.

use axum::extract::{OriginalUri, State as App};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::templates::{self, Template, Wanted};
use super::{Email, Kind, State, actions, defaults, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{ApplicationId, CandidateId, EmailId, InterviewId, MemberId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(read_template, set_template, reset_template))
        .routes(routes!(preview))
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(resend))
}

/// What messages of a kind say, and whether they are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailTemplateView {
    pub kind: Kind,
    /// Whether such messages are sent. Colleagues are told unless you switch it off, candidates only when you switch it on.
    pub is_enabled: bool,
    /// Nothing was ever said otherwise, or it was taken back.
    pub is_default: bool,
    #[schema(example = "Your interview at {{ tenant_name }}: {{ job_title }}")]
    pub subject: String,
    #[schema(example = "Hello {{ recipient_name }}, we look forward to seeing you.")]
    pub text: String,
    /// Beside the text; `null`: text alone.
    pub html: Option<String>,
    /// Where answers go; `null`: to the operator's address.
    #[schema(example = "jobs@acme.example")]
    pub reply_to: Option<String>,
    /// What it may name.
    pub placeholders: Vec<PlaceholderView>,
    pub version: i64,
}

/// What a template may name, as `{{ name }}` or in `{% if name %} … {% else %} … {% endif %}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceholderView {
    #[schema(example = "job_title")]
    pub name: &'static str,
    /// What it may stand for.
    #[schema(example = "Civil engineer")]
    pub sample: &'static str,
}

impl EmailTemplateView {
    fn of(template: &Template) -> Self {
        let wording = template.wording();
        let placeholders = defaults::placeholders(template.kind);
        Self {
            kind: template.kind,
            is_enabled: template.is_enabled(),
            is_default: template.is_usual(),
            subject: wording.subject,
            text: wording.text,
            html: wording.html,
            reply_to: template.reply_to.clone(),
            placeholders: placeholders
                .into_iter()
                .map(|(name, sample)| PlaceholderView { name, sample })
                .collect(),
            version: template.version,
        }
    }
}

/// What messages of every kind say.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailTemplateList {
    pub data: Vec<EmailTemplateView>,
}

/// What messages of a kind are to say. What is absent is the default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmailTemplate {
    is_enabled: bool,
    #[schema(example = "See you soon, {{ recipient_name }}", max_length = 500)]
    subject: Option<String>,
    #[schema(
        example = "On {{ date }} at {{ time }}{% if place %}, {{ place }}{% endif %}.",
        max_length = 50_000
    )]
    text: Option<String>,
    /// What is filled in is escaped.
    #[schema(example = "<p>On {{ date }} at {{ time }}</p>", max_length = 100_000)]
    html: Option<String>,
    #[schema(example = "jobs@acme.example")]
    reply_to: Option<String>,
}

/// A wording to try. What is absent is as it stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailWording {
    #[schema(example = "See you soon, {{ recipient_name }}", max_length = 500)]
    subject: Option<String>,
    #[schema(example = "On {{ date }} at {{ time }}.", max_length = 50_000)]
    text: Option<String>,
    #[schema(example = "<p>On {{ date }} at {{ time }}</p>", max_length = 100_000)]
    html: Option<String>,
}

/// A message filled in with the samples.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailPreview {
    #[schema(example = "See you soon, Ada Lovelace")]
    pub subject: String,
    #[schema(example = "On 2026-03-09 at 10:00.")]
    pub text: String,
    pub html: Option<String>,
}

/// List what e-mails say
///
/// One of every kind there is, as it stands.
#[utoipa::path(
    get, path = "/v1/email-templates", tag = "emails",
    responses((status = 200, body = EmailTemplateList)),
    extensions(("x-permission" = json!("email_template:read")))
)]
async fn list_templates(
    App(services): App<Services>,
    caller: Caller,
) -> Result<axum::Json<EmailTemplateList>> {
    let mut tx = services.db.read(&caller, Permission::EmailTemplateRead).await?;
    let stored = store::list_templates(&mut tx).await?;
    tx.commit().await?;
    let now = services.clock.now();
    let data = Kind::EVERY.map(|kind| match stored.iter().find(|template| template.kind == kind) {
        Some(template) => EmailTemplateView::of(template),
        None => EmailTemplateView::of(&Template::usual(kind, now)),
    });
    Ok(axum::Json(EmailTemplateList { data: data.into() }))
}

/// Read what e-mails of a kind say
#[utoipa::path(
    get, path = "/v1/email-templates/{kind}", tag = "emails", params(("kind" = Kind, Path)),
    responses((status = 200, body = EmailTemplateView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("email_template:read")))
)]
async fn read_template(
    App(services): App<Services>,
    caller: Caller,
    Id(kind): Id<Kind>,
) -> Result<Versioned<EmailTemplateView>> {
    let mut tx = services.db.read(&caller, Permission::EmailTemplateRead).await?;
    let template = actions::template(&mut tx, &services, kind).await?;
    tx.commit().await?;
    Ok(Versioned(template.version, EmailTemplateView::of(&template)))
}

/// Say what e-mails of a kind say
///
/// And whether they are sent. Messages that wait are worded so, too.
#[utoipa::path(
    put, path = "/v1/email-templates/{kind}", tag = "emails", params(("kind" = Kind, Path)),
    request_body = NewEmailTemplate,
    responses(
        (status = 200, body = EmailTemplateView, headers(("etag" = String, description = "The version"))),
        (status = 412),
        (status = 422, description = "`invalid_request`: `invalid_template`, or `unknown_placeholder` with those there are"),
    ),
    extensions(("x-permission" = json!("email_template:write")))
)]
async fn set_template(
    App(services): App<Services>,
    caller: Caller,
    Id(kind): Id<Kind>,
    if_match: IfMatch,
    Json(new): Json<NewEmailTemplate>,
) -> Result<Versioned<EmailTemplateView>> {
    let NewEmailTemplate { is_enabled, subject, text, html, reply_to } = new;
    let wanted = Wanted { is_enabled, subject, text, html, reply_to };
    let template = actions::set_template(&services, &caller, kind, &if_match, wanted).await?;
    Ok(Versioned(template.version, EmailTemplateView::of(&template)))
}

/// Go back to what e-mails of a kind say by default
#[utoipa::path(
    delete, path = "/v1/email-templates/{kind}", tag = "emails", params(("kind" = Kind, Path)),
    responses((status = 204, description = "The default again"), (status = 412)),
    extensions(("x-permission" = json!("email_template:write")))
)]
async fn reset_template(
    App(services): App<Services>,
    caller: Caller,
    Id(kind): Id<Kind>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::reset_template(&services, &caller, kind, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try what e-mails of a kind would say
///
/// Fills in the samples; changes and sends nothing.
#[utoipa::path(
    post, path = "/v1/email-templates/{kind}/previews", tag = "emails", params(("kind" = Kind, Path)),
    request_body = EmailWording,
    responses(
        (status = 200, body = EmailPreview),
        (status = 422, description = "`invalid_request`: `invalid_template`, or `unknown_placeholder` with those there are"),
    ),
    extensions(("x-permission" = json!("email_template:read")))
)]
async fn preview(
    App(services): App<Services>,
    caller: Caller,
    Id(kind): Id<Kind>,
    Json(wording): Json<EmailWording>,
) -> Result<axum::Json<EmailPreview>> {
    let mut tx = services.db.read(&caller, Permission::EmailTemplateRead).await?;
    let mut template = actions::template(&mut tx, &services, kind).await?;
    tx.commit().await?;
    let EmailWording { subject, text, html } = wording;
    let (present, text, html) =
        (template.subject.clone(), text.or(template.text.clone()), html.or(template.html.clone()));
    template.set_wording(subject.or(present), text, html)?;
    let message = template.wording().render(&templates::samples(kind))?;
    Ok(axum::Json(EmailPreview { subject: message.subject, text: message.text, html: message.html }))
}

/// A message in the outbox, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailView {
    pub id: EmailId,
    pub kind: Kind,
    pub state: State,
    /// The address, masked.
    #[schema(example = "a***@example.com")]
    pub recipient: String,
    /// The member it goes to.
    pub member_id: Option<MemberId>,
    /// The candidate it goes to or is about.
    pub candidate_id: Option<CandidateId>,
    pub application_id: Option<ApplicationId>,
    pub interview_id: Option<InterviewId>,
    pub attempts: i64,
    /// Why the last attempt failed.
    pub error: Option<EmailError>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

/// Why an attempt failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailError {
    /// `refused`, `busy`, `unreachable`, `timeout`, `tls`, `sign_in`, `not_possible`, `bad_recipient` or `internal`.
    #[schema(example = "refused")]
    pub code: String,
    /// What the SMTP server answered.
    #[schema(example = 550)]
    pub smtp_status: Option<i64>,
}

impl EmailView {
    fn of(email: Email) -> Self {
        let smtp_status = email.smtp_status;
        Self {
            id: email.id,
            kind: email.kind,
            state: email.state,
            recipient: email.recipient,
            member_id: email.member_id,
            candidate_id: email.candidate_id,
            application_id: email.application_id,
            interview_id: email.interview_id,
            attempts: email.attempts,
            error: email.error_code.map(|code| EmailError { code, smtp_status }),
            created_at: email.created_at,
            updated_at: email.updated_at,
            sent_at: email.sent_at,
        }
    }
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EmailParams {
    #[param(inline)]
    state: Option<State>,
    #[param(inline)]
    kind: Option<Kind>,
    /// To this member.
    member_id: Option<MemberId>,
    /// To or about this candidate.
    candidate_id: Option<CandidateId>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List e-mails
///
/// Newest first: what became of each, not what it says. Those that were sent or failed are forgotten after ninety days.
#[utoipa::path(
    get, path = "/v1/emails", tag = "emails", params(EmailParams),
    responses((status = 200, body = Page<EmailView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("email:read")))
)]
async fn list(
    App(services): App<Services>,
    caller: Caller,
    Params(params): Params<EmailParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<EmailView>> {
    let EmailParams { state, kind, member_id, candidate_id, limit, cursor } = params;
    let list = list_name(caller.tenant, &uri);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let filter = store::Filter { state, kind, member: member_id, candidate: candidate_id };
    let mut tx = services.db.read(&caller, Permission::EmailRead).await?;
    let rows = store::list(&mut tx, filter, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row| row.id.uuid(), EmailView::of))
}

/// Read what became of an e-mail
#[utoipa::path(
    get, path = "/v1/emails/{id}", tag = "emails", params(("id" = EmailId, Path)),
    responses((status = 200, body = EmailView)),
    extensions(("x-permission" = json!("email:read")))
)]
async fn read(
    App(services): App<Services>,
    caller: Caller,
    Id(id): Id<EmailId>,
) -> Result<axum::Json<EmailView>> {
    let mut tx = services.db.read(&caller, Permission::EmailRead).await?;
    let email = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(EmailView::of(email)))
}

/// Send a failed e-mail again
#[utoipa::path(
    post, path = "/v1/emails/{id}/resends", tag = "emails", params(("id" = EmailId, Path)),
    responses(
        (status = 202, description = "It waits for its next attempt", body = EmailView),
        (status = 409, description = "`email_not_failed`: it waits or went; `emails_off`: no SMTP server is configured"),
    ),
    extensions(("x-permission" = json!("email:write")))
)]
async fn resend(
    App(services): App<Services>,
    caller: Caller,
    Id(id): Id<EmailId>,
) -> Result<(StatusCode, axum::Json<EmailView>)> {
    let email = actions::resend(&services, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(EmailView::of(email))))
}
