//! Which candidates and résumés somebody sees whose role is for a department or a job: those of who applied there.

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::resumes::read_well;
use crate::hiring::{apply, open_job_with, put};

async fn department(owner: &Actor, name: &str) -> String {
    owner.post("/v1/departments", json!({ "name": name })).await.expect(201).text("id")
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let page = actor.get(path).await.expect(200).json();
    let found = page["data"].as_array().expect("a list has data").iter();
    found.map(|item| item["name"].as_str().unwrap_or("-").to_owned()).collect()
}

async fn ids(actor: &Actor, path: &str) -> Vec<Value> {
    let page = actor.get(path).await.expect(200).json();
    page["data"].as_array().expect("a list has data").iter().map(|item| item["id"].clone()).collect()
}

/// Ada applied in Sales, Ben in Engineering, Cat nowhere. Sue recruits for Sales, Joe for Ben's job alone.
struct Company {
    server: Server,
    owner: Actor,
    /// Ada, Ben and Cat.
    candidates: [String; 3],
    resumes: [String; 3],
    /// The job in Sales.
    job: String,
    sue: Actor,
    joe: Actor,
}

impl Company {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let (sales, engineering) =
            (department(&owner, "Sales").await, department(&owner, "Engineering").await);
        let (mut candidates, mut resumes) = (Vec::new(), Vec::new());
        for name in ["Ada Archer", "Ben Baker", "Cat Carter"] {
            let email = format!("{}@example.com", &name[..3].to_lowercase());
            let resume = read_well(&server, &owner, "cv.txt", samples::text_resume(name, &email)).await;
            candidates.push(owner.get(&resume).await.text("candidate_id"));
            resumes.push(resume);
        }
        let job = open_job_with(&owner, json!({ "title": "Seller", "department_id": sales })).await;
        let other = open_job_with(&owner, json!({ "title": "Welder", "department_id": engineering })).await;
        let of_ada = apply(&owner, &candidates[0], &job).await;
        put(&owner, &of_ada, "rejection", json!({ "reason": "no_show" })).await.expect(200);
        apply(&owner, &candidates[1], &other).await;
        let sue = server.member(&owner, "sue@acme.example", &[("recruiter", Some(&sales))]).await.actor;
        let joe = server.member(&owner, "joe@acme.example", &[]).await;
        let recruiter = owner.role_id("recruiter").await;
        let role = json!({ "role_id": recruiter, "job_id": other });
        owner.post(&format!("/v1/members/{}/roles", joe.member_id), role).await.expect(201);
        let joe = joe.actor;
        let candidates = candidates.try_into().expect("there are three");
        let resumes = resumes.try_into().expect("there are three");
        Self { server, owner, candidates, resumes, job, sue, joe }
    }

    fn path(&self, index: usize) -> String {
        format!("/v1/candidates/{}", self.candidates[index])
    }
}

#[tokio::test]
async fn lists_hold_who_applied_within_reach() {
    let Company { server: _server, owner, candidates, resumes, sue, joe, .. } = Company::start().await;
    let [ada, ben, _] = candidates;

    for (actor, expected) in [
        (&owner, &["Cat Carter", "Ben Baker", "Ada Archer"][..]),
        (&sue, &["Ada Archer"]),
        (&joe, &["Ben Baker"]),
    ] {
        assert_eq!(names(actor, "/v1/candidates").await, expected);
        let by_change: Vec<_> = names(actor, "/v1/candidates?updated_after=2026-01-01T00:00:00Z").await;
        assert_eq!(by_change, expected.iter().rev().copied().collect::<Vec<_>>());
    }
    assert!(names(&sue, "/v1/candidates?email=ben@example.com").await.is_empty());
    let id_of = |path: &String| json!(path.rsplit('/').next());
    assert_eq!(ids(&sue, "/v1/resumes").await, [id_of(&resumes[0])]);
    assert_eq!(ids(&joe, "/v1/resumes?updated_after=2026-01-01T00:00:00Z").await, [id_of(&resumes[1])]);
    assert!(ids(&sue, &format!("/v1/resumes?candidate_id={ben}")).await.is_empty());
    assert_eq!(ids(&sue, &format!("/v1/candidates/{ada}/resumes")).await, [id_of(&resumes[0])]);
}

#[tokio::test]
async fn what_is_beyond_reach_is_not_there() {
    let company = Company::start().await;
    let sue = &company.sue;

    for index in [1, 2] {
        let (candidate, resume) = (company.path(index), &company.resumes[index]);
        for path in ["", "/resumes", "/duplicates"] {
            sue.get(&format!("{candidate}{path}")).await.expect(404);
        }
        sue.patch(&candidate, json!({ "headline": "Taken" }), "*").await.expect(404);
        sue.delete(&candidate, Some("*")).await.expect(404);
        let duplicate = json!({ "candidate_id": company.candidates[0] });
        sue.post(&format!("{candidate}/merges"), duplicate).await.expect(404);
        let duplicate = json!({ "candidate_id": company.candidates[index] });
        sue.post(&format!("{}/merges", company.path(0)), duplicate).await.expect(404);
        for path in ["", "/file", "/unified"] {
            sue.get(&format!("{resume}{path}")).await.expect(404);
        }
        sue.patch(&format!("{resume}/unified"), json!({}), "*").await.expect(404);
        sue.post(&format!("{resume}/parses"), json!({})).await.expect(404);
        sue.delete(resume, Some("*")).await.expect(404);
    }
    // All three have one phone number; Sue sees one of them.
    let found = sue.get(&format!("{}/duplicates", company.path(0))).await.expect(200).json();
    assert_eq!(found["data"], json!([]));
    // Nobody's résumé, a new candidate and whom an address belongs to are the whole tenant's.
    let waiting = samples::text_resume("Dan Draper", "dan@example.com");
    let waiting = company.owner.upload("cv.txt", waiting).await.expect(202).text("id");
    sue.get(&format!("/v1/resumes/{waiting}")).await.expect(404);
    sue.post("/v1/candidates", json!({ "name": "Eve" })).await.expect(403);
    let taken = sue.patch(&company.path(0), json!({ "emails": ["ben@example.com"] }), "*").await.expect(409);
    assert!(!taken.text("detail").contains("cand_"), "{taken:?}");
    assert_eq!(names(&company.owner, "/v1/candidates").await, ["Cat Carter", "Ben Baker", "Ada Archer"]);
}

#[tokio::test]
async fn what_is_within_reach_may_be_changed() {
    let company = Company::start().await;
    let (sue, ada, resume) = (&company.sue, company.path(0), &company.resumes[0]);

    sue.get(&ada).await.expect(200);
    sue.patch(&ada, json!({ "headline": "Seller" }), "*").await.expect(200);
    for path in ["", "/file", "/unified"] {
        sue.get(&format!("{resume}{path}")).await.expect(200);
    }
    sue.patch(&format!("{resume}/unified"), json!({ "basics": { "label": "Seller" } }), "*")
        .await
        .expect(200);
    sue.post(&format!("{resume}/parses"), json!({})).await.expect(202);
    company.server.run_tasks().await;
    sue.delete(resume, Some("*")).await.expect(204);
    // Who applied there and elsewhere is seen from both sides.
    apply(&company.owner, &company.candidates[1], &company.job).await;
    sue.get(&company.path(1)).await.expect(200);
    company.joe.get(&company.path(1)).await.expect(200);
    // Everybody's résumé is taken in by whoever may take in anybody's.
    let file = Part::bytes(samples::text_resume("Ada", "ada@example.com")).file_name("cv.txt");
    let form = Form::new().text("candidate_id", company.candidates[0].clone()).part("file", file);
    sue.upload_form(form).await.expect(403);
    sue.delete(&ada, Some("*")).await.expect(204);
}

#[tokio::test]
async fn a_candidate_in_the_running_is_not_deleted() {
    let company = Company::start().await;

    let refused = company.owner.delete(&company.path(1), Some("*")).await.expect(409);

    assert_eq!(refused.text("code"), "candidate_has_applications");
    company.owner.get(&company.path(1)).await.expect(200);
    company.owner.delete(&company.path(0), Some("*")).await.expect(204);
    // Whoever saw them sees that they are gone.
    assert_eq!(names(&company.sue, "/v1/candidates?include_deleted=true").await, ["-"]);
    assert!(names(&company.joe, "/v1/candidates?include_deleted=true").await.contains(&"Ben Baker".into()));
}
