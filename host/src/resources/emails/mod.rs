//! E-mails: what people are told when something happens to them. A message is a row in the outbox, written with the change
//! it tells of and sent by a task. Decides which there are and what becomes of them; what they say stands in `templates`.

pub mod actions;
pub mod appointments;
pub mod defaults;
pub mod letters;
pub mod routes;
pub(crate) mod store;
pub mod tasks;
pub mod templates;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Time;
use crate::ids::{ApplicationId, CandidateId, EmailId, InterviewId, MemberId};
use crate::mailer::Failed;

pub use letters::{About, Letter, Recipient};

/// A message in the outbox.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Email {
    pub id: EmailId,
    pub kind: Kind,
    pub state: State,
    /// The address, masked.
    pub recipient: String,
    /// To whom and about what: a sealed [`letters::Content`]. None once it is sent.
    pub content: Option<Vec<u8>>,
    pub member_id: Option<MemberId>,
    pub candidate_id: Option<CandidateId>,
    pub application_id: Option<ApplicationId>,
    pub interview_id: Option<InterviewId>,
    pub attempts: i64,
    /// Of the last attempt.
    pub error_code: Option<String>,
    /// What the SMTP server answered to it.
    pub smtp_status: Option<i64>,
    pub created_at: Time,
    pub updated_at: Time,
    pub sent_at: Option<Time>,
}

/// What a message is about and to whom it goes. The words are API and never change meaning.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = EmailKind)]
pub enum Kind {
    /// To a member: the invitation with which they set a password.
    MemberInvited,
    /// To a candidate who sent the form of a careers page.
    ApplicationReceived,
    /// To a candidate for whom an application was made through the API.
    ApplicationCreated,
    /// To a candidate who was turned down.
    ApplicationRejected,
    /// To an interviewer.
    InterviewerScheduled,
    /// To an interviewer: another time, place or whatever else is said of it.
    InterviewerChanged,
    /// To an interviewer: it does not take place, or without them.
    InterviewerCancelled,
    /// To the candidate.
    InterviewScheduled,
    /// To the candidate: another time, place or whatever else they see of it.
    InterviewChanged,
    /// To the candidate.
    InterviewCancelled,
}

impl Kind {
    pub const EVERY: [Kind; 10] = [
        Kind::MemberInvited,
        Kind::ApplicationReceived,
        Kind::ApplicationCreated,
        Kind::ApplicationRejected,
        Kind::InterviewerScheduled,
        Kind::InterviewerChanged,
        Kind::InterviewerCancelled,
        Kind::InterviewScheduled,
        Kind::InterviewChanged,
        Kind::InterviewCancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::MemberInvited => "member_invited",
            Kind::ApplicationReceived => "application_received",
            Kind::ApplicationCreated => "application_created",
            Kind::ApplicationRejected => "application_rejected",
            Kind::InterviewerScheduled => "interviewer_scheduled",
            Kind::InterviewerChanged => "interviewer_changed",
            Kind::InterviewerCancelled => "interviewer_cancelled",
            Kind::InterviewScheduled => "interview_scheduled",
            Kind::InterviewChanged => "interview_changed",
            Kind::InterviewCancelled => "interview_cancelled",
        }
    }

    /// Colleagues are told; what candidates get from a company is for the company to switch on.
    pub fn is_usual(self) -> bool {
        matches!(
            self,
            Kind::MemberInvited
                | Kind::InterviewerScheduled
                | Kind::InterviewerChanged
                | Kind::InterviewerCancelled
        )
    }
}

/// The word is of no kind there is.
#[derive(Debug)]
pub struct NoKind;

impl FromStr for Kind {
    type Err = NoKind;

    fn from_str(word: &str) -> Result<Self, NoKind> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == word).ok_or(NoKind)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = EmailState)]
pub enum State {
    /// Waits for its next attempt.
    Queued,
    /// The SMTP server has it.
    Sent,
    /// Given up; can be sent again.
    Failed,
}

impl Email {
    /// Notes how an attempt ended.
    pub fn note(&mut self, outcome: Result<(), Failed>, now: Time) {
        self.attempts += 1;
        self.updated_at = now;
        match outcome {
            Ok(()) => {
                self.state = State::Sent;
                self.sent_at = Some(now);
                self.content = None;
                (self.error_code, self.smtp_status) = (None, None);
            }
            Err(failed) => {
                if failed.is_final {
                    self.state = State::Failed;
                }
                self.error_code = Some(failed.code.into());
                self.smtp_status = failed.status.map(i64::from);
            }
        }
    }
}

/// What may be shown of an address to whoever reads the outbox: `a***@example.com`.
pub fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

#[cfg(test)]
mod tests {
    use super::{Kind, masked};

    #[test]
    fn a_word_is_its_kinds() {
        for kind in Kind::EVERY {
            assert_eq!(kind.as_str().parse::<Kind>().ok(), Some(kind));
            assert_eq!(crate::fields::word(kind), kind.as_str());
        }
        assert!("member_fired".parse::<Kind>().is_err());
    }

    #[test]
    fn an_address_is_shown_by_its_first_letter() {
        assert_eq!(masked("ada@example.com"), "a***@example.com");
        assert_eq!(masked("élan@example.com"), "é***@example.com");
    }
}
