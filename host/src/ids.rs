//! Typed ids: a UUIDv7 in the database, a TypeID (`resume_01j…`) on the wire.
//! Ids are made from the clock, nowhere else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use type_safe_id::{StaticType, TypeSafeId};
use uuid::Uuid;

use crate::clock::{Clock, Time};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id; later ids sort after earlier ones.
            pub fn new(clock: &Clock) -> Self {
                Self(clock.uuid())
            }

            /// Not after any id made at this time or later.
            pub fn earliest_at(time: Time) -> Self {
                let millis = u64::try_from(time.timestamp_millis()).unwrap_or(0);
                Self(Uuid::from_u64_pair(millis << 16, 0))
            }

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<$name> for TypeSafeId<prefix::$name> {
            fn from(id: $name) -> Self {
                TypeSafeId::from_uuid(id.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                TypeSafeId::<prefix::$name>::from(*self).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.parse::<TypeSafeId<prefix::$name>>()
                    .map(|id| Self(id.uuid()))
                    .map_err(|_| NotAnId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .examples([serde_json::Value::from(concat!($prefix, "_01k7z1v5jafz8rk3m2w9y6t4qd"))])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*

    mod prefix {
        $(
            #[derive(Default)]
            pub struct $name;
            impl super::StaticType for $name {
                const TYPE: &'static str = $prefix;
            }
        )*
    }};
}

ids! {
    TenantId = "tenant";
    MemberId = "member";
    RoleId = "role";
    /// A role given to a member.
    AssignmentId = "assign";
    InvitationId = "invite";
    ApiKeyId = "key";
    SessionId = "session";
    /// A refresh token's row; the token itself is no id.
    RefreshTokenId = "refresh";
    IdentityProviderId = "idp";
    DepartmentId = "dept";
    OfficeId = "office";
    ContactId = "contact";
    AuditEntryId = "audit";
    DataKeyId = "datakey";
    /// A message in the outbox.
    EmailId = "email";
    EventId = "event";
    WebhookEndpointId = "endpoint";
    /// A secret or a pair of keys that an endpoint's deliveries are signed with.
    WebhookSecretId = "whsecret";
    /// An event on its way to an endpoint.
    DeliveryId = "delivery";
    AttemptId = "attempt";
    /// Sending again what an endpoint did not get.
    RecoveryId = "recovery";
    CandidateId = "cand";
    ConsentId = "consent";
    ErasureId = "erasure";
    JobId = "job";
    /// A stage of a job's pipeline.
    StageId = "stage";
    OpeningId = "opening";
    /// A way to a job's form.
    TrackingLinkId = "link";
    ApplicationId = "app";
    /// A line of the history of a job, an opening or an application.
    ChangeId = "change";
    InterviewId = "interview";
    EvaluationId = "eval";
    OfferId = "offer";
    NoteId = "note";
    SourceCostId = "cost";
    CustomFieldId = "field";
    SavedSearchId = "search";
    /// A tenant's own name for a skill.
    SkillAliasId = "alias";
    /// Many candidates, jobs, applications or résumés from one file.
    ImportId = "import";
    FileId = "file";
    ResumeId = "resume";
    /// One reading of a résumé by an extractor and a parser.
    ParseId = "parse";
    /// One call of a plugin.
    RunId = "run";
    /// What a plugin is asked for.
    BindingId = "binding";
    /// How well an application fits, by one rule.
    ScoreId = "score";
    PluginId = "plugin";
    /// One component of a plugin.
    PluginVersionId = "pluginver";
    /// What a shadow answered beside an answer that was kept.
    ShadowRunId = "shadowrun";
    /// A version tried on chosen résumés.
    TrialId = "trial";
    TrustedKeyId = "trust";
    TaskId = "task";
    /// Names one HTTP request in logs and problem documents.
    RequestId = "req";
}

/// The text is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId {
    prefix: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an id that starts with `{}_`", self.prefix)
    }
}

impl std::error::Error for NotAnId {}
