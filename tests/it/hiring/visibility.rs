//! Who sees which job: by a role for the tenant, for its department, or for the job alone.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, candidate, listed, open_job_with, put, refused, word};

/// Two departments with a job each, and an application for each job.
struct Company {
    server: Server,
    owner: Actor,
    departments: [String; 2],
    jobs: [String; 2],
    candidates: [String; 2],
    applications: [String; 2],
}

impl Company {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let (mut departments, mut jobs, mut candidates, mut applications) = (vec![], vec![], vec![], vec![]);
        for (name, who) in [("Wood", "Ada Lovelace"), ("Stone", "Grace Hopper")] {
            let department =
                owner.post("/v1/departments", json!({ "name": name })).await.expect(201).text("id");
            let job = open_job_with(&owner, json!({ "title": name, "department_id": department })).await;
            let candidate = candidate(&owner, who).await;
            applications.push(apply(&owner, &candidate, &job).await);
            departments.push(department);
            jobs.push(job);
            candidates.push(candidate);
        }
        let pair = |things: Vec<String>| <[String; 2]>::try_from(things).expect("there are two");
        let (departments, jobs) = (pair(departments), pair(jobs));
        let (candidates, applications) = (pair(candidates), pair(applications));
        Self { server, owner, departments, jobs, candidates, applications }
    }

    /// A member with this role for one job; also the role's assignment.
    async fn for_job(&self, role: &str, job: &str) -> (Actor, String, String) {
        let email = format!("{role}@acme.example");
        let member = self.server.member(&self.owner, &email, &[]).await;
        let given = self.give(&member.member_id, role, json!({ "job_id": job })).await;
        (member.actor, member.member_id, given)
    }

    async fn give(&self, member: &str, role: &str, place: Value) -> String {
        let mut wanted = json!({ "role_id": self.owner.role_id(role).await });
        wanted.as_object_mut().expect("it is one").extend(place.as_object().expect("it is one").clone());
        self.owner.post(&format!("/v1/members/{member}/roles"), wanted).await.expect(201).text("id")
    }
}

#[tokio::test]
async fn a_role_for_one_job_shows_that_job_and_whoever_applied_for_it() {
    let company = Company::start().await;
    let (manager, member, given) = company.for_job("hiring_manager", &company.jobs[0]).await;

    assert_eq!(listed(&manager, "/v1/jobs", "id").await, [&*company.jobs[0]]);
    assert_eq!(listed(&manager, "/v1/applications", "id").await, [&*company.applications[0]]);
    assert_eq!(listed(&manager, "/v1/candidates", "id").await, [&*company.candidates[0]]);
    for path in [
        format!("/v1/jobs/{}", company.jobs[1]),
        format!("/v1/jobs/{}/stages", company.jobs[1]),
        format!("/v1/jobs/{}/openings", company.jobs[1]),
        format!("/v1/jobs/{}/history", company.jobs[1]),
        format!("/v1/jobs/{}/applications", company.jobs[1]),
        format!("/v1/applications/{}", company.applications[1]),
        format!("/v1/applications/{}/history", company.applications[1]),
        format!("/v1/candidates/{}", company.candidates[1]),
        format!("/v1/candidates/{}/applications", company.candidates[1]),
    ] {
        refused(manager.get(&path).await, 404, "not_found");
    }
    let rejection = json!({ "reason": "no_show" });
    refused(put(&manager, &company.applications[1], "rejection", rejection.clone()).await, 404, "not_found");
    put(&manager, &company.applications[0], "rejection", rejection).await.expect(200);

    let me = manager.get("/v1/me").await.expect(200).json();
    assert_eq!(me["job_permissions"][0]["job_id"], json!(company.jobs[0]));
    assert_eq!(me["roles"][0]["job_id"], json!(company.jobs[0]));
    let team = company.owner.get(&format!("/v1/jobs/{}/team", company.jobs[0])).await.expect(200).json();
    assert_eq!(
        (&team["data"][0]["member_id"], &team["data"][0]["assignment_id"]),
        (&json!(member), &json!(given))
    );

    company.owner.delete(&format!("/v1/members/{member}/roles/{given}"), None).await.expect(204);
    refused(manager.get("/v1/jobs").await, 403, "forbidden");
}

#[tokio::test]
async fn a_role_for_a_department_shows_its_jobs_and_follows_them_when_they_move() {
    let company = Company::start().await;
    let roles = [("recruiter", Some(company.departments[0].as_str()))];
    let recruiter = company.server.member(&company.owner, "r@acme.example", &roles).await.actor;
    assert_eq!(listed(&recruiter, "/v1/jobs", "id").await, [&*company.jobs[0]]);

    let elsewhere = json!({ "title": "X", "department_id": company.departments[1] });
    refused(recruiter.post("/v1/jobs", elsewhere).await, 404, "not_found");
    refused(recruiter.post("/v1/jobs", json!({ "title": "X" })).await, 403, "forbidden");
    let path = format!("/v1/jobs/{}", company.jobs[0]);
    let away = json!({ "department_id": company.departments[1] });
    refused(recruiter.patch(&path, away, "*").await, 404, "not_found");

    let here = json!({ "department_id": company.departments[0] });
    company.owner.patch(&format!("/v1/jobs/{}", company.jobs[1]), here, "*").await.expect(200);
    assert_eq!(listed(&recruiter, "/v1/jobs", "id").await, [&*company.jobs[1], &*company.jobs[0]]);
    assert_eq!(listed(&recruiter, "/v1/applications", "id").await.len(), 2);
}

#[tokio::test]
async fn nobody_hands_on_a_role_for_a_job_who_does_not_hold_it_there() {
    let company = Company::start().await;
    let (manager, member, _) = company.for_job("admin", &company.jobs[0]).await;
    let role = |role: String, job: &str| json!({ "role_id": role, "job_id": job });
    let viewer = company.owner.role_id("viewer").await;
    let owner_role = company.owner.role_id("owner").await;
    let other = company.server.member(&company.owner, "new@acme.example", &[]).await.member_id;
    let path = format!("/v1/members/{other}/roles");

    // An admin of one job looks roles up with what they hold there, which is nothing in the tenant.
    manager.post(&path, role(viewer.clone(), &company.jobs[0])).await.expect(201);
    refused(manager.post(&path, role(viewer.clone(), &company.jobs[1])).await, 404, "not_found");
    refused(manager.post(&path, json!({ "role_id": viewer })).await, 403, "forbidden");
    refused(manager.post(&path, role(owner_role, &company.jobs[0])).await, 403, "escalation");
    let both =
        json!({ "role_id": viewer, "job_id": company.jobs[0], "department_id": company.departments[0] });
    assert_eq!(company.owner.post(&path, both).await.expect(422).fault().1, "one_place");
    let again = role(company.owner.role_id("admin").await, &company.jobs[0]);
    refused(
        company.owner.post(&format!("/v1/members/{member}/roles"), again).await,
        409,
        "role_given_already",
    );
}

/// Whoever may make applications could else look at any candidate by applying in their name.
#[tokio::test]
async fn an_application_does_not_open_a_candidate_that_one_cannot_see() {
    let company = Company::start().await;
    let (manager, ..) = company.for_job("hiring_manager", &company.jobs[0]).await;
    let stranger = company.server.tenant("globex").await;
    let foreign = candidate(&stranger, "Bob Noyce").await;

    for hidden in [&company.candidates[1], &foreign] {
        let new = json!({ "candidate_id": hidden, "job_id": company.jobs[0] });
        refused(manager.post("/v1/applications", new.clone()).await, 404, "not_found");
        if *hidden == foreign {
            refused(company.owner.post("/v1/applications", new).await, 404, "not_found");
        }
        refused(manager.get(&format!("/v1/candidates/{hidden}")).await, 404, "not_found");
    }
}

#[tokio::test]
async fn a_hiring_manager_moves_applications_and_does_not_hire() {
    let company = Company::start().await;
    let (manager, ..) = company.for_job("hiring_manager", &company.jobs[0]).await;
    let (interviewer, ..) = company.for_job("interviewer", &company.jobs[0]).await;
    let application = &company.applications[0];

    super::move_to(&manager, application, "interview").await.expect(200);
    refused(put(&manager, application, "hire", json!({})).await, 403, "forbidden");
    refused(super::move_to(&interviewer, application, "offer").await, 403, "forbidden");
    put(&company.owner, application, "hire", json!({})).await.expect(200);
    let hired = word(&super::lines(&manager, application).await[2]["id"]);
    let correction = json!({ "change_id": hired });
    refused(super::post(&manager, application, "corrections", correction).await, 403, "forbidden");
}

#[tokio::test]
async fn a_candidate_sees_how_their_own_applications_stand() {
    let company = Company::start().await;
    let ada = company.server.member(&company.owner, "ada@acme.example", &[("candidate", None)]).await;
    refused(ada.actor.get("/v1/me/applications").await, 404, "not_found");
    let link = json!({ "member_id": ada.member_id });
    company
        .owner
        .put(&format!("/v1/candidates/{}/member", company.candidates[0]), link, None)
        .await
        .expect(204);

    let own = ada.actor.get("/v1/me/applications").await.expect(200).json();

    let list = own["data"].as_array().expect("it is a list");
    assert_eq!(list.len(), 1);
    assert_eq!((&list[0]["job_title"], &list[0]["stage"]), (&json!("Wood"), &json!("Applied")));
    assert!(list[0]["source"].is_null() && list[0]["tags"].is_null(), "{own}");
    refused(ada.actor.get("/v1/applications").await, 403, "forbidden");
}
