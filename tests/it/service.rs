//! What the server says of itself, and what is true of every answer.

use mortise_tests::actor::send;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;

#[tokio::test]
async fn it_says_what_it_is() {
    let server = Server::start().await;

    let welcome = server.nobody().get("/").await.expect(200).json();

    assert_eq!(welcome["name"], "mortise");
    for link in ["docs", "openapi"] {
        let page = server.nobody().get(welcome[link].as_str().expect("a path")).await;
        assert!(page.status < 400, "{link}: {page:?}");
    }
}

#[tokio::test]
async fn it_says_whether_it_is_alive_and_ready() {
    let server = Server::start().await;

    assert_eq!(server.nobody().get("/healthz").await.expect(200).body, b"ok");
    let ready = mortise_tests::node::until("the plugins are loaded", async || {
        let answer = server.nobody().get("/readyz").await;
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(ready.await, serde_json::json!({ "database": "ok", "files": "ok", "plugins": "ok" }));
}

#[tokio::test]
async fn it_counts_requests_by_route_and_never_by_tenant() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let id = owner
        .upload("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com"))
        .await
        .expect(202)
        .text("id");
    owner.get(&format!("/v1/resumes/{id}")).await.expect(200);

    let answer = server.nobody().get("/metrics").await.expect(200);

    let text = String::from_utf8(answer.body.clone()).expect("metrics are text");
    let route = "http_requests_total{method=\"GET\",path=\"/v1/resumes/{id}\",status=\"200\"}";
    assert!(text.contains(route), "{text}");
    assert!(!text.contains(&id) && !text.contains("acme"), "{text}");
}

#[tokio::test]
async fn it_counts_calls_of_plugins_and_names_nobodys_but_its_own() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let component = crate::plugins::component("fails-politely", "acme/counted", "1.0.0", "");
    crate::plugins::install_active(&server, &owner, component).await;
    owner.upload("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await.expect(202);
    server.run_tasks().await;

    let answer = server.nobody().get("/metrics").await.expect(200);

    let text = String::from_utf8(answer.body.clone()).expect("metrics are text");
    for line in [
        r#"plugin_calls_total{plugin="mortise/resume-parser",kind="resume-parser",outcome="ok"}"#,
        r#"plugin_calls_total{plugin="installed",kind="resume-parser",outcome="error"}"#,
        r#"plugin_call_seconds_bucket{plugin="installed",kind="resume-parser",le="0.001"}"#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("acme"), "{text}");
}

#[tokio::test]
async fn the_docs_page_needs_no_other_server() {
    let server = Server::start().await;

    let page = server.nobody().get("/docs/").await.expect(200);

    let html = String::from_utf8(page.body.clone()).expect("a page is text");
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("//cdn"), "{html}");
    for script in html.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"')) {
        server.nobody().get(&format!("/docs/{}", script.0.trim_start_matches("./"))).await.expect(200);
    }
    let document = server.nobody().get("/openapi.json").await.expect(200).json();
    assert_eq!(
        document,
        serde_json::to_value(mortise_host::router::document()).expect("the document is JSON")
    );
}

#[tokio::test]
async fn every_answer_names_its_request_and_nobody_elses() {
    let server = Server::start().await;
    let request = || server.nobody().request(Method::GET, "/v1/candidates").header("x-request-id", "mine\"}");

    let (first, second) = (send(request()).await, send(request()).await);

    let ids = [&first, &second].map(|answer| answer.header("x-request-id").expect("it is named").to_owned());
    assert!(ids.iter().all(|id| id.starts_with("req_")), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
    assert_eq!(first.text("request_id"), ids[0]);
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for path in ["/", "/v1/candidates", "/v1/nothing", "/healthz", "/openapi.json"] {
        let answer = owner.get(path).await;

        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn more_requests_at_once_than_it_takes_are_told_to_come_back() {
    let server = Server::start_with(|config| config.http_max_in_flight = 0).await;

    let answer = server.nobody().get("/v1/candidates").await.expect(503);

    assert_eq!(answer.text("code"), "overloaded");
    assert_eq!(answer.header("retry-after"), Some("1"));
}
