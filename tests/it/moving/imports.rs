//! Rows of NDJSON become what they say, as if somebody had made each by hand.

use mortise_host::permissions::Permissions;
use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{counts, faults, import, ndjson, report, wrong};
use crate::hiring::{listed, open_job_with};

const CANDIDATES: [(&str, &str); 1] = [("kind", "candidates")];

async fn start() -> (Server, Actor) {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

#[tokio::test]
async fn candidates_come_in_as_if_they_were_made_by_hand() {
    let (server, owner) = start().await;
    let field = json!({ "subject": "candidate", "key": "notice", "label": "Notice", "kind": "text" });
    owner.post("/v1/custom-fields", field).await.expect(201);
    let rows = [
        json!({ "given_name": "Ada", "family_name": "Lovelace", "emails": ["Ada@Example.com"], "headline": "Analyst",
            "location": { "city": "London", "countryCode": "gb" }, "tags": ["Chess", "chess"], "source": "fair",
            "phones": ["+44 20 7946 0000"], "custom_fields": { "notice": "a month" } }),
        json!({ "name": "Grace Hopper" }),
    ];

    let accepted = owner.import("people.ndjson", ndjson(&rows), &CANDIDATES).await.expect(202);
    assert_eq!((accepted.text("state"), &accepted.json()["rows"]["total"]), ("pending".into(), &Value::Null));
    let path = accepted.header("location").expect("it says where to ask").to_owned();
    assert_eq!(server.run_tasks().await, ["imports.run"]);

    let done = owner.get(&path).await.expect(200).json();
    assert_eq!(counts(&done), ("done", [2, 2, 0, 0, 0]));
    let report = report(&owner, &done, "").await;
    assert_eq!(report.iter().map(|row| row["number"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let id = report[0]["id"].as_str().expect("it says what was made");
    let by_hand = {
        let mut by_hand = rows[0].clone();
        by_hand["emails"] = json!(["other@example.com"]);
        owner.post("/v1/candidates", by_hand).await.expect(201).json()
    };
    let mut imported = owner.get(&format!("/v1/candidates/{id}")).await.expect(200).json();
    assert_eq!(imported["emails"], json!(["Ada@Example.com"]));
    for own in ["id", "emails"] {
        imported[own] = by_hand[own].clone();
    }
    assert_eq!(imported, by_hand);
    assert_eq!(listed(&owner, "/v1/candidates?q=analyst&tag=chess&sort=created_at", "id").await[0], id);
    assert_eq!(listed(&owner, "/v1/candidates?q=hopper", "name").await, ["Grace Hopper"]);
    let made: Vec<_> = server.events().await.into_iter().filter(|kind| kind == "candidate.created").collect();
    assert_eq!(made.len(), 3);
    let log = owner.get(&format!("/v1/audit-log?object_id={id}")).await.expect(200).json();
    let entry = &log["data"][0];
    assert_eq!(
        (&entry["action"], &entry["actor_kind"]),
        (&json!("candidate.created"), &json!("api_key")),
        "{entry:#}"
    );
    assert_eq!((&entry["after"]["name"], &entry["after"]["source"]), (&json!("***"), &json!("fair")));
}

#[tokio::test]
async fn one_broken_row_stops_no_other_and_its_report_holds_nothing_of_it() {
    let (server, owner) = start().await;
    let rows = [
        json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"] }).to_string(),
        json!({ "name": "Secretive", "emails": ["not secretive"] }).to_string(),
        "{\"name\": \"Secretive".into(),
        "[\"Secretive\"]".into(),
        String::new(),
        json!({ "nickname": "Secretive" }).to_string(),
        json!({ "name": ["Secretive"] }).to_string(),
        json!({ "name": "Secretive\u{0}" }).to_string(),
        json!({ "headline": "Secretive" }).to_string(),
        json!({ "name": "Secretive", "headline": "x".repeat(2 << 20) }).to_string(),
        json!({ "name": "Secretive", "custom_fields": { "secretive@example.com": 1 } }).to_string(),
        json!({ "name": "Secretive", "phones": ["1"], "custom_fields": { "x": 1 } }).to_string(),
        json!({ "name": "Secretive", "location": { "countryCode": "Secretive" } }).to_string(),
        json!({ "name": "Grace Hopper", "emails": ["grace@example.com"] }).to_string(),
    ];
    let mut file = rows.join("\n").into_bytes();
    file.extend_from_slice(b"\n{\"name\": \"Secretive \xff\"}");

    let done = import(&server, &owner, "people.jsonl", file, &CANDIDATES).await;

    assert_eq!(counts(&done), ("done", [14, 2, 0, 0, 12]));
    let expected = [
        (2, "#/emails/0", "invalid_email"),
        (3, "#", "not_json"),
        (4, "#", "not_an_object"),
        (6, "#/nickname", "invalid_value"),
        (7, "#/name", "invalid_value"),
        (8, "#/name", "null_character"),
        (9, "#/name", "missing"),
        (10, "#", "row_too_long"),
        (11, "#/custom_fields/?", "unknown_custom_field"),
        (12, "#/phones/0", "invalid_phone"),
        (12, "#/custom_fields/x", "unknown_custom_field"),
        (13, "#/location/countryCode", "invalid_country_code"),
        (15, "#", "not_utf8"),
    ];
    assert_eq!(faults(&owner, &done).await, wrong(&expected));
    let shown = format!("{done} {:?}", report(&owner, &done, "?limit=200").await);
    assert!(!shown.to_lowercase().contains("secretive"), "{shown}");
    assert_eq!(listed(&owner, "/v1/candidates", "name").await, ["Grace Hopper", "Ada Lovelace"]);
}

#[tokio::test]
async fn the_report_is_read_page_by_page() {
    let (server, owner) = start().await;
    let rows: Vec<_> =
        (0..7).map(|number| json!({ "name": if number % 2 == 0 { "Ada" } else { "" } })).collect();
    let done = import(&server, &owner, "people.ndjson", ndjson(&rows), &CANDIDATES).await;
    let path =
        format!("/v1/imports/{}/rows?outcome=failed&limit=2", done["id"].as_str().expect("it has one"));

    let first = owner.get(&path).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = owner.get(&format!("{path}&cursor={cursor}")).await.expect(200).json();

    let numbers = |page: &Value| -> Vec<_> {
        page["data"].as_array().into_iter().flatten().map(|row| row["number"].as_i64()).collect()
    };
    assert_eq!((numbers(&first), numbers(&second)), (vec![Some(2), Some(4)], vec![Some(6)]));
    assert_eq!(listed(&owner, "/v1/imports", "state").await, ["done"]);
}

#[tokio::test]
async fn whoever_is_there_already_is_left_alone_or_added_to() {
    let (server, owner) = start().await;
    let ada = json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"], "tags": ["chess"], "headline": "Analyst" });
    let ada = owner.post("/v1/candidates", ada).await.expect(201).text("id");
    let grace = json!({ "name": "Grace Hopper", "emails": ["grace@example.com"] });
    owner.post("/v1/candidates", grace).await.expect(201);
    let rows = ndjson(&[
        json!({ "name": "A. King", "emails": ["ADA@example.com", "king@example.com"], "tags": ["Go"] }),
        json!({ "emails": ["king@example.com"], "phones": ["+44 20 7946 0000"] }),
        json!({ "emails": ["ada@example.com"] }),
        json!({ "emails": ["ada@example.com", "grace@example.com"] }),
        json!({ "name": "New", "emails": ["new@example.com"] }),
        json!({ "headline": "Newer", "emails": ["new@example.com"] }),
        json!({ "emails": ["ada@example.com"], "headline": "x".repeat(201) }),
    ]);
    let path = format!("/v1/candidates/{ada}");
    let before = owner.get(&path).await.json();

    let skipped = import(&server, &owner, "people.ndjson", rows.clone(), &CANDIDATES).await;
    assert_eq!(counts(&skipped), ("done", [7, 2, 0, 4, 1]));
    assert_eq!(owner.get(&path).await.json(), before);
    assert_eq!(report(&owner, &skipped, "?outcome=skipped").await[0]["id"], json!(ada));

    let parts = [("kind", "candidates"), ("on_duplicate", "update")];
    let tried = import(
        &server,
        &owner,
        "people.ndjson",
        rows.clone(),
        &[&parts[..], &[("dry_run", "true")]].concat(),
    )
    .await;
    assert_eq!(owner.get(&path).await.json(), before);
    let updated = import(&server, &owner, "people.ndjson", rows, &parts).await;
    // The second row names an address that two have by now: the first one's import made one of it.
    assert_eq!(counts(&updated), counts(&tried));
    assert_eq!(counts(&updated), ("done", [7, 0, 1, 3, 3]), "{:#?}", report(&owner, &updated, "").await);
    let after = owner.get(&path).await.json();
    assert_eq!(after["version"], before["version"], "the first row names somebody else's address, too");
    assert_eq!(listed(&owner, "/v1/candidates?q=newer", "name").await, ["New"]);
}

#[tokio::test]
async fn what_a_row_says_is_added_to_what_is_known() {
    let (server, owner) = start().await;
    let ada = json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"], "tags": ["chess"], "phones": ["1234567"] });
    let ada = owner.post("/v1/candidates", ada).await.expect(201).text("id");
    let rows = [
        json!({ "name": "Ada King", "emails": ["ada@example.com", "king@example.com"], "tags": ["Go", "CHESS"] }),
        json!({ "emails": ["king@example.com"], "links": ["https://example.com/ada"] }),
        json!({ "emails": ["ada@example.com"], "tags": ["go"] }),
    ];
    let parts = [("kind", "candidates"), ("on_duplicate", "update")];

    let updated = import(&server, &owner, "people.ndjson", ndjson(&rows), &parts).await;

    assert_eq!(counts(&updated), ("done", [3, 0, 2, 1, 0]));
    let after = owner.get(&format!("/v1/candidates/{ada}")).await.json();
    assert_eq!(
        (&after["name"], &after["emails"]),
        (&json!("Ada King"), &json!(["ada@example.com", "king@example.com"]))
    );
    assert_eq!((&after["tags"], &after["phones"]), (&json!(["chess", "Go"]), &json!(["1234567"])));
    assert_eq!((&after["links"], &after["version"]), (&json!(["https://example.com/ada"]), &json!(3)));
    assert_eq!(listed(&owner, "/v1/candidates?q=king&tag=go", "id").await, [ada]);
}

#[tokio::test]
async fn a_dry_run_says_what_would_become_of_each_row_and_keeps_nothing() {
    let (server, owner) = start().await;
    owner.post("/v1/candidates", json!({ "name": "Ada", "emails": ["ada@example.com"] })).await.expect(201);
    open_job_with(&owner, json!({ "title": "Joiner", "reference": "REQ-1" })).await;
    // More than one batch, and the last row names the first one's address.
    let mut people: Vec<_> =
        (0..600).map(|n| json!({ "name": "Somebody", "emails": [format!("p{n}@example.com")] })).collect();
    people.extend([
        json!({ "emails": ["ada@example.com"] }),
        json!({ "emails": ["nobody"] }),
        json!({ "emails": ["P0@example.com"] }),
    ]);
    let jobs = [
        json!({ "title": "Carpenter", "reference": "REQ-2" }),
        json!({ "title": "Carpenter", "reference": "REQ-2" }),
        json!({ "title": "Joiner", "reference": "REQ-1" }),
        json!({ "title": "Joiner", "openings": 1_000_000 }),
    ];
    let applications = [
        json!({ "candidate_email": "ada@example.com", "job_reference": "REQ-1" }),
        json!({ "candidate_email": "Ada@example.com", "job_reference": "REQ-1" }),
        json!({ "candidate_email": "nobody@example.com", "job_reference": "REQ-1" }),
    ];
    for (kind, file) in
        [("candidates", ndjson(&people)), ("jobs", ndjson(&jobs)), ("applications", ndjson(&applications))]
    {
        let list = format!("/v1/{kind}?limit=200");
        let before = owner.get(&list).await.expect(200).json();

        let dry =
            import(&server, &owner, "rows.ndjson", file.clone(), &[("kind", kind), ("dry_run", "true")])
                .await;
        assert_eq!(owner.get(&list).await.expect(200).json(), before, "{kind}");
        let path = format!("/v1/imports/{}/rows?outcome=created", dry["id"].as_str().expect("it has one"));
        let made =
            owner.get(&path).await.expect(200).json()["data"].as_array().cloned().expect("it is a list");
        let real = import(&server, &owner, "rows.ndjson", file, &[("kind", kind)]).await;

        assert!(!made.is_empty() && made.iter().all(|row| row["id"].is_null()), "{made:?}");
        assert_eq!(counts(&dry), counts(&real), "{kind}: {:#?}", faults(&owner, &real).await);
        assert_eq!(faults(&owner, &dry).await, faults(&owner, &real).await, "{kind}");
        assert_eq!((&dry["dry_run"], &real["dry_run"]), (&json!(true), &json!(false)));
    }
    let created: Vec<_> =
        server.events().await.into_iter().filter(|kind| kind == "candidate.created").collect();
    assert_eq!(created.len(), 1 + 600);
}

#[tokio::test]
async fn jobs_and_applications_come_in_with_names_in_the_place_of_ids() {
    let (server, owner) = start().await;
    let jobs = [
        json!({ "title": "Joiner", "reference": "REQ-1", "location": { "city": "Berlin", "country": "DE" },
            "skills": [{ "name": "Joinery" }], "openings": 2 }),
        json!({ "title": "Carpenter", "reference": "REQ-1" }),
        json!({ "title": "Carpenter", "location": { "country": "Germany" } }),
        json!({ "title": "Carpenter", "department_id": "dept_01k7z1v5jafz8rk3m2w9y6t4qd" }),
    ];

    let made = import(&server, &owner, "jobs.ndjson", ndjson(&jobs), &[("kind", "jobs")]).await;

    assert_eq!(counts(&made), ("done", [4, 1, 0, 1, 2]));
    let expected = [(3, "#/location/country", "invalid_country"), (4, "#", "not_found")];
    assert_eq!(faults(&owner, &made).await, wrong(&expected));
    let job =
        report(&owner, &made, "?outcome=created").await[0]["id"].as_str().expect("it has one").to_owned();
    let read = owner.get(&format!("/v1/jobs/{job}")).await.expect(200).json();
    assert_eq!((&read["status"], &read["location"]["city"]), (&json!("draft"), &json!("Berlin")));
    let openings = owner.get(&format!("/v1/jobs/{job}/openings")).await.expect(200).json();
    assert_eq!(openings["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(report(&owner, &made, "?outcome=skipped").await[0]["id"], json!(job));

    owner.put(&format!("/v1/jobs/{job}/status"), json!({ "status": "open" }), Some("*")).await.expect(200);
    owner.post("/v1/candidates", json!({ "name": "Ada", "emails": ["ada@example.com"] })).await.expect(201);
    let applications = [
        json!({ "candidate_email": " Ada@example.com", "job_reference": "REQ-1", "source": "fair" }),
        json!({ "candidate_email": "ada@example.com", "job_id": job }),
        json!({ "candidate_email": "ada@example.com", "candidate_id": "cand_01k7z1v5jafz8rk3m2w9y6t4qd", "job_id": job }),
        json!({ "candidate_email": "who@example.com", "job_id": job }),
        json!({ "candidate_email": "ada@example.com", "job_reference": "REQ-9" }),
        json!({ "job_id": job }),
    ];
    let made =
        import(&server, &owner, "apps.ndjson", ndjson(&applications), &[("kind", "applications")]).await;
    assert_eq!(counts(&made), ("done", [6, 1, 0, 1, 4]));
    let expected = [
        (3, "#/candidate_email", "one_of_both"),
        (4, "#/candidate_email", "not_found"),
        (5, "#/job_reference", "not_found"),
        (6, "#", "invalid_value"),
    ];
    assert_eq!(faults(&owner, &made).await, wrong(&expected));
    assert_eq!(listed(&owner, &format!("/v1/jobs/{job}/applications"), "source").await, ["fair"]);
}

#[tokio::test]
async fn what_may_be_made_is_what_the_importer_may_make_when_it_is_made() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let row = || ndjson(&[json!({ "name": "Ada" })]);
    let words = |words: &[&str]| -> Permissions {
        Permissions::of(
            &words
                .iter()
                .filter_map(|w| mortise_host::permissions::Permission::from_word(w))
                .collect::<Vec<_>>(),
        )
    };

    let only_import = server.restricted(&founded, words(&["import:write", "import:read"])).await;
    let failed = import(&server, &only_import, "x.ndjson", row(), &CANDIDATES).await;
    assert_eq!(
        (failed["state"].as_str(), &failed["errors"][0]["code"]),
        (Some("failed"), &json!("forbidden"))
    );
    assert!(failed["errors"][0]["detail"].to_string().contains("candidate:write"));

    let recruiter = server.member(&owner, "bob@acme.example", &[("recruiter", None)]).await;
    let pending = recruiter.actor.import("x.ndjson", row(), &CANDIDATES).await.expect(202).text("id");
    owner
        .put(
            &format!("/v1/members/{}/status", recruiter.member_id),
            json!({ "status": "disabled" }),
            Some("*"),
        )
        .await
        .expect(200);
    server.run_tasks().await;
    let failed = owner.get(&format!("/v1/imports/{pending}")).await.expect(200).json();
    assert_eq!(failed["errors"][0]["code"], json!("importer_gone"), "{failed:#}");
    assert_eq!(listed(&owner, "/v1/candidates", "name").await, [""; 0]);

    // Whoever has the role for a department makes jobs there, and nowhere else.
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let viewer =
        server.member(&owner, "eve@acme.example", &[("viewer", None), ("recruiter", Some(&sales))]).await;
    viewer.actor.import("x.ndjson", row(), &CANDIDATES).await.expect(403);
    let role = json!({ "name": "importer", "permissions": ["import:write", "import:read"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    owner
        .post(&format!("/v1/members/{}/roles", viewer.member_id), json!({ "role_id": role }))
        .await
        .expect(201);
    let jobs = [json!({ "title": "Seller", "department_id": sales }), json!({ "title": "Joiner" })];
    let done = import(&server, &viewer.actor, "jobs.ndjson", ndjson(&jobs), &[("kind", "jobs")]).await;
    assert_eq!(faults(&owner, &done).await, wrong(&[(2, "#", "forbidden")]), "{done:#}");
    assert_eq!(listed(&owner, "/v1/jobs", "title").await, ["Seller"]);
}
