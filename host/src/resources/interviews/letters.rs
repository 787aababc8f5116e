//! Who is told by e-mail of an interview, and what: those who hold it, with all that is said of it, and the candidate, if
//! the tenant has switched that on, with what candidates see. Each gets an entry for the calendar that replaces earlier ones.

use super::{Interview, Kind, Status};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::MemberId;
use crate::resources::applications::{self, Application, letters::Addressee};
use crate::resources::emails::appointments::Appointment;
use crate::resources::emails::{self, About, Letter, Recipient};
use crate::resources::{jobs, members};
use crate::services::Services;

/// Tells everybody whom the change concerns; nobody of an interview that is over.
///
/// # Errors
/// As [`emails::actions::queue`].
pub(super) async fn tell(
    tx: &mut Tx,
    services: &Services,
    before: Option<&Interview>,
    interview: &Interview,
    application: &Application,
) -> Result<()> {
    let now = services.clock.now();
    if !emails::actions::is_on(services) || (interview.is_over(now) && before.is_none_or(|b| b.is_over(now)))
    {
        return Ok(());
    }
    let candidate = applications::letters::addressee(tx, application.candidate_id).await?;
    let candidate = candidate.unwrap_or(Addressee { name: None, address: None });
    let job = jobs::store::get(tx, application.job_id).await?;
    let news = News {
        interview,
        application,
        job_title: job.title,
        candidate_name: candidate.name.clone().unwrap_or_default(),
        now,
    };
    let mut letters = Vec::new();
    for (member, kind) in interviewers(before, interview) {
        let Some(member) = members::store::find(tx, member).await?.filter(|member| member.is_active()) else {
            continue;
        };
        let to = Recipient { name: member.name, address: member.email };
        letters.push(news.letter(kind, to, Some(member.id)));
    }
    if let (Some(kind), Some(address)) = (of_candidate(before, interview), candidate.address) {
        letters.push(news.letter(kind, Recipient { name: candidate.name, address }, None));
    }
    emails::actions::queue(tx, services, letters).await
}

/// Whoever holds it from now on is told that they do, whoever stays what changed, whoever does not any more that it is
/// cancelled for them.
fn interviewers(before: Option<&Interview>, after: &Interview) -> Vec<(MemberId, emails::Kind)> {
    let all = |kind| after.interviewers.iter().map(move |member| (*member, kind)).collect::<Vec<_>>();
    let Some(before) = before else { return all(emails::Kind::InterviewerScheduled) };
    if after.status == Status::Cancelled {
        return all(emails::Kind::InterviewerCancelled);
    }
    let has_changed = looks_other(before, after) || before.note != after.note;
    let gone = before.interviewers.iter().filter(|member| !after.interviewers.contains(member));
    let mut told: Vec<_> = gone.map(|member| (*member, emails::Kind::InterviewerCancelled)).collect();
    for member in &after.interviewers {
        if !before.interviewers.contains(member) {
            told.push((*member, emails::Kind::InterviewerScheduled));
        } else if has_changed {
            told.push((*member, emails::Kind::InterviewerChanged));
        }
    }
    told
}

fn of_candidate(before: Option<&Interview>, after: &Interview) -> Option<emails::Kind> {
    match before {
        None => Some(emails::Kind::InterviewScheduled),
        Some(_) if after.status == Status::Cancelled => Some(emails::Kind::InterviewCancelled),
        Some(before) if looks_other(before, after) => Some(emails::Kind::InterviewChanged),
        Some(_) => None,
    }
}

/// To whoever takes part, the candidate among them.
fn looks_other(before: &Interview, after: &Interview) -> bool {
    after.moves_from(before)
        || (before.kind, &before.title, &before.place) != (after.kind, &after.title, &after.place)
}

/// What there is to be told.
struct News<'a> {
    interview: &'a Interview,
    application: &'a Application,
    job_title: String,
    candidate_name: String,
    now: Time,
}

impl News<'_> {
    /// To a member who holds it, or to the candidate.
    fn letter(&self, kind: emails::Kind, to: Recipient, member: Option<MemberId>) -> Letter {
        let interview = self.interview;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut values = vec![
            ("job_title", self.job_title.clone()),
            ("title", text(&interview.title)),
            ("interview_kind", word(interview.kind).into()),
            ("duration_minutes", interview.duration_minutes.to_string()),
            ("place", text(&interview.place)),
        ];
        if member.is_some() {
            values.push(("candidate_name", self.candidate_name.clone()));
            values.push(("note", text(&interview.note)));
            values.push(("reason", text(&interview.cancel_reason)));
        }
        let title = interview.title.clone().unwrap_or_else(|| "Interview".into());
        let summary = match member {
            Some(_) => format!("{title}: {}, {}", self.candidate_name, self.job_title),
            None => format!("{title}: {}", self.job_title),
        };
        let appointment = Appointment {
            id: interview.id,
            sequence: u32::try_from(interview.version).unwrap_or(u32::MAX),
            starts_at: interview.starts_at,
            minutes: interview.duration_minutes,
            summary,
            place: interview.place.clone(),
            note: interview.note.clone().filter(|_| member.is_some()),
            is_cancelled: matches!(
                kind,
                emails::Kind::InterviewerCancelled | emails::Kind::InterviewCancelled
            ),
            said_at: self.now,
        };
        let about = About {
            member,
            candidate: Some(self.application.candidate_id),
            application: Some(self.application.id),
            interview: Some(interview.id),
        };
        Letter { kind, to, about, values, when: Some(interview.starts_at), appointment: Some(appointment) }
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Phone => "phone",
        Kind::Video => "video",
        Kind::Onsite => "onsite",
    }
}
