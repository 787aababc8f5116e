//! A blind rule does not learn who it is, how old, of which sex, or of which school.

use mortise_host::hooks::Kind;
use mortise_tests::guests;
use serde_json::{Value, json};

use super::Hospital;
use crate::hiring::{apply, open_job_with, word};

/// What a blind rule must not see, in small letters.
const WITHHELD: [&str; 14] = [
    "ada",
    "lovelace",
    "example.com",
    "555",
    "colorado",
    "1984",
    "she ",
    " her ",
    "male",
    "github",
    "photo",
    "2018",
    "married",
    "church street",
];

async fn seen(hospital: &Hospital) -> (String, Value) {
    let score = hospital.only().await;
    assert_eq!(score["status"], "scored", "{score:#}");
    (word(&score["contributions"][0]["message"]).to_lowercase(), score)
}

#[tokio::test]
async fn who_somebody_is_is_withheld_from_a_blind_rule() {
    let mut hospital = Hospital::start().await;
    let echo = guests::install(&hospital.server, "echo-score", Kind::ScoringRule).await;
    let owner = hospital.owner.clone();
    for (subject, key) in [("candidate", "gender"), ("candidate", "shift")] {
        let field = json!({ "subject": subject, "key": key, "label": key, "kind": "text" });
        owner.post("/v1/custom-fields", field).await.expect(201);
    }
    let details = json!({
        "phones": ["+1 202-555-0143"], "links": ["https://github.com/ada"], "tags": ["asked for by Ada's aunt", "night"],
        "custom_fields": { "gender": "female", "shift": "Ada prefers nights" },
    });
    owner.patch(&format!("/v1/candidates/{}", hospital.candidate), details, "*").await.expect(200);
    let summary = "Ada Lovelace is a nurse. She loves her work at (202) 555-0143 or ada.lovelace@example.com.\nBorn 1984 in \
                   Denver\nSee https://github.com/ada";
    let correction = json!({ "basics": {
        "summary": summary, "image": "https://example.com/photo.png",
        "profiles": [{ "network": "GitHub", "url": "https://github.com/ada" }],
        "location": { "address": "1 Church Street" },
    }, "awards": [{ "title": "Best nurse of the University of Colorado" }],
       "customSections": [{ "title": "Personal", "content": "Female, married" }] });
    owner.patch(&format!("/v1/resumes/{}/unified", hospital.resume), correction, "*").await.expect(200);
    let questions = json!([
        { "key": "age", "label": "How old?", "kind": "number" }, { "key": "why", "label": "Why?", "kind": "text" },
    ]);
    let job = open_job_with(&owner, json!({ "title": "Nurse", "questions": questions })).await;
    hospital.application = apply(&owner, &hospital.candidate, &job).await;
    let answers = json!({ "answers": { "age": 1984, "why": "Ada must" } });
    owner.patch(&format!("/v1/applications/{}", hospital.application), answers, "*").await.expect(200);
    let binding = hospital.bind(&echo, json!({ "is_blind": false })).await;
    hospital.server.run_tasks().await;

    let (open, in_the_open) = seen(&hospital).await;
    for word in WITHHELD.iter().filter(|word| !["photo"].contains(word)) {
        assert!(open.contains(word), "{word} is there to be withheld: {open}");
    }
    assert_eq!(
        (&in_the_open["extra"]["seen"], &in_the_open["is_blind"]),
        (&json!("Ada Lovelace"), &json!(false))
    );

    owner
        .patch(&format!("/v1/plugin-bindings/{binding}"), json!({ "is_blind": true }), "*")
        .await
        .expect(200);
    hospital.server.run_tasks().await;

    let (blind, unseen) = seen(&hospital).await;
    for word in WITHHELD {
        assert!(!blind.contains(word), "a blind rule saw {word}: {blind}");
    }
    // What somebody can do stays.
    for word in ["triage", "registered nurse", "2019", "denver", "nursing", "night", "must"] {
        assert!(blind.contains(word), "{word} is withheld: {blind}");
    }
    assert_eq!((&unseen["extra"]["seen"], &unseen["is_blind"]), (&Value::Null, &json!(true)));
    assert_ne!(unseen["input_hash"], in_the_open["input_hash"], "the hash is of what was given");
    let replay =
        owner.post(&format!("/v1/scores/{}/replays", word(&unseen["id"])), json!({})).await.expect(200);
    assert_eq!(replay.json()["is_same"], true, "what is withheld is withheld again");
}
