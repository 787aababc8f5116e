//! Erasing a person: nothing of theirs is left anywhere, and what happened stays.

use std::collections::BTreeSet;
use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::everywhere::{files_with, tables_with};
use crate::hiring::{apply, candidate, listed, move_to, open_job, open_job_with, put, refused};

pub(super) const WORD: &str = "zyxwort";

/// Their telephone number.
const DIGITS: &str = "4930555019187";

fn says(what: &str) -> String {
    format!("{what} {WORD}")
}

/// Somebody of whom everything that can be written down is written down, each with [`WORD`] in it.
pub(super) struct Written {
    pub(super) server: Server,
    pub(super) owner: Actor,
    pub(super) candidate: String,
    /// Somebody who turned out to be them.
    pub(super) duplicate: String,
    application: String,
}

impl Written {
    pub(super) async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        for subject in ["candidate", "application"] {
            let field = json!({ "subject": subject, "key": "remark", "label": "Remark", "kind": "text" });
            owner.post("/v1/custom-fields", field).await.expect(201);
        }
        let questions = json!([{ "key": "why", "label": "Why?", "kind": "text" }]);
        let job = open_job_with(&owner, json!({ "title": "Joiner", "questions": questions })).await;
        let email = format!("{WORD}@example.com");
        let resume = samples::text_resume("Zyxwort Person", &email);
        let read = owner.upload(&format!("{WORD}.txt"), resume).await.expect(202).text("id");
        server.run_tasks().await;
        let candidate = owner.get(&format!("/v1/resumes/{read}")).await.expect(200).text("candidate_id");
        let details = json!({
            "given_name": "Zyxwort", "family_name": "Person", "headline": says("Joiner"), "phones": [format!("+{DIGITS}")],
            "links": [format!("https://example.com/{WORD}")], "location": { "city": says("Berlin") },
            "tags": [WORD], "custom_fields": { "remark": WORD },
        });
        owner.patch(&format!("/v1/candidates/{candidate}"), details, "*").await.expect(200);
        let correction = json!({ "basics": { "summary": says("Planes") } });
        owner.patch(&format!("/v1/resumes/{read}/unified"), correction, "*").await.expect(200);
        let duplicate =
            json!({ "name": "Zyxwort P.", "headline": WORD, "emails": [format!("two@{WORD}.example")] });
        let duplicate = owner.post("/v1/candidates", duplicate).await.expect(201).text("id");
        let note = json!({ "candidate_id": duplicate, "body": WORD });
        owner.post("/v1/notes", note).await.expect(201);
        let merge = json!({ "candidate_id": duplicate });
        owner.post(&format!("/v1/candidates/{candidate}/merges"), merge).await.expect(201);

        let new = json!({
            "candidate_id": candidate, "job_id": job, "answers": { "why": WORD }, "tags": [WORD],
            "custom_fields": { "remark": WORD }, "tracking": { "referrer": format!("https://example.com/{WORD}") },
        });
        let application = owner.post("/v1/applications", new).await.expect(201).text("id");
        let written = Self { server, owner, candidate, duplicate, application };
        written.interview().await;
        written.offer().await;
        let rejection = json!({ "reason": "other", "detail": says("Rejected") });
        put(&written.owner, &written.application, "rejection", rejection).await.expect(200);
        for about in ["candidate_id", "application_id"] {
            let id = if about == "candidate_id" { &written.candidate } else { &written.application };
            written.owner.post("/v1/notes", json!({ about: id, "body": WORD })).await.expect(201);
        }
        let consent = json!({ "purpose": "talent_pool", "is_given": true, "evidence": WORD });
        written.owner.post(&format!("{}/consents", written.path()), consent).await.expect(201);
        written
    }

    pub(super) fn path(&self) -> String {
        format!("/v1/candidates/{}", self.candidate)
    }

    async fn interview(&self) {
        let me = self.owner.get("/v1/me").await.expect(200).json();
        let new = json!({
            "kind": "onsite", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 45, "title": WORD, "place": WORD,
            "note": WORD, "interviewers": [me["member"]["id"]],
        });
        let path = format!("/v1/applications/{}/interviews", self.application);
        let interview = self.owner.post(&path, new).await.expect(201).text("id");
        let evaluation = json!({
            "rating": 4, "feedback": WORD, "attributes": [{ "name": WORD, "rating": 3 }],
        });
        self.owner.post(&format!("/v1/interviews/{interview}/evaluations"), evaluation).await.expect(201);
        let cancelled = json!({ "reason": WORD });
        self.owner
            .put(&format!("/v1/interviews/{interview}/cancellation"), cancelled, Some("*"))
            .await
            .expect(200);
    }

    async fn offer(&self) {
        let terms = json!({ "title": WORD, "note": WORD, "benefits": [WORD] });
        let path = format!("/v1/applications/{}/offers", self.application);
        let offer = self.owner.post(&path, json!({ "terms": terms })).await.expect(201).text("id");
        self.owner.put(&format!("/v1/offers/{offer}/sending"), json!({}), Some("*")).await.expect(200);
        let declined = json!({ "reason": WORD });
        self.owner.put(&format!("/v1/offers/{offer}/decline"), declined, Some("*")).await.expect(200);
    }
}

fn tables(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn of_somebody_who_is_erased_no_word_is_left_anywhere() {
    let written = Written::start().await;
    let Written { server, owner, .. } = &written;
    let everywhere = [
        "application_changes",
        "applications",
        "candidate_contacts",
        "candidate_search",
        "candidates",
        "consents",
        "evaluations",
        "interviews",
        "notes",
        "offers",
        "resume_parses",
        "resume_texts",
        "resumes",
    ];
    assert_eq!(
        tables_with(server, WORD).await,
        tables(&everywhere),
        "what is written is where it is looked for"
    );
    assert_eq!(tables_with(server, DIGITS).await, tables(&["candidate_contacts"]));
    assert_eq!(files_with(server, WORD), 1);

    let erased =
        owner.delete(&format!("{}/personal-data", written.path()), Some("*")).await.expect(200).json();

    assert_eq!((&erased["is_complete"], &erased["cause"]), (&json!(true), &json!("request")));
    assert_eq!(tables_with(server, WORD).await, tables(&[]));
    assert_eq!(tables_with(server, DIGITS).await, tables(&[]));
    server.sleep_over(Duration::from_secs(2 * 60 * 60)).await;
    assert_eq!(files_with(server, WORD), 0);
    assert_eq!(listed(owner, "/v1/erasures", "candidate_id").await, [written.candidate.as_str()]);
    assert!(server.events().await.contains(&"candidate.erased".to_owned()));
}

#[tokio::test]
async fn what_happened_stays_without_the_person() {
    let written = Written::start().await;
    let Written { owner, application, .. } = &written;
    let paths = ["overview", "stage-conversion", "time-in-stage", "sources", "offers", "time-to-hire"];
    let figures = async || {
        let mut figures = Vec::new();
        for path in paths {
            let at = "as_of=2026-03-03T00:00:00Z";
            figures.push(owner.get(&format!("/v1/analytics/{path}?{at}")).await.expect(200).json());
        }
        figures
    };
    let before = figures().await;
    let history = crate::hiring::history(owner, application).await;

    owner.delete(&format!("{}/personal-data", written.path()), Some("*")).await.expect(200);

    assert_eq!(figures().await, before);
    assert_eq!(crate::hiring::history(owner, application).await, history);
    let kept = owner.get(&format!("/v1/applications/{application}")).await.expect(200).json();
    assert_eq!((&kept["outcome"], &kept["reason"]), (&json!("rejected"), &json!("other")));
    assert_eq!((&kept["answers"], &kept["reason_detail"]), (&json!({}), &Value::Null));
    let offers = owner.get(&format!("/v1/applications/{application}/offers")).await.expect(200).json();
    assert_eq!(
        (&offers["data"][0]["status"], &offers["data"][0]["terms"]["title"]),
        (&json!("declined"), &json!(""))
    );
    // Whoever keeps a copy learns that the candidate is gone.
    owner.get(&written.path()).await.expect(404);
    let synced = "/v1/candidates?updated_after=2026-01-01T00:00:00Z&include_deleted=true";
    let page = owner.get(synced).await.expect(200).json();
    let gone = page["data"].as_array().and_then(|all| all.iter().find(|one| one["id"] == *written.candidate));
    assert!(gone.is_some_and(|gone| gone["deleted_at"].is_string()), "{page:#}");
}

#[tokio::test]
async fn a_part_goes_alone_and_a_name_takes_the_resumes_with_it() {
    let written = Written::start().await;
    let Written { owner, .. } = &written;
    let path = written.path();
    let erase = async |query: &str| owner.delete(&format!("{path}/personal-data?{query}"), Some("*")).await;

    let notes = erase("part=notes&part=offers").await.expect(200).json();
    assert_eq!((&notes["parts"], &notes["is_complete"]), (&json!(["offers", "notes"]), &json!(false)));
    assert_eq!(listed(owner, "/v1/notes", "id").await, Vec::<String>::new());
    let kept = owner.get(&path).await.expect(200).json();
    assert_eq!(kept["name"], "Zyxwort Person");

    let contacts = erase("part=contacts").await.expect(200).json();
    assert_eq!(contacts["parts"], json!(["contacts", "resumes"]));
    let kept = owner.get(&path).await.expect(200).json();
    assert_eq!((&kept["emails"], &kept["name"]), (&json!([]), &json!("Zyxwort Person")));
    assert_eq!(listed(owner, &format!("{path}/resumes"), "id").await, Vec::<String>::new());
    let found = listed(owner, &format!("/v1/candidates?q={WORD}%40example.com"), "id").await;
    assert_eq!(found, Vec::<String>::new(), "the index has forgotten it, too");

    erase("part=identity").await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200).json()["name"], Value::Null);
    refused(erase("part=everything").await, 422, "invalid_request");
    let listed = listed(owner, &format!("/v1/erasures?candidate_id={}", written.candidate), "cause").await;
    assert_eq!(listed, ["request", "request", "request"]);
}

#[tokio::test]
async fn nobody_is_erased_half_way_through_or_while_they_are_held() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let (path, job) = (format!("/v1/candidates/{ada}"), open_job(&owner, "Joiner").await);
    let application = apply(&owner, &ada, &job).await;
    let erase = async || owner.delete(&format!("{path}/personal-data"), Some("*")).await;
    refused(erase().await, 409, "candidate_has_applications");
    put(&owner, &application, "withdrawal", json!({ "reason": "other" })).await.expect(200);

    let hold = format!("{path}/hold");
    owner.get(&hold).await.expect(404);
    refused(owner.put(&hold, json!({ "reason": " " }), Some("*")).await, 422, "invalid_request");
    let past = json!({ "reason": "A case", "until": "2026-03-01T00:00:00Z" });
    refused(owner.put(&hold, past, Some("*")).await, 422, "invalid_request");
    let until = json!({ "reason": "A case", "until": "2026-03-10T00:00:00Z" });
    let held = owner.put(&hold, until, Some("*")).await.expect(200);
    assert_eq!((held.header("etag"), held.text("until")), (Some("\"1\""), "2026-03-10T00:00:00Z".into()));
    refused(owner.put(&hold, json!({ "reason": "Later" }), Some("\"0\"")).await, 412, "version_conflict");
    let said = refused(erase().await, 409, "candidate_held");
    assert!(said.contains("2026-03-10"), "{said}");
    let part = owner.delete(&format!("{path}/personal-data?part=notes"), Some("*")).await;
    refused(part, 409, "candidate_held");

    let open_end = owner.put(&hold, json!({ "reason": "A case" }), Some("\"1\"")).await.expect(200);
    assert_eq!(open_end.json()["until"], Value::Null);
    server.advance(Duration::from_secs(30 * 24 * 60 * 60)).await;
    let erase = async |etag| owner.delete(&format!("{path}/personal-data"), etag).await;
    refused(erase(Some("*")).await, 409, "candidate_held");
    owner.delete(&hold, Some("\"2\"")).await.expect(204);
    owner.delete(&hold, Some("*")).await.expect(404);
    refused(erase(None).await, 428, "precondition_required");
    refused(erase(Some("\"77\"")).await, 412, "version_conflict");
    erase(Some("*")).await.expect(200);
    refused(erase(Some("*")).await, 409, "erased_already");
}

#[tokio::test]
async fn a_deleted_candidate_can_be_erased_and_a_merged_one_leads_to_who_stayed() {
    let written = Written::start().await;
    let Written { owner, duplicate, .. } = &written;

    let moved = owner.delete(&format!("/v1/candidates/{duplicate}/personal-data"), Some("*")).await;

    // The redirect was followed, to the same place.
    assert_eq!(moved.expect(200).text("candidate_id"), written.candidate);
    let deleted = candidate(owner, "Grace Hopper").await;
    owner.delete(&format!("/v1/candidates/{deleted}"), Some("*")).await.expect(204);
    owner.delete(&format!("/v1/candidates/{deleted}/personal-data"), Some("*")).await.expect(200);
    assert_eq!(tables_with(&written.server, "hopper").await, tables(&[]));
}

#[tokio::test]
async fn whoever_has_it_for_a_department_erases_nobody_elses() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (job, other) = (open_job(&owner, "Joiner").await, open_job(&owner, "Nurse").await);
    let (ada, bob) = (candidate(&owner, "Ada Lovelace").await, candidate(&owner, "Bob Noyce").await);
    let application = apply(&owner, &ada, &job).await;
    apply(&owner, &bob, &other).await;
    move_to(&owner, &application, "screening").await.expect(200);
    put(&owner, &application, "rejection", json!({ "reason": "other" })).await.expect(200);
    let role = json!({ "name": "Eraser", "permissions": ["candidate:read", "erasure:write"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let member = server.member(&owner, "eraser@acme.example", &[]).await;
    let roles = format!("/v1/members/{}/roles", member.member_id);
    owner.post(&roles, json!({ "role_id": role, "job_id": job })).await.expect(201);

    member.actor.delete(&format!("/v1/candidates/{bob}/personal-data"), Some("*")).await.expect(404);
    member.actor.delete(&format!("/v1/candidates/{ada}/personal-data"), Some("*")).await.expect(200);
    member.actor.delete(&format!("/v1/candidates/{ada}/personal-data"), Some("*")).await.expect(404);
}
