//! Candidates as people keep them: made by hand, changed, deleted, narrowed down, copied elsewhere; and by themselves.

use std::time::Duration;

use insta::assert_json_snapshot;
use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::resumes::read_well;

/// A candidate made by hand; the path.
async fn make(actor: &Actor, candidate: Value) -> String {
    let made = actor.post("/v1/candidates", candidate).await.expect(201);
    made.header("location").expect("it says where it is").to_owned()
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let page = actor.get(path).await.expect(200).json();
    let found = page["data"].as_array().expect("a list has data").iter();
    found.map(|item| item["name"].as_str().unwrap_or("-").to_owned()).collect()
}

/// The answer names this fault.
#[track_caller]
fn faulty(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.expect(422);
    assert_eq!(answer.fault(), (pointer.into(), code.into()), "{answer:?}");
}

#[tokio::test]
async fn a_candidate_is_made_by_hand() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({
        "given_name": "Ada", "family_name": "Lovelace", "headline": " Analyst ",
        "location": { "city": "London", "countryCode": "gb" }, "emails": ["Ada@Example.com", "ada@example.com"],
        "phones": ["+44 20 7946 0000"], "links": ["https://www.linkedin.com/in/ada/"], "tags": ["Maths", " maths", "Poetry"],
        "source": "referral",
    });

    let made = owner.post("/v1/candidates", new).await.expect(201);

    assert_eq!(made.header("etag"), Some("\"1\""));
    let path = format!("/v1/candidates/{}", made.text("id"));
    assert_eq!(made.header("location"), Some(&*path));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());
    assert_json_snapshot!(made.redacted(), @r#"
    {
      "created_at": "2026-03-02T09:00:00Z",
      "created_by": "[member]",
      "custom_fields": {},
      "deleted_at": null,
      "emails": [
        "Ada@Example.com"
      ],
      "experience_level": null,
      "experience_months": null,
      "family_name": "Lovelace",
      "given_name": "Ada",
      "headline": "Analyst",
      "id": "[cand]",
      "links": [
        "https://www.linkedin.com/in/ada/"
      ],
      "location": {
        "address": null,
        "city": "London",
        "countryCode": "GB",
        "postalCode": null,
        "region": null
      },
      "merged_into": null,
      "name": "Ada Lovelace",
      "phones": [
        "+44 20 7946 0000"
      ],
      "profile": null,
      "profile_resume_id": null,
      "source": "referral",
      "tags": [
        "Maths",
        "Poetry"
      ],
      "updated_at": "2026-03-02T09:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!(server.events().await, ["candidate.created"]);
}

#[tokio::test]
async fn what_cannot_be_names_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = make(&owner, json!({ "name": "Ada" })).await;
    let long = |letters: usize| "x".repeat(letters);

    for (field, value, place, code) in [
        ("name", json!(long(201)), "#/name", "invalid_text"),
        ("given_name", json!("A\nda"), "#/given_name", "invalid_text"),
        ("family_name", json!(long(101)), "#/family_name", "invalid_text"),
        ("headline", json!(1), "#/headline", "invalid_value"),
        ("location", json!({ "country": "GB" }), "#/location/country", "invalid_value"),
        ("location", json!({ "countryCode": "GBR" }), "#/location/countryCode", "invalid_country_code"),
        ("location", json!({ "city": long(201) }), "#/location/city", "invalid_text"),
        ("emails", json!(["ada@example.com", "ada"]), "#/emails/1", "invalid_email"),
        ("emails", json!("ada@example.com"), "#/emails", "invalid_value"),
        ("phones", json!(["12345"]), "#/phones/0", "invalid_phone"),
        ("phones", json!(vec!["123456"; 21]), "#/phones", "too_many"),
        ("links", json!(["linkedin.com/in/ada"]), "#/links/0", "invalid_url"),
        ("links", json!(["javascript:alert(1)//a.example"]), "#/links/0", "invalid_url"),
        ("links", json!([format!("https://a.example/{}", "漢".repeat(400))]), "#/links/0", "invalid_url"),
        ("tags", json!([""]), "#/tags/0", "invalid_text"),
        ("tags", json!([long(101)]), "#/tags/0", "invalid_text"),
        ("tags", json!(vec!["x"; 101]), "#/tags", "too_many"),
        ("custom_fields", json!({ "shoe": 40 }), "#/custom_fields/shoe", "unknown_custom_field"),
        ("source", json!(long(201)), "#/source", "invalid_text"),
        ("colour", json!("red"), "#/colour", "invalid_value"),
        ("created_by", json!("member_01k7z1v5jafz8rk3m2w9y6t4qd"), "#/created_by", "invalid_value"),
    ] {
        let mut new = json!({ "name": "Ada", "emails": ["ada@example.org"] });
        new[field] = value.clone();
        faulty(owner.post("/v1/candidates", new).await, place, code);
        faulty(owner.patch(&path, json!({ (field): value }), "*").await, place, code);
    }
    for nobody in [json!({}), json!({ "headline": "Analyst" }), json!({ "name": " ", "emails": [] })] {
        faulty(owner.post("/v1/candidates", nobody).await, "#/name", "missing");
    }
    assert_eq!(names(&owner, "/v1/candidates").await, ["Ada"]);
    assert_eq!(owner.etag(&path).await, "\"1\"");
}

#[tokio::test]
async fn an_email_is_one_candidates_in_a_tenant() {
    let server = Server::start().await;
    let (founded, other) = (server.found("acme").await, server.tenant("other").await);
    let owner = server.actor(&founded.key);
    let ada = make(&owner, json!({ "name": "Ada", "emails": ["ada@example.com"] })).await;
    let ben = make(&owner, json!({ "name": "Ben", "emails": ["ben@example.com"] })).await;
    let id = ada.rsplit('/').next().expect("a path has parts");
    let twin = json!({ "name": "A. L.", "emails": ["new@example.com", "ADA@example.com"] });

    let refused = owner.post("/v1/candidates", twin.clone()).await.expect(409);
    assert_eq!(refused.text("code"), "candidate_exists");
    assert!(refused.text("detail").contains(id), "{refused:?}");
    let refused = owner.patch(&ben, json!({ "emails": ["ada@example.com"] }), "*").await.expect(409);
    assert_eq!(refused.text("code"), "candidate_exists");

    // Nothing of it was kept, and who may not read candidates learns no id.
    assert_eq!(owner.get(&ben).await.expect(200).json()["emails"], json!(["ben@example.com"]));
    let writer = server.restricted(&founded, Permissions::of(&[Permission::CandidateWrite])).await;
    let refused = writer.post("/v1/candidates", twin.clone()).await.expect(409);
    assert!(!refused.text("detail").contains("cand_"), "{refused:?}");
    // Another tenant neither hinders nor tells.
    let there = other.post("/v1/candidates", twin).await.expect(201);
    assert_ne!(there.text("id"), id);
    assert_eq!(names(&other, "/v1/candidates").await, ["A. L."]);
}

#[tokio::test]
async fn of_two_at_once_with_one_email_one_is_made() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = || json!({ "name": "Ada", "emails": ["ada@example.com"] });

    let (one, other) = tokio::join!(owner.post("/v1/candidates", ada()), owner.post("/v1/candidates", ada()));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{one:?} {other:?}");
    assert_eq!(names(&owner, "/v1/candidates").await, ["Ada"]);
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({
        "given_name": "Ada", "family_name": "Lovelace", "headline": "Analyst", "emails": ["ada@example.com"],
        "phones": ["123456", "234567"], "tags": ["Maths"], "source": "referral",
    });
    let path = make(&owner, new).await;
    server.clock.advance(Duration::from_secs(60));

    let changes = json!({ "family_name": "King", "headline": null, "phones": ["345678"], "tags": ["POETRY", "poetry"] });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200);

    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed.json());
    let now = changed.json();
    assert_eq!((&now["name"], &now["headline"]), (&json!("Ada King"), &Value::Null));
    assert_eq!((&now["phones"], &now["tags"]), (&json!(["345678"]), &json!(["POETRY"])));
    assert_eq!((&now["emails"], &now["source"]), (&json!(["ada@example.com"]), &json!("referral")));
    assert_eq!(
        (&now["created_at"], &now["updated_at"]),
        (&json!("2026-03-02T09:00:00Z"), &json!("2026-03-02T09:01:00Z"))
    );
    owner.patch(&path, json!({ "headline": "Countess" }), "\"1\"").await.expect(412);
    let unversioned = owner.request(reqwest::Method::PATCH, &path).json(&json!({ "headline": "x" }));
    assert_eq!(mortise_tests::actor::send(unversioned).await.status, 428);
    // A name of its own stays until it is cleared.
    let named =
        owner.patch(&path, json!({ "name": "The Countess", "given_name": "Augusta" }), "*").await.expect(200);
    assert_eq!(named.text("name"), "The Countess");
    let cleared = owner.patch(&path, json!({ "name": null }), "*").await.expect(200);
    assert_eq!(cleared.text("name"), "Augusta King");
    // Her own address is no other candidate's.
    owner.patch(&path, json!({ "emails": ["new@example.com", "ada@example.com"] }), "*").await.expect(200);
    let emails = owner.get(&path).await.expect(200).json()["emails"].clone();
    assert_eq!(emails, json!(["new@example.com", "ada@example.com"]));
}

#[tokio::test]
async fn custom_fields_are_those_the_tenant_defined() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut fields = Vec::new();
    for (key, required) in [("size", true), ("note", false), ("old", false)] {
        let field = json!({ "subject": "candidate", "key": key, "label": key, "kind": "text", "is_required": required });
        fields.push(owner.post("/v1/custom-fields", field).await.expect(201).text("id"));
    }
    faulty(owner.post("/v1/candidates", json!({ "name": "Ada" })).await, "#/custom_fields/size", "missing");
    let custom = json!({ "size": "M", "note": "left-handed", "old": "kept" });
    let path = make(&owner, json!({ "name": "Ada", "custom_fields": custom })).await;
    owner.delete(&format!("/v1/custom-fields/{}", fields[2]), Some("*")).await.expect(204);

    let change = async |fields: Value| owner.patch(&path, json!({ "custom_fields": fields }), "*").await;
    let changed = change(json!({ "note": null, "size": "L" })).await.expect(200).json();
    assert_eq!(changed["custom_fields"], json!({ "size": "L", "old": "kept" }));
    faulty(change(json!({ "size": null })).await, "#/custom_fields/size", "missing");
    faulty(change(json!({ "size": 1 })).await, "#/custom_fields/size", "invalid_value");
    faulty(change(json!({ "old": "new" })).await, "#/custom_fields/old", "unknown_custom_field");
    // Other changes do not look at them.
    owner.patch(&path, json!({ "headline": "Analyst" }), "*").await.expect(200);
    assert_eq!(names(&owner, "/v1/candidates").await, ["Ada"]);
}

#[tokio::test]
async fn what_a_person_set_is_left_alone_by_resumes_until_they_clear_it() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new =
        json!({ "name": "Countess of Lovelace", "headline": "Countess", "emails": ["ada@example.com"] });
    let path = make(&owner, new).await;

    read_well(&server, &owner, "a.txt", samples::text_resume("Ada King", "ada@example.com")).await;

    let read = owner.get(&path).await.expect(200).json();
    assert_eq!((&read["name"], &read["headline"]), (&json!("Countess of Lovelace"), &json!("Countess")));
    assert_eq!((&read["location"]["city"], &read["phones"]), (&json!("Denver"), &json!(["+1 202-555-0143"])));
    assert_eq!(read["profile"]["basics"]["name"], "Ada King");
    assert_eq!((&read["experience_months"], &read["experience_level"]), (&json!(87), &json!("senior")));

    owner.patch(&path, json!({ "phones": [], "name": null, "headline": null }), "*").await.expect(200);
    read_well(&server, &owner, "b.txt", samples::text_resume("Ada King", "ada@example.com")).await;

    let read = owner.get(&path).await.expect(200).json();
    assert_eq!((&read["name"], &read["headline"]), (&json!("Ada King"), &json!("Nurse")));
    assert_eq!(read["phones"], json!([]), "there shall be none");
    owner.patch(&path, json!({ "phones": null }), "*").await.expect(200);
    read_well(&server, &owner, "c.txt", samples::text_resume("Ada King", "ada@example.com")).await;
    assert_eq!(owner.get(&path).await.expect(200).json()["phones"], json!(["+1 202-555-0143"]));
}

#[tokio::test]
async fn whoever_acts_made_the_candidate() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let bob = server.member(&owner, "bob@acme.example", &[("recruiter", None)]).await;

    let by_bob = bob.actor.post("/v1/candidates", json!({ "name": "Ada" })).await.expect(201);
    let for_bob = owner.with_header("on-behalf-of", &bob.member_id);
    let for_bob = for_bob.post("/v1/candidates", json!({ "name": "Ben" })).await.expect(201);

    assert_eq!(by_bob.text("created_by"), bob.member_id);
    assert_eq!(for_bob.text("created_by"), bob.member_id);
}

#[tokio::test]
async fn a_deleted_candidate_leaves_a_tombstone() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let resume = read_well(&server, &owner, "cv.txt", text).await;
    let id = owner.get(&resume).await.text("candidate_id");
    let path = format!("/v1/candidates/{id}");
    let ada = server.member(&owner, "ada@example.com", &[("candidate", None)]).await;
    owner.put(&format!("{path}/member"), json!({ "member_id": ada.member_id }), None).await.expect(204);

    owner.delete(&path, None).await.expect(428);
    owner.delete(&path, Some("\"7\"")).await.expect(412);
    owner.delete(&path, Some("\"1\"")).await.expect(204);

    for gone in
        [&path, &resume, &format!("{path}/resumes"), &format!("{path}/duplicates"), &format!("{resume}/file")]
    {
        owner.get(gone).await.expect(404);
    }
    owner.patch(&path, json!({ "name": "Back" }), "*").await.expect(404);
    owner.delete(&path, Some("*")).await.expect(404);
    ada.actor.get("/v1/me/profile").await.expect(404);
    assert!(names(&owner, "/v1/candidates").await.is_empty());
    let tombstone =
        owner.get("/v1/candidates?include_deleted=true").await.expect(200).json()["data"][0].clone();
    assert_eq!((&tombstone["id"], &tombstone["deleted_at"]), (&json!(id), &json!("2026-03-02T09:00:00Z")));
    assert_eq!((&tombstone["name"], &tombstone["location"]), (&Value::Null, &Value::Null));
    assert_eq!((&tombstone["merged_into"], &tombstone["version"]), (&Value::Null, &json!(2)));
    assert_eq!(server.texts("select state from files").await, ["stored"], "until it is erased");
    // The address and the member are free again.
    let anew = make(&owner, json!({ "name": "Ada", "emails": ["ada@example.com"] })).await;
    owner.put(&format!("{anew}/member"), json!({ "member_id": ada.member_id }), None).await.expect(204);
    assert_eq!(server.events().await.iter().filter(|kind| *kind == "candidate.deleted").count(), 1);
}

#[tokio::test]
async fn a_resume_of_somebody_who_was_deleted_meanwhile_is_not_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = make(&owner, json!({ "name": "Ada" })).await;
    let id = path.rsplit('/').next().expect("a path has parts").to_owned();
    let file = samples::text_resume("Ada Lovelace", "ada@example.com");
    let part = reqwest::multipart::Part::bytes(file).file_name("cv.txt");
    let form = || reqwest::multipart::Form::new().text("candidate_id", id.clone());
    owner.upload_form(form().part("file", part)).await.expect(202);

    owner.delete(&path, Some("*")).await.expect(204);
    server.run_tasks().await;

    assert_eq!(server.texts("select status from resume_parses").await, ["pending"]);
    assert_eq!(server.events().await, ["candidate.created", "resume.received", "candidate.deleted"]);
    assert!(names(&owner, "/v1/candidates").await.is_empty());
    let part = reqwest::multipart::Part::bytes(b"Ada".to_vec()).file_name("cv.txt");
    owner.upload_form(form().part("file", part)).await.expect(404);
}

#[tokio::test]
async fn a_list_is_narrowed_down() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = json!({
        "name": "Ada", "emails": ["ada@example.com"], "phones": ["+44 20 7946 0000"], "tags": ["ÄRZTIN", "Rust"],
        "source": "referral",
    });
    make(&owner, ada).await;
    server.clock.advance(Duration::from_secs(60));
    make(&owner, json!({ "name": "Ben", "emails": ["ben@example.com"], "tags": ["rust"], "source": "fair" }))
        .await;

    for (filter, expected) in [
        ("email=ADA@example.com", &["Ada"][..]),
        ("email=nobody@example.com", &[]),
        ("phone=%2B44(20)79460000", &["Ada"]),
        ("phone=79460000", &[]),
        ("tag=%C3%A4rztin", &["Ada"]),
        ("tag=RUST", &["Ben", "Ada"]),
        ("tag=rus", &[]),
        ("source=fair", &["Ben"]),
        ("source=Fair", &[]),
        ("tag=rust&source=referral", &["Ada"]),
        ("created_after=2026-03-02T09:00:00Z", &["Ben"]),
        ("created_after=2026-03-02T08:59:59.999999Z", &["Ben", "Ada"]),
        ("include_deleted=false", &["Ben", "Ada"]),
    ] {
        assert_eq!(names(&owner, &format!("/v1/candidates?{filter}")).await, expected, "{filter}");
    }
    for (filter, place) in [
        ("email=ada", "email"),
        ("phone=12", "phone"),
        ("created_after=9999999-01-01T00:00:00Z", "created_after"),
        ("created_after=-0001-01-01T00:00:00Z", "created_after"),
        ("updated_after=%2B12000-01-01T00:00:00Z", "updated_after"),
        ("updated_after=yesterday", "updated_after"),
        ("include_deleted=maybe", "include_deleted"),
        ("colour=red", "colour"),
    ] {
        let answer = owner.get(&format!("/v1/candidates?{filter}")).await.expect(422);
        assert_eq!(answer.fault().0, place, "{filter}: {answer:?}");
    }
}

/// What changed since, page by page; and the last time seen.
async fn changes(actor: &Actor, since: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = format!("/v1/candidates?updated_after={since}&include_deleted=true&limit=2");
    loop {
        let page = actor.get(&path).await.expect(200);
        found.extend(page.json()["data"].as_array().expect("a list has data").clone());
        let Some(link) = page.header("link") else { return found };
        let (address, _) = link.trim_start_matches('<').split_once('>').expect("a link has an address");
        path = address.to_owned();
    }
}

#[tokio::test]
async fn a_copy_is_kept_by_asking_for_changes() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut paths = Vec::new();
    for name in ["Ann", "Ben", "Cat", "Dan", "Eve"] {
        paths.push(make(&owner, json!({ "name": name })).await);
    }
    let id_of = |path: &str| json!(path.rsplit('/').next());
    let ids = |found: &[Value]| found.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let all: Vec<_> = paths.iter().map(|path| id_of(path)).collect();
    assert_eq!(ids(&changes(&owner, "2026-03-02T08:59:59Z").await), all, "of one instant, by their ids");

    server.clock.advance(Duration::from_secs(1));
    owner.patch(&paths[1], json!({ "headline": "Analyst" }), "*").await.expect(200);
    server.clock.advance(Duration::from_micros(1));
    owner.delete(&paths[3], Some("*")).await.expect(204);
    owner.patch(&paths[0], json!({ "headline": "Countess" }), "*").await.expect(200);

    let seen = changes(&owner, "2026-03-02T09:00:00Z").await;
    assert_eq!(ids(&seen), [id_of(&paths[1]), id_of(&paths[0]), id_of(&paths[3])]);
    assert_eq!(seen[2]["deleted_at"], "2026-03-02T09:00:01.000001Z");
    assert_eq!((&seen[1]["deleted_at"], &seen[1]["version"]), (&Value::Null, &json!(2)));
    assert_eq!(changes(&owner, "2026-03-02T09:00:01Z").await, seen[1..]);
    assert!(changes(&owner, "2026-03-02T09:00:01.000001Z").await.is_empty());
    assert_eq!(names(&owner, "/v1/candidates?updated_after=2026-03-02T09:00:01Z").await, ["Ann"]);
    assert_eq!(names(&owner, "/v1/candidates?include_deleted=true").await, ["Eve", "-", "Cat", "Ben", "Ann"]);

    // A cursor belongs to its order and filter.
    let since = "updated_after=2026-03-01T00:00:00Z";
    let by_change =
        owner.get(&format!("/v1/candidates?limit=1&{since}")).await.expect(200).text("next_cursor");
    let newest = owner.get("/v1/candidates?limit=1").await.expect(200).text("next_cursor");
    for wrong in [
        format!("cursor={by_change}"),
        format!("{since}&cursor={newest}"),
        format!("updated_after=2026-02-01T00:00:00Z&cursor={by_change}"),
        format!("{since}&include_deleted=true&cursor={by_change}"),
        format!("{since}&tag=x&cursor={by_change}"),
    ] {
        faulty(owner.get(&format!("/v1/candidates?{wrong}")).await, "cursor", "wrong_cursor");
    }
}

/// Each list may hold several, in the order in which they were given.
#[tokio::test]
async fn a_candidate_is_reached_in_several_ways_of_each_kind() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({
        "name": "Ada Lovelace", "emails": ["ada@example.com", "countess@example.org"],
        "phones": ["+44 20 7946 0000", "+44 20 7946 0001"],
        "links": ["https://www.linkedin.com/in/ada/", "https://ada.example/engine"],
    });

    let path = make(&owner, new.clone()).await;

    let read = owner.get(&path).await.expect(200).json();
    for kind in ["emails", "phones", "links"] {
        assert_eq!(read[kind], new[kind], "{kind}");
    }
    // Each is one by which they are found.
    let id = path.rsplit('/').next().expect("a path has parts");
    for email in ["ada@example.com", "COUNTESS@example.org"] {
        let found = owner.get(&format!("/v1/candidates?email={email}")).await.expect(200).json();
        assert_eq!((found["data"].as_array().map(Vec::len), &found["data"][0]["id"]), (Some(1), &json!(id)));
    }
    let links =
        json!(["https://ada.example/engine", "https://github.com/ada", "https://www.linkedin.com/in/ada/"]);
    let changed = owner.patch(&path, json!({ "links": links }), "*").await.expect(200).json();
    assert_eq!((&changed["links"], &changed["phones"]), (&links, &new["phones"]));
    let fewer = json!({ "links": ["https://github.com/ada"], "phones": null });
    let changed = owner.patch(&path, fewer, "*").await.expect(200).json();
    assert_eq!((&changed["links"], &changed["phones"]), (&json!(["https://github.com/ada"]), &json!([])));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed);
}

#[tokio::test]
async fn a_candidate_keeps_their_own_profile() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({ "name": "A. L.", "emails": ["ada@example.com"], "tags": ["difficult"], "source": "referral" });
    let path = make(&owner, new).await;
    let ada = server.member(&owner, "ada@example.com", &[("candidate", None)]).await;
    let other = server.member(&owner, "other@example.com", &[("candidate", None)]).await;
    owner.put(&format!("{path}/member"), json!({ "member_id": ada.member_id }), None).await.expect(204);

    let changes = json!({
        "given_name": "Ada", "family_name": "Lovelace", "headline": "Countess", "location": { "city": "London" },
        "phones": ["123456"], "links": ["https://ada.example"],
    });
    let changed = ada.actor.patch("/v1/me/profile", changes.clone(), "\"1\"").await.expect(200);

    assert_eq!((changed.text("name"), changed.header("etag")), ("Ada Lovelace".into(), Some("\"2\"")));
    assert_eq!(ada.actor.get("/v1/me/profile").await.expect(200).json(), changed.json());
    // What those who hire note for themselves is theirs.
    assert_eq!((&changed.json()["tags"], &changed.json()["source"]), (&json!([]), &Value::Null));
    let theirs = owner.get(&path).await.expect(200).json();
    assert_eq!((&theirs["tags"], &theirs["source"]), (&json!(["difficult"]), &json!("referral")));
    assert_eq!((&theirs["phones"], &theirs["location"]["city"]), (&json!(["123456"]), &json!("London")));

    ada.actor.patch("/v1/me/profile", changes.clone(), "\"1\"").await.expect(412);
    for field in ["emails", "name", "tags", "custom_fields", "source"] {
        faulty(
            ada.actor.patch("/v1/me/profile", json!({ (field): null }), "*").await,
            &format!("#/{field}"),
            "invalid_value",
        );
    }
    other.actor.patch("/v1/me/profile", changes, "*").await.expect(404);
    ada.actor.patch(&path, json!({ "tags": [] }), "*").await.expect(403);
}

#[tokio::test]
async fn the_log_knows_what_changed_and_no_person() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"], "tags": ["Maths"], "headline": "Analyst" });
    let path = make(&owner, new).await;
    let changes = json!({ "headline": "Countess", "phones": ["+44 20 7946 0000"], "tags": [] });
    owner.patch(&path, changes, "*").await.expect(200);
    owner.delete(&path, Some("*")).await.expect(204);

    let id = path.rsplit('/').next().expect("a path has parts");
    let log = owner.get(&format!("/v1/audit-log?object_id={id}")).await.expect(200);
    let entries = log.json()["data"].clone();
    let actions: Vec<_> = (0..3).map(|index| entries[index]["action"].clone()).collect();
    assert_eq!(actions, ["candidate.deleted", "candidate.updated", "candidate.created"]);
    assert_eq!(entries[1]["before"], json!({ "headline": "***", "phones": "***", "tags": "***" }));
    assert_eq!(entries[1]["after"], json!({ "headline": "***", "phones": "***", "tags": "***" }));
    let payloads = server.texts("select cast(payload as text) from events").await.join(" ");
    for text in [String::from_utf8_lossy(&log.body).into_owned(), payloads] {
        for personal in ["Lovelace", "ada@", "Countess", "7946", "Maths"] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }
}
