//! Events as messages.

use mortise_sdk::testing::Host;
use mortise_sdk::{CallContext, Decision, Event, WebhookTransform};
use serde_json::{Value, json};

use super::SlackMessage;

fn transform(config: Value, kind: &str, subject: Value) -> Decision {
    let payload = json!({
        "id": "event_1", "type": kind, "subject_id": "cand_1", "subject": subject,
        "data": { "status": "on_hold", "reason": "not_qualified", "starts_at": "2026-03-09T10:00:00Z", "code": "no_text_layer" },
    });
    let event = Event {
        id: "event_1".to_owned(),
        kind: kind.to_owned(),
        occurred_at: "2026-03-02T09:00:00Z".to_owned(),
        payload: payload.into(),
    };
    let host = Host::new().with_config(config);
    host.run(|| SlackMessage::transform(&CallContext::default(), event)).expect("it is transformed")
}

fn message(config: Value, kind: &str, subject: Value) -> Value {
    match transform(config, kind, subject) {
        Decision::Deliver(deliveries) => serde_json::from_slice(&deliveries[0].body).expect("it is JSON"),
        Decision::Drop(reason) => panic!("it was dropped: {reason}"),
    }
}

fn said(message: &Value) -> &str {
    message["blocks"][0]["text"]["text"].as_str().expect("it is a text")
}

#[test]
fn what_happened_is_a_sentence() {
    let ada = json!({ "name": "Ada <Lovelace> & Co" });
    let message = message(json!({}), "candidate.created", ada);
    assert_eq!(said(&message), "*Ada &lt;Lovelace&gt; &amp; Co* is a new candidate.");
    assert_eq!(message["text"], message["blocks"][0]["text"]["text"]);
    let context = message["blocks"][1]["elements"][0]["text"].as_str().expect("it is a text");
    assert!(context.contains("candidate.created") && context.contains("cand_1"), "{context}");
}

#[test]
fn nobody_is_named_where_that_is_not_wanted_or_not_known() {
    for (config, subject) in [(json!({ "names": false }), json!({ "name": "Ada" })), (json!({}), Value::Null)]
    {
        assert_eq!(said(&message(config, "candidate.created", subject)), "Somebody is a new candidate.");
    }
}

#[test]
fn somebody_is_called_and_led_there() {
    let config = json!({ "mention": "here", "link": "https://hr.example.com/c/{id}?a=1&b=2" });
    let text = message(config, "job.status_changed", json!({ "title": "Joiner" }));
    assert_eq!(
        said(&text),
        "<!here> *Joiner* is now on hold. <https://hr.example.com/c/cand_1?a=1&amp;b=2|Open>"
    );
    let member = message(json!({ "mention": "U012ABC" }), "offer.sent", Value::Null);
    assert_eq!(said(&member), "<@U012ABC> An offer was sent.");
    let group = message(json!({ "mention": "S012ABC" }), "offer.sent", Value::Null);
    assert_eq!(said(&group), "<!subteam^S012ABC> An offer was sent.");
}

#[test]
fn only_what_is_worth_a_message_is_sent() {
    let config = json!({ "only": ["application.hired"] });
    assert!(matches!(transform(config.clone(), "candidate.updated", Value::Null), Decision::Drop(_)));
    assert_eq!(said(&message(config, "application.hired", Value::Null)), ":tada: A candidate was hired.");
}

#[test]
fn every_type_is_told_and_unknown_ones_by_their_words() {
    let unknown = message(json!({}), "plugin.rolled_back", Value::Null);
    assert_eq!(said(&unknown), "plugin: rolled back.");
    let long = message(json!({}), "job.created", json!({ "title": "x".repeat(5_000) }));
    assert!(said(&long).chars().count() <= 3_000 && said(&long).ends_with('…'));
}
