//! Résumés: sent, stored, read in the background, answered in one shape.

use insta::assert_json_snapshot;
use mortise_tests::actor::Actor;
use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// Uploads a file and has it read; the résumé as it then is.
pub(crate) async fn read(server: &Server, actor: &Actor, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
    let id = actor.upload(name, bytes).await.expect(202).text("id");
    server.run_tasks().await;
    actor.get(&format!("/v1/resumes/{id}")).await.expect(200).json()
}

/// The same, which must succeed; the path of the résumé.
pub(crate) async fn read_well(
    server: &Server,
    actor: &Actor,
    name: &str,
    bytes: impl Into<Vec<u8>>,
) -> String {
    let resume = read(server, actor, name, bytes).await;
    assert_eq!(resume["status"], "success", "{name}: {resume:#}");
    format!("/v1/resumes/{}", resume["id"].as_str().expect("an id is a text"))
}

#[tokio::test]
async fn an_upload_is_accepted_at_once_and_waits() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer =
        owner.upload("ada.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await.expect(202);

    let location = answer.header("location").expect("it says where to ask").to_owned();
    assert_eq!(location, format!("/v1/resumes/{}", answer.text("id")));
    assert_eq!(owner.get(&location).await.expect(200).json(), answer.json());
    assert_json_snapshot!(answer.redacted(), @r#"
    {
      "candidate_id": null,
      "created_at": "2026-03-02T09:00:00Z",
      "created_by": "[member]",
      "deleted_at": null,
      "error": null,
      "file": {
        "media_type": "text/plain",
        "name": "ada.txt",
        "sha256": "[digest]",
        "size": 297
      },
      "id": "[resume]",
      "parse": null,
      "source": null,
      "status": "pending",
      "updated_at": "2026-03-02T09:00:00Z",
      "version": 1
    }
    "#);
}

#[tokio::test]
async fn every_sample_is_read_into_a_candidate() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (mut posts_read, mut posts_there) = (0, 0);
    let count = |resume: &Value| resume["work"].as_array().map_or(0, Vec::len);

    for name in samples::names() {
        let gold = samples::gold(&name);
        let file = format!("{name}.pdf");
        let resume = read_well(&server, &owner, &file, samples::read(&file)).await;

        let unified = owner.get(&format!("{resume}/unified")).await.expect(200).json();
        assert_eq!(letters(&unified["basics"]["name"]), letters(&gold["basics"]["name"]), "{name}");
        assert_eq!(unified["basics"]["email"], gold["basics"]["email"], "{name}");
        posts_read += count(&unified);
        posts_there += count(&gold);
        let candidate = owner.get(&resume).await.expect(200).text("candidate_id");
        let candidate = owner.get(&format!("/v1/candidates/{candidate}")).await.expect(200).json();
        assert_eq!(candidate["name"], unified["basics"]["name"], "{name}");
        assert_eq!(candidate["emails"][0], unified["basics"]["email"], "{name}");
        assert_eq!(candidate["profile"], unified, "{name}");
    }

    assert!(posts_read * 10 >= posts_there * 8, "{posts_read} of {posts_there} posts were read");
}

/// A name without what a page's design does to it: capitals and quotation marks.
fn letters(name: &Value) -> String {
    let name = name.as_str().expect("a name is a text").to_lowercase();
    name.chars().filter(|c| c.is_alphabetic()).collect()
}

#[tokio::test]
async fn every_kind_of_file_is_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text =
        String::from_utf8(samples::text_resume("Ada Lovelace", "ada@example.com")).expect("it is text");
    let lines: Vec<&str> = text.lines().collect();
    let markdown = text.replacen("Ada Lovelace", "# Ada Lovelace", 1).replace("EXPERIENCE", "## Experience");
    let html = format!("<!doctype html><html><body><p>{}</p></body></html>", lines.join("</p><p>"));
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let files: [(&str, &str, Vec<u8>); 9] = [
        ("cv.pdf", "application/pdf", documents::pdf(&lines)),
        ("cv.docx", docx, documents::docx(&lines)),
        ("cv.odt", "application/vnd.oasis.opendocument.text", documents::odt(&lines)),
        ("cv.rtf", "application/rtf", documents::rtf(&lines)),
        ("a word processor calls it.doc", "application/rtf", documents::rtf(&lines)),
        ("cv.txt", "text/plain", text.clone().into_bytes()),
        ("cv.md", "text/markdown", markdown.into_bytes()),
        ("cv.html", "text/html", html.into_bytes()),
        ("no ending", "text/plain", text.clone().into_bytes()),
    ];

    for (name, media_type, bytes) in files {
        let resume = read_well(&server, &owner, name, bytes).await;

        assert_eq!(owner.get(&resume).await.json()["file"]["media_type"], media_type, "{name}");
        let unified = owner.get(&format!("{resume}/unified")).await.expect(200).json();
        assert_eq!(unified["basics"]["name"], "Ada Lovelace", "{name}: {unified:#}");
        assert_eq!(unified["basics"]["email"], "ada@example.com", "{name}: {unified:#}");
    }
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let bytes = samples::read("chef-fr.pdf");
    let id = owner.upload("Résumé (2) \"final\".pdf", bytes.clone()).await.expect(202).text("id");

    let file = owner.get(&format!("/v1/resumes/{id}/file")).await.expect(200);

    assert_eq!(file.body, bytes);
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    let name = "attachment; filename=\"R_sum_ _2_ _final_.pdf\"; \
                filename*=UTF-8''R%C3%A9sum%C3%A9%20%282%29%20%22final%22.pdf";
    assert_eq!(file.header("content-disposition"), Some(name));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(file.header("content-security-policy"), Some("sandbox; default-src 'none'"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn html_that_a_candidate_wrote_cannot_run_here() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let page =
        "<!doctype html><script>alert(document.domain)</script><p>Ada Lovelace</p><p>ada@example.com</p>";
    let id = owner.upload("cv.html", page).await.expect(202).text("id");

    let file = owner.get(&format!("/v1/resumes/{id}/file")).await.expect(200);

    assert!(file.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
    assert!(file.header("content-security-policy").is_some_and(|value| value.contains("sandbox")));
}

#[tokio::test]
async fn the_same_resume_is_answered_as_json_resume() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "chef-fr.pdf", samples::read("chef-fr.pdf")).await;
    let gold = samples::gold("chef-fr");

    let unified = owner.get(&format!("{resume}/unified?format=unified")).await.expect(200).json();
    let theirs = owner.get(&format!("{resume}/unified?format=json-resume")).await.expect(200).json();

    assert_eq!(theirs["basics"]["name"], gold["basics"]["name"]);
    assert_eq!(theirs["work"][0]["name"], unified["work"][0]["company"]);
    assert_eq!(theirs["work"][0].get("company"), None);
    assert_eq!(theirs["work"].as_array().map(Vec::len), gold["work"].as_array().map(Vec::len));
}

#[tokio::test]
async fn evidence_says_where_each_value_was_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "hr-nl.pdf", samples::read("hr-nl.pdf")).await;

    let plain = owner.get(&format!("{resume}/unified")).await.expect(200).json();
    let mut with = owner.get(&format!("{resume}/unified?include=evidence")).await.expect(200).json();

    let members = with.as_object_mut().expect("a résumé is an object");
    let evidence = members.remove("evidence").expect("it was asked for");
    assert_eq!(members.remove("corrected"), Some(json!([])));
    assert_eq!(with, plain);
    let evidence = evidence.as_array().expect("a list").clone();
    assert!(!evidence.is_empty());
    for item in &evidence {
        let pointer = item["pointer"].as_str().expect("a pointer");
        assert!(
            plain.pointer(pointer).is_some_and(|value| !value.is_null()),
            "{pointer} points nowhere: {plain:#}"
        );
        let confidence = item["confidence"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&confidence), "{item}");
    }
    let name =
        evidence.iter().find(|item| item["pointer"] == "/basics/name").expect("the name was read somewhere");
    assert_eq!(name["page"], 1);
    assert_eq!(name["box"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn evidence_is_for_the_unified_format_alone() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;

    let answer =
        owner.get(&format!("{resume}/unified?format=json-resume&include=evidence")).await.expect(422);

    assert_eq!(answer.json()["errors"][0]["code"], "not_with_this_format");
}

#[tokio::test]
async fn what_is_not_read_yet_is_a_conflict() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let id = owner.upload("cv.txt", text).await.expect(202).text("id");

    let answer = owner.get(&format!("/v1/resumes/{id}/unified")).await.expect(409);

    assert_eq!(answer.text("code"), "not_read_yet");
}

#[tokio::test]
async fn the_upload_may_say_whose_it_is_and_where_it_came_from() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first =
        read_well(&server, &owner, "a.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    let candidate = owner.get(&first).await.text("candidate_id");

    let file = Part::bytes(samples::text_resume("Ada King", "countess@example.com")).file_name("b.txt");
    let form =
        Form::new().text("source", "referral").part("file", file).text("candidate_id", candidate.clone());
    let second = owner.upload_form(form).await.expect(202);

    assert_eq!(second.json()["candidate_id"], json!(candidate));
    assert_eq!(second.text("source"), "referral");
    server.run_tasks().await;
    let known = owner.get(&format!("/v1/candidates/{candidate}")).await.expect(200).json();
    assert_eq!(known["name"], "Ada King");
    assert_eq!(known["emails"], json!(["ada@example.com", "countess@example.com"]));
    assert_eq!(known["source"], Value::Null, "where a candidate first came from stays");
}

#[tokio::test]
async fn a_version_is_its_etag() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let id = owner.upload("cv.txt", text).await.expect(202).text("id");
    let path = format!("/v1/resumes/{id}");

    let before = owner.get(&path).await.expect(200);
    server.run_tasks().await;
    let after = owner.get(&path).await.expect(200);

    for answer in [&before, &after] {
        assert_eq!(answer.header("etag"), Some(&*format!("\"{}\"", answer.json()["version"])));
    }
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn what_happened_is_recorded() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    read(&server, &owner, "cv.pdf", documents::scanned_pdf()).await;

    let expected = [
        "resume.received",
        "candidate.created",
        "resume.parsed",
        "resume.received",
        "candidate.updated",
        "resume.parsed",
        "resume.received",
        "resume.parse_failed",
    ];
    assert_eq!(server.events().await, expected);
}
