//! Whatever an endpoint does wrong: the default parser reads the résumé, and the run says why the model did not.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::endpoint::TOKENS;
use super::{
    Endpoint, Says, ended, last_run, name, resume, spent, start, use_parser, well_read, whole, with_models,
};
use crate::plugins::{read, reader};

const PEOPLE: [&str; 4] = ["Ada Lovelace", "Grace Hopper", "Edith Clarke", "Dorothy Vaughan"];

fn status(status: u16, body: &str) -> Says {
    Says::Status(status, Vec::new(), body.into())
}

#[tokio::test]
async fn each_fault_of_an_endpoint_falls_back_and_leaves_a_run_that_says_why() {
    let endpoint = Endpoint::start(Says::Refusal).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    let complaint =
        json!({ "error": { "message": "Ada Lovelace is too long", "code": "context_length_exceeded" } })
            .to_string();
    let elsewhere =
        Says::Status(307, vec![("location", format!("{}/elsewhere", endpoint.url()))], String::new());
    let much_later = Says::Status(429, vec![("retry-after", "3600".into())], "{}".into());
    let odd_shape = json!({ "choices": [{ "text": "Ada Lovelace" }] }).to_string();
    let deep = format!("{{\"choices\": {}", "[".repeat(100_000));
    for (index, (says, code)) in [
        (status(500, "oh"), "endpoint_failed"),
        (status(401, "{}"), "endpoint_unauthorized"),
        (status(404, "{}"), "endpoint_not_found"),
        (status(400, &complaint), "endpoint_refused"),
        (status(503, ""), "endpoint_failed"),
        (elsewhere, "endpoint_redirects"),
        (much_later, "endpoint_rate_limited"),
        (status(200, "<html>Ada Lovelace</html>"), "unexpected_answer"),
        (status(200, &odd_shape), "unexpected_answer"),
        (status(200, &deep), "unexpected_answer"),
        (status(200, ""), "unexpected_answer"),
        (Says::Content("Ada Lovelace is an analyst.".into()), "answer_not_json"),
        (Says::Content(r#"{"name": "Ada Lovelace"}"#.into()), "answer_off_schema"),
        (Says::Content(whole(json!({ "name": "Somebody Else" }))), "nothing_found"),
        (Says::Content("  ".into()), "answer_empty"),
        (Says::Cut(r#"{"name": "Ada Lovelace"#.into()), "answer_cut_off"),
        (Says::Refusal, "model_refused"),
        (Says::HalfAnAnswer, "endpoint_broke_off"),
        (Says::TooMuch, "answer_too_large"),
        (Says::ThePrompt, "nothing_found"),
    ]
    .into_iter()
    .enumerate()
    {
        let asked = endpoint.count();
        endpoint.say(says.clone());
        let person = PEOPLE[index % PEOPLE.len()];

        let read = read(&server, &owner, &resume(person, &format!("person{index}@example.com"))).await;

        assert_eq!(ended(&owner, &parser).await, ("error".into(), code.into()), "{says:?}");
        assert!(reader(&read).starts_with("mortise/resume-parser@"), "{says:?}: {read:#}");
        assert_eq!(name(&owner, &read).await, person, "{says:?}");
        assert_eq!(endpoint.count(), asked + 1, "{says:?}");
        let run = last_run(&owner, &parser).await;
        let log = run["log"].to_string();
        assert!(log.contains(code) || log.contains("stand nowhere"), "it says why: {run:#}");
        assert!(!PEOPLE.iter().any(|person| log.contains(person)), "and nothing of the person: {run:#}");
    }
    // None of this speaks against the plugin: it is asked again the next time.
    endpoint.say(Says::Content(well_read("Edith Clarke", "edith@example.com")));
    let well = read(&server, &owner, &resume("Edith Clarke", "edith@example.com")).await;
    assert!(reader(&well).starts_with("mortise/llm-parser@"), "{well:#}");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_costs_its_time_and_no_more() {
    let endpoint = Endpoint::start(Says::Nothing).await;
    let server = Server::start_with(|config| {
        with_models(config, &endpoint);
        config.inference_timeout_seconds = 3;
    })
    .await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;

    let read = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;

    // An answer of the plugin's own, not a call that was ended from outside.
    assert_eq!(ended(&owner, &parser).await, ("error".into(), "endpoint_timeout".into()));
    assert!(reader(&read).starts_with("mortise/resume-parser@"), "{read:#}");
    let spent = spent(&owner).await;
    assert!((1..5_000).contains(&spent), "what was asked has been read, and no answer was: {spent}");
}

/// Its reading waits where webhooks and e-mails wait, and not where others' résumés are read.
#[tokio::test]
async fn waiting_for_a_model_holds_up_nobody_elses_reading() {
    let endpoint = Endpoint::start(Says::Content(well_read("Ada Lovelace", "ada@example.com"))).await;
    let server = start(&endpoint).await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("globex").await);
    use_parser(&server, &owner).await;
    let text = resume("Ada Lovelace", "ada@example.com");

    other.upload("cv.txt", text.clone()).await.expect(202);
    let plain = server.run_tasks().await;
    owner.upload("cv.txt", text).await.expect(202);
    let waiting = server.run_tasks().await;

    let outside = |kinds: &[String]| kinds.iter().filter(|kind| *kind == "resumes.read_outside").count();
    assert_eq!((outside(&plain), outside(&waiting)), (0, 1), "{waiting:?}");
    assert_eq!(endpoint.count(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_costs_nothing() {
    let endpoint = Endpoint::start(Says::Refusal).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    drop(endpoint);

    let read = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;

    assert_eq!(ended(&owner, &parser).await, ("error".into(), "endpoint_unreachable".into()));
    assert!(reader(&read).starts_with("mortise/resume-parser@"), "{read:#}");
    assert_eq!(spent(&owner).await, 0);
}

#[tokio::test]
async fn who_is_told_to_come_again_does() {
    let content = well_read("Ada Lovelace", "ada@example.com");
    let endpoint = Endpoint::start(Says::Content(content.clone())).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    endpoint.say_first(Says::Status(429, vec![("retry-after", "0".into())], "{}".into()));
    endpoint.say_first(Says::Status(503, vec![("retry-after", "0".into())], "{}".into()));

    let first = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;

    assert!(reader(&first).starts_with("mortise/llm-parser@"), "{first:#}");
    assert_eq!(endpoint.count(), 3);
    assert_eq!(last_run(&owner, &parser).await["inference_tokens"], TOKENS, "it costs once");

    // And who is told that a model wants to be asked otherwise, too.
    endpoint.say(Says::Unknown("max_tokens", content.clone()));
    let text = format!("{}\nOnce more.", resume("Ada Lovelace", "ada@example.com"));
    let second = read(&server, &owner, &text).await;
    assert!(reader(&second).starts_with("mortise/llm-parser@"), "{second:#}");
    let asked = endpoint.last().body;
    assert_eq!((&asked["max_tokens"], &asked["max_completion_tokens"]), (&Value::Null, &json!(8_192)));

    // But not for ever.
    endpoint.say(Says::Status(429, vec![("retry-after", "0".into())], "{}".into()));
    let asked = endpoint.count();
    let third = read(&server, &owner, &format!("{text}\nAnd once more.")).await;
    assert_eq!(ended(&owner, &parser).await.1, "endpoint_rate_limited");
    assert!(reader(&third).starts_with("mortise/resume-parser@"), "{third:#}");
    assert_eq!(endpoint.count(), asked + 4);
}

/// Who asks for this parser by name gets this parser or nothing, after a while.
#[tokio::test]
async fn asked_for_by_name_it_is_tried_again_as_long_as_that_may_help() {
    let endpoint = Endpoint::start(Says::Content(whole(json!({ "name": "Somebody Else" })))).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let first = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;
    let path = format!("/v1/resumes/{}", first["id"].as_str().expect("an id is a text"));
    use_parser(&server, &owner).await;
    let by_name = json!({ "parser": "mortise/llm-parser" });

    owner.post(&format!("{path}/parses"), by_name.clone()).await.expect(202);
    server.run_tasks().await;

    let failed = owner.get(&path).await.expect(200).json();
    assert_eq!(failed["error"]["code"], "nothing_found", "{failed:#}");
    assert_eq!(endpoint.count(), 1, "another time would cost as much and say as little");

    endpoint.say(status(500, ""));
    owner.post(&format!("{path}/parses"), by_name).await.expect(202);
    server.run_tasks().await;
    endpoint.say(Says::Content(well_read("Ada Lovelace", "ada@example.com")));
    server.advance(std::time::Duration::from_secs(3_600)).await;
    let well = owner.get(&path).await.expect(200).json();
    assert!(reader(&well).starts_with("mortise/llm-parser@"), "{well:#}");
}
