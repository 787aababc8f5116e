//! Tracking links: where whoever applies by one comes from, and how many did.

use mortise_tests::actor::{Answer, send};
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use super::{open_job, open_job_with, put, refused};

async fn apply(server: &Server, job: &str, email: &str, parts: &[(&str, &str)]) -> Answer {
    let form = Form::new().text("name", "Ada Lovelace").text("email", email.to_owned());
    let form =
        parts.iter().fold(form, |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()));
    send(server.nobody().request(Method::POST, &format!("/v1/jobs/{job}/apply")).multipart(form)).await
}

#[tokio::test]
async fn whoever_applies_by_a_link_comes_from_its_source_and_is_counted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let page = "https://careers.acme.example/jobs/12?lang=de";
    let job = open_job_with(&owner, json!({ "title": "Joiner", "apply_url": page })).await;
    let links = format!("/v1/jobs/{job}/tracking-links");
    let new =
        json!({ "name": " The poster ", "source": "Fair", "utm_medium": "poster", "utm_campaign": "may" });
    let poster = owner.post(&links, new).await.expect(201);
    let list = owner.post(&links, json!({ "name": "Newsletter", "source": "Newsletter" })).await.expect(201);

    let (poster_id, list_id) = (poster.text("id"), list.text("id"));
    assert_eq!(poster.text("name"), "The poster");
    assert_eq!(poster.text("url"), format!("{page}&link={poster_id}"));
    for (email, parts) in [
        ("a@example.com", vec![("link", &*poster_id), ("source", "careers page"), ("utm_medium", "own")]),
        ("b@example.com", vec![("link", &poster_id)]),
        ("c@example.com", vec![("link", &list_id)]),
        ("d@example.com", vec![("source", "Friend")]),
        // Whoever sends the form twice has come once.
        ("b@example.com", vec![("link", &list_id)]),
    ] {
        apply(&server, &job, email, &parts).await.expect(202);
    }

    let applications = owner.get("/v1/applications").await.expect(200).json()["data"].clone();
    let seen: Vec<_> = (0..4).map(|place| &applications[place]).collect();
    let sources: Vec<_> = seen.iter().map(|application| application["source"].clone()).collect();
    assert_eq!(sources, ["Friend", "Newsletter", "Fair", "Fair"]);
    assert_eq!(seen[2]["tracking"]["utm_medium"], "poster");
    assert_eq!(
        (&seen[3]["tracking"]["utm_medium"], &seen[3]["tracking"]["utm_campaign"]),
        (&json!("own"), &json!("may"))
    );
    put(&owner, seen[3]["id"].as_str().expect("an id"), "hire", json!({})).await.expect(200);

    let counted = owner.get(&links).await.expect(200).json();
    let counts = |place: usize| {
        let link = &counted["data"][place];
        (link["name"].clone(), link["applications"].clone(), link["hires"].clone())
    };
    assert_eq!(counts(0), (json!("Newsletter"), json!(1), json!(0)));
    assert_eq!(counts(1), (json!("The poster"), json!(2), json!(1)));
    let figures = owner.get("/v1/analytics/sources").await.expect(200).json()["total"].clone();
    let sources = figures["sources"].as_array().expect("a list");
    let of = |label: &str| {
        let source = sources.iter().find(|source| source["label"] == label).expect("it is counted");
        (source["applications"].clone(), source["hires"].clone())
    };
    assert_eq!(of("Fair"), (json!(2), json!(1)));
    assert_eq!(of("Newsletter"), (json!(1), json!(0)));

    // Who came by a link is counted when nothing more is known of them.
    let candidate = seen[2]["candidate_id"].as_str().expect("an id");
    put(&owner, seen[2]["id"].as_str().expect("an id"), "withdrawal", json!({ "reason": "other" }))
        .await
        .expect(200);
    owner.delete(&format!("/v1/candidates/{candidate}/personal-data"), Some("*")).await.expect(200);
    assert_eq!(owner.get(&links).await.expect(200).json()["data"][1]["applications"], 2);
}

#[tokio::test]
async fn a_link_that_leads_nowhere_loses_no_applicant() {
    let server = Server::start().await;
    let (owner, stranger) = (server.tenant("acme").await, server.tenant("globex").await);
    let (job, other) = (open_job(&owner, "Joiner").await, open_job(&owner, "Clerk").await);
    let foreign = open_job(&stranger, "Joiner").await;
    let link = async |job: &str| {
        let (actor, new) =
            (if *job == foreign { &stranger } else { &owner }, json!({ "name": "A", "source": "Fair" }));
        actor.post(&format!("/v1/jobs/{job}/tracking-links"), new).await.expect(201).json()
    };
    let id = |link: &Value| link["id"].as_str().expect("it has one").to_owned();
    let gone = link(&job).await;
    assert_eq!(gone["url"], Value::Null, "the job names no page");
    let gone = id(&gone);
    let path = format!("/v1/jobs/{job}/tracking-links");
    owner.delete(&format!("{path}/{gone}"), None).await.expect(204);
    let (of_other, of_stranger) = (id(&link(&other).await), id(&link(&foreign).await));

    let broken = ["", "nonsense", "link_", &gone, &of_other, &of_stranger, "link_01k7z1v5jafz8rk3m2w9y6t4qd"];
    for (number, broken) in broken.iter().enumerate() {
        let email = format!("p{number}@example.com");
        apply(&server, &job, &email, &[("link", broken)]).await.expect(202);
    }

    let applications = owner.get(&format!("/v1/applications?job_id={job}")).await.expect(200).json();
    let applications = applications["data"].as_array().expect("a list");
    assert_eq!(applications.len(), broken.len());
    assert!(applications.iter().all(|application| application["source"] == "careers page"));
    for (actor, job) in [(&owner, &job), (&owner, &other), (&stranger, &foreign)] {
        let links = actor.get(&format!("/v1/jobs/{job}/tracking-links")).await.expect(200).json();
        assert!(links["data"].as_array().expect("a list").iter().all(|link| link["applications"] == 0));
    }
    refused(owner.delete(&format!("{path}/{gone}"), None).await, 404, "not_found");
    refused(owner.delete(&format!("{path}/{of_other}"), None).await, 404, "not_found");
    for (new, pointer) in [
        (json!({ "name": " ", "source": "Fair" }), "#/name"),
        (json!({ "name": "A", "source": "a\nb" }), "#/source"),
        (json!({ "name": "A", "source": "B", "url": "https://x.example" }), "#/url"),
    ] {
        assert_eq!(owner.post(&path, new).await.expect(422).fault().0, pointer);
    }
}
