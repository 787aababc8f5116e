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

/// A candidate with a profile: these posts and studies.
async fn with_profile(
    server: &Server,
    owner: &Actor,
    name: &str,
    companies: &[&str],
    schools: &[&str],
) -> String {
    let work: Vec<_> =
        companies.iter().map(|company| json!({ "company": company, "position": "Nurse" })).collect();
    let education: Vec<_> = schools.iter().map(|school| json!({ "institution": school })).collect();
    let profile = json!({ "basics": { "name": name }, "work": work, "education": education });
    let row = json!({ "name": name, "profile": profile });
    let id =
        owner.import("one.ndjson", row.to_string(), &[("kind", "candidates")]).await.expect(202).text("id");
    server.run_tasks().await;
    let rows = owner.get(&format!("/v1/imports/{id}/rows")).await.expect(200).json();
    rows["data"][0]["id"].as_str().unwrap_or_else(|| panic!("{rows:#}")).to_owned()
}

#[tokio::test]
async fn a_similar_name_counts_with_a_company_or_a_school_in_common() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    let make = async |name: &str, companies: &[&str], schools: &[&str]| {
        with_profile(&server, &owner, name, companies, schools).await
    };
    let ada = make("Ada Lovelace", &["Analytical Engines Ltd"], &["University of Leeds"]).await;
    make("Ada Lovelase", &["Mercy Hospital", "ANALYTICAL ENGINES, Ltd."], &[]).await;
    make("Ada King Lovelace", &[], &["university of leeds"]).await;
    // Each lacks something: a similar name, a place in common, or all words of it.
    make("Ben Lovelace", &["Analytical Engines Ltd"], &["University of Leeds"]).await;
    make("Ada Lovelate", &["Mercy Hospital"], &["University of Ghent"]).await;
    make("Ada Loveless", &["Analytical Ltd"], &[]).await;
    with_profile(&server, &other, "Ada Lovelase", &["Analytical Engines Ltd"], &[]).await;
    let same = make("Lovelace, Ada", &["Analytical Engines Ltd"], &[]).await;

    let expected = [
        json!(["Ada King Lovelace", ["similar_name"], 0.6]),
        json!(["Ada Lovelase", ["similar_name"], 0.6]),
        json!(["Lovelace, Ada", ["same_name"], 0.5]),
    ];
    assert_eq!(duplicates(&owner, &ada).await, expected);
    let found = duplicates(&owner, &same).await;
    assert!(found.contains(&json!(["Ada Lovelase", ["similar_name"], 0.6])), "{found:?}");
    assert!(found.contains(&json!(["Ada Lovelace", ["same_name"], 0.5])), "{found:?}");

    // Whoever may see neither of them is told of neither.
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let job = crate::hiring::open_job_with(&owner, json!({ "title": "A", "department_id": sales })).await;
    crate::hiring::apply(&owner, &ada, &job).await;
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", Some(&sales))]).await.actor;
    assert!(duplicates(&viewer, &ada).await.is_empty());
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
