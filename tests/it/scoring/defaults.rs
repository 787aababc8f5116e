//! What a tenant gets who has said nothing about scoring: every application is scored by the default rule, with its reasons.

use mortise_tests::actor::send;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Hospital, SKILLS, number, nurse_job, read_candidate, scores, sums};
use crate::hiring::{apply, candidate, listed, open_job, post, word};

#[tokio::test]
async fn a_new_application_is_scored_with_reasons_that_sum_and_can_be_looked_up() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, resume, .. } = &hospital;

    let score = hospital.only().await;

    sums(&score);
    assert_eq!((&score["status"], &score["error"]), (&json!("scored"), &Value::Null), "{score:#}");
    assert_eq!((&score["binding_id"], &score["weight"]), (&Value::Null, &json!(1.0)));
    assert_eq!((&score["plugin"]["id"], &score["plugin"]["version"]), (&json!(SKILLS), &json!("0.1.0")));
    for hash in ["input_hash", "result_hash", "config_hash"] {
        assert_eq!(score[hash].as_str().map(str::len), Some(64), "{hash}");
    }
    assert!(score["fuel"].as_i64().is_some_and(|fuel| fuel > 1_000), "{score:#}");
    assert_eq!(hospital.score().await, score["value"]);
    assert_eq!(hospital.scores().await["score"], score["value"]);
    // Two of three skills, enough years, the level and the place.
    assert!(number(&score["value"]) > 70.0 && number(&score["value"]) < 100.0, "{score:#}");

    let unified = owner.get(&format!("/v1/resumes/{resume}/unified")).await.expect(200).json();
    let reasons = score["contributions"].as_array().expect("it is a list");
    let codes: Vec<_> = reasons.iter().map(|reason| word(&reason["code"])).collect();
    for code in ["skill_match", "skill_missing", "years_reached", "level_reached", "location_city"] {
        assert!(codes.contains(&code.to_owned()), "{code} in {codes:?}");
    }
    let mut looked_up = 0;
    for pointer in reasons.iter().flat_map(|reason| reason["evidence"].as_array().into_iter().flatten()) {
        let found = unified.pointer(&word(pointer));
        assert!(found.is_some_and(|found| !found.is_null()), "{pointer} in {unified:#}");
        looked_up += 1;
    }
    assert!(looked_up >= 4, "{score:#}");

    assert!(server.events().await.contains(&"application.scored".to_owned()));
    let runs = server
        .texts("select plugin || ' ' || outcome || ' ' || subject_id from plugin_runs order by id")
        .await;
    assert_eq!(runs.last(), Some(&format!("{SKILLS} ok {}", hospital.application)));
    let hashes = server.texts("select input_hash from plugin_runs where kind = 'scoring-rule'").await;
    assert_eq!(hashes, [word(&score["input_hash"])], "the run's record says what it was given, too");
}

#[tokio::test]
async fn whoever_sent_no_resume_is_skipped_until_one_is_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = nurse_job(&owner).await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let application = apply(&owner, &ada, &job).await;
    server.run_tasks().await;

    let skipped = scores(&owner, &application).await;
    assert_eq!((&skipped["score"], &skipped["data"][0]["status"]), (&Value::Null, &json!("skipped")));
    assert_eq!(skipped["data"][0]["error"]["code"], "no_resume");
    assert!(!server.events().await.contains(&"application.scored".to_owned()));

    let file =
        Part::bytes(samples::text_resume("Ada Lovelace", "ada.lovelace@example.com")).file_name("cv.txt");
    let form = Form::new().part("file", file).text("candidate_id", ada.clone());
    owner.upload_form(form).await.expect(202);
    server.run_tasks().await;

    let scored = scores(&owner, &application).await;
    assert!(number(&scored["score"]) > 70.0, "{scored:#}");
}

#[tokio::test]
async fn a_job_that_asks_for_nothing_gives_no_score_and_says_so() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Nurse").await;
    let (ada, _) = read_candidate(&server, &owner, "Ada Lovelace").await;
    let application = apply(&owner, &ada, &job).await;
    server.run_tasks().await;

    let failed = scores(&owner, &application).await;
    assert_eq!(
        (&failed["score"], &failed["data"][0]["error"]["code"]),
        (&Value::Null, &json!("nothing_asked"))
    );
}

#[tokio::test]
async fn applications_are_scored_however_they_come_in() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (job, other) = (nurse_job(&owner).await, nurse_job(&owner).await);
    let score_of = async |application: &str| number(&scores(&owner, application).await["score"]);

    // By the public form.
    let resume = Part::bytes(samples::text_resume("Ada Lovelace", "ada@example.com")).file_name("cv.txt");
    let form =
        Form::new().text("name", "Ada Lovelace").text("email", "ada@example.com").part("resume", resume);
    let path = format!("/v1/jobs/{job}/apply");
    send(server.nobody().request(Method::POST, &path).multipart(form)).await.expect(202);
    server.run_tasks().await;
    let applied = listed(&owner, "/v1/applications", "id").await.remove(0);
    assert!(score_of(&applied).await > 70.0);

    // By a transfer.
    let begun = post(&owner, &applied, "transfers", json!({ "job_id": other })).await.expect(201).text("id");
    server.run_tasks().await;
    assert!(score_of(&begun).await > 70.0);

    // From a file.
    let row = json!({ "candidate_email": "ada@example.com", "job_id": job, "again": true }).to_string();
    owner.import("applications.ndjson", row, &[("kind", "applications")]).await.expect(202);
    server.run_tasks().await;
    let imported =
        listed(&owner, &format!("/v1/applications?job_id={job}&outcome=active"), "id").await.remove(0);
    assert!(score_of(&imported).await > 70.0);
}
