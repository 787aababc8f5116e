//! The privacy policy: whoever has been kept long enough is erased at night, and nobody else.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use crate::hiring::{apply, candidate, listed, open_job, put, refused};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn due(owner: &Actor, at: &str) -> Vec<(String, String)> {
    let page = owner.get(&format!("/v1/erasures/due?at={at}")).await.expect(200).json();
    let entry = |one: &Value| (crate::hiring::word(&one["candidate_id"]), crate::hiring::word(&one["cause"]));
    let mut due: Vec<_> = page["data"].as_array().expect("it is a list").iter().map(entry).collect();
    due.sort();
    due
}

#[tokio::test]
async fn a_policy_is_set_read_and_refused_where_it_makes_no_sense() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = "/v1/privacy-policy";
    let unset = owner.get(path).await.expect(200);
    assert_eq!((unset.header("etag"), &unset.json()["inactive_days"]), (Some("\"0\""), &Value::Null));
    assert_eq!((&unset.json()["keeps_hired"], &unset.json()["updated_at"]), (&json!(true), &Value::Null));

    let policy = json!({
        "inactive_days": 180, "deleted_days": 30, "keeps_hired": false, "kept_by_consent": "talent_pool",
        "required_consents": ["processing", "processing"],
    });
    let set = owner.put(path, policy, Some("\"0\"")).await.expect(200);
    assert_eq!(set.header("etag"), Some("\"1\""));
    assert_eq!(set.json()["required_consents"], json!(["processing"]));
    assert_eq!(owner.get(path).await.expect(200).json(), set.json());
    refused(owner.put(path, json!({}), Some("\"0\"")).await, 412, "version_conflict");

    for (policy, pointer) in [
        (json!({ "inactive_days": 29 }), "#/inactive_days"),
        (json!({ "deleted_days": 0 }), "#/deleted_days"),
        (json!({ "deleted_days": 1_000_000_000_000_i64 }), "#/deleted_days"),
        (json!({ "kept_by_consent": "No Key" }), "#/kept_by_consent"),
        (json!({ "required_consents": ["fine", ""] }), "#/required_consents/1"),
    ] {
        assert_eq!(owner.put(path, policy, Some("*")).await.expect(422).fault().0, pointer);
    }
}

#[tokio::test]
async fn who_has_been_kept_long_enough_is_erased_at_night_and_nobody_else() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let mut people = Vec::new();
    for name in
        ["Ina Ctive", "Rea Cent", "Act Ive", "Hi Red", "Held Back", "Con Sent", "Ex Pired", "De Leted"]
    {
        people.push(candidate(&owner, name).await);
    }
    let [inactive, recent, active, hired, held, consenting, expired, deleted] = &people[..] else {
        panic!("there are eight")
    };
    apply(&owner, active, &job).await;
    let application = apply(&owner, hired, &job).await;
    put(&owner, &application, "hire", json!({})).await.expect(200);
    let hold = json!({ "reason": "A case" });
    owner.put(&format!("/v1/candidates/{held}/hold"), hold, Some("*")).await.expect(200);
    for (id, expires_at) in [(consenting, Value::Null), (expired, json!("2026-04-01T00:00:00Z"))] {
        let consent = json!({ "purpose": "talent_pool", "is_given": true, "expires_at": expires_at });
        owner.post(&format!("/v1/candidates/{id}/consents"), consent).await.expect(201);
    }
    owner.delete(&format!("/v1/candidates/{deleted}"), Some("*")).await.expect(204);
    let recently = apply(&owner, recent, &open_job(&owner, "Nurse").await).await;
    assert_eq!(due(&owner, "2036-01-01T00:00:00Z").await, [], "there is no policy yet");
    let policy = json!({ "inactive_days": 60, "deleted_days": 10, "kept_by_consent": "talent_pool" });
    owner.put("/v1/privacy-policy", policy, Some("*")).await.expect(200);

    server.sleep_over(50 * DAY).await;
    put(&owner, &recently, "rejection", json!({ "reason": "other" })).await.expect(200);
    let causes = listed(&owner, "/v1/erasures", "cause").await;
    assert_eq!(causes, ["deleted"], "after ten days, and nobody for being inactive");
    assert_eq!(listed(&owner, "/v1/erasures", "candidate_id").await, [deleted.as_str()]);
    let mut expected = vec![(inactive.clone(), "inactive".to_owned()), (expired.clone(), "inactive".into())];
    expected.sort();
    assert_eq!(due(&owner, "2026-05-05T00:00:00Z").await, expected);
    assert_eq!(due(&owner, "2026-04-25T00:00:00Z").await, []);

    server.sleep_over(15 * DAY).await;

    let mut left = listed(&owner, "/v1/candidates", "id").await;
    left.sort();
    let mut kept = [recent, active, hired, held, consenting].map(Clone::clone);
    kept.sort();
    assert_eq!(left, kept);
    let by = owner.get("/v1/erasures").await.expect(200).json()["data"][0]["created_by"].clone();
    assert_eq!(by, Value::Null, "it was the policy");
}
