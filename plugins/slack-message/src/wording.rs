//! What an event is called among people.

use serde_json::Value;

/// A sentence in mrkdwn.
pub(crate) fn sentence(kind: &str, document: &Value, name: Option<&str>) -> String {
    let name = name.map(|name| format!("*{}*", escaped(name)));
    let who = |nobody: &str| name.clone().unwrap_or_else(|| nobody.to_owned());
    let data = &document["data"];
    let word = |field: &str| escaped(data[field].as_str().unwrap_or("unknown").replace('_', " ").as_str());
    match kind {
        "candidate.created" => format!("{} is a new candidate.", who("Somebody")),
        "candidate.updated" => format!("{} was updated.", who("A candidate")),
        "candidate.merged" => {
            format!("{} turned out to be known already: two candidates were merged.", who("Somebody"))
        }
        "candidate.deleted" => format!("{} was deleted.", who("A candidate")),
        "candidate.erased" => "A candidate's personal data was erased.".to_owned(),
        "resume.received" => "A résumé came in.".to_owned(),
        "resume.parsed" => "A résumé was read.".to_owned(),
        "resume.parse_failed" => format!("A résumé could not be read: {}.", word("code")),
        "job.created" => format!("New job: {}.", who("without a title")),
        "job.status_changed" => format!("{} is now {}.", who("A job"), word("status")),
        "job.updated" => format!("{} was changed.", who("A job")),
        "application.created" => "Somebody applied.".to_owned(),
        "application.stage_changed" => "An application moved to another stage.".to_owned(),
        "application.rejected" => format!("An application was rejected: {}.", word("reason")),
        "application.withdrawn" => format!("A candidate withdrew: {}.", word("reason")),
        "application.hired" => ":tada: A candidate was hired.".to_owned(),
        "interview.scheduled" => format!("An interview is set for {}.", time(data)),
        "interview.rescheduled" => format!("An interview was moved to {}.", time(data)),
        "interview.cancelled" => "An interview was cancelled.".to_owned(),
        "interview.evaluated" => "An interviewer handed in an evaluation.".to_owned(),
        "offer.sent" => "An offer was sent.".to_owned(),
        "offer.accepted" => ":tada: An offer was accepted.".to_owned(),
        "offer.declined" => "An offer was declined.".to_owned(),
        "webhook_endpoint.disabled" => {
            format!(":warning: A webhook endpoint was disabled: {}.", word("reason"))
        }
        // One this version has no words for.
        other => {
            let (noun, verb) = other.split_once('.').unwrap_or((other, "changed"));
            format!("{}: {}.", escaped(&noun.replace('_', " ")), escaped(&verb.replace('_', " ")))
        }
    }
}

/// When it begins.
fn time(data: &Value) -> String {
    let text = data["starts_at"].as_str().unwrap_or("an unknown time");
    escaped(&text.replace('T', " ").replace('Z', " UTC"))
}

/// What a subject is called, if it has a name.
pub(crate) fn name(subject: &Value) -> Option<String> {
    let text = ["name", "title"].iter().find_map(|field| subject[*field].as_str())?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Slack's three control characters.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
