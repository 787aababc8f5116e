//! Offers: version by version, sent, answered or taken back; what may follow what, and who sees them.

use std::time::Duration;

use mortise_tests::actor::{Actor, Answer};
use serde_json::{Value, json};

use super::company::{Company, faulty, field, list, refused, reject};

fn terms() -> Value {
    json!({ "title": "Joiner", "compensation": { "period": "year", "currency": "EUR", "amount": 5_500_000 } })
}

/// Makes an offer; its path.
async fn offer(actor: &Actor, application: &str) -> String {
    let path = format!("/v1/applications/{application}/offers");
    let made = actor.post(&path, json!({ "terms": terms() })).await.expect(201);
    format!("/v1/offers/{}", made.text("id"))
}

async fn take(actor: &Actor, offer: &str, step: &str) -> Answer {
    let body = json!({});
    actor.put(&format!("{offer}/{step}"), body, Some("*")).await
}

#[tokio::test]
async fn an_offer_is_drafted_changed_sent_and_accepted() {
    let company = Company::start().await;
    let Company { owner, engineering, server, .. } = &company;
    let path = format!("/v1/applications/{}/offers", engineering.application);
    let new = json!({
        "terms": {
            "title": " Joiner ", "employment_type": "full_time", "hours_per_week": 40, "location": "Berlin",
            "compensation": { "period": "year", "currency": "EUR", "amount": 5_500_000 },
            "signing_bonus": { "currency": "EUR", "amount": 250_000 }, "benefits": ["30 days of leave"],
        },
        "starts_on": "2026-05-01", "expires_at": "2026-03-20T12:00:00Z",
    });

    let made = owner.post(&path, new).await.expect(201);
    assert_eq!((made.header("etag"), made.text("status")), (Some("\"1\""), "draft".into()));
    assert_eq!((&made.json()["number"], &made.json()["terms"]["title"]), (&json!(1), &json!("Joiner")));
    let offer = format!("/v1/offers/{}", made.text("id"));
    assert_eq!(owner.get(&offer).await.expect(200).json(), made.json());
    assert_eq!(list(owner, &path).await, [made.json()]);

    let changes = json!({ "terms": terms(), "starts_on": "2026-06-01", "expires_at": null });
    let changed = owner.patch(&offer, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["starts_on"], &changed["expires_at"]), (&json!("2026-06-01"), &Value::Null));
    assert_eq!((&changed["terms"]["location"], &changed["terms"]["benefits"]), (&Value::Null, &json!([])));
    refused(owner.patch(&offer, json!({ "starts_on": null }), "\"1\"").await, 412, "version_conflict");

    server.clock.advance(Duration::from_secs(3_600));
    let sent = take(owner, &offer, "sending").await.expect(200);
    assert_eq!((sent.text("status"), sent.text("sent_at")), ("sent".into(), "2026-03-02T10:00:00Z".into()));
    assert_eq!(sent.json()["decided_at"], Value::Null);
    server.clock.advance(Duration::from_secs(3_600));
    let stale = owner.put(&format!("{offer}/acceptance"), json!({}), Some("\"1\"")).await;
    refused(stale, 412, "version_conflict");
    refused(owner.put(&format!("{offer}/acceptance"), json!({}), None).await, 428, "precondition_required");
    let accepted = take(owner, &offer, "acceptance").await.expect(200);
    assert_eq!(
        (accepted.text("status"), accepted.text("decided_at")),
        ("accepted".into(), "2026-03-02T11:00:00Z".into())
    );
    assert_eq!(owner.get(&offer).await.expect(200).json(), accepted.json());
    assert_eq!(
        company.events("offer.").await,
        ["offer.created", "offer.updated", "offer.sent", "offer.accepted"]
    );
}

#[tokio::test]
async fn the_next_version_takes_the_place_of_one_that_was_not_answered() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let application = &engineering.application;
    let path = format!("/v1/applications/{application}/offers");

    let first = offer(owner, application).await;
    let second = offer(owner, application).await;
    take(owner, &second, "sending").await.expect(200);
    let third = offer(owner, application).await;

    assert_eq!(field(owner, &path, "status").await, ["draft", "superseded", "superseded"]);
    let numbers: Vec<_> = list(owner, &path).await.iter().map(|offer| offer["number"].clone()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    for gone in [&first, &second] {
        for step in ["sending", "acceptance", "decline", "rescission"] {
            refused(take(owner, gone, step).await, 409, "offer_transition");
        }
        refused(owner.patch(gone, json!({ "starts_on": null }), "*").await, 409, "offer_not_draft");
    }
    take(owner, &third, "sending").await.expect(200);
    take(owner, &third, "decline").await.expect(200);
    offer(owner, application).await;
    assert_eq!(field(owner, &path, "status").await, ["draft", "declined", "superseded", "superseded"]);
}

#[tokio::test]
async fn an_accepted_offer_stands_until_it_is_rescinded() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let path = format!("/v1/applications/{}/offers", engineering.application);
    let first = offer(owner, &engineering.application).await;
    take(owner, &first, "sending").await.expect(200);
    take(owner, &first, "acceptance").await.expect(200);

    refused(owner.post(&path, json!({ "terms": terms() })).await, 409, "offer_accepted");
    let declined = refused(take(owner, &first, "decline").await, 409, "offer_transition");
    assert!(declined.text("detail").contains("rescinded"), "{declined:?}");
    let reason = json!({ "reason": "The budget is gone." });
    let rescinded = owner.put(&format!("{first}/rescission"), reason, Some("*")).await.expect(200);
    assert_eq!(
        (rescinded.text("status"), rescinded.text("reason")),
        ("rescinded".into(), "The budget is gone.".into())
    );

    offer(owner, &engineering.application).await;
    assert_eq!(field(owner, &path, "status").await, ["draft", "rescinded"]);
}

#[tokio::test]
async fn what_may_not_follow_is_refused_and_what_may_is_named() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let steps = ["sending", "acceptance", "decline", "rescission"];
    for (so_far, allowed, named) in [
        (&[][..], &["sending", "rescission"][..], "sent, rescinded"),
        (&["sending"], &["acceptance", "decline", "rescission"], "accepted, declined, rescinded"),
        (&["sending", "decline"], &[], "make the next version"),
        (&["rescission"], &[], "make the next version"),
    ] {
        let offer = offer(owner, &engineering.application).await;
        for step in so_far {
            take(owner, &offer, step).await.expect(200);
        }
        let before = owner.get(&offer).await.expect(200).json();
        for step in steps.iter().filter(|step| !allowed.contains(step)) {
            let answer = refused(take(owner, &offer, step).await, 409, "offer_transition");
            assert!(answer.text("detail").contains(named), "{so_far:?} {step}: {answer:?}");
        }
        assert_eq!(owner.get(&offer).await.expect(200).json(), before, "{so_far:?}");
    }
}

#[tokio::test]
async fn an_offer_nobody_answered_in_time_has_expired() {
    let company = Company::start().await;
    let Company { owner, engineering, server, .. } = &company;
    let path = format!("/v1/applications/{}/offers", engineering.application);
    let new = json!({ "terms": terms(), "expires_at": "2026-03-02T10:00:00Z" });
    let first = owner.post(&path, new.clone()).await.expect(201).text("id");
    let first = format!("/v1/offers/{first}");
    take(owner, &first, "sending").await.expect(200);

    server.clock.advance(Duration::from_secs(3_599));
    assert_eq!(owner.get(&first).await.text("status"), "sent");
    server.clock.advance(Duration::from_secs(1));

    assert_eq!(owner.get(&first).await.text("status"), "expired");
    assert_eq!(field(owner, &path, "status").await, ["expired"]);
    for step in ["acceptance", "decline", "rescission"] {
        refused(take(owner, &first, step).await, 409, "offer_transition");
    }
    refused(owner.patch(&first, json!({ "expires_at": null }), "*").await, 409, "offer_not_draft");
    faulty(owner.post(&path, new).await, "#/expires_at", "in_the_past");

    // A draft waits too long, as well.
    let late = json!({ "terms": terms(), "expires_at": "2026-03-02T11:00:00Z" });
    let second = format!("/v1/offers/{}", owner.post(&path, late).await.expect(201).text("id"));
    server.clock.advance(Duration::from_secs(3_600));
    refused(take(owner, &second, "sending").await, 409, "offer_expired");
    owner.patch(&second, json!({ "expires_at": "2026-03-09T09:00:00Z" }), "*").await.expect(200);
    take(owner, &second, "sending").await.expect(200);
    assert_eq!(field(owner, &path, "status").await, ["sent", "expired"]);
}

#[tokio::test]
async fn an_application_that_has_ended_is_made_no_offer() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let draft = offer(owner, &engineering.application).await;
    let sent = offer(owner, &sales.application).await;
    take(owner, &sent, "sending").await.expect(200);
    reject(owner, &engineering.application).await;
    reject(owner, &sales.application).await;

    let path = format!("/v1/applications/{}/offers", engineering.application);
    refused(owner.post(&path, json!({ "terms": terms() })).await, 409, "application_not_active");
    refused(owner.patch(&draft, json!({ "starts_on": null }), "*").await, 409, "application_not_active");
    refused(take(owner, &draft, "sending").await, 409, "application_not_active");
    refused(take(owner, &sent, "acceptance").await, 409, "application_not_active");
    // What became of it is noted all the same.
    take(owner, &draft, "rescission").await.expect(200);
    take(owner, &sent, "decline").await.expect(200);
}

#[tokio::test]
async fn whoever_is_hired_already_may_have_accepted() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let offer = offer(owner, &engineering.application).await;
    take(owner, &offer, "sending").await.expect(200);
    let hire = format!("/v1/applications/{}/hire", engineering.application);
    owner.put(&hire, json!({}), Some("*")).await.expect(200);

    take(owner, &offer, "acceptance").await.expect(200);
}

#[tokio::test]
async fn an_offer_that_cannot_be_is_refused_at_its_place() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let path = format!("/v1/applications/{}/offers", engineering.application);
    let pay = |period: &str, currency: &str, amount: i64| json!({ "title": "Joiner", "compensation": { "period": period, "currency": currency, "amount": amount } });

    for (terms, pointer, code) in [
        (json!({}), "#/terms", "invalid_value"),
        (json!({ "title": " " }), "#/terms/title", "invalid_text"),
        (json!({ "title": "Joiner", "salary": 1 }), "#/terms/salary", "invalid_value"),
        (pay("fortnight", "EUR", 1), "#/terms/compensation/period", "invalid_value"),
        (pay("year", "eur", 1), "#/terms/compensation/currency", "invalid_currency"),
        (pay("year", "XYZ", 1), "#/terms/compensation/currency", "invalid_currency"),
        (pay("year", "EUR", -1), "#/terms/compensation/amount", "out_of_range"),
        (pay("year", "EUR", i64::MAX), "#/terms/compensation/amount", "out_of_range"),
        (json!({ "title": "Joiner", "hours_per_week": 200 }), "#/terms/hours_per_week", "out_of_range"),
        (json!({ "title": "Joiner", "benefits": ["a", ""] }), "#/terms/benefits/1", "invalid_text"),
        (json!({ "title": "Joiner", "benefits": vec!["a"; 51] }), "#/terms/benefits", "too_many"),
    ] {
        faulty(owner.post(&path, json!({ "terms": terms })).await, pointer, code);
    }
    for (name, value, code) in [
        ("starts_on", json!("2026-02-30"), "invalid_date"),
        ("expires_at", json!("2026-03-02T09:00:00Z"), "in_the_past"),
        ("expires_at", json!("soon"), "invalid_value"),
    ] {
        let mut new = json!({ "terms": terms() });
        new[name] = value;
        faulty(owner.post(&path, new).await, &format!("#/{name}"), code);
    }
    assert!(list(owner, &path).await.is_empty());
    let offer = offer(owner, &engineering.application).await;
    let reason = json!({ "reason": "x".repeat(2_001) });
    faulty(owner.put(&format!("{offer}/rescission"), reason, Some("*")).await, "#/reason", "invalid_text");
    assert_eq!(owner.get(&offer).await.text("status"), "draft");
}

#[tokio::test]
async fn a_role_for_a_department_reaches_the_offers_of_its_jobs_only() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let own = offer(owner, &engineering.application).await;
    let foreign = offer(owner, &sales.application).await;
    let recruiter = company.member("recruiter", Some(&engineering.department)).await.actor;
    let manager = company.member("hiring_manager", Some(&engineering.department)).await.actor;
    let interviewer = company.member("interviewer", Some(&engineering.department)).await.actor;

    recruiter.patch(&own, json!({ "starts_on": "2026-06-01" }), "*").await.expect(200);
    take(&recruiter, &own, "sending").await.expect(200);
    manager.get(&own).await.expect(200);
    refused(take(&manager, &own, "acceptance").await, 403, "forbidden");
    refused(interviewer.get(&own).await, 403, "forbidden");
    for actor in [&recruiter, &manager] {
        actor.get(&foreign).await.expect(404);
        actor.get(&format!("/v1/applications/{}/offers", sales.application)).await.expect(404);
    }
    let path = format!("/v1/applications/{}/offers", sales.application);
    recruiter.post(&path, json!({ "terms": terms() })).await.expect(404);
    recruiter.patch(&foreign, json!({ "starts_on": null }), "*").await.expect(404);
    for step in ["sending", "acceptance", "decline", "rescission"] {
        take(&recruiter, &foreign, step).await.expect(404);
    }
}

#[tokio::test]
async fn two_at_once_make_one_next_version() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    offer(owner, &engineering.application).await;
    let path = format!("/v1/applications/{}/offers", engineering.application);
    let body = json!({ "terms": terms() });

    let (one, two) = tokio::join!(owner.post(&path, body.clone()), owner.post(&path, body.clone()));

    // One after the other, or one of them loses; never two drafts.
    let statuses = [one.status, two.status];
    assert!(
        statuses.contains(&201) && statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    let drafts = field(owner, &path, "status").await.into_iter().filter(|status| status == "draft").count();
    assert_eq!(drafts, 1);
}

#[tokio::test]
async fn nobody_reads_in_the_audit_log_what_somebody_is_paid() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let offer = offer(owner, &engineering.application).await;
    take(owner, &offer, "sending").await.expect(200);

    let id = offer.rsplit_once('/').expect("it has an id").1;
    let entries = list(owner, &format!("/v1/audit-log?object_id={id}")).await;

    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["offer.sent", "offer.created"]);
    assert_eq!(entries[1]["after"]["terms"], "***");
    assert_eq!(
        (&entries[0]["before"], &entries[0]["after"]),
        (&json!({ "status": "draft" }), &json!({ "status": "sent" }))
    );
}
