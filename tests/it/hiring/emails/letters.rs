//! What candidates are told of their applications, if the tenant has it told.

use mortise_host::caller::Caller;
use mortise_host::permissions::Permission;
use mortise_host::resources::emails;
use mortise_tests::actor::send;
use mortise_tests::smtp::SmtpServer;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use super::super::company::{Company, reject};
use super::super::{apply, candidate};
use super::{company, count, latest, switch, text};
use crate::privacy::exports::document;

async fn send_form(company: &Company, email: &str) {
    let form = Form::new().text("name", "Søren Kierkegaard").text("email", email.to_owned());
    let path = format!("/v1/jobs/{}/apply", company.engineering.job);
    send(company.server.nobody().request(Method::POST, &path).multipart(form)).await.expect(202);
    company.server.run_tasks().await;
}

#[tokio::test]
async fn candidates_are_told_nothing_unless_it_is_switched_on() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;

    send_form(&company, "soren@example.com").await;
    reject(&company.owner, &company.engineering.application).await;
    company.server.run_tasks().await;

    assert_eq!(count(&company.owner).await, 0);
    assert!(smtp.has_no_more());
}

#[tokio::test]
async fn whoever_applies_is_told_that_it_was_received_once() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    switch(&company.owner, "application_received", true).await;

    send_form(&company, "soren@example.com").await;
    send_form(&company, "Soren@example.com").await;

    let message = smtp.next();
    assert_eq!(message["to"], json!(["soren@example.com"]));
    assert_eq!(message["headers"]["To"], "Søren Kierkegaard <soren@example.com>");
    assert_eq!(message["headers"]["Subject"], "Your application: Head of Engineering");
    assert!(text(&message).contains("has reached us"), "{message:#}");
    assert!(smtp.has_no_more(), "who sends the form twice has applied once");
    let sent = latest(&company.owner).await;
    let known = format!("/v1/candidates/{}/export", sent["candidate_id"].as_str().expect("it is about one"));
    let known = document(&company.owner.get(&known).await.expect(200), "emails.json");
    assert_eq!(
        (&known[0]["kind"], &known[0]["recipient"]),
        (&json!("application_received"), &sent["recipient"])
    );
    assert_eq!(known[0]["sent_at"], "2026-03-02T09:00:00Z");
    // One that a colleague enters is of another kind.
    let entered = candidate(&company.owner, "Eve Ellis").await;
    apply(&company.owner, &entered, &company.sales.job).await;
    company.server.run_tasks().await;
    assert!(smtp.has_no_more());
}

#[tokio::test]
async fn an_application_made_by_a_colleague_and_its_rejection_are_told() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let owner = &company.owner;
    switch(owner, "application_created", true).await;
    switch(owner, "application_rejected", true).await;
    let known = candidate(owner, "Eve Ellis").await;
    let unreachable = json!({ "name": "Nemo" });
    let unreachable = owner.post("/v1/candidates", unreachable).await.expect(201).text("id");

    let application = apply(owner, &known, &company.sales.job).await;
    let silent = apply(owner, &unreachable, &company.sales.job).await;
    company.server.run_tasks().await;
    let made = smtp.next();
    reject(owner, &application).await;
    reject(owner, &silent).await;
    company.server.run_tasks().await;
    let rejected = smtp.next();

    assert_eq!((&made["to"], &rejected["to"]), (&json!(["eve.ellis@example.com"]), &made["to"]));
    assert_eq!(rejected["headers"]["Subject"], "About your application: Head of Sales");
    assert!(!text(&rejected).contains("not_qualified"), "{rejected:#}");
    assert!(smtp.has_no_more());
    let kinds = super::super::listed(owner, &format!("/v1/emails?candidate_id={known}"), "kind").await;
    assert_eq!(kinds, ["application_rejected", "application_created"]);
}

#[tokio::test]
async fn a_candidates_messages_go_with_their_data_and_to_whom_they_are_merged() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let owner = &company.owner;
    switch(owner, "application_rejected", true).await;
    reject(owner, &company.engineering.application).await;
    company.server.run_tasks().await;
    smtp.next();
    reject(owner, &company.sales.application).await;
    let survivor = candidate(owner, "Ada King").await;
    let merge = json!({ "candidate_id": company.engineering.candidate });
    owner.post(&format!("/v1/candidates/{survivor}/merges"), merge).await.expect(201);
    let of = |id: &str| format!("/v1/emails?candidate_id={id}");
    assert_eq!(super::super::listed(owner, &of(&survivor), "state").await, ["sent"]);

    let tenant = owner.get("/v1/tenant").await.expect(200).text("id").parse().expect("it is an id");
    for (who, left) in [(&survivor, 1), (&company.sales.candidate, 0)] {
        let operator = Caller::operator(tenant);
        let db = &company.server.services().db;
        let mut tx = db.begin(&operator, Permission::EmailWrite).await.expect("the database answers");
        let gone = emails::actions::erase(&mut tx, who.parse().expect("it is an id")).await;
        tx.commit().await.expect("the database answers");
        assert_eq!((gone.expect("the database answers"), count(owner).await), (1, left));
    }
    // What waited is never sent.
    assert!(company.server.run_tasks().await.contains(&"emails.send".to_owned()));
    assert!(smtp.has_no_more());
}
