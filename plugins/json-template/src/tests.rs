//! Templates filled from events.

use mortise_sdk::testing::Host;
use mortise_sdk::{CallContext, Decision, Event, PluginError, WebhookTransform};
use serde_json::{Value, json};

use super::JsonTemplate;

fn transform(config: Value) -> Result<Decision, PluginError> {
    let payload = json!({
        "id": "event_1", "type": "application.hired", "subject_id": "app_1",
        "data": { "candidate_id": "cand_1", "version": 3, "interviewers": ["member_1", "member_2"] },
        "subject": { "name": "Ada \"the\" Countess", "emails": ["ada@example.com"], "a/b": 1 },
    });
    let event = Event {
        id: "event_1".to_owned(),
        kind: "application.hired".to_owned(),
        occurred_at: "2026-03-02T09:00:00Z".to_owned(),
        payload: payload.into(),
    };
    Host::new().with_config(config).run(|| JsonTemplate::transform(&CallContext::default(), event))
}

/// The bodies of what is delivered.
fn bodies(config: Value) -> Vec<Value> {
    match transform(config).expect("it is transformed") {
        Decision::Deliver(deliveries) => {
            deliveries.iter().map(|one| serde_json::from_slice(&one.body).expect("it is JSON")).collect()
        }
        Decision::Drop(reason) => panic!("it was dropped: {reason}"),
    }
}

#[test]
fn placeholders_are_filled_and_keep_their_types_where_they_stand_alone() {
    let template = json!({
        "who": "{{/data/candidate_id}}", "version": "{{ /data/version }}", "all": "{{/subject/emails}}",
        "said": "{{/subject/name}} ({{/data/version}}) hired{{/nothing/there}}!", "nothing": "{{/nothing}}",
        "kept": [1, true, null, "plain {braces}"], "slash": "{{/subject/a~1b}}",
    });
    let expected = json!({
        "who": "cand_1", "version": 3, "all": ["ada@example.com"],
        "said": "Ada \"the\" Countess (3) hired!", "nothing": null,
        "kept": [1, true, null, "plain {braces}"], "slash": 1,
    });
    assert_eq!(bodies(json!({ "template": template })), [expected]);
}

#[test]
fn what_is_personal_is_taken_out() {
    let body = bodies(
        json!({ "remove": ["/subject/name", "/subject/emails/0", "/data/interviewers/9", "/no/where"] }),
    );
    assert_eq!(body[0]["subject"], json!({ "emails": [], "a/b": 1 }));
    assert_eq!(body[0]["data"]["interviewers"].as_array().map(Vec::len), Some(2));
    assert_eq!(bodies(json!({ "remove": [""] })), [Value::Null]);
}

#[test]
fn an_event_is_split_by_a_list() {
    let config =
        json!({ "each": "/data/interviewers", "template": { "to": "{{/item}}", "of": "{{/subject_id}}" } });
    assert_eq!(
        bodies(config),
        [json!({ "to": "member_1", "of": "app_1" }), json!({ "to": "member_2", "of": "app_1" })]
    );
    let nothing = transform(json!({ "each": "/data/nobody" })).expect("it is no error");
    assert_eq!(nothing, Decision::Drop("there is nothing at /data/nobody".to_owned()));
}

#[test]
fn only_what_is_wanted_is_sent() {
    assert_eq!(bodies(json!({ "only_if": { "/data/version": 3 }, "template": 1 })), [json!(1)]);
    let dropped = transform(json!({ "only_if": { "/data/version": 4 } })).expect("it is no error");
    assert_eq!(dropped, Decision::Drop("/data/version is not 4".to_owned()));
}

#[test]
fn headers_are_filled_as_well() {
    let config = json!({ "headers": { "x-kind": "{{/type}}/{{/data/version}}" } });
    let Decision::Deliver(deliveries) = transform(config).expect("it is transformed") else {
        panic!("it was dropped")
    };
    assert_eq!(deliveries[0].headers, [("x-kind".to_owned(), "application.hired/3".to_owned())]);
}

#[test]
fn a_template_that_makes_no_sense_is_the_admins_to_mend() {
    for (template, code) in
        [("{{/data", "open_placeholder"), ("{{data.id}}", "bad_pointer"), ("a {{x}} b", "bad_pointer")]
    {
        let error = transform(json!({ "template": template })).expect_err("it makes no sense");
        assert_eq!(error.code, code, "{template}");
    }
}
