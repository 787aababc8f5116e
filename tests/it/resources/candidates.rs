//! Candidates: made from résumés, found again by e-mail address, listed page by page.

use std::time::Duration;

use insta::assert_json_snapshot;
use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::Value;

use super::resumes::read_well;

#[tokio::test]
async fn a_candidate_is_what_the_resume_says() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    let id = owner.get(&resume).await.text("candidate_id");

    let answer = owner.get(&format!("/v1/candidates/{id}")).await.expect(200);

    assert_eq!(answer.header("etag"), Some("\"1\""));
    let mut candidate = answer.redacted();
    assert_eq!(candidate["location"]["city"], "Denver");
    // How well a place is read is the parser's business.
    for parsers in ["profile", "location"] {
        candidate.as_object_mut().expect("it is an object").remove(parsers).expect("it is there");
    }
    assert_json_snapshot!(candidate, @r#"
    {
      "created_at": "2026-03-02T09:00:00Z",
      "created_by": "[member]",
      "custom_fields": {},
      "deleted_at": null,
      "emails": [
        "ada@example.com"
      ],
      "experience_level": "senior",
      "experience_months": 87,
      "family_name": null,
      "given_name": null,
      "headline": "Nurse",
      "id": "[cand]",
      "links": [],
      "merged_into": null,
      "name": "Ada Lovelace",
      "phones": [
        "+1 202-555-0143"
      ],
      "profile_resume_id": "[resume]",
      "source": null,
      "tags": [],
      "updated_at": "2026-03-02T09:00:00Z",
      "version": 1
    }
    "#);
}

#[tokio::test]
async fn a_second_resume_with_the_same_address_is_the_same_candidate() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first =
        read_well(&server, &owner, "a.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    server.clock.advance(Duration::from_secs(60));

    let second =
        read_well(&server, &owner, "b.txt", samples::text_resume("Ada King", "ADA@Example.com")).await;

    let id = owner.get(&first).await.text("candidate_id");
    assert_eq!(owner.get(&second).await.text("candidate_id"), id);
    let candidate = owner.get(&format!("/v1/candidates/{id}")).await.expect(200);
    assert_eq!(candidate.text("name"), "Ada King");
    assert_eq!(candidate.json()["version"], 2);
    assert_eq!(format!("/v1/resumes/{}", candidate.text("profile_resume_id")), second);
    assert_eq!(all(&owner, "/v1/candidates").await.len(), 1);
}

#[tokio::test]
async fn tenants_never_share_a_candidate() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);

    let here =
        read_well(&server, &acme, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    let there =
        read_well(&server, &other, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;

    let (here, there) =
        (acme.get(&here).await.text("candidate_id"), other.get(&there).await.text("candidate_id"));
    assert_ne!(here, there);
    acme.get(&format!("/v1/candidates/{there}")).await.expect(404);
    assert_eq!(all(&other, "/v1/candidates").await.len(), 1);
}

#[tokio::test]
async fn a_list_goes_on_page_by_page_newest_first() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let people = ["Ann Archer", "Ben Baker", "Cat Carter", "Dan Draper", "Eve Ellis"];
    for name in people {
        let email = format!("{}@example.com", name.split(' ').next().expect("a first name").to_lowercase());
        read_well(&server, &owner, "cv.txt", samples::text_resume(name, &email)).await;
    }

    let first = owner.get("/v1/candidates?limit=2").await.expect(200);
    assert_eq!(first.json()["has_more"], true);
    let cursor = first.text("next_cursor");
    let next = format!("</v1/candidates?limit=2&cursor={cursor}>; rel=\"next\"");
    assert_eq!(first.header("link"), Some(&*next));

    let names: Vec<_> =
        all(&owner, "/v1/candidates?limit=2").await.iter().map(|c| c["name"].clone()).collect();
    assert_eq!(names, ["Eve Ellis", "Dan Draper", "Cat Carter", "Ben Baker", "Ann Archer"]);
}

#[tokio::test]
async fn the_last_page_names_no_next_one() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;

    let page = owner.get("/v1/candidates?limit=1").await.expect(200);

    assert_eq!(page.json()["has_more"], false);
    assert_eq!(page.json()["next_cursor"], Value::Null);
    assert_eq!(page.header("link"), None);
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let page = owner.get("/v1/candidates").await.expect(200);

    assert_json_snapshot!(page.json(), @r#"
    {
      "data": [],
      "has_more": false,
      "next_cursor": null
    }
    "#);
}

#[tokio::test]
async fn a_page_has_one_to_two_hundred_entries() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for limit in ["1", "200"] {
        owner.get(&format!("/v1/candidates?limit={limit}")).await.expect(200);
    }
    for limit in ["0", "201", "-1", "4294967296", "ten", "1.5"] {
        let answer = owner.get(&format!("/v1/candidates?limit={limit}")).await.expect(422);

        assert_eq!(answer.text("code"), "invalid_request", "{limit}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_tenant_or_no_cursor_at_all_is_refused() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    for name in ["ann", "ben"] {
        read_well(
            &server,
            &acme,
            "cv.txt",
            samples::text_resume("Ann Archer", &format!("{name}@example.com")),
        )
        .await;
    }
    let cursor = acme.get("/v1/candidates?limit=1").await.expect(200).text("next_cursor");
    let changed = format!("{}{}", if cursor.starts_with('A') { 'B' } else { 'A' }, &cursor[1..]);

    acme.get(&format!("/v1/candidates?cursor={cursor}")).await.expect(200);
    let attempts = [
        (&other, cursor.as_str()),
        (&acme, &changed),
        (&acme, "x"),
        (&acme, ""),
        (&acme, "%00"),
        (&acme, "AAAA"),
    ];
    for (actor, cursor) in attempts {
        let answer = actor.get(&format!("/v1/candidates?cursor={cursor}")).await.expect(422);

        let code = if cursor == "%00" { "null_character" } else { "wrong_cursor" };
        assert_eq!(answer.json()["errors"][0]["code"], code, "{cursor:?}");
    }
}

/// Every entry of a list, following its links.
async fn all(actor: &Actor, path: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut path = path.to_owned();
    loop {
        let page = actor.get(&path).await.expect(200);
        entries.extend(page.json()["data"].as_array().expect("a list").clone());
        let Some(link) = page.header("link") else { return entries };
        let (address, _) = link.trim_start_matches('<').split_once('>').expect("a link has an address");
        path = address.to_owned();
    }
}
