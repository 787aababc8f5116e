//! Lists of applications hold what their filters say, whichever of these leads and however they are combined.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::company::{list, member_id};
use super::{candidate, move_to, open_job, put, stage};

/// A filter as it is asked, and what it means.
type Filter = (String, Box<dyn Fn(&Value) -> bool>);

fn equals(parameter: &str, value: &str) -> Filter {
    let (name, wanted) = (parameter.to_owned(), json!(value));
    (format!("{parameter}={value}"), Box::new(move |application| application[&name] == wanted))
}

/// Two jobs, five people, every outcome, several sources and days.
async fn applications(server: &Server, owner: &Actor) -> Vec<Value> {
    let member = member_id(owner).await;
    let jobs = [open_job(owner, "Joiner").await, open_job(owner, "Carver").await];
    for (number, name) in ["Ada", "Bob", "Cleo", "Dan", "Eve"].into_iter().enumerate() {
        let somebody = candidate(owner, name).await;
        for (place, job) in jobs.iter().enumerate() {
            server.clock.advance(Duration::from_secs(20 * 60 * 60));
            let source = [json!("referral"), json!("fair"), Value::Null][(number + place) % 3].clone();
            let new = json!({
                "candidate_id": somebody, "job_id": job, "tags": if number % 2 == 0 { json!(["even"]) } else { json!([]) },
                "source": source,
                "credited_to": if number == 1 { json!(member) } else { Value::Null },
            });
            let made = owner.post("/v1/applications", new).await.expect(201).text("id");
            match (number + 2 * place) % 5 {
                1 => drop(put(owner, &made, "rejection", json!({ "reason": "other" })).await.expect(200)),
                2 => drop(put(owner, &made, "withdrawal", json!({ "reason": "other" })).await.expect(200)),
                3 => drop(move_to(owner, &made, "interview").await.expect(200)),
                4 if place == 0 => drop(put(owner, &made, "hire", json!({})).await.expect(200)),
                _ => {}
            }
        }
    }
    list(owner, "/v1/applications").await
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}

fn at(application: &Value) -> String {
    text(&application["applied_at"])
}

fn filters(all: &[Value], stages: [String; 2], member: &str) -> Vec<Filter> {
    let times: Vec<_> = all.iter().rev().map(|application| text(&application["applied_at"])).collect();
    let (early, late) = (times[2].clone(), times[7].clone());
    let (after, before) = (early.clone(), late.clone());
    let interviewing = stages.clone();
    vec![
        equals("job_id", &text(&all[0]["job_id"])),
        equals("candidate_id", &text(&all[3]["candidate_id"])),
        equals("stage_id", &stages[0]),
        equals("outcome", "active"),
        equals("outcome", "rejected"),
        equals("source", "referral"),
        equals("source", "unheard of"),
        equals("credited_to", member),
        (
            "tag=even".into(),
            Box::new(|application| {
                application["tags"].as_array().is_some_and(|tags| tags.contains(&json!("even")))
            }),
        ),
        (
            "stage_kind=interview".into(),
            Box::new(move |application| interviewing.iter().any(|stage| application["stage_id"] == **stage)),
        ),
        (format!("applied_after={early}"), Box::new(move |application| at(application) >= after)),
        (format!("applied_before={late}"), Box::new(move |application| at(application) < before)),
        {
            let (after, before) = (early.clone(), late);
            let query = format!("applied_after={after}&applied_before={before}");
            (query, Box::new(move |application| at(application) >= after && at(application) < before))
        },
        {
            let after = early;
            let made = move |application: &Value| text(&application["created_at"]) > after;
            (format!("created_after={}", times[2]), Box::new(made))
        },
    ]
}

#[tokio::test]
async fn every_two_filters_hold_together() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let all = applications(&server, &owner).await;
    assert_eq!(all.len(), 10);
    let mut stages = [String::new(), String::new()];
    for (place, job) in list(&owner, "/v1/jobs").await.iter().enumerate() {
        stages[place] = stage(&owner, job["id"].as_str().expect("it has one"), "interview").await;
    }
    let filters = filters(&all, stages, &member_id(&owner).await);
    let mut found = 0;

    for (one, (first, is_first)) in filters.iter().enumerate() {
        for (second, is_second) in &filters[one..] {
            let repeated = first
                .split('&')
                .any(|part| second.split('&').any(|other| other.split('=').next() == part.split('=').next()));
            let query = if repeated { second.clone() } else { format!("{first}&{second}") };
            let holds = |application: &Value| is_second(application) && (repeated || is_first(application));
            let expected: Vec<_> = all.iter().filter(|application| holds(application)).collect();

            let listed = list(&owner, &format!("/v1/applications?{query}")).await;

            assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{query}");
            found += usize::from(!expected.is_empty());
        }
    }
    assert!(found > 50, "only {found} lists held anything");
}

#[tokio::test]
async fn pages_go_on_along_whatever_leads() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let all = applications(&server, &owner).await;
    let job = all[0]["job_id"].as_str().expect("it is a text");
    let first = all[9]["applied_at"].as_str().expect("it is a text");
    let window = format!("applied_after={first}&applied_before=2026-03-20T00:00:00Z");

    for query in [format!("job_id={job}"), "source=referral".into(), "outcome=active".into(), window] {
        let whole = list(&owner, &format!("/v1/applications?{query}")).await;
        let (mut pieces, mut cursor) = (Vec::new(), String::new());
        loop {
            let page =
                owner.get(&format!("/v1/applications?{query}&limit=2{cursor}")).await.expect(200).json();
            pieces.extend(page["data"].as_array().expect("it is a list").clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(whole.len() > 2, "{query}");
        assert_eq!(pieces, whole, "{query}");
    }
}
