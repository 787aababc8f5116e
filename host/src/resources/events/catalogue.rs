//! What every type of event means and what its `data` holds: said once, for `GET /v1/event-types`, for the OpenAPI
//! document and for test deliveries.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::{Operation, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, HttpMethod, OpenApi, Paths, Ref, ResponseBuilder};

use super::Kind;
use super::wire::{EventTypeView, EventView};
use crate::clock::Time;
use crate::ids::EventId;

/// What a field of `data` holds.
#[derive(Clone, Copy)]
enum Holds {
    /// An id with this prefix.
    Id(&'static str),
    Ids(&'static str),
    Number(i64),
    Decimal(f64),
    Word(&'static str),
    Words(&'static [&'static str]),
    Flag(bool),
    Instant(&'static str),
}

/// Whether a field is always there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    There,
    /// There, but perhaps `null`.
    Nullable,
    /// Absent, `null`, or there.
    Optional,
}

type Field = (&'static str, Is, Holds);

const fn id(name: &'static str, prefix: &'static str) -> Field {
    (name, Is::There, Holds::Id(prefix))
}

const VERSION: Field = ("version", Is::There, Holds::Number(3));
const CANDIDATE: Field = id("candidate_id", "cand");
const RESUME: Field = id("resume_id", "resume");
const APPLICATION: Field = id("application_id", "app");
const JOB: Field = id("job_id", "job");
const OWNER: Field = ("candidate_id", Is::Nullable, Holds::Id("cand"));

const OF_CANDIDATE: &[Field] = &[CANDIDATE, VERSION, ("resume_id", Is::Optional, Holds::Id("resume"))];
const OF_JOB: &[Field] = &[JOB, ("status", Is::There, Holds::Word("open")), VERSION];
const OF_APPLICATION: &[Field] = &[
    APPLICATION,
    CANDIDATE,
    JOB,
    id("stage_id", "stage"),
    ("outcome", Is::There, Holds::Word("active")),
    VERSION,
];
const OF_MOVE: &[Field] = &[
    APPLICATION,
    CANDIDATE,
    JOB,
    id("stage_id", "stage"),
    id("from_stage_id", "stage"),
    ("outcome", Is::There, Holds::Word("active")),
    ("reason", Is::Nullable, Holds::Word("other")),
    VERSION,
];
const OF_SCORE: &[Field] = &[
    APPLICATION,
    CANDIDATE,
    JOB,
    ("score", Is::Nullable, Holds::Decimal(82.5)),
    ("scored", Is::There, Holds::Number(1)),
    ("skipped", Is::There, Holds::Number(0)),
    ("failed", Is::There, Holds::Number(0)),
];
const OF_INTERVIEW: &[Field] = &[
    id("interview_id", "interview"),
    APPLICATION,
    CANDIDATE,
    JOB,
    ("status", Is::There, Holds::Word("scheduled")),
    ("starts_at", Is::There, Holds::Instant("2026-03-09T10:00:00Z")),
    ("duration_minutes", Is::There, Holds::Number(45)),
    ("interviewers", Is::There, Holds::Ids("member")),
    VERSION,
];
const OF_OFFER: &[Field] = &[
    id("offer_id", "offer"),
    APPLICATION,
    CANDIDATE,
    JOB,
    ("number", Is::There, Holds::Number(1)),
    ("status", Is::There, Holds::Word("sent")),
    VERSION,
    ("supersedes", Is::Optional, Holds::Id("offer")),
];

const OF_MERGE: &[Field] = &[CANDIDATE, id("merged_candidate_id", "cand"), VERSION];
const OF_ERASURE: &[Field] = &[
    CANDIDATE,
    ("parts", Is::There, Holds::Words(&["contacts", "resumes"])),
    ("is_complete", Is::There, Holds::Flag(false)),
];
const OF_READING: &[Field] = &[RESUME, CANDIDATE, id("parse_id", "parse")];
const OF_FAILED_READING: &[Field] =
    &[RESUME, id("parse_id", "parse"), ("code", Is::There, Holds::Word("no_text_layer"))];
const OF_EVALUATION: &[Field] = &[
    id("interview_id", "interview"),
    id("evaluation_id", "eval"),
    APPLICATION,
    CANDIDATE,
    JOB,
    id("member_id", "member"),
    VERSION,
];
const PLUGIN: [Field; 3] = [
    id("plugin_id", "plugin"),
    ("plugin", Is::There, Holds::Word("acme/parser")),
    id("version_id", "pluginver"),
];
const RELEASE: Field = ("release", Is::There, Holds::Word("1.2.0"));
const OF_INSTALLATION: &[Field] =
    &[PLUGIN[0], PLUGIN[1], PLUGIN[2], RELEASE, ("digest", Is::There, Holds::Word("a3f1c2d4e5b6"))];
const OF_ACTIVATION: &[Field] = &[
    PLUGIN[0],
    PLUGIN[1],
    PLUGIN[2],
    RELEASE,
    ("digest", Is::There, Holds::Word("a3f1c2d4e5b6")),
    ("before", Is::Nullable, Holds::Word("1.1.0")),
];
const OF_DEACTIVATION: &[Field] = &PLUGIN;
const OF_SUSPENSION: &[Field] = &[
    PLUGIN[0],
    PLUGIN[1],
    PLUGIN[2],
    RELEASE,
    ("outcome", Is::There, Holds::Word("trap")),
    ("until", Is::There, Holds::Instant("2026-03-02T09:05:00Z")),
];
const OF_SHADOW: &[Field] = &[PLUGIN[0], PLUGIN[1], PLUGIN[2], RELEASE];
const OF_CANARY: &[Field] =
    &[PLUGIN[0], PLUGIN[1], PLUGIN[2], RELEASE, ("share_percent", Is::There, Holds::Number(5))];
const OF_ENDED_ROLLOUT: &[Field] =
    &[PLUGIN[0], PLUGIN[1], PLUGIN[2], RELEASE, ("reason", Is::There, Holds::Word("withdrawn"))];
const OF_ENDPOINT: &[Field] = &[id("endpoint_id", "endpoint"), ("reason", Is::There, Holds::Word("failing"))];

/// What a type means, and what its `data` holds; the first field is the subject. Every type has to be here.
fn described(kind: Kind) -> (&'static str, &'static [Field]) {
    match kind {
        Kind::CandidateCreated => ("Somebody became known as a candidate.", OF_CANDIDATE),
        Kind::CandidateUpdated => ("What is known of a candidate changed.", OF_CANDIDATE),
        Kind::CandidateMerged => {
            ("Two candidates turned out to be the same person and go on as `candidate_id`.", OF_MERGE)
        }
        Kind::CandidateDeleted => ("A candidate was deleted.", &[CANDIDATE]),
        Kind::CandidateErased => {
            ("A candidate's personal data was erased: the parts that are named, or all of it.", OF_ERASURE)
        }
        Kind::ResumeReceived => ("A résumé was uploaded and will be read.", &[RESUME, OWNER]),
        Kind::ResumeParsed => ("A résumé was read; the candidate is known now.", OF_READING),
        Kind::ResumeParseFailed => ("A résumé could not be read; `code` says why.", OF_FAILED_READING),
        Kind::ResumeCorrected => {
            ("Somebody corrected what was read from a résumé.", &[RESUME, OWNER, VERSION])
        }
        Kind::ResumeDeleted => ("A résumé was deleted.", &[RESUME, OWNER]),
        Kind::JobCreated => ("A job was made.", OF_JOB),
        Kind::JobUpdated => ("A job, its stages or its openings changed.", OF_JOB),
        Kind::JobStatusChanged => ("A job was opened, paused, filled or closed.", OF_JOB),
        Kind::JobDeleted => ("A job was deleted.", OF_JOB),
        Kind::ApplicationCreated => ("Somebody applied for a job.", OF_APPLICATION),
        Kind::ApplicationUpdated => ("An application changed without moving.", OF_APPLICATION),
        Kind::ApplicationStageChanged => ("An application moved to another stage.", OF_MOVE),
        Kind::ApplicationRejected => ("An application was rejected.", OF_MOVE),
        Kind::ApplicationWithdrawn => ("A candidate withdrew an application.", OF_MOVE),
        Kind::ApplicationHired => ("A candidate was hired.", OF_MOVE),
        Kind::ApplicationTransferred => ("An application goes on as another one for another job.", OF_MOVE),
        Kind::ApplicationReopened => ("An application that had ended goes on.", OF_MOVE),
        Kind::ApplicationCorrected => ("A line of an application's history was taken back.", OF_MOVE),
        Kind::ApplicationDeleted => ("An application was deleted.", OF_APPLICATION),
        Kind::ApplicationScored => {
            ("An application was scored: how well it fits, and by how many rules.", OF_SCORE)
        }
        Kind::InterviewScheduled => ("An interview was scheduled.", OF_INTERVIEW),
        Kind::InterviewRescheduled => ("An interview takes place at another time.", OF_INTERVIEW),
        Kind::InterviewUpdated => ("Something but the time of an interview changed.", OF_INTERVIEW),
        Kind::InterviewCancelled => ("An interview was cancelled.", OF_INTERVIEW),
        Kind::InterviewEvaluated => ("An interviewer gave or changed an evaluation.", OF_EVALUATION),
        Kind::OfferCreated => ("A version of an offer was made.", OF_OFFER),
        Kind::OfferUpdated => ("A version of an offer changed.", OF_OFFER),
        Kind::OfferSent => ("An offer was sent.", OF_OFFER),
        Kind::OfferAccepted => ("A candidate accepted an offer.", OF_OFFER),
        Kind::OfferDeclined => ("A candidate declined an offer.", OF_OFFER),
        Kind::OfferRescinded => ("An offer was taken back.", OF_OFFER),
        Kind::PluginInstalled => {
            ("A version of a plugin was installed; its code is being made ready.", OF_INSTALLATION)
        }
        Kind::PluginActivated => ("A version of a plugin is used from now on.", OF_ACTIVATION),
        Kind::PluginRolledBack => ("An earlier version of a plugin is used again.", OF_ACTIVATION),
        Kind::PluginDeactivated => ("A plugin is not used any more.", OF_DEACTIVATION),
        Kind::PluginSuspended => ("A plugin failed too often and is not asked for a while.", OF_SUSPENSION),
        Kind::PluginShadowStarted => (
            "A version of a plugin is asked beside the one in use from now on; nothing of it is used.",
            OF_SHADOW,
        ),
        Kind::PluginShadowEnded => (
            "A version of a plugin is not asked beside the one in use any more; `reason` says why.",
            OF_ENDED_ROLLOUT,
        ),
        Kind::PluginCanaryStarted => {
            ("A version of a plugin is asked about a share of what comes from now on.", OF_CANARY)
        }
        Kind::PluginCanaryEnded => {
            ("A version of a plugin has no share of its own any more; `reason` says why.", OF_ENDED_ROLLOUT)
        }
        Kind::PluginCanarySuspended => (
            "The canary of a plugin failed too often and is not asked for a while; the version in use is.",
            OF_SUSPENSION,
        ),
        Kind::WebhookEndpointDisabled => {
            ("A webhook endpoint gets no more events, because of what it answered.", OF_ENDPOINT)
        }
    }
}

/// Every type of event, in the order of the list of types.
pub fn every() -> Vec<EventTypeView> {
    Kind::EVERY.iter().map(|kind| of(*kind)).collect()
}

/// One type of event.
pub fn of(kind: Kind) -> EventTypeView {
    EventTypeView {
        kind: kind.as_str(),
        description: described(kind).0,
        schema: schema(kind),
        example: example(kind),
    }
}

/// JSON Schema of an event's `data`. It may hold more one day, so more is not refused.
pub fn schema(kind: Kind) -> Value {
    let (_, fields) = described(kind);
    let properties: Map<String, Value> =
        fields.iter().map(|(name, is, holds)| ((*name).to_owned(), holds.schema(*is != Is::There))).collect();
    let required: Vec<_> =
        fields.iter().filter(|(_, is, _)| *is != Is::Optional).map(|(name, ..)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

const EXAMPLE_ID: &str = "01k7z1v5jafz8rk3m2w9y6t4qd";

/// An event of this type that never happened.
pub fn example(kind: Kind) -> EventView {
    let (_, fields) = described(kind);
    let data: Map<String, Value> =
        fields.iter().map(|(name, _, holds)| ((*name).to_owned(), holds.example())).collect();
    let subject = fields.first().map(|(_, _, holds)| holds.example());
    let id = format!("{}_{EXAMPLE_ID}", EventId::PREFIX);
    EventView {
        id: id.parse().expect("it is an id"),
        kind: kind.as_str().into(),
        timestamp: "2026-03-02T09:00:00Z".parse::<Time>().expect("it is a time"),
        subject_id: subject.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        actor: json!({ "type": "member", "id": format!("member_{EXAMPLE_ID}") }),
        data: Value::Object(data),
    }
}

impl Holds {
    fn schema(self, may_be_null: bool) -> Value {
        let named = |kind: &str| if may_be_null { json!([kind, "null"]) } else { json!(kind) };
        let pattern = |prefix: &str| format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$");
        match self {
            Holds::Id(prefix) => json!({ "type": named("string"), "pattern": pattern(prefix) }),
            Holds::Ids(prefix) => {
                json!({ "type": named("array"), "items": { "type": "string", "pattern": pattern(prefix) } })
            }
            Holds::Number(_) => json!({ "type": named("integer") }),
            Holds::Decimal(_) => json!({ "type": named("number") }),
            Holds::Words(_) => json!({ "type": named("array"), "items": { "type": "string" } }),
            Holds::Flag(_) => json!({ "type": named("boolean") }),
            Holds::Word(_) => json!({ "type": named("string") }),
            Holds::Instant(_) => json!({ "type": named("string"), "format": "date-time" }),
        }
    }

    fn example(self) -> Value {
        match self {
            Holds::Id(prefix) => json!(format!("{prefix}_{EXAMPLE_ID}")),
            Holds::Ids(prefix) => json!([format!("{prefix}_{EXAMPLE_ID}")]),
            Holds::Number(number) => json!(number),
            Holds::Decimal(number) => json!(number),
            Holds::Words(words) => json!(words),
            Holds::Flag(flag) => json!(flag),
            Holds::Word(text) | Holds::Instant(text) => json!(text),
        }
    }
}

/// Says in the OpenAPI document what endpoints are sent.
pub fn describe(document: &mut OpenApi) {
    let mut webhooks = Paths::new();
    for kind in Kind::EVERY {
        let item = PathItem::new(HttpMethod::Post, operation(*kind));
        webhooks.paths.insert(kind.as_str().into(), item);
    }
    document.webhooks = Some(webhooks);
}

fn operation(kind: Kind) -> Operation {
    let example = serde_json::to_value(example(kind)).unwrap_or_default();
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("EventView"))).example(Some(example)).build();
    let body = RequestBodyBuilder::new().content("application/json", content).build();
    OperationBuilder::new()
        .summary(Some(kind.as_str()))
        .description(Some(described(kind).0))
        .operation_id(Some(format!("on_{}", kind.as_str().replace('.', "_"))))
        .tag("webhooks")
        .request_body(Some(body))
        .response("2XX", ResponseBuilder::new().description("Taken; anything else is sent again.").build())
        .build()
}
