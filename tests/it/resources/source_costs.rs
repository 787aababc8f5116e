//! What sources cost, as it is written down and corrected.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use crate::hiring::{listed, refused};

fn licence() -> Value {
    json!({
        "source": " LinkedIn ", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "note": " Licence ",
        "cost": { "currency": "EUR", "amount": 365_000 },
    })
}

#[tokio::test]
async fn a_cost_is_made_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let made = owner.post("/v1/source-costs", licence()).await.expect(201);

    assert_eq!((made.header("etag"), made.text("source")), (Some("\"1\""), "LinkedIn".into()));
    let body = made.json();
    assert_eq!(body["cost"], json!({ "currency": "EUR", "amount": 365_000 }));
    assert_eq!((&body["starts_on"], &body["ends_on"]), (&json!("2026-01-01"), &json!("2026-12-31")));
    assert_eq!(body["note"], "Licence");
    let path = format!("/v1/source-costs/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), body);
    let changes =
        json!({ "ends_on": "2026-06-30", "cost": { "currency": "CHF", "amount": 0 }, "note": null });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["ends_on"], &changed["cost"]["currency"]), (&json!("2026-06-30"), &json!("CHF")));
    assert_eq!((&changed["starts_on"], &changed["note"]), (&body["starts_on"], &Value::Null));
    refused(owner.patch(&path, json!({ "note": "Late" }), "\"1\"").await, 412, "version_conflict");
    let other = json!({ "source": "Fair", "starts_on": "2026-02-01", "ends_on": "2026-02-01", "cost": changed["cost"] });
    owner.post("/v1/source-costs", other).await.expect(201);

    assert_eq!(listed(&owner, "/v1/source-costs", "source").await, ["Fair", "LinkedIn"]);
    assert_eq!(listed(&owner, "/v1/source-costs?source=LinkedIn", "source").await, ["LinkedIn"]);
    assert!(listed(&owner, "/v1/source-costs?source=linkedin", "source").await.is_empty());
    refused(owner.delete(&path, None).await, 428, "precondition_required");
    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    assert_eq!(listed(&owner, "/v1/source-costs", "source").await, ["Fair"]);
    let log = listed(&owner, &format!("/v1/audit-log?object_id={}", made.text("id")), "action").await;
    assert_eq!(log, ["source_cost.deleted", "source_cost.updated", "source_cost.created"]);
}

#[tokio::test]
async fn what_no_cost_can_be_is_refused_at_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for (change, pointer, code) in [
        (json!({ "source": " " }), "#/source", "invalid_text"),
        (json!({ "starts_on": "2026-02-30" }), "#/starts_on", "invalid_date"),
        (json!({ "ends_on": "31.12.2026" }), "#/ends_on", "invalid_date"),
        (json!({ "ends_on": "2025-12-31" }), "#/ends_on", "before_start"),
        (json!({ "cost": { "currency": "XXX", "amount": 1 } }), "#/cost/currency", "invalid_currency"),
        (json!({ "cost": { "currency": "EUR", "amount": -1 } }), "#/cost/amount", "out_of_range"),
        (json!({ "cost": { "currency": "EUR", "amount": 1.5 } }), "#/cost/amount", "invalid_value"),
        (
            json!({ "cost": { "currency": "EUR", "amount": 2_000_000_000_000_i64 } }),
            "#/cost/amount",
            "out_of_range",
        ),
        (json!({ "cost": 7 }), "#/cost", "invalid_value"),
        (json!({ "job_id": "job_1" }), "#/job_id", "invalid_value"),
    ] {
        let mut cost = licence();
        cost.as_object_mut().expect("it is one").extend(change.as_object().expect("it is one").clone());
        let answer = owner.post("/v1/source-costs", cost).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{change}");
    }
    assert!(listed(&owner, "/v1/source-costs", "id").await.is_empty());
}

#[tokio::test]
async fn costs_are_the_tenants_as_a_whole() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    owner.post("/v1/source-costs", licence()).await.expect(201);
    let recruiter = server.member(&owner, "all@acme.example", &[("recruiter", None)]).await.actor;
    let of_sales = server.member(&owner, "sales@acme.example", &[("recruiter", Some(&sales))]).await.actor;
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await.actor;

    assert_eq!(listed(&recruiter, "/v1/source-costs", "source").await, ["LinkedIn"]);
    recruiter.post("/v1/source-costs", licence()).await.expect(201);
    for other in [&of_sales, &viewer] {
        refused(other.get("/v1/source-costs").await, 403, "forbidden");
        refused(other.post("/v1/source-costs", licence()).await, 403, "forbidden");
    }
    // Whoever sees the figures of one department sees no costs among them.
    let path = "/v1/analytics/sources?as_of=2026-06-01";
    let whole = viewer.get(path).await.expect(200).json();
    assert_eq!(whole["total"]["sources"][0]["label"], "LinkedIn");
    let part = of_sales.get(path).await.expect(200).json();
    assert_eq!(part["total"]["sources"], json!([]));
}
