//! Applications by their score: filters, order, and pages that go on where they stopped.

use mortise_host::hooks::Kind;
use mortise_tests::actor::Actor;
use mortise_tests::guests;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{bind, nurse_job, read_candidate};
use crate::hiring::{apply, candidate, listed, put, refused};

/// Two jobs, and applications with scores of 10 to 90, two of them equal; one that has none.
struct Scored {
    server: Server,
    owner: Actor,
    jobs: [String; 2],
}

impl Scored {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let echo = guests::install(&server, "echo-score", Kind::ScoringRule).await;
        bind(&owner, &echo, json!({})).await;
        let jobs = [nurse_job(&owner).await, nurse_job(&owner).await];
        let names = ["Ada Alder", "Bea Birch", "Cleo Cedar", "Dana Dogwood", "Eve Elm", "Fay Fir"];
        for (place, score) in ["30", "90", "10.5", "60", "60", "0"].into_iter().enumerate() {
            let (somebody, _) = read_candidate(&server, &owner, names[place]).await;
            owner
                .patch(&format!("/v1/candidates/{somebody}"), json!({ "tags": [score] }), "*")
                .await
                .expect(200);
            apply(&owner, &somebody, &jobs[place % 2]).await;
        }
        let unread = candidate(&owner, "Grace Hopper").await;
        apply(&owner, &unread, &jobs[0]).await;
        server.run_tasks().await;
        Self { server, owner, jobs }
    }

    async fn scores(&self, query: &str) -> Vec<Value> {
        let page = self.owner.get(&format!("/v1/applications?{query}")).await.expect(200).json();
        page["data"].as_array().expect("it is a list").iter().map(|one| one["score"].clone()).collect()
    }
}

fn numbers(values: &[f64]) -> Vec<Value> {
    values.iter().map(|value| json!(value)).collect()
}

#[tokio::test]
async fn the_best_come_first_and_those_without_a_score_last() {
    let scored = Scored::start().await;
    let mut best = numbers(&[90.0, 60.0, 60.0, 30.0, 10.5, 0.0]);
    best.push(Value::Null);
    assert_eq!(scored.scores("sort=score").await, best);
    let newest = listed(&scored.owner, "/v1/applications?min_score=60&max_score=60", "id").await;
    let among = listed(&scored.owner, "/v1/applications?sort=score&limit=3", "id").await;
    assert_eq!(among[1..], newest[..], "of equal ones the newest first");

    let of_one = scored.scores(&format!("sort=score&job_id={}", scored.jobs[0])).await;
    let mut expected = numbers(&[60.0, 30.0, 10.5]);
    expected.push(Value::Null);
    assert_eq!(of_one, expected);
    let rejected = listed(&scored.owner, "/v1/applications?sort=score&limit=1", "id").await.remove(0);
    put(&scored.owner, &rejected, "rejection", json!({ "reason": "other" })).await.expect(200);
    assert_eq!(
        scored.scores("sort=score&outcome=active&max_score=100").await,
        numbers(&[60.0, 60.0, 30.0, 10.5, 0.0])
    );
}

#[tokio::test]
async fn a_list_is_narrowed_to_a_range_of_scores() {
    let scored = Scored::start().await;
    for (query, expected) in [
        ("min_score=60", vec![60.0, 60.0, 90.0]),
        ("min_score=60.000001", vec![90.0]),
        ("max_score=10.5", vec![0.0, 10.5]),
        ("min_score=10.5&max_score=30", vec![10.5, 30.0]),
        ("min_score=0", vec![0.0, 60.0, 60.0, 10.5, 90.0, 30.0]),
        ("min_score=91", vec![]),
        ("sort=score&min_score=30&max_score=60", vec![60.0, 60.0, 30.0]),
        ("updated_after=2026-01-01T00:00:00Z&min_score=90", vec![90.0]),
    ] {
        assert_eq!(scored.scores(query).await, numbers(&expected), "{query}");
    }
    for (query, place) in [
        ("min_score=-1", "min_score"),
        ("max_score=100.1", "max_score"),
        ("min_score=NaN", "min_score"),
        ("sort=fame", "sort"),
        ("sort=score&updated_after=2026-01-01T00:00:00Z", "sort"),
    ] {
        let refused = scored.owner.get(&format!("/v1/applications?{query}")).await.expect(422);
        assert_eq!(refused.fault().0, place, "{query}");
    }
}

#[tokio::test]
async fn pages_by_score_go_on_where_they_stopped() {
    let scored = Scored::start().await;
    for filter in ["", "&max_score=60", "&outcome=active"] {
        let whole = listed(&scored.owner, &format!("/v1/applications?sort=score{filter}"), "id").await;
        for limit in [1, 2, 3, 6] {
            let (mut pieces, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/applications?sort=score{filter}&limit={limit}{cursor}");
                let page = scored.owner.get(&path).await.expect(200).json();
                let data = page["data"].as_array().expect("it is a list");
                pieces.extend(data.iter().map(|one| crate::hiring::word(&one["id"])));
                assert_eq!(page["has_more"], page["next_cursor"].is_string());
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(pieces, whole, "{filter} by {limit}");
        }
    }
    let first = scored.owner.get("/v1/applications?limit=1").await.expect(200).text("next_cursor");
    let path = format!("/v1/applications?sort=score&cursor={first}");
    assert_eq!(scored.owner.get(&path).await.expect(422).fault().0, "cursor", "a cursor of another order");
}

#[tokio::test]
async fn a_copy_learns_of_a_new_score_without_a_new_version() {
    let scored = Scored::start().await;
    let path = "/v1/applications?updated_after=2026-03-02T09:30:00Z";
    assert_eq!(listed(&scored.owner, path, "id").await, Vec::<String>::new());
    let best = listed(&scored.owner, "/v1/applications?sort=score&limit=1", "id").await.remove(0);
    let etag = scored.owner.etag(&format!("/v1/applications/{best}")).await;
    scored.server.clock.advance(std::time::Duration::from_secs(60 * 60));

    scored.owner.post(&format!("/v1/applications/{best}/scores"), json!({})).await.expect(202);
    scored.server.run_tasks().await;

    assert_eq!(listed(&scored.owner, path, "id").await, [&*best]);
    assert_eq!(scored.owner.etag(&format!("/v1/applications/{best}")).await, etag);
}

#[tokio::test]
async fn a_source_is_as_good_as_those_who_come_from_it() {
    let scored = Scored::start().await;
    let owner = &scored.owner;
    let list = owner.get("/v1/applications").await.expect(200).json();
    for application in list["data"].as_array().expect("it is a list") {
        let source = match application["score"].as_f64() {
            Some(90.0 | 10.5) => "Fair",
            Some(30.0 | 60.0) => "Friend",
            _ => continue,
        };
        let path = format!("/v1/applications/{}", application["id"].as_str().expect("an id"));
        owner.patch(&path, json!({ "source": source }), "*").await.expect(200);
    }
    let of = |report: &Value, label: &str| {
        let sources = report["total"]["sources"].as_array().expect("it is a list");
        let source = sources.iter().find(|source| source["label"] == label);
        source.unwrap_or_else(|| panic!("no {label} in {report:#}"))["score"].clone()
    };
    let read = async |actor: &Actor, query: &str| {
        actor.get(&format!("/v1/analytics/sources?scores=true{query}")).await.expect(200).json()
    };

    let all = read(owner, "").await;
    assert_eq!(of(&all, "Fair"), json!({ "n": 2, "median": 50.25 }));
    assert_eq!(of(&all, "Friend"), json!({ "n": 3, "median": 60.0 }));
    assert_eq!(
        of(&all, "unattributed"),
        json!({ "n": 1, "median": 0.0 }),
        "who has no score is none of them"
    );
    let unasked = owner.get("/v1/analytics/sources").await.expect(200).json();
    assert_eq!(of(&unasked, "Fair"), Value::Null);
    // The first job's alone, as a filter or because a role reaches no further.
    let first = read(owner, &format!("&job_id={}", scored.jobs[0])).await;
    assert_eq!(
        (of(&first, "Fair"), of(&first, "Friend")),
        (json!({ "n": 1, "median": 10.5 }), json!({ "n": 2, "median": 45.0 }))
    );
    let manager = scored.server.member(owner, "manager@acme.example", &[]).await;
    let role = json!({ "role_id": owner.role_id("hiring_manager").await, "job_id": scored.jobs[0] });
    owner.post(&format!("/v1/members/{}/roles", manager.member_id), role).await.expect(201);
    assert_eq!(of(&read(&manager.actor, "").await, "Fair"), json!({ "n": 1, "median": 10.5 }));
    let only = read(owner, "&source=Friend").await;
    assert_eq!(only["total"]["sources"].as_array().map(Vec::len), Some(1));
    assert_eq!(of(&only, "Friend"), json!({ "n": 3, "median": 60.0 }));
    let later = read(owner, "&from=2030-01-01").await;
    assert_eq!(later["total"]["sources"], json!([]));
    // Who sees figures and no scores asks for them in vain.
    let role = json!({ "name": "Figures", "permissions": ["analytics:read"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let figures = scored.server.member(owner, "figures@acme.example", &[]).await;
    owner
        .post(&format!("/v1/members/{}/roles", figures.member_id), json!({ "role_id": role }))
        .await
        .expect(201);
    figures.actor.get("/v1/analytics/sources").await.expect(200);
    refused(figures.actor.get("/v1/analytics/sources?scores=true").await, 403, "not_readable");
}
