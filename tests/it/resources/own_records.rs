//! What a member who is a candidate does with their own record: reads it, keeps it, uploads résumés and takes them back.

use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::samples;
use mortise_tests::server::{Server, SignedIn};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::hiring::{apply, candidate, listed, open_job, refused};

async fn upload_own(actor: &Actor, name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    let form = Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()));
    send(actor.request(Method::POST, "/v1/me/resumes").multipart(form)).await
}

/// A member who is a candidate, and the candidate's id.
async fn member_and_candidate(server: &Server, owner: &Actor, name: &str) -> (SignedIn, String) {
    let email = format!("{}@members.example", name.to_lowercase());
    let member = server.member(owner, &email, &[("candidate", None)]).await;
    let id = candidate(owner, name).await;
    let link = json!({ "member_id": member.member_id });
    owner.put(&format!("/v1/candidates/{id}/member"), link, None).await.expect(204);
    (member, id)
}

#[tokio::test]
async fn a_candidate_uploads_follows_and_takes_back_their_own_resumes() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (ada, id) = member_and_candidate(&server, &owner, "Ada").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");

    let accepted = upload_own(&ada.actor, "Lebenslauf für Sie.txt", text.clone()).await.expect(202);

    assert_eq!((accepted.text("status"), accepted.text("candidate_id")), ("pending".into(), id.clone()));
    let path = accepted.header("location").expect("it says where to ask").to_owned();
    assert_eq!(path, format!("/v1/me/resumes/{}", accepted.text("id")));
    server.run_tasks().await;
    let read = ada.actor.get(&path).await.expect(200);
    assert_eq!(read.text("status"), "success");
    assert!(read.header("etag").is_some());
    let file = ada.actor.get(&format!("{path}/file")).await.expect(200);
    assert_eq!(file.body, text);
    assert_eq!(file.header("content-type"), Some("text/plain"));
    let named = file.header("content-disposition").expect("it is an attachment");
    assert!(
        named.starts_with("attachment; ") && named.contains("Lebenslauf%20f%C3%BCr%20Sie.txt"),
        "{named}"
    );
    assert_eq!(file.header("content-security-policy"), Some("sandbox; default-src 'none'"));

    // What was read became their profile, which is theirs to keep.
    let profile = ada.actor.get("/v1/me/profile").await.expect(200).json();
    assert_eq!((&profile["id"], &profile["profile"]["basics"]["name"]), (&json!(id), &json!("Ada Lovelace")));
    let changed = ada.actor.patch("/v1/me/profile", json!({ "headline": "Analyst" }), "*").await.expect(200);
    assert_eq!(changed.text("headline"), "Analyst");
    let second = upload_own(&ada.actor, "new.txt", samples::text_resume("Ada King", "ada@example.com")).await;
    server.run_tasks().await;
    let both = [second.expect(202).text("id"), accepted.text("id")];
    assert_eq!(listed(&ada.actor, "/v1/me/resumes", "id").await, both);
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &id, &job).await;
    assert_eq!(listed(&ada.actor, "/v1/me/applications", "id").await, [application]);
    assert_eq!(ada.actor.get("/v1/me/profile").await.expect(200).text("headline"), "Analyst");
}

#[tokio::test]
async fn a_candidate_reaches_nobody_elses_resumes() {
    let server = Server::start().await;
    let (owner, stranger) = (server.tenant("acme").await, server.tenant("globex").await);
    let (ada, _) = member_and_candidate(&server, &owner, "Ada").await;
    let (ben, _) = member_and_candidate(&server, &owner, "Ben").await;
    let (cat, _) = member_and_candidate(&server, &stranger, "Cat").await;
    let own = upload_own(&ada.actor, "ada.txt", samples::text_resume("Ada", "ada@example.com")).await;
    let own = own.expect(202).text("id");
    let unclaimed = owner.upload("who.txt", "Nobody").await.expect(202).text("id");
    server.run_tasks().await;

    for (actor, resume) in [(&ben, &own), (&cat, &own), (&ada, &unclaimed), (&ben, &unclaimed)] {
        for path in ["", "/file"] {
            refused(actor.actor.get(&format!("/v1/me/resumes/{resume}{path}")).await, 404, "not_found");
        }
    }
    // Whoever may do much and is no candidate has none of their own.
    refused(owner.get(&format!("/v1/me/resumes/{own}")).await, 404, "not_found");
    // By any other way they reach not even their own.
    for path in ["", "/file", "/unified"] {
        refused(ada.actor.get(&format!("/v1/resumes/{own}{path}")).await, 403, "forbidden");
    }
    let other = Form::new().text("candidate_id", "cand_01k7z1v5jafz8rk3m2w9y6t4qd");
    let other = other.part("file", Part::bytes(b"Ada".to_vec()).file_name("ada.txt"));
    let answer = send(ada.actor.request(Method::POST, "/v1/me/resumes").multipart(other)).await.expect(422);
    assert_eq!(answer.fault(), ("candidate_id".into(), "not_here".into()));

    owner.delete(&format!("/v1/resumes/{own}"), Some("*")).await.expect(204);
    for path in ["", "/file"] {
        ada.actor.get(&format!("/v1/me/resumes/{own}{path}")).await.expect(404);
    }
}
