//! Corrections: what people say a résumé says, over whatever was read and will be read.

use mortise_tests::actor::{Actor, send};
use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::resumes::{read, read_well};

/// A server with one résumé that was read, of Ada.
struct Read {
    server: Server,
    owner: Actor,
    /// Paths.
    resume: String,
    unified: String,
    candidate: String,
}

impl Read {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let text = samples::text_resume("Ada Lovlace", "ada@example.com");
        let resume = read_well(&server, &owner, "cv.txt", text).await;
        let candidate = format!("/v1/candidates/{}", owner.get(&resume).await.text("candidate_id"));
        Self { server, owner, unified: format!("{resume}/unified"), resume, candidate }
    }

    async fn correct(&self, patch: Value) -> Value {
        self.owner.patch(&self.unified, patch, "*").await.expect(200).json()
    }

    async fn candidate(&self) -> Value {
        self.owner.get(&self.candidate).await.expect(200).json()
    }
}

#[tokio::test]
async fn a_correction_is_what_the_resume_says_and_the_candidate_is() {
    let read = Read::start().await;
    let before = read.owner.get(&read.unified).await.expect(200);
    let patch =
        json!({ "basics": { "name": "Ada Lovelace", "location": { "city": "London", "region": null } } });

    let version = before.header("etag").expect("it has a version").to_owned();
    let corrected = read.owner.patch(&read.unified, patch, &version).await.expect(200);

    let mut expected = before.json();
    expected["basics"]["name"] = json!("Ada Lovelace");
    expected["basics"]["location"]["city"] = json!("London");
    expected["basics"]["location"]["region"] = Value::Null;
    assert_eq!(corrected.json(), expected);
    let again = read.owner.get(&read.unified).await.expect(200);
    assert_eq!((again.json(), again.header("etag")), (expected.clone(), corrected.header("etag")));
    assert_eq!(read.owner.etag(&read.resume).await, corrected.header("etag").expect("it has a version"));
    let candidate = read.candidate().await;
    assert_eq!((&candidate["name"], &candidate["profile"]), (&json!("Ada Lovelace"), &expected));
    assert_eq!(candidate["location"]["city"], "London");
    let theirs = read.owner.get(&format!("{}?format=json-resume", read.unified)).await.expect(200).json();
    assert_eq!(theirs["basics"]["name"], "Ada Lovelace");

    assert_eq!(read.server.events().await.iter().filter(|kind| *kind == "resume.corrected").count(), 1);
    let payloads = read.server.texts("select cast(payload as text) from events").await.join(" ");
    assert!(!payloads.contains("Lovelace") && !payloads.contains("London"), "{payloads}");
    let id = corrected_id(&read);
    let log =
        read.owner.get(&format!("/v1/audit-log?object_id={id}&action=resume.corrected")).await.expect(200);
    let places = json!(["/basics/location/city", "/basics/location/region", "/basics/name"]);
    assert_eq!(log.json()["data"][0]["after"], json!({ "corrected": places }));
}

fn corrected_id(read: &Read) -> String {
    read.resume.rsplit('/').next().expect("a path has parts").to_owned()
}

#[tokio::test]
async fn corrections_add_up_and_stay_when_the_resume_is_read_again() {
    let read = Read::start().await;
    read.correct(json!({ "basics": { "name": "Ada", "summary": "Counts." } })).await;
    read.correct(json!({ "basics": { "name": "Ada Lovelace" }, "skills": [{ "name": "Maths" }] })).await;
    read.correct(json!({ "education": null, "basics": { "summary": null } })).await;
    let before = read.owner.get(&read.unified).await.expect(200).json();

    read.owner.post(&format!("{}/parses", read.resume), json!({})).await.expect(202);
    read.server.run_tasks().await;

    let after = read.owner.get(&read.unified).await.expect(200).json();
    assert_eq!(after, before);
    assert_eq!(
        (&after["basics"]["name"], &after["basics"]["summary"]),
        (&json!("Ada Lovelace"), &Value::Null)
    );
    assert_eq!((&after["skills"][0]["name"], &after["skills"][1]), (&json!("Maths"), &Value::Null));
    assert_eq!(after["education"], json!([]));
    assert_eq!(after["work"].as_array().map(Vec::len), Some(1), "what nobody corrected is as it was read");
    assert_eq!(read.candidate().await["profile"], after);
    assert_eq!(read.candidate().await["name"], "Ada Lovelace");
}

#[tokio::test]
async fn corrected_posts_count_as_experience() {
    let read = Read::start().await;
    assert_eq!(read.candidate().await["experience_level"], "senior");

    let post = json!({ "company": "Mercy", "startDate": "2025-10", "isCurrent": true });
    read.correct(json!({ "work": [post] })).await;

    let candidate = read.candidate().await;
    assert_eq!(
        (&candidate["experience_months"], &candidate["experience_level"]),
        (&json!(6), &json!("entry"))
    );
}

#[tokio::test]
async fn what_is_no_resume_is_not_taken() {
    let read = Read::start().await;
    let before = read.owner.get(&read.unified).await.expect(200);

    for (patch, place, code) in [
        (json!({ "basics": { "name": 1 } }), "#/basics/name", "invalid_value"),
        (
            json!({ "work": [{ "company": "Mercy", "isCurrent": "yes" }] }),
            "#/work/0/isCurrent",
            "invalid_value",
        ),
        (json!({ "work": { "company": "Mercy" } }), "#/work", "invalid_value"),
        (json!({ "basics": "Ada" }), "#/basics", "invalid_value"),
        (json!([]), "#", "invalid_value"),
        (json!("Ada"), "#", "invalid_value"),
        (json!({ "basics": { "name": "A\u{0}" } }), "#/basics/name", "null_character"),
    ] {
        let answer = read.owner.patch(&read.unified, patch, "*").await.expect(422);
        assert_eq!(answer.fault(), (place.into(), code.into()), "{answer:?}");
    }
    read.owner.patch(&read.unified, json!({}), "\"1\"").await.expect(412);
    let unversioned = read.owner.request(Method::PATCH, &read.unified).json(&json!({}));
    send(unversioned).await.expect(428);

    let after = read.owner.get(&read.unified).await.expect(200);
    assert_eq!((after.body, after.headers.get("etag")), (before.body, before.headers.get("etag")));
}

#[tokio::test]
async fn corrections_do_not_grow_without_end() {
    let read = Read::start().await;
    let half = "x".repeat(600_000);

    read.correct(json!({ "basics": { "summary": half } })).await;
    let more = json!({ "basics": { "label": half } });
    let answer = read.owner.patch(&read.unified, more, "*").await.expect(422);

    assert_eq!(answer.fault(), ("#".into(), "too_large".into()));
}

#[tokio::test]
async fn nothing_is_corrected_before_it_was_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let waiting = owner.upload("cv.txt", text).await.expect(202).text("id");
    let patch = json!({ "basics": { "name": "Ada" } });

    let answer = owner.patch(&format!("/v1/resumes/{waiting}/unified"), patch.clone(), "*").await.expect(409);
    assert_eq!(answer.text("code"), "not_read_yet");
    server.run_tasks().await;
    let failed = read(&server, &owner, "cv.pdf", documents::scanned_pdf()).await;
    assert_eq!(failed["status"], "failed", "{failed:#}");
    let path = format!("/v1/resumes/{}/unified", failed["id"].as_str().expect("an id is a text"));
    assert_eq!(owner.patch(&path, patch, "*").await.expect(409).text("code"), "reading_failed");
}

#[tokio::test]
async fn a_patch_may_say_what_it_is() {
    let read = Read::start().await;

    for media_type in ["application/merge-patch+json", "application/json"] {
        let request = read.owner.request(Method::PATCH, &read.unified).header(IF_MATCH, "*");
        let body = json!({ "basics": { "label": media_type } }).to_string();
        let answer = send(request.header(CONTENT_TYPE, media_type).body(body)).await.expect(200);
        assert_eq!(answer.json()["basics"]["label"], media_type);
    }
}

#[tokio::test]
async fn what_was_corrected_rests_on_no_evidence() {
    let read = Read::start().await;
    let with = format!("{}?include=evidence", read.unified);
    let before = read.owner.get(&with).await.expect(200).json();
    assert_eq!(before["corrected"], json!([]));

    read.correct(json!({ "basics": { "name": "Ada Lovelace" }, "work": [{ "company": "Mercy" }] })).await;

    let after = read.owner.get(&with).await.expect(200).json();
    assert_eq!(after["corrected"], json!(["/basics/name", "/work"]));
    let places = |document: &Value| -> Vec<String> {
        let evidence = document["evidence"].as_array().expect("it was asked for").iter();
        evidence.map(|item| item["pointer"].as_str().expect("a pointer").to_owned()).collect()
    };
    let is_corrected = |place: &String| place == "/basics/name" || place.starts_with("/work/");
    let expected: Vec<_> = places(&before).into_iter().filter(|place| !is_corrected(place)).collect();
    assert_eq!(places(&after), expected);
    assert!(places(&before).len() > expected.len() && !expected.is_empty());
    let plain = read.owner.get(&read.unified).await.expect(200).json();
    assert_eq!((&plain["corrected"], &plain["evidence"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_corrected_address_takes_the_place_of_the_misread_one() {
    let read = Read::start().await;
    let other = json!({ "name": "Ben", "emails": ["ben@example.com"] });
    let ben = read.owner.post("/v1/candidates", other).await.expect(201).text("id");

    read.correct(json!({ "basics": { "email": "ada@example.org", "url": "https://ada.example" } })).await;

    let candidate = read.candidate().await;
    assert_eq!(candidate["emails"], json!(["ada@example.org"]));
    assert_eq!(
        (&candidate["links"], &candidate["phones"]),
        (&json!(["https://ada.example"]), &json!(["+1 202-555-0143"]))
    );
    // The old one is free again; another candidate's is not taken from them.
    read.owner.post("/v1/candidates", json!({ "emails": ["ada@example.com"] })).await.expect(201);
    read.correct(json!({ "basics": { "email": "ben@example.com" } })).await;
    assert_eq!(read.candidate().await["emails"], json!([]));
    let ben = read.owner.get(&format!("/v1/candidates/{ben}")).await.expect(200).json();
    assert_eq!(ben["emails"], json!(["ben@example.com"]));
}

#[tokio::test]
async fn correcting_an_older_resume_leaves_the_profile() {
    let read = Read::start().await;
    let candidate = read.candidate().await["id"].as_str().expect("an id is a text").to_owned();
    let file = Part::bytes(samples::text_resume("Ada King", "ada@example.com")).file_name("new.txt");
    read.owner.upload_form(Form::new().text("candidate_id", candidate).part("file", file)).await.expect(202);
    read.server.run_tasks().await;
    let before = read.candidate().await;
    assert_eq!(before["name"], "Ada King");

    let corrected = read.correct(json!({ "basics": { "name": "Ada Lovelace" } })).await;

    assert_eq!(corrected["basics"]["name"], "Ada Lovelace");
    assert_eq!(read.candidate().await, before);
}
