//! Offices: where a tenant's people work, and the jobs that are there.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{listed, open_job_with, refused, set_status};

/// An office in this city; its id.
async fn office(actor: &Actor, city: &str, country: &str) -> String {
    let new = json!({ "name": city, "address": { "city": city, "country": country } });
    actor.post("/v1/offices", new).await.expect(201).text("id")
}

#[tokio::test]
async fn an_office_is_made_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let address = json!({
        "address": " Torstraße 1 ", "postal_code": "10119", "city": "Berlin", "region": "Berlin", "country": "DE",
    });

    let made = owner.post("/v1/offices", json!({ "name": " Mitte ", "address": address })).await.expect(201);

    assert_eq!((made.header("etag"), made.text("name")), (Some("\"1\""), "Mitte".into()));
    assert_eq!(made.json()["address"]["address"], "Torstraße 1");
    let path = format!("/v1/offices/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());
    let changed = owner.patch(&path, json!({ "name": "Berlin" }), "\"1\"").await.expect(200).json();
    assert_eq!((&changed["name"], &changed["address"]), (&json!("Berlin"), &made.json()["address"]));
    let moved = owner.patch(&path, json!({ "address": { "city": "Potsdam" } }), "\"2\"").await.expect(200);
    let bare =
        json!({ "address": null, "postal_code": null, "city": "Potsdam", "region": null, "country": null });
    assert_eq!(moved.json()["address"], bare, "an address is one thing");
    refused(owner.patch(&path, json!({ "name": "Late" }), "\"1\"").await, 412, "version_conflict");
    office(&owner, "Paris", "FR").await;
    assert_eq!(listed(&owner, "/v1/offices", "name").await, ["Paris", "Berlin"]);

    refused(owner.delete(&path, None).await, 428, "precondition_required");
    owner.delete(&path, Some("\"3\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    assert_eq!(listed(&owner, "/v1/offices", "name").await, ["Paris"]);
    let log = listed(&owner, &format!("/v1/audit-log?object_id={}", made.text("id")), "action").await;
    assert_eq!(log, ["office.deleted", "office.updated", "office.updated", "office.created"]);
}

#[tokio::test]
async fn what_an_office_cannot_be_is_refused_at_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for (office, pointer, code) in [
        (json!({ "name": " " }), "#/name", "invalid_text"),
        (json!({ "name": 7 }), "#/name", "invalid_value"),
        (json!({ "name": "A", "floor": 3 }), "#/floor", "invalid_value"),
        (json!({ "name": "A", "address": { "country": "Germany" } }), "#/address/country", "invalid_country"),
        (json!({ "name": "A", "address": { "planet": "Mars" } }), "#/address/planet", "invalid_value"),
        (json!({ "name": "A", "address": { "city": "a\nb" } }), "#/address/city", "invalid_text"),
    ] {
        let answer = owner.post("/v1/offices", office.clone()).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{office}");
    }
    assert!(listed(&owner, "/v1/offices", "id").await.is_empty());
}

#[tokio::test]
async fn jobs_are_at_offices_and_found_there() {
    let server = Server::start().await;
    let (owner, stranger) = (server.tenant("acme").await, server.tenant("globex").await);
    let (berlin, paris) = (office(&owner, "Berlin", "DE").await, office(&owner, "Paris", "FR").await);
    let foreign = office(&stranger, "Rome", "IT").await;
    let both = json!({ "title": "Joiner", "office_ids": [berlin, paris] });
    let both = owner.post("/v1/jobs", both).await.expect(201).json();
    let one = owner.post("/v1/jobs", json!({ "title": "Clerk", "office_ids": [paris] })).await.expect(201);
    let none = owner.post("/v1/jobs", json!({ "title": "Poet" })).await.expect(201);

    assert_eq!(both["office_ids"], json!([berlin, paris]));
    assert_eq!(none.json()["office_ids"], json!([]));
    let at = async |office: &str| listed(&owner, &format!("/v1/jobs?office_id={office}"), "title").await;
    assert_eq!(at(&paris).await, ["Clerk", "Joiner"]);
    assert_eq!(at(&berlin).await, ["Joiner"]);
    assert!(at(&foreign).await.is_empty());
    owner.get("/v1/jobs?office_id=nowhere").await.expect(422);

    // What is named stays as long as it is named.
    refused(owner.delete(&format!("/v1/offices/{berlin}"), Some("*")).await, 409, "office_in_use");
    let path = format!("/v1/jobs/{}", both["id"].as_str().expect("it has an id"));
    let moved = owner.patch(&path, json!({ "office_ids": [paris] }), "*").await.expect(200).json();
    assert_eq!(moved["office_ids"], json!([paris]));
    assert_eq!(owner.get(&path).await.expect(200).json(), moved);
    assert!(at(&berlin).await.is_empty());
    owner.delete(&format!("/v1/offices/{berlin}"), Some("*")).await.expect(204);

    for gone in [&berlin, &foreign] {
        let job = json!({ "title": "Lost", "office_ids": [paris, gone] });
        refused(owner.post("/v1/jobs", job).await, 404, "not_found");
        refused(owner.patch(&path, json!({ "office_ids": [gone] }), "*").await, 404, "not_found");
    }
    let twice = json!({ "title": "Twice", "office_ids": [paris, paris] });
    let twice = owner.post("/v1/jobs", twice).await.expect(422);
    assert_eq!(twice.fault(), ("#/office_ids/1".into(), "given_twice".into()));
    let line = owner.get("/v1/exports/jobs").await.expect(200).lines();
    let line = line.iter().find(|line| line["id"] == one.json()["id"]).expect("it was exported");
    assert_eq!(line["office_ids"], json!([paris]));
}

#[tokio::test]
async fn a_posting_without_an_address_of_its_own_shows_those_of_its_offices() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (berlin, paris) = (office(&owner, "Berlin", "DE").await, office(&owner, "Paris", "FR").await);
    let bare = owner.post("/v1/offices", json!({ "name": "Somewhere" })).await.expect(201).text("id");
    let posting = async |job: Value| {
        let job = open_job_with(&owner, job).await;
        server.nobody().get(&format!("/v1/jobs/{job}/json-ld")).await.expect(200).json()
    };
    let place = |city: &str, country: &str| {
        let address = json!({ "@type": "PostalAddress", "addressLocality": city, "addressCountry": country });
        json!({ "@type": "Place", "address": address })
    };

    let one = posting(json!({ "title": "A", "office_ids": [berlin, bare] })).await;
    assert_eq!(one["jobLocation"], place("Berlin", "DE"));
    let two = posting(json!({ "title": "B", "office_ids": [berlin, paris] })).await;
    let places = two["jobLocation"].as_array().expect("there are two");
    assert_eq!(places.len(), 2);
    assert!(places.contains(&place("Berlin", "DE")) && places.contains(&place("Paris", "FR")), "{two:#}");
    let own =
        json!({ "title": "C", "office_ids": [berlin], "location": { "city": "Graz", "country": "AT" } });
    assert_eq!(posting(own).await["jobLocation"], place("Graz", "AT"));
    let remote =
        json!({ "title": "D", "office_ids": [berlin, paris], "location": { "workplace": "remote" } });
    let remote = posting(remote).await;
    let countries = ["DE", "FR"].map(|name| json!({ "@type": "Country", "name": name }));
    assert_eq!(remote["applicantLocationRequirements"], json!(countries));
    assert_eq!(remote["jobLocationType"], "TELECOMMUTE");
    assert_eq!(posting(json!({ "title": "E" })).await["jobLocation"], Value::Null);

    // An office that moves takes its postings along.
    let job =
        owner.post("/v1/jobs", json!({ "title": "F", "office_ids": [paris] })).await.expect(201).text("id");
    set_status(&owner, &job, "open").await.expect(200);
    let moved = json!({ "address": { "city": "Lyon", "country": "FR" } });
    owner.patch(&format!("/v1/offices/{paris}"), moved, "*").await.expect(200);
    let shown = server.nobody().get(&format!("/v1/jobs/{job}/json-ld")).await.expect(200).json();
    assert_eq!(shown["jobLocation"], place("Lyon", "FR"));
}

#[tokio::test]
async fn whoever_works_in_a_department_sees_the_offices_and_changes_none() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let berlin = office(&owner, "Berlin", "DE").await;
    let head = server.member(&owner, "head@acme.example", &[("admin", Some(&sales))]).await.actor;

    assert_eq!(listed(&head, "/v1/offices", "name").await, ["Berlin"]);
    let job = json!({ "title": "Seller", "department_id": sales, "office_ids": [berlin] });
    head.post("/v1/jobs", job).await.expect(201);
    refused(head.post("/v1/offices", json!({ "name": "Own" })).await, 403, "forbidden");
    let path = format!("/v1/offices/{berlin}");
    refused(head.patch(&path, json!({ "name": "Own" }), "*").await, 403, "forbidden");
    refused(head.delete(&path, Some("*")).await, 403, "forbidden");
}

/// A department is held by the jobs in it, too.
#[tokio::test]
async fn a_department_that_a_job_belongs_to_is_not_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let job = json!({ "title": "Seller", "department_id": sales });
    let job = owner.post("/v1/jobs", job).await.expect(201).text("id");
    let path = format!("/v1/departments/{sales}");

    refused(owner.delete(&path, Some("*")).await, 409, "department_in_use");

    owner.patch(&format!("/v1/jobs/{job}"), json!({ "department_id": null }), "*").await.expect(200);
    owner.delete(&path, Some("*")).await.expect(204);
}
