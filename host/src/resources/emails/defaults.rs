//! What messages say at a tenant that never said otherwise, and what a template of each kind may name.

use super::Kind;

/// What a template may name, with a value to try it on.
pub type Placeholder = (&'static str, &'static str);

/// In every message.
const ALWAYS: [Placeholder; 3] =
    [("tenant_name", "Acme"), ("recipient_name", "Ada Lovelace"), ("server_url", "https://ats.example.com")];

const INVITATION: [Placeholder; 4] = [
    ("token", "mortiseinvite_0000000000000000"),
    // Until when it can be used.
    ("date", "2026-03-09"),
    ("time", "10:00"),
    ("time_zone", "Europe/Berlin"),
];

const APPLICATION: [Placeholder; 1] = [("job_title", "Civil engineer")];

const INTERVIEW: [Placeholder; 8] = [
    ("job_title", "Civil engineer"),
    ("title", "Technical interview"),
    // phone, video or onsite.
    ("interview_kind", "video"),
    ("date", "2026-03-09"),
    ("time", "10:00"),
    ("time_zone", "Europe/Berlin"),
    ("duration_minutes", "45"),
    ("place", "https://meet.example.com/ada"),
];

/// What candidates are never told.
const INTERVIEWERS_ONLY: [Placeholder; 3] =
    [("candidate_name", "Grace Hopper"), ("note", "Ask for bridges."), ("reason", "The interviewer is ill.")];

/// What a template of the kind may name.
pub fn placeholders(kind: Kind) -> Vec<Placeholder> {
    let own = match kind {
        Kind::MemberInvited => INVITATION.to_vec(),
        Kind::ApplicationReceived | Kind::ApplicationCreated | Kind::ApplicationRejected => {
            APPLICATION.to_vec()
        }
        Kind::InterviewScheduled | Kind::InterviewChanged | Kind::InterviewCancelled => INTERVIEW.to_vec(),
        Kind::InterviewerScheduled | Kind::InterviewerChanged | Kind::InterviewerCancelled => {
            [&INTERVIEW[..], &INTERVIEWERS_ONLY].concat()
        }
    };
    [&ALWAYS[..], &own].concat()
}

pub fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::MemberInvited => "Your invitation to {{ tenant_name }}",
        Kind::ApplicationReceived | Kind::ApplicationCreated => "Your application: {{ job_title }}",
        Kind::ApplicationRejected => "About your application: {{ job_title }}",
        Kind::InterviewerScheduled => "Interview with {{ candidate_name }}: {{ job_title }}",
        Kind::InterviewerChanged => "Changed: interview with {{ candidate_name }}: {{ job_title }}",
        Kind::InterviewerCancelled => "Cancelled: interview with {{ candidate_name }}: {{ job_title }}",
        Kind::InterviewScheduled => "Your interview at {{ tenant_name }}: {{ job_title }}",
        Kind::InterviewChanged => "Changed: your interview at {{ tenant_name }}: {{ job_title }}",
        Kind::InterviewCancelled => "Cancelled: your interview at {{ tenant_name }}: {{ job_title }}",
    }
}

const GREETING: &str = "Hello{% if recipient_name %} {{ recipient_name }}{% endif %},\n\n";

const APPOINTMENT: &str = "{% if title %}{{ title }}\n{% endif %}\
    {{ date }}, {{ time }} ({{ time_zone }}), {{ duration_minutes }} minutes, {{ interview_kind }}\
    {% if place %}\n{{ place }}{% endif %}";

/// Plain text; there is no HTML but a tenant's own.
pub fn text(kind: Kind) -> String {
    let said = match kind {
        Kind::MemberInvited => "you are invited to work with {{ tenant_name }}.\n\n\
            With this token you set your password, until {{ date }}, {{ time }} ({{ time_zone }}):\n\n{{ token }}\n\
            {% if server_url %}\nIt is taken at {{ server_url }}/v1/auth/invitations, or where your colleagues tell you.\n\
            {% endif %}\nWhoever has the token can become you: keep it to yourself."
            .to_owned(),
        Kind::ApplicationReceived | Kind::ApplicationCreated => {
            "your application as {{ job_title }} has reached us. We will come back to you.".to_owned()
        }
        Kind::ApplicationRejected => "thank you for your interest in the position of {{ job_title }}. We have decided to go \
            on with other applicants, and wish you all the best."
            .to_owned(),
        Kind::InterviewerScheduled => {
            format!("you interview {{{{ candidate_name }}}} as {{{{ job_title }}}}:\n\n{APPOINTMENT}{NOTE}")
        }
        Kind::InterviewerChanged => format!(
            "your interview of {{{{ candidate_name }}}} as {{{{ job_title }}}} has changed. It is now:\n\n{APPOINTMENT}{NOTE}"
        ),
        Kind::InterviewerCancelled => format!(
            "your interview of {{{{ candidate_name }}}} as {{{{ job_title }}}} is cancelled:\n\n{APPOINTMENT}\
             {{% if reason %}}\n\n{{{{ reason }}}}{{% endif %}}"
        ),
        Kind::InterviewScheduled => {
            format!("we are looking forward to talking with you about the position of {{{{ job_title }}}}:\n\n{APPOINTMENT}")
        }
        Kind::InterviewChanged => {
            format!("your interview for the position of {{{{ job_title }}}} has changed. It is now:\n\n{APPOINTMENT}")
        }
        Kind::InterviewCancelled => {
            format!("your interview for the position of {{{{ job_title }}}} is cancelled:\n\n{APPOINTMENT}")
        }
    };
    format!("{GREETING}{said}\n\n{{{{ tenant_name }}}}\n")
}

const NOTE: &str = "{% if note %}\n\n{{ note }}{% endif %}";

#[cfg(test)]
mod tests {
    use super::{Kind, placeholders, subject, text};
    use crate::resources::emails::templates::{Wording, samples};

    #[test]
    fn every_kind_says_something_of_its_own() {
        for kind in Kind::EVERY {
            let wording = Wording { subject: subject(kind).into(), text: text(kind), html: None };
            wording.check(kind).expect("our own are good");
            let message = wording.render(&samples(kind)).expect("our own are good");
            assert!(
                message.text.contains("Acme") && message.text.contains("Ada"),
                "{kind:?}: {}",
                message.text
            );
            assert!(
                !message.subject.contains("{{") && message.subject.len() > 10,
                "{kind:?}: {}",
                message.subject
            );
            assert!(placeholders(kind).len() > 3, "{kind:?}");
        }
    }
}
