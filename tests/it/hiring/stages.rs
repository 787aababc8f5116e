//! Stages: the pipeline of a tenant, and of each of its jobs.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, candidate, listed, move_to, open_job, refused, word};

#[tokio::test]
async fn a_job_begins_with_the_tenants_pipeline_and_keeps_its_own() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let usual = owner.get("/v1/pipeline").await.expect(200);
    assert_eq!(
        (usual.header("etag"), usual.json()["stages"][0]["name"].clone()),
        (Some("\"0\""), json!("Applied"))
    );
    let before = open_job(&owner, "Before").await;

    let stages = json!([
        { "name": "New", "kind": "applied" }, { "name": "Talk", "kind": "interview" }, { "name": "Trial", "kind": "interview" },
        { "name": "Joined", "kind": "hired" },
    ]);
    let set = owner.put("/v1/pipeline", json!({ "stages": stages }), Some("\"0\"")).await.expect(200);
    assert_eq!((set.json()["stages"].clone(), set.header("etag")), (stages, Some("\"1\"")));
    refused(owner.put("/v1/pipeline", json!({ "stages": [] }), Some("\"1\"")).await, 422, "invalid_request");

    let after = open_job(&owner, "After").await;
    let names = |job: &str| format!("/v1/jobs/{job}/stages");
    assert_eq!(listed(&owner, &names(&after), "name").await, ["New", "Talk", "Trial", "Joined"]);
    let usual = ["Applied", "Screening", "Interview", "Offer", "Hired"];
    assert_eq!(listed(&owner, &names(&before), "name").await, usual);
}

#[tokio::test]
async fn stages_are_renamed_added_and_taken_out_in_one_go() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let path = format!("/v1/jobs/{job}/stages");
    let stages = owner.get(&path).await.expect(200).json()["data"].clone();
    let keep = |index: usize, name: &str| json!({ "id": stages[index]["id"], "name": name, "kind": stages[index]["kind"] });
    let trial = json!({ "name": "Trial", "kind": "interview" });

    let wanted = json!({ "stages": [keep(0, "New"), keep(2, "Talk"), trial, keep(4, "Joined")] });
    let etag = owner.etag(&format!("/v1/jobs/{job}")).await;
    let set = owner.put(&path, wanted, Some(&etag)).await.expect(200).json();

    let names: Vec<_> =
        set["data"].as_array().expect("it is a list").iter().map(|s| word(&s["name"])).collect();
    assert_eq!(names, ["New", "Talk", "Trial", "Joined"]);
    assert_eq!((&set["data"][1]["id"], &set["data"][1]["position"]), (&stages[2]["id"], &json!(1)));
    assert_ne!(owner.etag(&format!("/v1/jobs/{job}")).await, etag);

    for (wanted, place) in [
        (json!([keep(0, "New"), keep(4, "Joined"), keep(2, "Talk")]), "#/stages/1/kind"),
        (
            json!([keep(0, "New"), { "id": stages[2]["id"], "name": "X", "kind": "offer" }, keep(4, "J")]),
            "#/stages/1/kind",
        ),
        (json!([keep(0, "A"), keep(2, "a"), keep(4, "J")]), "#/stages/1/name"),
    ] {
        let answer = owner.put(&path, json!({ "stages": wanted }), Some("*")).await.expect(422);
        assert_eq!(answer.fault().0, place, "{wanted}");
    }
    let gone =
        json!([keep(0, "New"), { "id": stages[1]["id"], "name": "X", "kind": "screening" }, keep(4, "J")]);
    refused(owner.put(&path, json!({ "stages": gone }), Some("*")).await, 404, "not_found");
}

#[tokio::test]
async fn a_stage_with_applications_in_it_stays() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let application = apply(&owner, &ada, &job).await;
    move_to(&owner, &application, "screening").await.expect(200);
    let path = format!("/v1/jobs/{job}/stages");
    let mut stages =
        owner.get(&path).await.expect(200).json()["data"].as_array().expect("it is a list").clone();
    for stage in &mut stages {
        let stage = stage.as_object_mut().expect("it is an object");
        stage.retain(|key, _| ["id", "name", "kind"].contains(&key.as_str()));
    }
    let screening = stages.remove(1);
    let without = json!({ "stages": Value::from(stages) });

    refused(owner.put(&path, without.clone(), Some("*")).await, 409, "stage_not_empty");

    move_to(&owner, &application, "interview").await.expect(200);
    owner.put(&path, without, Some("*")).await.expect(200);
    let history = super::lines(&owner, &application).await;
    assert_eq!(history[1]["stage_id"], screening["id"], "what happened there stays");
}
