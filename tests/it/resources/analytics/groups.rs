//! Figures in groups: by job, department, source and month, and as far as a role reaches.

use serde_json::{Value, json};

use super::{Story, each, near, one, read};

#[tokio::test]
async fn months_are_those_of_the_tenants_time_zone() {
    let story = Story::begin("2026-01-01").await;
    let zone = json!({ "time_zone": "Europe/Berlin" });
    story.owner.patch("/v1/tenant", zone, "*").await.expect(200);
    let job = story.job("Joiner", 2).await;
    story.on("2026-01-31");
    let ada = story.apply(&job, "ada", None).await;
    // In Berlin it is February already.
    story.after(std::time::Duration::from_secs(23 * 60 * 60));
    let bob = story.apply(&job, "bob", None).await;
    story.on("2026-02-10");
    story.hire(&ada).await;
    story.on("2026-03-10");
    story.hire(&bob).await;

    let cohorts = story.read("stage-conversion?group_by=month").await;
    assert_eq!((&cohorts["time_zone"], &cohorts["group_by"]), (&json!("Europe/Berlin"), &json!("month")));
    assert_eq!(each(&cohorts["groups"], "key"), ["2026-01", "2026-02"]);
    for figure in ["time-to-hire", "time-to-fill"] {
        let hires = story.read(&format!("{figure}?group_by=month")).await;
        assert_eq!(each(&hires["groups"], "key"), ["2026-02", "2026-03"], "{figure}");
    }
    let february = story.total("stage-conversion?from=2026-02-01&to=2026-03-01").await;
    assert_eq!(february["cohort"], 1, "a date begins at midnight there");
    let in_utc = story.total("stage-conversion?from=2026-02-01T00:00:00Z").await;
    assert_eq!(in_utc["cohort"], 0);
    let sources = story.read("sources?group_by=month").await;
    assert_eq!(sources["groups"][1]["figures"]["sources"][0]["applications"], 1);
}

#[tokio::test]
async fn jobs_departments_and_sources_are_told_apart() {
    let story = Story::begin("2026-01-01").await;
    let department = async |name: &str, parent: Option<&str>| {
        let new = json!({ "name": name, "parent_id": parent });
        story.owner.post("/v1/departments", new).await.expect(201).text("id")
    };
    let crafts = department("Crafts", None).await;
    let carving = department("Carving", Some(&crafts)).await;
    let job_in = async |title: &str, department: &Value| {
        story.job_with(json!({ "title": title, "openings": 2, "department_id": department })).await
    };
    let joiner = job_in("Joiner", &json!(crafts)).await;
    let carver = job_in("Carver", &json!(carving)).await;
    let clerk = job_in("Clerk", &Value::Null).await;
    let hired =
        [(&joiner, "ada", Some("Fair"), 2), (&carver, "bob", Some("Fair"), 4), (&clerk, "cyd", None, 6)];
    for (job, name, source, day) in hired {
        let application = story.apply(job, name, source).await;
        story.on(&format!("2026-01-{:02}", day * 3));
        story.hire(&application).await;
    }

    let by_job = story.read("time-to-hire?group_by=job").await;
    assert_eq!(each(&by_job["groups"], "label"), ["Carver", "Clerk", "Joiner"]);
    assert_eq!(each(&by_job["groups"], "key"), [carver.as_str(), &clerk, &joiner]);
    near(&one(&by_job["groups"], "label", "Joiner")["figures"]["time_to_hire"]["median"], 5.0);
    assert_eq!(by_job["total"]["time_to_hire"]["n"], 3);

    let by_department = story.read("stage-conversion?group_by=department").await;
    let labels = each(&by_department["groups"], "label");
    assert_eq!(labels, [Value::Null, json!("Carving"), json!("Crafts")]);
    let by_source = story.read("time-in-stage?group_by=source").await;
    assert_eq!(each(&by_source["groups"], "label"), ["Fair", "unattributed"]);
    assert_eq!(each(&by_source["groups"], "key"), [json!("Fair"), Value::Null]);

    let of = async |parameters: &str| {
        story.total(&format!("stage-conversion?{parameters}")).await["cohort"].clone()
    };
    assert_eq!(of(&format!("department_id={crafts}")).await, 2, "with those below it");
    assert_eq!(of(&format!("department_id={carving}")).await, 1);
    assert_eq!(of(&format!("job_id={joiner}&department_id={carving}")).await, 0);
    assert_eq!(of("source=Fair").await, 2);
    assert_eq!(of("source=unattributed").await, 1);
    assert_eq!(of(&format!("source=Fair&job_id={clerk}")).await, 0);
    assert_eq!(story.total(&format!("time-to-fill?department_id={crafts}")).await["gross"]["n"], 2);
    assert_eq!(story.total(&format!("overview?job_id={clerk}")).await["time_to_fill"]["gross"]["n"], 1);
}

#[tokio::test]
async fn a_role_for_a_department_sees_the_figures_of_its_jobs() {
    let story = Story::begin("2026-01-01").await;
    let crafts =
        story.owner.post("/v1/departments", json!({ "name": "Crafts" })).await.expect(201).text("id");
    let other = story.owner.post("/v1/departments", json!({ "name": "Other" })).await.expect(201).text("id");
    let joiner = story.job_with(json!({ "title": "Joiner", "openings": 1, "department_id": crafts })).await;
    let clerk = story.job("Clerk", 1).await;
    for (job, name) in [(&joiner, "ada"), (&clerk, "bob"), (&clerk, "cyd")] {
        story.apply(job, name, None).await;
    }
    let role = json!({ "name": "analyst", "permissions": ["analytics:read"] });
    let role = story.owner.post("/v1/roles", role).await.expect(201).text("id");
    let mut analysts = Vec::new();
    for (email, scope) in [
        ("crafts@acme.example", json!({ "role_id": role, "department_id": crafts })),
        ("clerk@acme.example", json!({ "role_id": role, "job_id": clerk })),
    ] {
        let new = json!({ "email": email, "roles": [scope] });
        let invitation = story.owner.post("/v1/members", new).await.expect(201).text("invitation_token");
        analysts.push(story.server.accept(&invitation, email).await.actor);
    }

    for (analyst, seen, own, hidden) in
        [(&analysts[0], 1, &joiner, &clerk), (&analysts[1], 2, &clerk, &joiner)]
    {
        assert_eq!(read(analyst, "stage-conversion").await["total"]["cohort"], seen);
        assert_eq!(read(analyst, "sources").await["total"]["applications"], seen);
        assert_eq!(read(analyst, "time-to-fill").await["total"]["censored"], 1);
        assert_eq!(read(analyst, "overview").await["total"]["jobs"], json!({ "open": 1 }));
        let figures = read(analyst, &format!("stage-conversion?job_id={own}")).await;
        assert_eq!(figures["total"]["cohort"], seen);
        for out_of_reach in [format!("job_id={hidden}"), format!("department_id={other}")] {
            analyst.get(&format!("/v1/analytics/time-to-hire?{out_of_reach}")).await.expect(404);
        }
    }
    read(&analysts[0], &format!("sources?department_id={crafts}")).await;
}
