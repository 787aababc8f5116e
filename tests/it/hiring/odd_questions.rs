//! Lists that are asked what they cannot answer: each says what is wrong and where, and goes on answering.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::json;

use super::{apply, candidate, listed, open_job, open_job_with, word};

const LISTS: [&str; 6] =
    ["/v1/candidates", "/v1/jobs", "/v1/applications", "/v1/resumes", "/v1/notes", "/v1/offices"];

/// Two of everything that is listed.
async fn fill(owner: &Actor) {
    for number in 0..2 {
        let job = open_job(owner, &format!("Joiner {number}")).await;
        let candidate = candidate(owner, &format!("Ada Number{number}")).await;
        apply(owner, &candidate, &job).await;
        let note = json!({ "candidate_id": candidate, "body": "Called." });
        owner.post("/v1/notes", note).await.expect(201);
        owner.post("/v1/offices", json!({ "name": "Berlin" })).await.expect(201);
        owner.upload("ada.txt", "Ada").await.expect(202);
    }
}

#[tokio::test]
async fn an_unknown_parameter_an_unknown_order_and_a_wrong_type_are_named() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    fill(&owner).await;

    for list in LISTS {
        for query in
            ["colour=red", "sort=salary", "limit=many", "limit=-1", "limit=1&limit=2", "sort=id;drop"]
        {
            let answer = owner.get(&format!("{list}?{query}")).await.expect(422);
            let name = query.split('=').next().expect("it has a name");
            assert_eq!(answer.fault(), (name.into(), "invalid_parameter".into()), "{list}?{query}");
        }
        for limit in ["0", "201"] {
            let answer = owner.get(&format!("{list}?limit={limit}")).await.expect(422);
            assert_eq!(answer.fault(), ("limit".into(), "out_of_range".into()), "{list}?limit={limit}");
        }
    }
    for (query, name) in [
        ("/v1/applications?min_score=high", "min_score"),
        ("/v1/applications?outcome=lost", "outcome"),
        ("/v1/applications?applied_after=yesterday", "applied_after"),
        ("/v1/applications?applied_after=2026-02-30T00:00:00Z", "applied_after"),
        ("/v1/applications?job_id=cand_01k7z1v5jafz8rk3m2w9y6t4qd", "job_id"),
        ("/v1/candidates?created_after=2026-13-01T00:00:00Z", "created_after"),
        ("/v1/candidates?updated_after=2026-02-29T25:00:00Z", "updated_after"),
        ("/v1/jobs?created_after=1.1.2026", "created_after"),
        ("/v1/jobs?include_deleted=perhaps", "include_deleted"),
        ("/v1/jobs?office_id=7", "office_id"),
        ("/v1/resumes?status=lost", "status"),
    ] {
        let answer = owner.get(query).await.expect(422);
        assert_eq!(answer.fault(), (name.into(), "invalid_parameter".into()), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_filter_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    fill(&owner).await;
    let mut cursors = Vec::new();
    for list in LISTS {
        let page = owner.get(&format!("{list}?limit=1")).await.expect(200).json();
        cursors.push((list, word(&page["next_cursor"])));
    }

    for (list, cursor) in &cursors {
        assert_eq!(listed(&owner, &format!("{list}?limit=1&cursor={cursor}"), "id").await.len(), 1, "{list}");
        for (other, _) in cursors.iter().filter(|(other, _)| other != list) {
            let answer = owner.get(&format!("{other}?cursor={cursor}")).await.expect(422);
            assert_eq!(answer.fault(), ("cursor".into(), "wrong_cursor".into()), "{list} in {other}");
        }
        for broken in [&cursor[1..], &cursor[..cursor.len() - 1], "", "AAAA", "%F0%9F%A6%80"] {
            let answer = owner.get(&format!("{list}?cursor={broken}")).await.expect(422);
            assert_eq!(answer.fault(), ("cursor".into(), "wrong_cursor".into()), "{list}?cursor={broken}");
        }
    }
    for (list, filter) in [
        ("/v1/candidates", "source=fair"),
        ("/v1/jobs", "status=open"),
        ("/v1/applications", "outcome=active"),
        ("/v1/resumes", "status=pending"),
    ] {
        let cursor = &cursors.iter().find(|(name, _)| *name == list).expect("it was asked").1;
        let answer = owner.get(&format!("{list}?{filter}&cursor={cursor}")).await.expect(422);
        assert_eq!(answer.fault(), ("cursor".into(), "wrong_cursor".into()), "{list}?{filter}");
    }
}

#[tokio::test]
async fn what_matches_nothing_is_an_empty_list() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    fill(&owner).await;
    let elsewhere = "job_01k7z1v5jafz8rk3m2w9y6t4qd";

    for query in [
        "/v1/candidates?q=ada+-number0+-number1&skill=rust&location=atlantis&min_years=80".to_owned(),
        format!("/v1/candidates?job_id={elsewhere}&tag=chess&experience_level=senior&facets=skill"),
        "/v1/candidates?created_after=9999-12-31T23:59:59Z".into(),
        "/v1/jobs?q=%22joiner+0%22+-joiner&skill=lathe&status=closed&country=AQ".into(),
        "/v1/jobs?office_id=office_01k7z1v5jafz8rk3m2w9y6t4qd&tag=wood".into(),
        format!("/v1/applications?job_id={elsewhere}&outcome=hired&source=fair&tag=x"),
        "/v1/applications?applied_after=2026-01-02T00:00:00Z&applied_before=2026-01-01T00:00:00Z".into(),
        "/v1/resumes?status=failed&candidate_id=cand_01k7z1v5jafz8rk3m2w9y6t4qd".into(),
    ] {
        let page = owner.get(&query).await.expect(200).json();
        assert_eq!(page["data"], json!([]), "{query}");
        assert_eq!((&page["has_more"], page["next_cursor"].is_null()), (&json!(false), true), "{query}");
    }
}

/// Signs that mean something to databases, shells and people mean nothing here but themselves.
#[tokio::test]
async fn jobs_are_asked_for_with_quotes_operators_and_emoji() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let joiner = open_job_with(&owner, json!({ "title": "O'Brien's \"joiner\" & sons 🪵 100%" })).await;
    open_job(&owner, "Clerk").await;

    for (query, expected) in [
        ("o'brien", 1),
        ("\"o'brien's joiner\"", 1),
        ("joiner & sons", 1),
        ("joiner | sons", 1),
        ("joiner OR clerk", 0),
        ("(joiner)", 1),
        ("joiner*", 1),
        ("join*", 0),
        ("joiner:*", 1),
        ("joiner <-> sons", 1),
        ("100%", 1),
        ("🪵 joiner", 1),
        ("\"joiner", 1),
        ("joiner\" -\"clerk", 0),
        ("joiner NEAR/2 sons", 0),
        ("' or 1=1 --", 0),
        ("\\", -1),
        ("🪵", -1),
        ("\"\"", -1),
        ("&|!():*<->", -1),
        ("-", -1),
    ] {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/v1/jobs?q={encoded}");
        if expected < 0 {
            let answer = owner.get(&path).await.expect(422);
            assert_eq!(answer.fault(), ("q".into(), "nothing_to_search".into()), "{query}");
            continue;
        }
        let found = listed(&owner, &path, "id").await;
        let expected: Vec<&str> = if expected == 1 { vec![&joiner] } else { vec![] };
        assert_eq!(found, expected, "{query}");
    }
}
