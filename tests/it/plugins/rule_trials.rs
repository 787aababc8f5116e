//! Trials of scoring rules: a version beside the one in use, on applications one may read. No score is changed.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::trials::{pointers, try_it};
use super::{Installed, activate, component, configure, echo_score, install};
use crate::hiring::{apply, candidate, open_job_with, put};
use crate::privacy::everywhere::tables_with;
use crate::scoring::read_candidate;

/// Two departments with a job each, and somebody who applied there and was scored.
struct Scene {
    server: Server,
    owner: Actor,
    departments: Vec<String>,
    candidates: Vec<String>,
    applications: Vec<String>,
}

impl Scene {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let (mut departments, mut candidates, mut applications) = (Vec::new(), Vec::new(), Vec::new());
        for (name, who) in [("Wood", "Ada Lovelace"), ("Stone", "Grace Hopper")] {
            let department =
                owner.post("/v1/departments", json!({ "name": name })).await.expect(201).text("id");
            let job = open_job_with(&owner, json!({ "title": name, "department_id": department })).await;
            let (candidate, _) = read_candidate(&server, &owner, who).await;
            applications.push(apply(&owner, &candidate, &job).await);
            departments.push(department);
            candidates.push(candidate);
        }
        server.run_tasks().await;
        Self { server, owner, departments, candidates, applications }
    }

    /// A version that says so for everybody.
    async fn rule(&self, version: &str, config: Value) -> Installed {
        let installed = install(&self.server, &self.owner, echo_score(version)).await;
        configure(&self.owner, &installed, config).await.expect(200);
        installed
    }

    async fn tag(&self, who: usize, tag: &str) {
        let path = format!("/v1/candidates/{}", self.candidates[who]);
        self.owner.patch(&path, json!({ "tags": [tag] }), "*").await.expect(200);
        self.server.run_tasks().await;
    }

    async fn try_on_all(&self, tried: &Installed) -> Value {
        let on = json!({ "application_ids": self.applications });
        let trial = try_it(&self.server, &self.owner, tried, on).await;
        assert_eq!(trial["state"], "done", "{trial:#}");
        trial
    }

    /// All that scoring keeps.
    async fn kept(&self) -> Vec<Vec<String>> {
        let mut kept = Vec::new();
        for statement in [
            "select plugin || ' ' || status || ' ' || input_hash || ' ' || cast(scored_at as text) from scores order by id",
            "select cast(version as text) from applications order by id",
            "select outcome from plugin_runs",
            "select key from plugin_values",
            "select type from events order by id",
        ] {
            kept.push(self.server.texts(statement).await);
        }
        kept
    }
}

#[tokio::test]
async fn a_rule_is_tried_before_it_is_used_and_nothing_is_kept_but_the_report() {
    let scene = Scene::start().await;
    let tried = scene.rule("1.0.0", json!({ "value": 40 })).await;
    let before = scene.kept().await;
    assert_eq!(before[0].len(), 2, "the default rule was asked about both: {before:?}");

    let trial = scene.try_on_all(&tried).await;

    let report = &trial["report"];
    assert_eq!(
        [&report["tried"], &report["failed"], &report["different"], &report["failure_rate"]],
        [&json!(2), &json!(0), &json!(2), &json!(0.0)],
        "{report:#}"
    );
    assert!(
        report["cost"]["wall_micros"].as_i64() > Some(0) && report["cost"]["peak_memory"].as_i64() > Some(0)
    );
    assert!(report["cost"]["fuel"].as_i64() > Some(0), "{report:#}");
    assert_eq!(report["baseline_cost"]["wall_micros"], 0, "nobody is asked beside it");
    let first = &report["applications"][0];
    assert_eq!(first["application_id"], json!(scene.applications[0]));
    assert_eq!((&first["value"], &first["baseline_value"]), (&json!(40.0), &Value::Null));
    let named = pointers(first);
    assert!(named.contains(&"/value") && named.contains(&"/contributions"), "{named:?}");
    assert_eq!(report["resumes"], json!([]));
    assert!(!tables_with(&scene.server, "lovelace").await.contains("plugin_trials"));
    assert_eq!(scene.kept().await, before);
}

#[tokio::test]
async fn an_upgrade_is_compared_with_the_version_in_use_contribution_by_contribution() {
    let scene = Scene::start().await;
    let active = scene.rule("1.0.0", json!({ "value": 40 })).await;
    activate(&scene.owner, &active).await.expect(200);
    let next = scene.rule("1.1.0", json!({ "value": 41 })).await;

    let trial = scene.try_on_all(&next).await;

    let report = &trial["report"];
    for tried in report["applications"].as_array().expect("a list") {
        assert_eq!((&tried["value"], &tried["baseline_value"]), (&json!(41.0), &json!(40.0)), "{tried:#}");
        assert_eq!(pointers(tried), ["/contributions/seen/0/value", "/value"], "{tried:#}");
    }
    assert!(report["baseline_cost"]["wall_micros"].as_i64() > Some(0));
    let events: Vec<_> = scene.server.events().await;
    assert!(!events.contains(&"plugin.suspended".to_owned()), "{events:?}");

    let binding = json!({ "kind": "scoring", "plugin": "acme/score", "config": { "value": 55 } });
    scene.owner.post("/v1/plugin-bindings", binding).await.expect(201);
    scene.server.run_tasks().await;
    let before = scene.kept().await;
    let trial = scene.try_on_all(&next).await;
    let tried = &trial["report"]["applications"][1];
    assert_eq!((&tried["outcome"], &tried["differences"]), (&json!("same"), &json!([])), "{trial:#}");
    assert_eq!((&tried["value"], &tried["baseline_value"]), (&json!(55.0), &json!(55.0)));
    assert_eq!(scene.kept().await, before);
}

/// Blind, a rule is given no telephone number, so also no tag that looks like one.
#[tokio::test]
async fn a_rule_is_tried_blind_where_its_binding_is_also_while_that_is_switched_off() {
    let scene = Scene::start().await;
    scene.tag(0, "+00000042").await;
    let active = scene.rule("1.0.0", json!({})).await;
    let trial = scene.try_on_all(&active).await;
    assert_eq!(trial["report"]["applications"][0]["value"], 42.0, "unbound it is told: {trial:#}");

    activate(&scene.owner, &active).await.expect(200);
    let next = scene.rule("1.1.0", json!({})).await;
    let binding = json!({ "kind": "scoring", "plugin": "acme/score", "is_blind": true });
    let binding = scene.owner.post("/v1/plugin-bindings", binding).await.expect(201).text("id");
    scene.server.run_tasks().await;
    for is_enabled in [true, false] {
        let path = format!("/v1/plugin-bindings/{binding}");
        scene.owner.patch(&path, json!({ "is_enabled": is_enabled }), "*").await.expect(200);
        scene.server.run_tasks().await;
        let trial = scene.try_on_all(&next).await;
        let tried = &trial["report"]["applications"][0];
        assert_eq!((&tried["value"], &tried["baseline_value"]), (&json!(50.0), &json!(50.0)), "{tried:#}");
    }
}

#[tokio::test]
async fn a_rule_that_fails_on_some_is_counted_and_suspends_nothing() {
    let scene = Scene::start().await;
    scene.tag(1, "panic").await;
    let active = scene.rule("1.0.0", json!({})).await;
    activate(&scene.owner, &active).await.expect(200);
    let next = scene.rule("1.1.0", json!({ "value": 60 })).await;

    for _ in 0..4 {
        let trial = scene.try_on_all(&next).await;
        let report = &trial["report"];
        assert_eq!(
            [&report["tried"], &report["failed"], &report["different"], &report["failure_rate"]],
            [&json!(2), &json!(1), &json!(1), &json!(0.5)],
            "{report:#}"
        );
        let failed = &report["applications"][1];
        assert_eq!((&failed["outcome"], &failed["error_code"]), (&json!("failed"), &json!("plugin_trap")));
        assert_eq!(
            [&failed["value"], &failed["baseline_value"], &failed["differences"]],
            [&Value::Null, &Value::Null, &json!([])]
        );
    }
    assert_eq!(scene.owner.get(&next.plugin()).await.json()["suspension"], json!(null));
}

#[tokio::test]
async fn there_is_nothing_to_ask_about_whoever_has_no_resume_and_those_who_were_rejected_are_tried() {
    let scene = Scene::start().await;
    let job = open_job_with(&scene.owner, json!({ "title": "Turner" })).await;
    let unread = candidate(&scene.owner, "Alan Turing").await;
    let unread = apply(&scene.owner, &unread, &job).await;
    put(&scene.owner, &scene.applications[0], "rejection", json!({ "reason": "other" })).await.expect(200);
    let tried = scene.rule("1.0.0", json!({})).await;

    let on = json!({ "application_ids": [unread, scene.applications[0]] });
    let trial = try_it(&scene.server, &scene.owner, &tried, on).await;

    let report = &trial["report"];
    assert_eq!((&report["tried"], &report["failed"]), (&json!(1), &json!(0)), "{report:#}");
    let outcomes = [&report["applications"][0]["outcome"], &report["applications"][1]["outcome"]];
    assert_eq!(outcomes, [&json!("skipped"), &json!("different")]);
}

#[tokio::test]
async fn a_rule_is_tried_on_applications_alone_and_on_none_of_others() {
    let scene = Scene::start().await;
    let Scene { server, owner, applications, .. } = &scene;
    let tried = scene.rule("1.0.0", json!({})).await;
    let path = format!("{}/trials", tried.path());
    let refused = async |body: Value, pointer: &str, code: &str| {
        let answer = owner.post(&path, body).await.expect(422);
        assert_eq!(answer.fault(), (pointer.to_owned(), code.to_owned()), "{:#}", answer.json());
    };

    let resume = owner.get("/v1/resumes").await.expect(200).json()["data"][0]["id"].clone();
    let event = owner.get("/v1/events").await.expect(200).json()["data"][0]["id"].clone();
    let own = &applications[0];
    refused(json!({ "resume_ids": [resume] }), "#/resume_ids", "trial_unsupported").await;
    refused(json!({ "application_ids": [own], "event_ids": [event] }), "#/event_ids", "trial_unsupported")
        .await;
    refused(json!({ "resume_ids": [own] }), "#/resume_ids/0", "invalid_value").await;
    refused(json!({ "application_ids": [own, own] }), "#/application_ids/1", "duplicate").await;
    refused(json!({ "application_ids": [] }), "#/application_ids", "out_of_range").await;
    refused(json!({ "application_ids": vec![own; 51] }), "#/application_ids", "out_of_range").await;
    refused(json!({}), "#/application_ids", "missing").await;

    let other = server.tenant("globex").await;
    let job = open_job_with(&other, json!({ "title": "Joiner" })).await;
    let foreign = candidate(&other, "Alan Turing").await;
    let foreign = apply(&other, &foreign, &job).await;
    for missing in [foreign, "app_01k7z1v5jafz8rk3m2w9y6t4qd".into()] {
        let answer = owner.post(&path, json!({ "application_ids": [own, missing] })).await;
        assert_eq!(answer.expect(404).text("code"), "not_found");
    }
    let parser = install(server, owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    let on_parser =
        owner.post(&format!("{}/trials", parser.path()), json!({ "application_ids": [own] })).await;
    assert_eq!(on_parser.expect(422).fault().0, "#/application_ids");
    assert_eq!(owner.get(&path).await.expect(200).json()["data"], json!([]), "nothing was begun");
}

#[tokio::test]
async fn whoever_looks_after_plugins_tries_a_rule_on_what_they_may_read_and_sees_no_scores_beyond() {
    let scene = Scene::start().await;
    let Scene { server, owner, departments, applications, .. } = &scene;
    let tried = scene.rule("1.0.0", json!({ "value": 40 })).await;
    let path = format!("{}/trials", tried.path());
    let role = json!({ "name": "Plugins", "permissions": ["plugin:read", "plugin:write"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let give = async |member: &str| {
        let roles = format!("/v1/members/{member}/roles");
        owner.post(&roles, json!({ "role_id": role })).await.expect(201);
    };
    let nowhere = server.member(owner, "nowhere@acme.example", &[]).await;
    give(&nowhere.member_id).await;
    let in_wood = [("recruiter", Some(departments[0].as_str()))];
    let in_wood = server.member(owner, "wood@acme.example", &in_wood).await;
    give(&in_wood.member_id).await;

    for application in applications {
        let answer = nowhere.actor.post(&path, json!({ "application_ids": [application] })).await;
        assert_eq!(answer.expect(404).text("code"), "not_found");
    }
    let foreign = in_wood.actor.post(&path, json!({ "application_ids": applications })).await;
    assert_eq!(foreign.expect(404).text("code"), "not_found");
    let on = json!({ "application_ids": [applications[0]] });
    let trial = try_it(server, &in_wood.actor, &tried, on).await;

    let tried_on = &trial["report"]["applications"][0];
    assert_eq!((&tried_on["outcome"], &tried_on["value"]), (&json!("different"), &Value::Null), "{trial:#}");
    let shown = owner.get(&format!("/v1/plugin-trials/{}", trial["id"].as_str().expect("text"))).await;
    assert_eq!(shown.expect(200).json()["report"]["applications"][0]["value"], 40.0);
    let listed = in_wood.actor.get(&path).await.expect(200).json();
    assert_eq!(listed["data"][0]["report"]["applications"][0]["value"], Value::Null);
}

#[tokio::test]
async fn of_somebody_who_is_erased_a_report_says_that_scores_differ_and_not_where() {
    let scene = Scene::start().await;
    let tried = scene.rule("1.0.0", json!({ "value": 40 })).await;
    let trial = scene.try_on_all(&tried).await;
    put(&scene.owner, &scene.applications[0], "rejection", json!({ "reason": "other" })).await.expect(200);

    let path = format!("/v1/candidates/{}/personal-data", scene.candidates[0]);
    scene.owner.delete(&path, Some("*")).await.expect(200);

    let path = format!("/v1/plugin-trials/{}", trial["id"].as_str().expect("text"));
    let report = scene.owner.get(&path).await.expect(200).json()["report"].clone();
    let [ada, grace] = [&report["applications"][0], &report["applications"][1]];
    assert_eq!((&ada["outcome"], &ada["differences"]), (&json!("different"), &json!([])), "{report:#}");
    assert!(!pointers(grace).is_empty());
    assert!(tables_with(&scene.server, "lovelace").await.is_empty());
}

/// Notes are no part of what a rule is given, so there is a report all the same.
#[tokio::test]
async fn of_somebody_who_is_erased_while_a_trial_is_under_way_no_field_is_named_either() {
    let scene = Scene::start().await;
    let tried = scene.rule("1.0.0", json!({ "value": 40 })).await;
    let on = json!({ "application_ids": scene.applications });
    let begun = scene.owner.post(&format!("{}/trials", tried.path()), on).await.expect(202);

    let path = format!("/v1/candidates/{}/personal-data?part=notes", scene.candidates[0]);
    scene.owner.delete(&path, Some("*")).await.expect(200);
    scene.server.run_tasks().await;

    let location = begun.header("location").expect("it says where to ask").to_owned();
    let report = scene.owner.get(&location).await.expect(200).json()["report"].clone();
    assert_eq!(report["different"], 2, "{report:#}");
    let named = |at: usize| pointers(&report["applications"][at]).len();
    assert!(named(0) == 0 && named(1) > 0, "{report:#}");
}
