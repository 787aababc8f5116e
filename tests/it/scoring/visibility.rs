//! Who sees scores and who has them made: as far as a role reaches, and never the candidate.

use serde_json::json;

use super::{Hospital, bind, nurse_job, read_candidate};
use crate::hiring::{apply, refused, word};

#[tokio::test]
async fn a_role_for_one_job_shows_the_scores_of_that_job_alone() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, application, .. } = &hospital;
    let other = nurse_job(owner).await;
    let (grace, _) = read_candidate(server, owner, "Grace Hopper").await;
    let elsewhere = apply(owner, &grace, &other).await;
    server.run_tasks().await;
    let foreign_score = word(&super::scores(owner, &elsewhere).await["data"][0]["id"]);
    let own_score = word(&hospital.only().await["id"]);
    let member = server.member(owner, "manager@acme.example", &[]).await;
    let role = json!({ "role_id": owner.role_id("hiring_manager").await, "job_id": job });
    owner.post(&format!("/v1/members/{}/roles", member.member_id), role).await.expect(201);
    let manager = member.actor;

    manager.get(&format!("/v1/applications/{application}/scores")).await.expect(200);
    manager.post(&format!("/v1/applications/{application}/scores"), json!({})).await.expect(202);
    manager.post(&format!("/v1/jobs/{job}/scores"), json!({})).await.expect(202);
    manager.post(&format!("/v1/scores/{own_score}/replays"), json!({})).await.expect(200);
    refused(manager.get(&format!("/v1/applications/{elsewhere}/scores")).await, 404, "not_found");
    for path in [
        format!("/v1/applications/{elsewhere}/scores"),
        format!("/v1/jobs/{other}/scores"),
        format!("/v1/scores/{foreign_score}/replays"),
    ] {
        refused(manager.post(&path, json!({})).await, 404, "not_found");
    }
    refused(manager.get("/v1/plugin-bindings").await, 403, "forbidden");
}

#[tokio::test]
async fn another_tenants_scores_and_bindings_are_not_there() {
    let hospital = Hospital::start().await;
    let binding = hospital.bind(super::SKILLS, json!({})).await;
    let score = word(&hospital.only().await["id"]);
    let stranger = hospital.server.tenant("globex").await;

    refused(
        stranger.get(&format!("/v1/applications/{}/scores", hospital.application)).await,
        404,
        "not_found",
    );
    refused(stranger.post(&format!("/v1/scores/{score}/replays"), json!({})).await, 404, "not_found");
    refused(stranger.get(&format!("/v1/plugin-bindings/{binding}")).await, 404, "not_found");
    refused(stranger.delete(&format!("/v1/plugin-bindings/{binding}"), Some("*")).await, 404, "not_found");
    let new = json!({ "kind": "scoring", "plugin": super::SKILLS, "job_id": hospital.job });
    refused(stranger.post("/v1/plugin-bindings", new).await, 404, "not_found");
    bind(&stranger, super::SKILLS, json!({})).await;
}

#[tokio::test]
async fn readers_read_and_interviewers_have_nothing_scored() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, application, .. } = &hospital;
    let path = format!("/v1/applications/{application}/scores");
    for role in ["viewer", "interviewer"] {
        let reader = server.member(owner, &format!("{role}@acme.example"), &[(role, None)]).await.actor;
        reader.get(&path).await.expect(200);
        refused(reader.post(&path, json!({})).await, 403, "forbidden");
        refused(reader.get("/v1/plugin-bindings").await, 403, "forbidden");
    }
    let recruiter = server.member(owner, "recruiter@acme.example", &[("recruiter", None)]).await.actor;
    recruiter.get("/v1/plugin-bindings").await.expect(200);
    let new = json!({ "kind": "scoring", "plugin": super::SKILLS });
    refused(recruiter.post("/v1/plugin-bindings", new).await, 403, "forbidden");
}

#[tokio::test]
async fn a_candidate_does_not_see_their_own_score() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, candidate, application, .. } = &hospital;
    let ada = server.member(owner, "ada@acme.example", &[("candidate", None)]).await;
    let link = json!({ "member_id": ada.member_id });
    owner.put(&format!("/v1/candidates/{candidate}/member"), link, None).await.expect(204);

    let own = ada.actor.get("/v1/me/applications").await.expect(200).json();

    assert_eq!(own["data"][0]["id"], **application);
    assert!(own["data"][0].as_object().is_some_and(|fields| !fields.contains_key("score")), "{own:#}");
    refused(ada.actor.get(&format!("/v1/applications/{application}/scores")).await, 403, "forbidden");
}
