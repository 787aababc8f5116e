//! Résumés as they are listed, copied elsewhere and deleted.

use std::path::Path;
use std::time::Duration;

use mortise_host::resources::files;
use mortise_tests::actor::Actor;
use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::resumes::{read, read_well};

/// Reads one more résumé of a candidate; its path.
async fn read_more(server: &Server, owner: &Actor, candidate: &str, name: &str) -> String {
    let file = Part::bytes(samples::text_resume(name, "ada@example.com")).file_name("more.txt");
    let form = Form::new().text("candidate_id", candidate.to_owned()).part("file", file);
    let id = owner.upload_form(form).await.expect(202).text("id");
    server.run_tasks().await;
    format!("/v1/resumes/{id}")
}

fn files_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    paths.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

async fn paths(actor: &Actor, list: &str) -> Vec<String> {
    let page = actor.get(list).await.expect(200).json();
    let found = page["data"].as_array().expect("a list has data").iter();
    found.map(|item| format!("/v1/resumes/{}", item["id"].as_str().expect("an id is a text"))).collect()
}

#[tokio::test]
async fn a_deleted_resume_takes_its_file_and_its_text_along() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let folder = server.folder().join("files");
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let resume = read_well(&server, &owner, "cv.txt", text).await;
    let version = owner.etag(&resume).await;

    owner.delete(&resume, None).await.expect(428);
    owner.delete(&resume, Some("\"1\"")).await.expect(412);
    owner.delete(&resume, Some(&version)).await.expect(204);

    for gone in ["", "/file", "/unified"] {
        owner.get(&format!("{resume}{gone}")).await.expect(404);
    }
    owner.delete(&resume, Some("*")).await.expect(404);
    owner.post(&format!("{resume}/parses"), json!({})).await.expect(404);
    owner.patch(&format!("{resume}/unified"), json!({}), "*").await.expect(404);
    assert!(server.texts("select text from resume_texts").await.is_empty());
    assert!(server.texts("select status from resume_parses").await.is_empty());
    assert_eq!(server.events().await.last().map(String::as_str), Some("resume.deleted"));
    // The sweeper takes the blob, once, and nothing else.
    let other = read_well(&server, &owner, "b.txt", samples::text_resume("Ben", "ben@example.com")).await;
    assert_eq!(files_in(&folder), 2);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(files::actions::sweep(server.services()).await.expect("the database answers"), 1);
    assert_eq!(files_in(&folder), 1);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(files::actions::sweep(server.services()).await.expect("the database answers"), 0);
    owner.get(&format!("{other}/file")).await.expect(200);
}

#[tokio::test]
async fn the_profile_falls_back_to_what_was_read_before() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let first = read_well(&server, &owner, "cv.txt", text).await;
    let id = owner.get(&first).await.text("candidate_id");
    let candidate = async || owner.get(&format!("/v1/candidates/{id}")).await.expect(200).json();
    let patch = json!({ "basics": { "label": "Countess" } });
    owner.patch(&format!("{first}/unified"), patch, "*").await.expect(200);
    server.clock.advance(Duration::from_secs(60));
    let second = read_more(&server, &owner, &id, "Ada King").await;
    server.clock.advance(Duration::from_secs(60));
    let third = read_more(&server, &owner, &id, "A. King").await;
    assert_eq!(candidate().await["name"], "A. King");

    owner.delete(&second, Some("*")).await.expect(204);
    assert_eq!(candidate().await["name"], "A. King", "another résumé is the profile");
    owner.delete(&third, Some("*")).await.expect(204);
    let fallen_back = candidate().await;
    assert_eq!(
        (&fallen_back["name"], &fallen_back["headline"]),
        (&json!("Ada Lovelace"), &json!("Countess"))
    );
    assert_eq!(fallen_back["profile"], owner.get(&format!("{first}/unified")).await.expect(200).json());
    owner.delete(&first, Some("*")).await.expect(204);

    let left = candidate().await;
    assert_eq!((&left["profile"], &left["profile_resume_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&left["experience_months"], &left["experience_level"]), (&Value::Null, &Value::Null));
    assert_eq!(left["name"], "Ada Lovelace", "who it is stays known");
}

#[tokio::test]
async fn a_resume_deleted_while_it_waits_is_not_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let id = owner.upload("cv.txt", text).await.expect(202).text("id");

    owner.delete(&format!("/v1/resumes/{id}"), Some("*")).await.expect(204);
    server.run_tasks().await;

    assert!(owner.get("/v1/candidates").await.expect(200).json()["data"] == json!([]));
    assert_eq!(server.events().await, ["resume.received", "resume.deleted"]);
}

#[tokio::test]
async fn resumes_are_listed_and_narrowed_down() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = read_well(&server, &owner, "a.txt", samples::text_resume("Ada", "ada@example.com")).await;
    let ben = read_well(&server, &owner, "b.txt", samples::text_resume("Ben", "ben@example.com")).await;
    let id = owner.get(&ada).await.text("candidate_id");
    server.clock.advance(Duration::from_secs(60));
    let more = read_more(&server, &owner, &id, "Ada King").await;
    let failed = read(&server, &owner, "c.pdf", documents::scanned_pdf()).await;
    let failed = format!("/v1/resumes/{}", failed["id"].as_str().expect("an id is a text"));

    assert_eq!(paths(&owner, "/v1/resumes").await, [&*failed, &more, &ben, &ada]);
    assert_eq!(paths(&owner, &format!("/v1/resumes?candidate_id={id}")).await, [&*more, &ada]);
    assert_eq!(paths(&owner, &format!("/v1/candidates/{id}/resumes")).await, [&*more, &ada]);
    assert_eq!(paths(&owner, "/v1/resumes?status=failed").await, [&*failed]);
    assert!(paths(&owner, "/v1/resumes?status=pending").await.is_empty());
    let since = "updated_after=2026-03-02T09:00:00Z";
    assert_eq!(paths(&owner, &format!("/v1/resumes?{since}")).await, [&*more, &failed]);
    for wrong in ["status=read", "candidate_id=ada", "updated_after=now"] {
        owner.get(&format!("/v1/resumes?{wrong}")).await.expect(422);
    }

    server.clock.advance(Duration::from_secs(60));
    owner.delete(&more, Some("*")).await.expect(204);
    assert_eq!(paths(&owner, &format!("/v1/resumes?candidate_id={id}")).await, [&*ada]);
    assert_eq!(paths(&owner, &format!("/v1/candidates/{id}/resumes")).await, [&*ada]);
    let tombstones = format!("/v1/resumes?{since}&include_deleted=true&limit=1");
    let first = owner.get(&tombstones).await.expect(200).json();
    assert_eq!(first["data"][0]["deleted_at"], Value::Null);
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = owner.get(&format!("{tombstones}&cursor={cursor}")).await.expect(200).json();
    assert_eq!(second["data"][0]["deleted_at"], "2026-03-02T09:02:00Z");
    assert_eq!((&second["has_more"], &second["data"][0]["parse"]), (&json!(false), &Value::Null));
    assert_eq!(second["data"][0]["file"]["name"], "", "it often is a person's");
}
