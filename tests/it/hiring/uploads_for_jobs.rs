//! Résumés that are uploaded for a job: whoever they are of applies for it.

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{apply, candidate, history, listed, open_job, open_job_with, put, refused, set_status, word};

async fn upload(actor: &Actor, name: &str, email: &str, parts: &[(&str, &str)]) -> Answer {
    let file = Part::bytes(samples::text_resume(name, email)).file_name("cv.txt");
    let form = Form::new().part("file", file);
    let form =
        parts.iter().fold(form, |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()));
    actor.upload_form(form).await
}

async fn applications(actor: &Actor) -> Vec<Value> {
    let list = actor.get("/v1/applications").await.expect(200).json();
    list["data"].as_array().expect("it is a list").clone()
}

#[tokio::test]
async fn whoever_a_resume_is_of_applies_for_the_job_it_was_uploaded_for() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let known = candidate(&owner, "Bob Baker").await;

    let of_new =
        upload(&owner, "Ada Lovelace", "ada@example.com", &[("job_id", &job), ("source", "Fair")]).await;
    assert_eq!(of_new.expect(202).json()["candidate_id"], Value::Null);
    assert!(applications(&owner).await.is_empty(), "nobody knows yet who it is");
    server.run_tasks().await;
    let of_known = upload(&owner, "Robert", "r@example.com", &[("candidate_id", &known), ("job_id", &job)])
        .await
        .expect(202);
    server.run_tasks().await;

    let made = applications(&owner).await;
    assert_eq!(made.len(), 2);
    assert_eq!(
        (&made[0]["candidate_id"], &made[0]["resume_id"]),
        (&json!(known), &json!(of_known.text("id")))
    );
    let ada =
        owner.get(&format!("/v1/candidates/{}", word(&made[1]["candidate_id"]))).await.expect(200).json();
    assert_eq!((&ada["name"], &made[1]["source"]), (&json!("Ada Lovelace"), &json!("Fair")));
    assert_eq!((&made[1]["job_id"], &made[1]["outcome"]), (&json!(job), &json!("active")));
    assert_eq!(history(&owner, &word(&made[1]["id"])).await, ["applied"]);
    let events = server.events().await;
    assert_eq!(events.iter().filter(|kind| *kind == "application.created").count(), 2);

    // One who is in the running already has applied once; so has one whose résumé comes twice.
    upload(&owner, "Ada Lovelace", "ada@example.com", &[("job_id", &job)]).await.expect(202);
    upload(&owner, "Ada Lovelace", "ada@example.com", &[("job_id", &job)]).await.expect(202);
    server.run_tasks().await;
    assert_eq!(applications(&owner).await.len(), 2);
    assert_eq!(listed(&owner, "/v1/resumes", "id").await.len(), 4);
}

#[tokio::test]
async fn what_a_person_has_decided_stays_decided() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (job, closing) = (open_job(&owner, "Joiner").await, open_job(&owner, "Clerk").await);
    let ada = candidate(&owner, "Ada").await;
    let rejected = apply(&owner, &ada, &job).await;
    put(&owner, &rejected, "rejection", json!({ "reason": "not_qualified" })).await.expect(200);

    for job in [&job, &closing] {
        upload(&owner, "Ada", "a@example.com", &[("candidate_id", &ada), ("job_id", job)]).await.expect(202);
    }
    upload(&owner, "Eve Adams", "eve@example.com", &[("job_id", &closing)]).await.expect(202);
    set_status(&owner, &closing, "closed").await.expect(200);
    server.run_tasks().await;

    assert_eq!(applications(&owner).await.len(), 1);
    let cancelled = owner.get("/v1/tasks?state=cancelled").await.expect(200).json();
    let kinds: Vec<_> =
        cancelled["data"].as_array().expect("a list").iter().map(|task| word(&task["kind"])).collect();
    assert_eq!(kinds, ["applications.apply_with_resume"; 3]);
    assert_eq!(
        listed(&owner, "/v1/candidates?q=eve", "name").await,
        ["Eve Adams"],
        "the résumé is read all the same"
    );
}

#[tokio::test]
async fn a_resume_for_a_job_takes_the_right_to_make_applications_there() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let stranger = server.tenant("globex").await;
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let seller = open_job_with(&owner, json!({ "title": "Seller", "department_id": sales })).await;
    let clerk = open_job(&owner, "Clerk").await;
    let draft = owner.post("/v1/jobs", json!({ "title": "Poet" })).await.expect(201).text("id");
    let foreign = open_job(&stranger, "Spy").await;
    let uploads = server.restricted(&founded, Permissions::of(&[Permission::ResumeCreate])).await;

    let send =
        async |actor: &Actor, job: &str| upload(actor, "Ada", "ada@example.com", &[("job_id", job)]).await;
    refused(send(&uploads, &clerk).await, 403, "not_for_a_job");
    upload(&uploads, "Ada", "ada@example.com", &[]).await.expect(202);
    refused(send(&owner, &foreign).await, 404, "not_found");
    refused(send(&owner, "job_01k7z1v5jafz8rk3m2w9y6t4qd").await, 404, "not_found");
    refused(send(&owner, &draft).await, 409, "job_not_open");
    assert_eq!(send(&owner, "nonsense").await.expect(422).fault(), ("job_id".into(), "invalid_id".into()));
    // Uploading is for the whole tenant, applying as far as the role reaches.
    let role = json!({ "name": "Uploads", "permissions": ["resume:create"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let head = server.member(&owner, "head@acme.example", &[("recruiter", Some(&sales))]).await;
    owner
        .post(&format!("/v1/members/{}/roles", head.member_id), json!({ "role_id": role }))
        .await
        .expect(201);
    refused(send(&head.actor, &clerk).await, 404, "not_found");
    send(&head.actor, &seller).await.expect(202);
    server.run_tasks().await;

    assert_eq!(listed(&owner, "/v1/applications", "job_id").await, [seller]);
    assert_eq!(listed(&owner, "/v1/resumes", "id").await.len(), 2, "what was refused left nothing");
}
