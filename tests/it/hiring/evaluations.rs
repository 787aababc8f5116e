//! Evaluations: one an interviewer and interview, of their own, and seen by whom they are for.

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::Actor;
use mortise_tests::server::{Server, SignedIn};
use serde_json::{Value, json};

use super::company::{Company, faulty, field, list, member_id, refused};
use super::{apply, candidate, open_job};

/// A company with an interview in Engineering, held by two.
struct Interviewed {
    company: Company,
    /// The interview's path.
    interview: String,
    ann: SignedIn,
    ben: SignedIn,
}

impl Interviewed {
    async fn start() -> Self {
        let company = Company::start().await;
        let department = company.engineering.department.as_str();
        let ann = company.member("interviewer", Some(department)).await;
        let ben = company.member("interviewer", Some(department)).await;
        let interviewers = [&ann.member_id, &ben.member_id];
        let interview = schedule(&company.owner, &company.engineering.application, &interviewers).await;
        Self { company, interview, ann, ben }
    }

    fn evaluations(&self) -> String {
        format!("{}/evaluations", self.interview)
    }
}

async fn schedule(owner: &Actor, application: &str, interviewers: &[&String]) -> String {
    let new = json!({
        "kind": "onsite", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 45, "interviewers": interviewers,
    });
    let made = owner.post(&format!("/v1/applications/{application}/interviews"), new).await.expect(201);
    format!("/v1/interviews/{}", made.text("id"))
}

/// Evaluates; the evaluation's path.
async fn evaluate(actor: &Actor, evaluations: &str, rating: i64) -> String {
    let made = actor.post(evaluations, json!({ "rating": rating })).await.expect(201);
    format!("/v1/evaluations/{}", made.text("id"))
}

#[tokio::test]
async fn an_interviewer_evaluates_and_thinks_again() {
    let world = Interviewed::start().await;
    let Interviewed { company, ann, .. } = &world;
    let evaluation = json!({
        "rating": 4, "recommendation": "yes", "feedback": " Knows the trade. ",
        "attributes": [{ "name": "Craft", "rating": 5, "note": "Showed joints." }, { "name": "Speed", "rating": 2 }],
    });

    let made = ann.actor.post(&world.evaluations(), evaluation).await.expect(201);

    assert_eq!((made.header("etag"), made.text("member_id")), (Some("\"1\""), ann.member_id.clone()));
    assert_eq!(
        (made.text("recommendation"), made.text("feedback")),
        ("yes".into(), "Knows the trade.".into())
    );
    assert_eq!(made.json()["attributes"][1], json!({ "name": "Speed", "rating": 2, "note": null }));
    let path = format!("/v1/evaluations/{}", made.text("id"));
    assert_eq!(ann.actor.get(&path).await.expect(200).json(), made.json());

    let changes = json!({ "recommendation": "strong_yes", "rating": null, "attributes": [] });
    let changed = ann.actor.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["recommendation"], &changed["rating"]), (&json!("strong_yes"), &Value::Null));
    assert_eq!((&changed["attributes"], &changed["feedback"]), (&json!([]), &json!("Knows the trade.")));
    refused(ann.actor.patch(&path, json!({ "rating": 1 }), "\"1\"").await, 412, "version_conflict");
    assert_eq!(company.events("interview.e").await, ["interview.evaluated"; 2]);
}

#[tokio::test]
async fn an_interviewer_evaluates_once() {
    let world = Interviewed::start().await;
    evaluate(&world.ann.actor, &world.evaluations(), 4).await;

    refused(
        world.ann.actor.post(&world.evaluations(), json!({ "rating": 1 })).await,
        409,
        "evaluated_already",
    );

    evaluate(&world.ben.actor, &world.evaluations(), 2).await;
    assert_eq!(list(&world.company.owner, &world.evaluations()).await.len(), 2);
}

#[tokio::test]
async fn only_who_holds_the_interview_evaluates_it() {
    let world = Interviewed::start().await;
    let Interviewed { company, interview, ann, .. } = &world;
    let rating = json!({ "rating": 3 });
    let colleague = company.member("interviewer", Some(&company.engineering.department)).await.actor;
    let stranger = company.member("interviewer", Some(&company.sales.department)).await.actor;
    let viewer = company.member("viewer", None).await.actor;

    for other in [&company.owner, &colleague] {
        refused(other.post(&world.evaluations(), rating.clone()).await, 403, "not_an_interviewer");
    }
    refused(viewer.post(&world.evaluations(), rating.clone()).await, 403, "forbidden");
    stranger.post(&world.evaluations(), rating.clone()).await.expect(404);

    company.owner.put(&format!("{interview}/cancellation"), json!({}), Some("*")).await.expect(200);
    refused(ann.actor.post(&world.evaluations(), rating).await, 409, "interview_cancelled");
}

#[tokio::test]
async fn ones_own_evaluation_is_seen_and_others_are_not() {
    let world = Interviewed::start().await;
    let Interviewed { company, ann, ben, .. } = &world;
    let of_ann = evaluate(&ann.actor, &world.evaluations(), 4).await;
    let of_ben = evaluate(&ben.actor, &world.evaluations(), 2).await;
    let stranger = company.member("hiring_manager", Some(&company.sales.department)).await.actor;
    let viewer = company.member("viewer", None).await.actor;
    let manager = company.member("hiring_manager", Some(&company.engineering.department)).await.actor;
    let whose = async |actor: &Actor| field(actor, &world.evaluations(), "member_id").await;

    assert_eq!(whose(&ann.actor).await, [&*ann.member_id]);
    ann.actor.get(&of_ann).await.expect(200);
    ann.actor.get(&of_ben).await.expect(404);
    ann.actor.patch(&of_ben, json!({ "rating": 1 }), "*").await.expect(404);
    // A role that reads interviews and no evaluations.
    assert!(whose(&viewer).await.is_empty());
    viewer.get(&of_ann).await.expect(404);
    // One that reads them, and does not change what is another's.
    assert_eq!(whose(&manager).await, [ben.member_id.clone(), ann.member_id.clone()]);
    manager.get(&of_ben).await.expect(200);
    refused(manager.patch(&of_ben, json!({ "rating": 5 }), "*").await, 403, "not_your_evaluation");
    // One for another department.
    for hidden in [&world.evaluations(), &of_ann] {
        stranger.get(hidden).await.expect(404);
    }
    stranger.patch(&of_ann, json!({ "rating": 1 }), "*").await.expect(404);
    assert_eq!(ann.actor.get(&of_ann).await.expect(200).json()["rating"], 4);
}

#[tokio::test]
async fn a_key_evaluates_as_its_member() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let job = open_job(&owner, "Joiner").await;
    let candidate = candidate(&owner, "Ada Lovelace").await;
    let application = apply(&owner, &candidate, &job).await;
    let me = member_id(&owner).await;
    let interview = schedule(&owner, &application, &[&me]).await;
    let permissions = Permissions::of(&[Permission::EvaluationWrite]);
    let key = server.restricted(&founded, permissions).await;

    let made = key.post(&format!("{interview}/evaluations"), json!({ "rating": 3 })).await.expect(201);

    assert_eq!(made.text("member_id"), me);
    let path = format!("/v1/evaluations/{}", made.text("id"));
    key.patch(&path, json!({ "rating": 4 }), "*").await.expect(200);
    refused(key.get(&path).await, 403, "forbidden");
}

#[tokio::test]
async fn an_evaluation_that_cannot_be_is_refused_at_its_place() {
    let world = Interviewed::start().await;
    let actor = &world.ann.actor;
    let many: Vec<_> = (0..51).map(|number| json!({ "name": number.to_string(), "rating": 1 })).collect();

    for (evaluation, pointer, code) in [
        (json!({}), "#", "missing"),
        (json!({ "feedback": "  " }), "#", "missing"),
        (json!({ "rating": 0 }), "#/rating", "out_of_range"),
        (json!({ "rating": 6 }), "#/rating", "out_of_range"),
        (json!({ "rating": 2.5 }), "#/rating", "invalid_value"),
        (json!({ "recommendation": "maybe" }), "#/recommendation", "invalid_value"),
        (
            json!({ "attributes": [{ "name": "Craft", "rating": 9 }] }),
            "#/attributes/0/rating",
            "out_of_range",
        ),
        (json!({ "attributes": [{ "name": " ", "rating": 1 }] }), "#/attributes/0/name", "invalid_text"),
        (
            json!({ "attributes": [{ "name": "Craft", "rating": 1 }, { "name": "craft", "rating": 2 }] }),
            "#/attributes/1/name",
            "given_twice",
        ),
        (json!({ "attributes": many }), "#/attributes", "too_many"),
    ] {
        faulty(actor.post(&world.evaluations(), evaluation).await, pointer, code);
    }
    actor
        .post(&world.evaluations(), json!({ "rating": 1, "member_id": world.ben.member_id }))
        .await
        .expect(422);

    let path = evaluate(actor, &world.evaluations(), 3).await;
    faulty(actor.patch(&path, json!({ "rating": null }), "*").await, "#", "missing");
    assert_eq!(actor.get(&path).await.expect(200).json()["rating"], 3);
}
