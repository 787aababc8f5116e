//! Scores follow what they rest on: résumés, jobs, and whoever asks.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Hospital, number, nurse, nurse_job, read_candidate, scores};
use crate::hiring::{apply, put, refused};
use crate::plugins::{activate, configure, echo_score, install};

#[tokio::test]
async fn a_correction_or_another_reading_changes_the_score() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, resume, .. } = &hospital;
    let before = hospital.only().await;

    let nothing = json!({ "skills": [], "work": [] });
    owner.patch(&format!("/v1/resumes/{resume}/unified"), nothing, "*").await.expect(200);
    let ran = server.run_tasks().await;
    assert_eq!(ran, ["scores.spread", "scores.score"]);
    let after = hospital.only().await;
    assert!(number(&after["value"]) < number(&before["value"]) / 2.0, "{after:#}");
    assert_ne!(after["input_hash"], before["input_hash"]);
    assert_eq!(after["id"], before["id"], "it is the same score, made again");

    let back = json!({ "skills": [{ "name": "Triage" }, { "name": "Phlebotomy" }, { "name": "Radiology" }] });
    owner.patch(&format!("/v1/resumes/{resume}/unified"), back, "*").await.expect(200);
    server.run_tasks().await;
    assert!(number(&hospital.score().await) > number(&after["value"]) + 50.0);

    owner.post(&format!("/v1/resumes/{resume}/parses"), json!({})).await.expect(202);
    let ran = server.run_tasks().await;
    assert_eq!(ran, ["resumes.read", "scores.spread", "scores.score"]);
}

#[tokio::test]
async fn what_has_not_changed_is_not_asked_again() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, resume, .. } = &hospital;
    let before = hospital.only().await;

    owner.post(&format!("/v1/resumes/{resume}/parses"), json!({})).await.expect(202);
    server.run_tasks().await;

    assert_eq!(hospital.only().await, before, "the same reading is the same input");
    let runs = server.texts("select outcome from plugin_runs where kind = 'scoring-rule'").await;
    assert_eq!(runs.len(), 1);
    let told = server.events().await.into_iter().filter(|kind| kind == "application.scored").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn who_is_not_in_the_running_keeps_the_score_they_had() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, application, resume, .. } = &hospital;
    let before = hospital.only().await;
    put(owner, application, "rejection", json!({ "reason": "other" })).await.expect(200);

    owner.patch(&format!("/v1/resumes/{resume}/unified"), json!({ "skills": [] }), "*").await.expect(200);
    assert_eq!(server.run_tasks().await, Vec::<String>::new());
    assert_eq!(hospital.only().await, before);

    owner.post(&format!("/v1/applications/{application}/scores"), json!({})).await.expect(202);
    server.run_tasks().await;
    assert!(number(&hospital.score().await) < number(&before["value"]), "whoever asks gets it");
    let taken_back = owner.with_header("if-match", "*");
    taken_back.post(&format!("/v1/applications/{application}/reopenings"), json!({})).await.expect(201);
    assert_eq!(server.run_tasks().await, ["scores.score"]);
}

#[tokio::test]
async fn another_job_makes_another_score() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, .. } = &hospital;
    let before = number(&hospital.score().await);

    let tags = json!({ "tags": ["urgent"] });
    owner.patch(&format!("/v1/jobs/{job}"), tags, "*").await.expect(200);
    assert_eq!(server.run_tasks().await, Vec::<String>::new(), "nobody is scored by tags of a job");
    let skills = json!({ "skills": [{ "name": "Welding", "weight": 10 }] });
    owner.patch(&format!("/v1/jobs/{job}"), skills, "*").await.expect(200);
    assert_eq!(server.run_tasks().await, ["scores.spread", "scores.score"]);

    assert!(number(&hospital.score().await) < before - 50.0);
}

#[tokio::test]
async fn a_jobs_active_applications_are_scored_again_in_one_go() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, .. } = &hospital;
    let mut applications = vec![hospital.application.clone()];
    for name in ["Grace Hopper", "Mary Seacole"] {
        let (candidate, _) = read_candidate(server, owner, name).await;
        applications.push(apply(owner, &candidate, job).await);
    }
    server.run_tasks().await;
    let elsewhere = nurse_job(owner).await;
    let other = apply(owner, &hospital.candidate, &elsewhere).await;
    server.run_tasks().await;
    put(owner, &applications[2], "withdrawal", json!({ "reason": "other" })).await.expect(200);
    let times = async |all: &[String]| {
        let mut times = Vec::new();
        for application in all {
            times.push(scores(owner, application).await["data"][0]["scored_at"].clone());
        }
        times
    };
    let all: Vec<_> = applications.iter().chain([&other]).cloned().collect();
    let before = times(&all).await;
    server.clock.advance(Duration::from_secs(60));

    let begun = owner.post(&format!("/v1/jobs/{job}/scores"), json!({})).await.expect(202).json();
    let ran = server.run_tasks().await;

    assert_eq!(
        (&begun["applications"], ran),
        (&json!(2), vec!["scores.spread".to_owned(), "scores.score".to_owned()])
    );
    let after = times(&all).await;
    let changed: Vec<_> = before.iter().zip(&after).map(|(before, after)| before != after).collect();
    assert_eq!(changed, [true, true, false, false]);
    refused(owner.post("/v1/jobs/job_01k7z1v5jafz8rk3m2w9y6t4qd/scores", json!({})).await, 404, "not_found");
}

#[tokio::test]
async fn the_resume_an_application_was_made_with_counts_before_the_profile() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, candidate, resume, .. } = &hospital;
    let job = crate::hiring::open_job_with(owner, nurse()).await;
    // A later résumé, of a welder, is the profile from now on.
    let welder = b"Ada Lovelace\nWelder\nada.lovelace@example.com\n\nSKILLS\n\nWelding\n".to_vec();
    let file = reqwest::multipart::Part::bytes(welder).file_name("welder.txt");
    let form = reqwest::multipart::Form::new().part("file", file).text("candidate_id", candidate.clone());
    owner.upload_form(form).await.expect(202);
    server.run_tasks().await;
    let new = json!({ "candidate_id": candidate, "job_id": job, "resume_id": resume });
    let application = owner.post("/v1/applications", new).await.expect(201).text("id");
    server.run_tasks().await;

    let by_own = scores(owner, &application).await;
    let skills = by_own["data"][0]["contributions"].as_array().expect("it is a list");
    assert!(skills.iter().any(|reason| reason["code"] == "skill_match"), "{by_own:#}");
    assert!(number(&by_own["score"]) > number(&hospital.score().await), "the other follows the profile");

    let path = format!("/v1/applications/{application}");
    owner.patch(&path, json!({ "resume_id": Value::Null }), "*").await.expect(200);
    assert_eq!(server.run_tasks().await, ["scores.score"]);
    assert!(number(&scores(owner, &application).await["score"]) < number(&by_own["score"]));
}

#[tokio::test]
async fn another_version_of_a_rule_or_other_settings_of_it_make_another_score() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, .. } = &hospital;
    let rule = async |version: &str, value: u32| {
        let installed = install(server, owner, echo_score(version)).await;
        configure(owner, &installed, json!({ "value": value })).await.expect(200);
        installed
    };
    let scored = async || {
        server.run_tasks().await;
        hospital.score().await
    };
    let first = rule("1.0.0", 40).await;
    activate(owner, &first).await.expect(200);
    hospital.bind("acme/score", json!({})).await;
    assert_eq!(scored().await, 40.0);

    let second = rule("1.1.0", 60).await;
    assert_eq!(scored().await, 40.0, "it is not in use");
    activate(owner, &second).await.expect(200);
    assert_eq!(scored().await, 60.0, "the next version");
    configure(owner, &second, json!({ "value": 70 })).await.expect(200);
    assert_eq!(scored().await, 70.0, "other settings");
    configure(owner, &first, json!({ "value": 30 })).await.expect(200);
    assert_eq!(scored().await, 70.0, "settings of the one not in use");
    activate(owner, &first).await.expect(200);
    assert_eq!(scored().await, 30.0, "the version before");
}

#[tokio::test]
async fn another_version_of_a_rule_is_asked_about_the_jobs_it_is_bound_to() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, .. } = &hospital;
    let rule = async |version: &str| {
        let installed = install(server, owner, echo_score(version)).await;
        configure(owner, &installed, json!({ "value": 40 })).await.expect(200);
        server.run_tasks().await;
        installed
    };
    let (first, second) = (rule("1.0.0").await, rule("1.1.0").await);
    let activated = async |version| {
        activate(owner, version).await.expect(200);
        server.run_tasks().await
    };
    assert_eq!(activated(&first).await, [""; 0], "it is bound to no job");

    let elsewhere = nurse_job(owner).await;
    hospital.bind("acme/score", json!({ "job_id": elsewhere })).await;
    server.run_tasks().await;
    assert_eq!(activated(&second).await, [""; 0], "nobody applied for the one it is bound to");

    hospital.bind("acme/score", json!({ "job_id": job })).await;
    server.run_tasks().await;
    assert_eq!(activated(&first).await, ["scores.spread", "scores.score"]);
}
