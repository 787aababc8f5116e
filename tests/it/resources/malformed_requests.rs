//! Requests that are wrong: each gets a clear 4xx as a problem document, changes nothing, and the next one works.

use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::resumes::{read, read_well};

fn text() -> Vec<u8> {
    samples::text_resume("Ada Lovelace", "ada@example.com")
}

fn file() -> Part {
    Part::bytes(text()).file_name("cv.txt")
}

/// The answer is a problem document of this status; the code of its first fault, or its own.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("urn:mortise:problem:{}", body["code"].as_str().expect("a code")));
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 5), "{body:#}");
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"), "{body:#}");
    body["errors"][0]["code"].as_str().or(body["code"].as_str()).expect("a code").to_owned()
}

async fn still_works(server: &Server, actor: &Actor) {
    read_well(server, actor, "next.txt", text()).await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused() {
    let server = Server::start_with(|config| config.upload_max_bytes = 1000).await;
    let owner = server.tenant("acme").await;

    assert_eq!(problem(&owner.upload("cv.txt", vec![b'a'; 1001]).await, 413), "too_large");
    assert_eq!(problem(&owner.upload("cv.txt", vec![b'a'; 200_000]).await, 413), "too_large");

    owner.upload("cv.txt", vec![b'a'; 1000]).await.expect(202);
    still_works(&server, &owner).await;
}

#[tokio::test]
async fn a_file_as_large_as_the_limit_is_taken() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let limit = usize::try_from(server.services().config.upload_max_bytes).expect("it fits");

    owner.upload("cv.txt", vec![b'a'; limit]).await.expect(202);
    assert_eq!(problem(&owner.upload("cv.txt", vec![b'a'; limit + 1]).await, 413), "too_large");
}

#[tokio::test]
async fn a_json_body_over_the_limit_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "cv.txt", text()).await;

    let answer = owner.post(&format!("{resume}/parses"), json!({ "parser": "a".repeat(1 << 20) })).await;

    assert_eq!(problem(&answer, 413), "too_large");
}

#[tokio::test]
async fn a_form_without_the_file_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer = owner.upload_form(Form::new().text("source", "careers page")).await;

    assert_eq!(problem(&answer, 422), "missing");
    assert_eq!(answer.json()["errors"][0]["pointer"], "file");
    still_works(&server, &owner).await;
}

#[tokio::test]
async fn a_part_nobody_knows_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer = owner.upload_form(Form::new().part("file", file()).text("color", "red")).await;

    assert_eq!(problem(&answer, 422), "unknown_part");
    assert_eq!(answer.json()["errors"][0]["pointer"], "color");
}

#[tokio::test]
async fn a_part_given_twice_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let forms = [
        Form::new().part("file", file()).part("file", file()),
        Form::new().part("file", file()).text("source", "a").text("source", "b"),
        Form::new().text("candidate_id", id("cand")).text("candidate_id", id("cand")).part("file", file()),
        Form::new().text("job_id", id("job")).text("job_id", id("job")).part("file", file()),
    ];

    for form in forms {
        assert_eq!(problem(&owner.upload_form(form).await, 422), "given_twice");
    }
}

#[tokio::test]
async fn a_source_of_many_lines_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for source in ["a\nb".to_owned(), "a\u{0}b".into(), "a".repeat(201)] {
        let form = Form::new().part("file", file()).text("source", source);
        assert_eq!(problem(&owner.upload_form(form).await, 422), "invalid_text");
    }
}

#[tokio::test]
async fn a_form_that_breaks_off_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let whole =
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"cv.txt\"\r\n\r\nAda\r\n--x--\r\n";

    for length in [0, 3, 20, 60, whole.len() - 9] {
        let answer = send_form(&owner, "multipart/form-data; boundary=x", &whole[..length]).await;
        assert!(
            matches!(problem(&answer, answer.status).as_str(), "malformed_request" | "missing"),
            "{answer:?}"
        );
        assert!(matches!(answer.status, 400 | 422), "{length}: {answer:?}");
    }
    send_form(&owner, "multipart/form-data; boundary=x", whole).await.expect(202);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let types = ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary="];

    for media_type in types {
        let answer = send_form(&owner, media_type, "{}").await;
        assert_eq!(problem(&answer, 400), "malformed_request", "{media_type}");
    }
    let without = send(owner.request(Method::POST, "/v1/resumes")).await;
    assert_eq!(problem(&without, 400), "malformed_request");
}

#[tokio::test]
async fn somebody_elses_candidate_is_not_found() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    let resume = read_well(&server, &other, "cv.txt", text()).await;
    let theirs = other.get(&resume).await.text("candidate_id");

    for candidate in [theirs, id("cand")] {
        let form = Form::new().part("file", file()).text("candidate_id", candidate);
        assert_eq!(problem(&owner.upload_form(form).await, 404), "not_found");
    }
    assert_eq!(
        server.texts("select state from files where state <> 'stored'").await,
        [""; 0],
        "no file was kept"
    );
}

#[tokio::test]
async fn a_candidate_that_is_no_id_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for candidate in ["1".to_owned(), id("resume"), id("cand").to_uppercase(), String::new()] {
        let form = Form::new().part("file", file()).text("candidate_id", candidate.clone());
        assert_eq!(problem(&owner.upload_form(form).await, 422), "invalid_id", "{candidate:?}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_one_is_not_found() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let wrong =
        ["1", "resume_", "resume_01k7z1v5jafz8rk3m2w9y6t4q", "null", "%00", "%FF", "%2e%2e", "🙂", "a%2fb"];

    for wrong in wrong.into_iter().map(str::to_owned).chain([
        id("cand"),
        id("resume").to_uppercase(),
        "x".repeat(4000),
    ]) {
        for path in [format!("/v1/resumes/{wrong}"), format!("/v1/resumes/{wrong}/unified")] {
            assert_eq!(problem(&owner.get(&path).await, 404), "not_found", "{path}");
        }
    }
    assert_eq!(problem(&owner.get(&format!("/v1/candidates/{}", id("resume"))).await, 404), "not_found");
}

#[tokio::test]
async fn an_unknown_parameter_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "cv.txt", text()).await;
    let paths = [
        "/v1/candidates?page=2".to_owned(),
        "/v1/candidates?limit=1&limit=2".into(),
        format!("{resume}/unified?shape=x"),
        format!("{resume}/unified?format=xml"),
        format!("{resume}/unified?include=everything"),
        format!("{resume}/unified?format="),
    ];

    for path in paths {
        assert_eq!(problem(&owner.get(&path).await, 422), "invalid_parameter", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_refused_and_named() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "cv.txt", text()).await;
    let parses = format!("{resume}/parses");

    let unknown = owner.post(&parses, json!({ "parsr": "mortise/resume-parser" })).await;
    assert_eq!(problem(&unknown, 422), "invalid_value");
    assert!(
        unknown.json()["errors"][0]["detail"].as_str().is_some_and(|detail| detail.contains("parsr")),
        "{unknown:?}"
    );
    let wrong = owner.post(&parses, json!({ "parser": 7 })).await;
    assert_eq!(problem(&wrong, 422), "invalid_value");
    assert_eq!(wrong.json()["errors"][0]["pointer"], "#/parser");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read_well(&server, &owner, "cv.txt", text()).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));

    for body in ["{", "parser=x", "{} {}", "\u{feff}{}", deep.as_str()] {
        let request = owner.request(Method::POST, &format!("{resume}/parses")).body(body.to_owned());
        let answer = send(request.header("content-type", "application/json")).await;
        assert!(matches!(answer.status, 400 | 422), "{answer:?}");
        problem(&answer, answer.status);
    }
    let bytes = owner.request(Method::POST, &format!("{resume}/parses")).body(vec![0xff, 0xfe, 0x00]);
    assert_eq!(problem(&send(bytes).await, 400), "malformed_request");
}

#[tokio::test]
async fn a_method_the_path_does_not_take_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for (method, path) in
        [(Method::DELETE, "/v1/candidates"), (Method::PUT, "/v1/resumes"), (Method::POST, "/healthz")]
    {
        let answer = send(owner.request(method, path)).await;

        assert_eq!(problem(&answer, 405), "method_not_allowed", "{path}");
        assert!(answer.header("allow").is_some(), "{path} does not say what it takes");
    }
}

#[tokio::test]
async fn a_path_nobody_knows_is_not_found() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for path in
        ["/v1", "/v1/", "/v1/resume", "/v2/resumes", "/v1/resumes/", "//v1/resumes", "/v1/resumes/../../etc"]
    {
        assert_eq!(problem(&owner.get(path).await, 404), "not_found", "{path}");
    }
}

#[tokio::test]
async fn a_header_as_long_as_a_book_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer =
        send(owner.request(Method::GET, "/v1/candidates").header("x-book", "a".repeat(1 << 20))).await;

    assert_eq!(answer.status, 431);
    still_works(&server, &owner).await;
}

#[tokio::test]
async fn a_credential_of_another_kind_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let credentials = [
        format!("Basic {}", owner.key()),
        owner.key().to_owned(),
        format!("Bearer{}", owner.key()),
        "Bearer".into(),
        "Bearer \u{ff}".into(),
        format!("Bearer {}", "a".repeat(9000)),
    ];

    for credential in credentials {
        let header: Vec<u8> = credential.chars().map(|c| c as u8).collect();
        let request = server.nobody().request(Method::GET, "/v1/candidates").header("authorization", header);
        assert_eq!(problem(&send(request).await, 401), "unauthenticated", "{credential:?}");
    }
    let lower = server.nobody().request(Method::GET, "/v1/candidates");
    send(lower.header("authorization", format!("bearer  {}", owner.key()))).await.expect(200);
}

#[tokio::test]
async fn file_names_lose_what_could_do_harm() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let names = [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ada\\cv.txt", "cv.txt"),
        ("cv\u{202e}txt.exe.txt", "cvtxt.exe.txt"),
        ("Lebenslauf – Zoë 履歴書.txt", "Lebenslauf – Zoë 履歴書.txt"),
        ("..", "resume"),
        ("", "resume"),
        ("%00.txt", "%00.txt"),
    ];

    for (sent, kept) in names {
        let resume = read(&server, &owner, sent, text()).await;

        assert_eq!(resume["file"]["name"], kept, "{sent:?}");
        assert_eq!(resume["status"], "success", "{resume:#}");
        let path = format!("/v1/resumes/{}/file", resume["id"].as_str().expect("an id is a text"));
        let file = owner.get(&path).await.expect(200);
        let disposition = file.header("content-disposition").expect("it is an attachment");
        assert!(
            disposition.starts_with("attachment; filename=\"") && disposition.is_ascii(),
            "{disposition}"
        );
    }
    let long = read(&server, &owner, &format!("{}.txt", "ä".repeat(3000)), text()).await;
    let name = long["file"]["name"].as_str().expect("a name");
    assert!(name.chars().count() == 200 && name.ends_with(".txt"), "{name}");
}

#[tokio::test]
async fn a_file_name_with_control_characters_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    for name in ["cv\u{7}.txt", "cv\u{1b}[31m.txt", "cv\u{0}.txt"] {
        assert_eq!(problem(&owner.upload(name, text()).await, 400), "malformed_request", "{name:?}");
    }
    still_works(&server, &owner).await;
}

async fn send_form(actor: &Actor, media_type: &str, body: &str) -> Answer {
    let request = actor.request(Method::POST, "/v1/resumes").header("content-type", media_type);
    send(request.body(body.to_owned())).await
}

/// An id of this kind that nobody has.
fn id(prefix: &str) -> String {
    format!("{prefix}_01k7z1v5jafz8rk3m2w9y6t4qd")
}
