//! What plugins answer is data from strangers: the host keeps what can be kept and never stumbles over the rest.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mortise_host::components::Manifest;
use mortise_host::hooks::{
    Call, Document, Failure, Hooks, Kind, LogLine, Outcome, PluginRef, Ran, RunRecord,
};
use mortise_host::ids::TenantId;
use mortise_host::scoring::{Score, ScoringInput, Settings};
use mortise_host::services::{Parts, Services};
use mortise_host::text::{ExtractedText, Link, Page, Span};
use mortise_host::transforming::{Decision, OutgoingEvent};
use mortise_host::unified_resume::{Evidence, ReadResume, UnifiedResume};
use mortise_host::{tasks, worker};
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// Answers the same to every question.
struct Stranger {
    text: Result<ExtractedText, Failure>,
    resume: Result<ReadResume, Failure>,
}

fn plugin(kind: Kind) -> PluginRef {
    PluginRef { id: "strange/plugin".into(), version: "0.1.0".into(), kind, digest: "0".repeat(64) }
}

fn ran<T: Clone>(kind: Kind, result: &Result<T, Failure>) -> Ran<T> {
    let record = RunRecord {
        plugin: plugin(kind),
        outcome: if result.is_ok() { Outcome::Ok } else { Outcome::Error },
        wall: Duration::from_millis(1),
        cpu: Duration::from_millis(1),
        fuel: None,
        peak_memory: 1,
        host_calls: 0,
        inference_tokens: None,
        log_tail: vec![LogLine { level: "info".into(), message: "said \0 it".into() }],
        log_dropped: 0,
        input_hash: String::new(),
    };
    Ran { result: result.clone(), record }
}

#[async_trait]
impl Hooks for Stranger {
    fn extractor(&self, _tenant: TenantId, _media_type: &str) -> Option<PluginRef> {
        Some(plugin(Kind::TextExtractor))
    }

    fn parser(&self, _tenant: TenantId, _wanted: Option<&str>) -> Option<PluginRef> {
        Some(plugin(Kind::ResumeParser))
    }

    fn named(&self, _kind: Kind, _id: &str) -> Option<(PluginRef, Manifest)> {
        None
    }

    fn media_types(&self) -> Vec<String> {
        vec!["text/plain".into()]
    }

    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    async fn extract(&self, _plugin: &PluginRef, _call: Call, _document: Document) -> Ran<ExtractedText> {
        ran(Kind::TextExtractor, &self.text)
    }

    async fn parse(
        &self,
        _plugin: &PluginRef,
        _call: Call,
        _document: Document,
        _text: Arc<ExtractedText>,
    ) -> Ran<ReadResume> {
        ran(Kind::ResumeParser, &self.resume)
    }

    async fn transform(
        &self,
        _plugin: &PluginRef,
        _call: Call,
        _settings: Arc<Settings>,
        _event: OutgoingEvent,
    ) -> Ran<Decision> {
        ran(Kind::WebhookTransform, &Ok(Decision::Drop(String::new())))
    }

    async fn score_all(
        &self,
        _plugin: &PluginRef,
        _call: Call,
        _settings: Arc<Settings>,
        inputs: Vec<ScoringInput>,
    ) -> Vec<Ran<Score>> {
        inputs.iter().map(|_| ran(Kind::ScoringRule, &Ok(Score::default()))).collect()
    }
}

/// Uploads a résumé and has the stranger read it; the résumé, and what it says.
async fn read_by(stranger: Stranger) -> (Value, Value) {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let id = owner.upload("cv.txt", "Ada Lovelace").await.expect(202).text("id");
    let services = Services::new(Parts { hooks: Arc::new(stranger), ..Parts::clone(server.services()) });
    for _ in 0..10 {
        tasks::run_due(&services, &worker::registry()).await.expect("the queue works");
        server.clock.advance(Duration::from_secs(7 * 60 * 60));
    }
    let resume = owner.get(&format!("/v1/resumes/{id}")).await.expect(200).json();
    (resume, owner.get(&format!("/v1/resumes/{id}/unified?include=evidence")).await.json())
}

fn sound_text() -> ExtractedText {
    let page =
        Page { number: 1, spans: vec![Span { text: "Ada".into(), ..Span::default() }], ..Page::default() };
    ExtractedText { pages: vec![page], ..ExtractedText::default() }
}

#[tokio::test]
async fn null_characters_are_dropped_wherever_they_stand() {
    let page = Page {
        number: 1,
        spans: vec![Span { text: "A\0da \\u0000".into(), font_name: Some("\0".into()), ..Span::default() }],
        links: vec![Link { target: "https://\0example.com".into(), ..Link::default() }],
        ..Page::default()
    };
    let text = ExtractedText {
        pages: vec![page],
        language: Some("e\0n".into()),
        warnings: vec!["\0".into()],
        extra_json: Some("{\"a\":\"\0\"}".into()),
    };
    let said = json!({
        "basics": { "name": "A\0da", "email": "ada\0@example.com", "label": "\0", "location": { "city": "Lon\0don" } },
        "skills": [{ "name": "Ru\0st", "keywords": ["\0", "asy\0nc"] }],
        "x-\0key": { "deep": ["\0er"] },
        "quoted": "\\u0000",
    });
    let resume = ReadResume {
        resume: serde_json::from_value::<UnifiedResume>(said).expect("every field is optional"),
        evidence: vec![Evidence { pointer: "/x-\0key".into(), ..Evidence::default() }],
        language: Some("e\0n".into()),
        warnings: vec!["odd\0".into()],
    };

    let (resume, unified) = read_by(Stranger { text: Ok(text), resume: Ok(resume) }).await;

    assert_eq!(resume["status"], "success", "{resume:#}");
    assert_eq!(resume["parse"]["language"], "en");
    assert_eq!(resume["parse"]["warnings"], json!(["odd"]));
    assert_eq!(unified["basics"]["name"], "Ada");
    assert_eq!(unified["basics"]["email"], "ada@example.com");
    assert_eq!(unified["skills"][0]["keywords"], json!(["", "async"]));
    assert_eq!(unified["x-key"]["deep"][0], "er");
    assert_eq!(unified["quoted"], "\\u0000", "six characters that only look like one stay");
    assert_eq!(unified["evidence"][0]["pointer"], "/x-key");
}

#[tokio::test]
async fn a_failure_with_null_characters_is_told() {
    let failure = Failure {
        outcome: Outcome::Error,
        code: "od\0d".into(),
        message: "It is \0odd.".into(),
        retryable: false,
    };

    let (resume, _) = read_by(Stranger { text: Ok(sound_text()), resume: Err(failure) }).await;

    assert_eq!(resume["status"], "failed");
    assert_eq!(resume["error"], json!({ "code": "odd", "detail": "It is odd." }));
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_and_then_told() {
    let failure = Failure {
        outcome: Outcome::Error,
        code: "moody".into(),
        message: "Not now.".into(),
        retryable: true,
    };

    let (resume, unified) = read_by(Stranger { text: Err(failure), resume: Ok(ReadResume::default()) }).await;

    assert_eq!(resume["status"], "failed", "{resume:#}");
    assert_eq!(resume["error"]["code"], "reading_failed");
    assert_eq!(unified["code"], "reading_failed");
}

#[tokio::test]
async fn a_resume_that_says_nothing_is_a_candidate_without_a_name() {
    let (resume, unified) =
        read_by(Stranger { text: Ok(sound_text()), resume: Ok(ReadResume::default()) }).await;

    assert_eq!(resume["status"], "success");
    assert!(resume["candidate_id"].is_string());
    assert_eq!(unified["basics"]["name"], Value::Null);
}

#[tokio::test]
async fn a_thousand_addresses_are_a_mailing_list_and_not_a_person() {
    let emails: Vec<_> = (0..1000).map(|number| format!("ada{number}@example.com")).collect();
    let phones = ["1", "no digits", "+44 20 7946 0000", "4420 7946 0000"];
    let basics = json!({ "email": "not an address", "otherEmails": emails, "otherPhones": phones });
    let resume = serde_json::from_value(json!({ "basics": basics })).expect("every field is optional");
    let read = ReadResume { resume, ..ReadResume::default() };

    let (resume, unified) = read_by(Stranger { text: Ok(sound_text()), resume: Ok(read) }).await;

    assert_eq!(resume["status"], "success", "{resume:#}");
    assert_eq!(unified["basics"]["otherEmails"].as_array().map(Vec::len), Some(1000), "the résumé says so");
}
