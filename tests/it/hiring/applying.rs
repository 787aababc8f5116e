//! Applying from outside: anybody, for an open job, by a form.

use mortise_tests::actor::{Answer, send};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::{candidate, history, listed, open_job, open_job_with, refused, set_status, word};

async fn apply(server: &Server, job: &str, form: Form) -> Answer {
    send(server.nobody().request(Method::POST, &format!("/v1/jobs/{job}/apply")).multipart(form)).await
}

fn form(name: &str, email: &str) -> Form {
    Form::new().text("name", name.to_owned()).text("email", email.to_owned())
}

fn resume(name: &str, email: &str) -> Part {
    Part::bytes(samples::text_resume(name, email)).file_name("../cv.txt")
}

#[tokio::test]
async fn whoever_applies_is_a_candidate_with_a_resume_and_an_application() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let questions = json!([{ "key": "start", "label": "When?", "kind": "date", "is_required": true }]);
    let job = open_job_with(&owner, json!({ "title": "Joiner", "questions": questions })).await;
    let sent = form("Ada Lovelace", "Ada@Example.com")
        .text("phone", "+44 20 7946 0000")
        .text("answers", "{\"start\": \"2026-09-01\"}")
        .text("utm_source", "newsletter")
        .part("resume", resume("Augusta Ada King", "ada@example.com"));

    let answer = apply(&server, &job, sent).await.expect(202);

    assert_eq!(answer.json(), json!({ "received": true }));
    server.run_tasks().await;
    let application = owner.get("/v1/applications").await.expect(200).json()["data"][0].clone();
    assert_eq!(
        (&application["source"], &application["answers"]["start"]),
        (&json!("careers page"), &json!("2026-09-01"))
    );
    assert_eq!(
        (&application["tracking"]["utm_source"], &application["created_by"]),
        (&json!("newsletter"), &json!(null))
    );
    let resume =
        owner.get(&format!("/v1/resumes/{}", word(&application["resume_id"]))).await.expect(200).json();
    assert_eq!((&resume["status"], &resume["file"]["name"]), (&json!("success"), &json!("cv.txt")));
    let candidate =
        owner.get(&format!("/v1/candidates/{}", word(&application["candidate_id"]))).await.expect(200).json();
    assert_eq!(
        (&candidate["name"], &candidate["emails"]),
        (&json!("Ada Lovelace"), &json!(["ada@example.com"]))
    );
    assert_eq!(candidate["headline"], "Nurse", "the résumé was read into the profile");
    let lines = super::lines(&owner, &word(&application["id"])).await;
    assert_eq!(lines[0]["actor_kind"], "visitor");
}

#[tokio::test]
async fn applying_twice_is_applying_once_and_tells_nobody_who_is_known() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let known = candidate(&owner, "Ada Lovelace").await;
    let headline = json!({ "headline": "Countess" });
    owner.patch(&format!("/v1/candidates/{known}"), headline, "*").await.expect(200);
    let strange = || form("Somebody Else", "ada.lovelace@example.com");

    let first = apply(&server, &job, strange()).await.expect(202);
    let second =
        apply(&server, &job, strange().part("resume", resume("X Y", "x@example.com"))).await.expect(202);
    let new = apply(&server, &job, form("Bob Noyce", "bob@example.com")).await.expect(202);

    assert!(first.body == second.body && second.body == new.body);
    let applied = listed(&owner, "/v1/applications", "candidate_id").await;
    assert_eq!((applied.len(), &applied[1]), (2, &known));
    let kept = owner.get(&format!("/v1/candidates/{known}")).await.expect(200).json();
    assert_eq!((&kept["name"], &kept["headline"]), (&json!("Ada Lovelace"), &json!("Countess")));
    assert_eq!(listed(&owner, &format!("/v1/candidates/{known}/resumes"), "status").await.len(), 1);
    let application = listed(&owner, &format!("/v1/candidates/{known}/applications"), "id").await.remove(0);
    super::put(&owner, &application, "rejection", json!({ "reason": "other" })).await.expect(200);
    apply(&server, &job, strange()).await.expect(202);
    let both = listed(&owner, &format!("/v1/candidates/{known}/applications"), "outcome").await;
    assert_eq!(both, ["active", "rejected"]);
    assert_eq!(history(&owner, &application).await, ["applied", "rejected"]);
}

#[tokio::test]
async fn only_an_open_job_can_be_applied_for_from_outside() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = owner.post("/v1/jobs", json!({ "title": "Joiner" })).await.expect(201).text("id");
    let sent = || form("Ada Lovelace", "ada@example.com");

    refused(apply(&server, &job, sent()).await, 404, "not_found");
    set_status(&owner, &job, "open").await.expect(200);
    apply(&server, &job, sent()).await.expect(202);
    set_status(&owner, &job, "paused").await.expect(200);
    refused(apply(&server, &job, form("Bob", "bob@example.com")).await, 404, "not_found");
    refused(apply(&server, "job_01k7z1v5jafz8rk3m2w9y6t4qd", sent()).await, 404, "not_found");
    assert_eq!(listed(&owner, "/v1/applications", "id").await.len(), 1);
}

#[tokio::test]
async fn a_form_that_cannot_be_is_refused_at_its_part_and_leaves_nothing() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let questions = json!([{ "key": "start", "label": "When?", "kind": "date", "is_required": true }]);
    let job = open_job_with(&owner, json!({ "title": "Joiner", "questions": questions })).await;
    let good = || form("Ada Lovelace", "ada@example.com");
    let answered = || good().text("answers", "{\"start\": \"2026-09-01\"}");

    for (what, form, place) in [
        ("no name", Form::new().text("email", "ada@example.com"), "name"),
        ("no address", Form::new().text("name", "Ada"), "email"),
        ("no answer", good(), "#/answers/start"),
        ("an answer of another kind", good().text("answers", "{\"start\": 3}"), "#/answers/start"),
        ("answers that are no object", good().text("answers", "[1]"), "answers"),
        ("a part nobody knows", answered().text("is_admin", "true"), "is_admin"),
        ("a part twice", answered().text("name", "Eve"), "name"),
        (
            "a referrer that is none",
            answered().text("referrer", "javascript:alert(1)"),
            "#/tracking/referrer",
        ),
        ("an empty file", answered().part("resume", Part::bytes(b"".to_vec()).file_name("cv.pdf")), "file"),
    ] {
        let answer = apply(&server, &job, form).await.expect(422);
        assert_eq!(answer.fault().0, place, "{what}: {answer:?}");
    }
    let program = Part::bytes(b"\x7fELF\x02\x01\x01\0".to_vec()).file_name("cv");
    refused(apply(&server, &job, answered().part("resume", program)).await, 415, "unsupported_media_type");
    let path = format!("/v1/jobs/{job}/apply");
    refused(server.nobody().post(&path, json!({ "name": "Ada" })).await, 400, "malformed_request");
    assert!(listed(&owner, "/v1/candidates", "id").await.is_empty());
    assert!(listed(&owner, "/v1/applications", "id").await.is_empty());
    // A browser sends the field of a file that nobody chose without a name.
    let unchosen = answered().part("resume", Part::bytes(b"".to_vec()).file_name(""));
    apply(&server, &job, unchosen).await.expect(202);
}
