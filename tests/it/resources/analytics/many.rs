//! Figures over more applications than are read at once.

use serde_json::{Value, json};

use super::{Story, each, one, read};
use crate::moving::import;

const JOBS: usize = 46;
const PEOPLE: usize = 45;

#[tokio::test]
async fn each_of_many_applications_is_counted_once() {
    let story = Story::begin("2026-01-01").await;
    let crafts =
        story.owner.post("/v1/departments", json!({ "name": "Crafts" })).await.expect(201).text("id");
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let department = (number < 5).then_some(&crafts);
        let job = json!({ "title": format!("Job {number}"), "openings": 1, "department_id": department });
        jobs.push(story.job_with(job).await);
    }
    let email = |number: usize| format!("person{number}@example.com");
    let people =
        (0..PEOPLE).map(|number| json!({ "name": format!("P {number}"), "emails": [email(number)] }));
    imported(&story, "candidates", people.collect()).await;
    // Job after job for each person, so that a job's applications lie far apart.
    let applications = (0..PEOPLE * JOBS).map(|number| {
        let (person, job) = (number / JOBS, number % JOBS);
        let source = (person + job).is_multiple_of(3).then_some("Fair");
        json!({ "candidate_email": email(person), "job_id": jobs[job], "source": source })
    });
    imported(&story, "applications", applications.collect()).await;
    // Another tenant's few among them are nobody else's.
    let stranger = story.server.tenant("globex").await;
    let job = stranger.post("/v1/jobs", json!({ "title": "Clerk" })).await.expect(201).text("id");
    let status = json!({ "status": "open" });
    stranger.put(&format!("/v1/jobs/{job}/status"), status, Some("*")).await.expect(200);
    for name in ["ada", "bob", "cyd"] {
        let candidate = stranger.post("/v1/candidates", json!({ "name": name })).await.expect(201).text("id");
        let new = json!({ "job_id": job, "candidate_id": candidate, "source": "Fair" });
        stranger.post("/v1/applications", new).await.expect(201);
    }
    story.on("2026-01-05");
    let few = read(&stranger, "time-in-stage?group_by=source").await;
    assert_eq!(one(&few["total"]["stages"], "kind", "applied")["censored"], 3);
    assert_eq!(each(&few["groups"], "label"), ["Fair"]);
    let hires = read(&stranger, "time-to-hire?start=first_contact").await;
    assert_eq!(hires["total"]["time_to_hire"]["n"], 0);

    let all = PEOPLE * JOBS;
    let by_job = story.read("stage-conversion?group_by=job").await;
    assert_eq!(by_job["total"]["cohort"], all);
    assert_eq!(by_job["groups"].as_array().map(Vec::len), Some(JOBS));
    for group in by_job["groups"].as_array().into_iter().flatten() {
        assert_eq!(group["figures"]["cohort"], PEOPLE, "{}", group["label"]);
    }
    let sources = story.total("sources").await;
    let fair = (0..all).filter(|number| (number / JOBS + number % JOBS).is_multiple_of(3)).count();
    assert_eq!(one(&sources["sources"], "label", "Fair")["applications"], fair);
    assert_eq!(one(&sources["sources"], "label", "unattributed")["applications"], all - fair);

    let of_crafts = story.total(&format!("stage-conversion?department_id={crafts}")).await;
    assert_eq!(of_crafts["cohort"], 5 * PEOPLE);
    let stays = story.total("time-in-stage").await;
    let applied = one(&stays["stages"], "kind", "applied");
    assert_eq!(applied["censored"], all);
    let left = format!("/v1/applications?job_id={}&limit=1", jobs[JOBS - 1]);
    let last = story.owner.get(&left).await.expect(200).json()["data"][0]["id"].clone();
    let last = last.as_str().expect("it has an id");
    story.reject(last).await;
    story.on("2026-01-06");
    let stays = story.total("time-in-stage").await;
    let applied = one(&stays["stages"], "kind", "applied");
    assert_eq!((&applied["censored"], &applied["ageing"]["count"]), (&json!(all - 1), &json!(all - 1)));
    let longest = each(&applied["ageing"]["longest"], "application_id");
    for application in &longest {
        let path = format!("/v1/applications/{}", application.as_str().expect("it is an id"));
        story.owner.get(&path).await.expect(200);
    }
    assert_eq!(longest.len(), 20);
}

async fn imported(story: &Story, kind: &str, rows: Vec<Value>) {
    let file: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let done = import(&story.server, &story.owner, "rows.ndjson", file, &[("kind", kind)]).await;
    assert_eq!(done["rows"]["created"], rows.len(), "{done:#}");
}
