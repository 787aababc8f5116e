//! Duplicates: candidates who may be one person, and why.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

async fn make(actor: &Actor, candidate: Value) -> String {
    actor.post("/v1/candidates", candidate).await.expect(201).text("id")
}

/// Names, reasons and scores.
async fn duplicates(actor: &Actor, id: &str) -> Vec<Value> {
    let found = actor.get(&format!("/v1/candidates/{id}/duplicates")).await.expect(200).json();
    let found = found["data"].as_array().expect("a list has data").iter();
    found.map(|item| json!([item["candidate"]["name"], item["reasons"], item["score"]])).collect()
}

#[tokio::test]
async fn who_shares_something_may_be_the_same_person() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    let person = json!({
        "name": "Zoë Núñez", "emails": ["zoe@example.com"], "phones": ["+44 20 7946 0000"],
        "links": ["https://www.linkedin.com/in/zoe/"],
    });
    let zoe = make(&owner, person.clone()).await;
    make(&owner, json!({ "name": "Nunez, Zoe" })).await;
    make(
        &owner,
        json!({ "name": "Z. N.", "phones": ["442079460000"], "links": ["http://linkedin.com/in/zoe"] }),
    )
    .await;
    let both = json!({ "name": "ZOE NUNEZ", "phones": ["44 (20) 79460000"], "emails": ["zoe@example.org"] });
    let both = make(&owner, both).await;
    make(&owner, json!({ "name": "Zoë", "phones": ["20 7946 0000"], "emails": ["zoe@example.net"] })).await;
    // Another tenant's, and who is gone, do not count.
    make(&other, person).await;
    let gone = make(&owner, json!({ "name": "Zoë Núñez", "phones": ["+44 20 7946 0000"] })).await;
    owner.delete(&format!("/v1/candidates/{gone}"), Some("*")).await.expect(204);

    let expected = [
        json!(["Z. N.", ["same_phone", "same_link"], 0.96]),
        json!(["ZOE NUNEZ", ["same_phone", "same_name"], 0.9]),
        json!(["Nunez, Zoe", ["same_name"], 0.5]),
    ];
    assert_eq!(duplicates(&owner, &zoe).await, expected);
    let expected = [
        json!(["Zoë Núñez", ["same_phone", "same_name"], 0.9]),
        json!(["Z. N.", ["same_phone"], 0.8]),
        json!(["Nunez, Zoe", ["same_name"], 0.5]),
    ];
    assert_eq!(duplicates(&owner, &both).await, expected);
}

#[tokio::test]
async fn whoever_shares_nothing_has_no_duplicates() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = make(&owner, json!({ "name": "Ada" })).await;
    make(&owner, json!({ "name": "Ada" })).await;

    assert!(duplicates(&owner, &ada).await.is_empty(), "a single word is no name to tell people by");
    owner.get("/v1/candidates/cand_01k7z1v5jafz8rk3m2w9y6t4qd/duplicates").await.expect(404);
}
