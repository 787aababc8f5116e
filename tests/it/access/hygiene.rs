//! What holds for every request: versions, repetition, rates, origins, headers, sizes and strict reading.

use std::time::Duration;

use futures::future::join_all;
use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(60 * 60);
const SECOND: Duration = Duration::from_secs(1);

const DEPARTMENTS: &str = "/v1/departments";

fn engineering() -> Value {
    json!({ "name": "Engineering" })
}

fn with_key(actor: &Actor, key: &str) -> Actor {
    actor.with_header("idempotency-key", key)
}

async fn count(actor: &Actor, path: &str) -> usize {
    actor.get(path).await.expect(200).json()["data"].as_array().expect("a list").len()
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[tokio::test]
async fn what_is_read_shows_its_version() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let made = owner.post(DEPARTMENTS, engineering()).await.expect(201);
    let path = format!("{DEPARTMENTS}/{}", made.text("id"));

    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!(owner.etag(&path).await, "\"1\"");
    let changed = owner.patch(&path, json!({ "name": "Research" }), "\"1\"").await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.json()["version"], 2);
    assert_eq!(owner.etag(&path).await, "\"2\"");
    for path in ["/v1/tenant", "/v1/me"] {
        let tag = owner.etag(path).await;
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    }
}

#[tokio::test]
async fn a_change_names_the_version_it_is_made_to() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path =
        format!("{DEPARTMENTS}/{}", owner.post(DEPARTMENTS, engineering()).await.expect(201).text("id"));
    let change = async |tag: &str, name: &str| owner.patch(&path, json!({ "name": name }), tag).await;
    let without = send(owner.request(Method::PATCH, &path).json(&json!({ "name": "a" }))).await.expect(428);
    assert_eq!(without.text("code"), "precondition_required");
    assert_eq!(owner.delete(&path, None).await.expect(428).text("code"), "precondition_required");

    change("\"1\"", "Research").await.expect(200);

    for stale in ["\"1\"", "\"3\"", "W/\"2\"", "2", "\"\"", "\"two\"", "\"1\", \"3\"", ""] {
        let answer = change(stale, "Lost").await.expect(412);
        assert_eq!(answer.text("code"), "version_conflict", "{stale}");
    }
    assert_eq!(owner.get(&path).await.expect(200).text("name"), "Research");
    change("\"1\", \"2\"", "Development").await.expect(200);
    change("*", "Science").await.expect(200);
    owner.delete(&path, Some("\"3\"")).await.expect(412);
    owner.delete(&path, Some("*")).await.expect(204);
    change("*", "Gone").await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_at_once_to_one_version_one_is_made() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path =
        format!("{DEPARTMENTS}/{}", owner.post(DEPARTMENTS, engineering()).await.expect(201).text("id"));

    let changes = (0..8).map(|number| {
        let (owner, path) = (&owner, &path);
        async move { owner.patch(path, json!({ "name": format!("Number {number}") }), "\"1\"").await.status }
    });
    let mut statuses = join_all(changes).await;

    statuses.sort_unstable();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| matches!(status, 409 | 412)), "{statuses:?}");
    assert_eq!(owner.etag(&path).await, "\"2\"");
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_is_answered_and_not_done_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");

    let first = keyed.post(DEPARTMENTS, engineering()).await.expect(201);
    let again = keyed.post(DEPARTMENTS, engineering()).await.expect(201);
    let quoted = with_key(&owner, "\"8e03978e\"").post(DEPARTMENTS, engineering()).await.expect(201);

    assert!(!is_replayed(&first));
    for replay in [again, quoted] {
        assert!(is_replayed(&replay));
        assert_eq!(replay.body, first.body);
        for name in ["content-type", "etag", "location"] {
            assert_eq!(replay.header(name), first.header(name), "{name}");
        }
        assert_ne!(replay.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(count(&owner, DEPARTMENTS).await, 1);
    let noted = count(&owner, "/v1/audit-log?action=department.created").await;
    assert_eq!(noted, 1);
    owner.post(DEPARTMENTS, engineering()).await.expect(201);
    assert_eq!(count(&owner, DEPARTMENTS).await, 2);
}

#[tokio::test]
async fn a_key_sent_with_another_request_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");
    keyed.post(DEPARTMENTS, engineering()).await.expect(201);

    let other = keyed.post(DEPARTMENTS, json!({ "name": "Sales" })).await.expect(422);

    assert_eq!(other.fault(), ("Idempotency-Key".to_owned(), "idempotency_key_reused".to_owned()));
    assert_eq!(count(&owner, DEPARTMENTS).await, 1);
    // Another operation is another request: there the key is a new one.
    keyed.post("/v1/contacts", json!({ "name": "Grace Hopper" })).await.expect(201);
    keyed.post(DEPARTMENTS, engineering()).await.expect(201);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for key in ["", "\"\"", "two words", &*"x".repeat(256)] {
        let answer = with_key(&owner, key).post(DEPARTMENTS, engineering()).await.expect(422);
        assert_eq!(answer.fault().1, "invalid_idempotency_key", "{key}");
    }
    with_key(&owner, &"x".repeat(255)).post(DEPARTMENTS, engineering()).await.expect(201);
    assert_eq!(count(&owner, DEPARTMENTS).await, 1);
    // Reading may be repeated anyway.
    with_key(&owner, "").get(DEPARTMENTS).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_equal_requests_at_once_one_is_done() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");

    let answers = join_all((0..10).map(|_| keyed.post(DEPARTMENTS, engineering()))).await;

    let (done, others): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 201 && !is_replayed(answer));
    assert_eq!(done.len(), 1, "{answers:?}");
    for other in others {
        match other.status {
            201 => assert_eq!(other.body, done[0].body),
            _ => assert_eq!((other.status, other.text("code")), (409, "idempotency_in_progress".to_owned())),
        }
    }
    assert_eq!(count(&owner, DEPARTMENTS).await, 1);
    assert!(is_replayed(&keyed.post(DEPARTMENTS, engineering()).await.expect(201)));
}

#[tokio::test]
async fn a_request_that_failed_may_be_sent_again_with_its_key() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let role = json!({ "name": "Sourcer", "permissions": ["candidate:read"] });
    let taken = owner.post("/v1/roles", role.clone()).await.expect(201);
    let keyed = with_key(&owner, "8e03978e");
    keyed.post("/v1/roles", json!({ "name": "" })).await.expect(422);
    assert_eq!(keyed.post("/v1/roles", role.clone()).await.expect(409).text("code"), "role_name_taken");
    owner.delete(&format!("/v1/roles/{}", taken.text("id")), Some("*")).await.expect(204);

    let made = keyed.post("/v1/roles", role.clone()).await.expect(201);

    assert!(!is_replayed(&made));
    assert!(is_replayed(&keyed.post("/v1/roles", role).await.expect(201)));
    assert!(server.texts("select state from idempotency_keys").await.iter().all(|state| state == "answered"));
}

#[tokio::test]
async fn an_upload_sent_again_with_its_key_is_the_same_resume() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");
    let form = |text: Vec<u8>| Form::new().part("file", Part::bytes(text).file_name("cv.txt"));
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let boundaries = [form(text.clone()), form(text.clone())].map(|form| form.boundary().to_owned());
    assert_ne!(boundaries[0], boundaries[1]);

    let first = keyed.upload_form(form(text.clone())).await.expect(202);
    let again = keyed.upload_form(form(text)).await.expect(202);

    assert!(is_replayed(&again) && again.body == first.body, "{again:?}");
    let other = keyed.upload_form(form(samples::text_resume("Grace Hopper", "grace@example.com"))).await;
    assert_eq!(other.expect(422).fault().1, "idempotency_key_reused");
    assert_eq!(server.texts("select file_name from resumes").await, ["cv.txt"]);
}

#[tokio::test]
async fn keys_of_different_callers_have_nothing_to_do_with_each_other() {
    let server = Server::start().await;
    let acme = server.found("acme").await;
    let owner = server.actor(&acme.key);
    let writer = server.restricted(&acme, Permissions::of(&[Permission::DepartmentWrite])).await;
    let umbrella = server.tenant("umbrella").await;
    let agent = owner
        .post(
            "/v1/api-keys",
            json!({ "name": "agent", "permissions": ["member:act_for", "department:write"] }),
        )
        .await
        .expect(201);
    let agent = owner.with_key(agent.text("secret"));
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    let other = server.member(&owner, "other@acme.example", &[("admin", None)]).await;
    let acting_for = |member: &str| agent.with_header("on-behalf-of", member);
    let callers = [
        owner.clone(),
        writer,
        umbrella.clone(),
        agent.clone(),
        acting_for(&admin.member_id),
        acting_for(&other.member_id),
        admin.actor.clone(),
    ];

    for caller in &callers {
        let made = with_key(caller, "8e03978e").post(DEPARTMENTS, engineering()).await.expect(201);
        assert!(!is_replayed(&made));
    }
    for caller in &callers {
        let again = with_key(caller, "8e03978e").post(DEPARTMENTS, engineering()).await.expect(201);
        assert!(is_replayed(&again));
    }
    assert_eq!(count(&owner, DEPARTMENTS).await, 6);
    assert_eq!(count(&umbrella, DEPARTMENTS).await, 1);
}

#[tokio::test]
async fn an_answer_is_not_replayed_to_who_may_not_act_any_more() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    let keyed = with_key(&admin.actor, "8e03978e");
    keyed.post(DEPARTMENTS, engineering()).await.expect(201);

    let path = format!("/v1/members/{}/status", admin.member_id);
    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);

    keyed.post(DEPARTMENTS, engineering()).await.expect(401);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");
    keyed.post(DEPARTMENTS, engineering()).await.expect(201);
    server.clock.advance(24 * HOUR - SECOND);
    assert!(is_replayed(&keyed.post(DEPARTMENTS, engineering()).await.expect(201)));

    server.clock.advance(SECOND);

    // Even another body is a new request now.
    assert!(!is_replayed(&keyed.post(DEPARTMENTS, json!({ "name": "Sales" })).await.expect(201)));
    assert!(is_replayed(&keyed.post(DEPARTMENTS, json!({ "name": "Sales" })).await.expect(201)));
    assert_eq!(count(&owner, DEPARTMENTS).await, 2);
}

#[tokio::test]
async fn answers_that_are_too_old_are_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    let fire = async || mortise_host::tasks::fire(server.services(), &schedules).await;
    fire().await.expect("the database answers");
    with_key(&owner, "8e03978e").post(DEPARTMENTS, engineering()).await.expect(201);
    assert_eq!(server.texts("select key from idempotency_keys").await, ["8e03978e"]);

    server.clock.advance(25 * HOUR);
    fire().await.expect("the database answers");
    server.run_tasks().await;

    assert!(server.texts("select key from idempotency_keys").await.is_empty());
}

#[tokio::test]
async fn a_secret_in_a_kept_answer_is_sealed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");
    let new = json!({ "name": "careers site", "permissions": ["me:read"] });

    let made = keyed.post("/v1/api-keys", new.clone()).await.expect(201);

    let again = keyed.post("/v1/api-keys", new).await.expect(201);
    assert!(is_replayed(&again));
    assert_eq!(again.text("secret"), made.text("secret"));
    let hex = if server.database().is_postgres() { "encode(body, 'hex')" } else { "lower(hex(body))" };
    let stored = server.texts(&format!("select {hex} from idempotency_keys")).await;
    assert_eq!(stored.len(), 1);
    let hex_of = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let secret = made.text("secret");
    let hidden = secret.rsplit_once('_').expect("it has parts").1;
    assert!(stored[0].len() > 2 * made.body.len(), "{stored:?}");
    for clear in [hidden, "secret", "careers", &made.text("id")] {
        assert!(!stored[0].contains(&hex_of(clear)), "{clear}");
    }
    // Nor does it stand anywhere else.
    for column in ["principal", "operation", "key", "coalesce(cast(headers as text), '')"] {
        let stored = server.texts(&format!("select {column} from idempotency_keys")).await;
        assert!(!stored[0].contains(hidden), "{column}");
    }
}

#[tokio::test]
async fn a_sealed_answer_opens_for_no_other_request() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first = with_key(&owner, "first");
    let second = with_key(&owner, "second");
    let made = first.post(DEPARTMENTS, engineering()).await.expect(201);
    second.post(DEPARTMENTS, engineering()).await.expect(201);

    // Somebody with the database in hand moves an answer to where another was.
    let moved = "update idempotency_keys set body = (select body from idempotency_keys where key = 'first')
                 where key = 'second' returning key";
    assert_eq!(server.texts(moved).await, ["second"]);

    second.post(DEPARTMENTS, engineering()).await.expect(500);
    assert_eq!(first.post(DEPARTMENTS, engineering()).await.expect(201).body, made.body);
}

#[tokio::test]
async fn a_member_may_ask_so_often_and_is_told_how_it_stands() {
    let server = Server::start_with(|config| config.rate_reads_per_second = 1).await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let other = server.restricted(&founded, Permissions::of(&[Permission::MeRead])).await;

    let first = owner.get("/v1/me").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"reads\";q=10;w=10"));
    assert_eq!(first.header("ratelimit"), Some("\"reads\";r=9"));
    for _ in 0..9 {
        owner.get("/v1/me").await.expect(200);
    }
    let refused = until_refused(&owner).await;

    assert_eq!(refused.text("code"), "too_many_requests");
    let wait: u64 = refused.header("retry-after").expect("it says when").parse().expect("it is a number");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"reads\";q=10;w=10"));
    assert_eq!(refused.header("ratelimit"), Some(&*format!("\"reads\";r=0;t={wait}")));
    // Another key goes on, and so do changes, which are counted apart.
    other.get("/v1/me").await.expect(200);
    assert_eq!(owner.post(DEPARTMENTS, engineering()).await.expect(201).header("ratelimit"), None);
}

/// Asks until it is told to wait. Time goes on meanwhile and lets a request through now and then, but not so many.
async fn until_refused(actor: &Actor) -> Answer {
    for _ in 0..10 {
        let answers = join_all((0..10).map(|_| actor.get("/v1/me"))).await;
        if let Some(refused) = answers.into_iter().find(|answer| answer.status == 429) {
            return refused;
        }
    }
    panic!("a hundred requests were let through");
}

#[tokio::test]
async fn sessions_of_one_member_are_counted_together() {
    let server = Server::start_with(|config| config.rate_reads_per_second = 1).await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;
    let credentials = json!({ "tenant": "acme", "email": ada.email, "password": ada.password });
    let second = server.nobody().post("/v1/auth/tokens", credentials).await.expect(200);
    let second = ada.actor.with_key(second.text("access_token"));
    for _ in 0..5 {
        ada.actor.get("/v1/me").await.expect(200);
        second.get("/v1/me").await.expect(200);
    }

    until_refused(&ada.actor).await;

    let answers = join_all((0..10).map(|_| second.get("/v1/me"))).await;
    assert!(answers.iter().any(|answer| answer.status == 429), "{answers:?}");
}

#[tokio::test]
async fn changes_are_limited_too_and_not_done_when_refused() {
    let server = Server::start_with(|config| config.rate_writes_per_second = 1).await;
    let owner = server.tenant("acme").await;

    let answers = join_all((0..30).map(|_| owner.post(DEPARTMENTS, engineering()))).await;

    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert!(made.len() >= 10 && refused.iter().all(|answer| answer.status == 429), "{answers:?}");
    assert!(!refused.is_empty());
    assert_eq!(made[0].header("ratelimit-policy"), Some("\"writes\";q=10;w=10"));
    assert_eq!(count(&owner, DEPARTMENTS).await, made.len());
    // Reading is counted apart.
    assert_eq!(owner.get("/v1/me").await.expect(200).header("ratelimit"), None);
}

#[tokio::test]
async fn whoever_shows_no_credential_is_counted_by_address() {
    let proxies = ["127.0.0.0/8".parse().expect("it is a range")];
    let server = Server::start_with(|config| {
        config.rate_anonymous_per_minute = 3;
        config.trusted_proxies = proxies.to_vec();
    })
    .await;
    let owner = server.tenant("acme").await;
    let from = |address: &str| server.nobody().with_header("x-forwarded-for", address);
    let sign_in = async |somebody: &Actor| {
        let credentials = json!({ "tenant": "acme", "email": "ada@acme.example", "password": "wrong" });
        somebody.post("/v1/auth/tokens", credentials).await
    };

    for left in [2, 1, 0] {
        let answer = sign_in(&from("203.0.113.7")).await.expect(401);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"anonymous\";q=3;w=60"));
        assert_eq!(answer.header("ratelimit"), Some(&*format!("\"anonymous\";r={left}")));
    }

    let refused = sign_in(&from("203.0.113.7")).await.expect(429);
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    // A credential that is none makes nobody of its bearer.
    from("203.0.113.7").with_key("mortise_guess").get("/v1/me").await.expect(429);
    // What stands left of an address that is no proxy may be made up.
    sign_in(&from("198.51.100.1, 203.0.113.7")).await.expect(429);
    sign_in(&from("198.51.100.1, 203.0.113.7, 127.0.0.2")).await.expect(429);
    sign_in(&from("203.0.113.7, 198.51.100.1")).await.expect(401);
    owner.with_header("x-forwarded-for", "203.0.113.7").get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn nobody_is_believed_where_they_come_from_but_proxies() {
    let server = Server::start_with(|config| config.rate_anonymous_per_minute = 3).await;
    let from = |address: &str| server.nobody().with_header("x-forwarded-for", address);
    for number in 0..3 {
        from(&format!("203.0.113.{number}")).get("/v1/me").await.expect(401);
    }

    from("203.0.113.9").get("/v1/me").await.expect(429);
    server.nobody().get("/v1/me").await.expect(429);
    // What machines ask for their own sake is not counted.
    server.nobody().get("/healthz").await.expect(200);
    server.nobody().get("/.well-known/jwks.json").await.expect(200);
}

async fn preflight(server: &Server, origin: &str) -> Answer {
    let request = server
        .nobody()
        .request(Method::OPTIONS, DEPARTMENTS)
        .header("origin", origin)
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization,content-type,if-match,idempotency-key");
    send(request).await
}

fn cors_headers(answer: &Answer) -> Vec<String> {
    let names = answer.headers.keys().map(ToString::to_string);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn no_page_of_another_origin_may_call_unless_the_operator_says_so() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await.with_header("origin", "https://careers.example.com");

    let answer = owner.get(DEPARTMENTS).await.expect(200);

    assert!(cors_headers(&answer).is_empty(), "{:?}", answer.headers);
    let asked = preflight(&server, "https://careers.example.com").await;
    assert!(cors_headers(&asked).is_empty() && asked.status >= 400, "{asked:?}");
}

#[tokio::test]
async fn a_page_of_a_configured_origin_may_call() {
    let origin = "https://careers.example.com";
    let server = Server::start_with(|config| config.cors_origins = vec![origin.into()]).await;
    let owner = server.tenant("acme").await;

    let asked = preflight(&server, origin).await.expect(200);

    assert_eq!(asked.header("access-control-allow-origin"), Some(origin));
    let allowed = asked.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
    for name in
        ["authorization", "content-type", "if-match", "idempotency-key", "on-behalf-of", "mortise-tenant"]
    {
        assert!(allowed.contains(name), "{name}: {allowed}");
    }
    let methods = asked.header("access-control-allow-methods").unwrap_or_default().to_owned();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
    assert_eq!(asked.header("access-control-allow-credentials"), None);
    let answer = owner.with_header("origin", origin).get(DEPARTMENTS).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
    assert!(exposed.contains("etag") && exposed.contains("retry-after"), "{exposed}");
    // A page has to be able to read what went wrong, too.
    let refused = server.nobody().with_header("origin", origin).get(DEPARTMENTS).await.expect(401);
    assert_eq!(refused.header("access-control-allow-origin"), Some(origin));
    for other in [
        "https://elsewhere.example",
        "http://careers.example.com",
        "null",
        "https://careers.example.com.evil.example",
    ] {
        let asked = preflight(&server, other).await;
        assert_eq!(asked.header("access-control-allow-origin"), None, "{other}");
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_not_to_guess() {
    let server =
        Server::start_with(|config| config.cors_origins = vec!["https://careers.example.com".into()]).await;
    let owner = server.tenant("acme").await;
    let keyed = with_key(&owner, "8e03978e");
    let resume =
        owner.upload("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await.expect(202);
    let broken =
        owner.request(Method::POST, DEPARTMENTS).body("{").header("content-type", "application/json");
    let answers = [
        owner.get("/v1/me").await.expect(200),
        keyed.post(DEPARTMENTS, engineering()).await.expect(201),
        keyed.post(DEPARTMENTS, engineering()).await.expect(201),
        send(broken).await.expect(400),
        server.nobody().get("/v1/me").await.expect(401),
        owner.with_header("on-behalf-of", "nobody").get("/v1/me").await.expect(403),
        owner.get("/nowhere").await.expect(404),
        send(owner.request(Method::PATCH, "/v1/me/sessions")).await.expect(405),
        owner.post(DEPARTMENTS, json!({ "name": "x".repeat(1 << 20) })).await.expect(413),
        owner.post(DEPARTMENTS, json!({})).await.expect(422),
        owner.delete("/v1/auth/tokens", None).await.expect(409),
        preflight(&server, "https://careers.example.com").await.expect(200),
        owner.get(&format!("/v1/resumes/{}/file", resume.text("id"))).await.expect(200),
        server.nobody().get("/").await.expect(200),
        server.nobody().get("/healthz").await.expect(200),
        server.nobody().get("/openapi.json").await.expect(200),
        server.nobody().get("/.well-known/jwks.json").await.expect(200),
    ];
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}: {answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{policy}: {answer:?}");
        assert!(answer.header("cache-control").is_some(), "{answer:?}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req_")), "{answer:?}");
        assert_eq!(answer.header("server"), None);
    }
}

#[tokio::test]
async fn a_request_id_of_the_callers_is_not_taken_over() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer = owner.with_header("x-request-id", "mine").get("/v1/me").await.expect(200);

    assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let body = |bytes: usize| {
        let rest = bytes - json!({ "name": "" }).to_string().len();
        json!({ "name": "x".repeat(rest) })
    };
    for actor in [owner.clone(), with_key(&owner, "8e03978e")] {
        let answer = actor.post(DEPARTMENTS, body((1 << 20) + 1)).await.expect(413);
        assert_eq!(answer.text("code"), "too_large");
        // As large as a body may be: read, and found to be too long a name.
        assert_eq!(actor.post(DEPARTMENTS, body(1 << 20)).await.expect(422).fault().0, "#/name");
        actor.post(DEPARTMENTS, engineering()).await.expect(201);
    }
    // Whoever is nobody has no larger one.
    let credentials =
        json!({ "tenant": "acme", "email": "ada@acme.example", "password": "x".repeat(1 << 20) });
    server.nobody().post("/v1/auth/tokens", credentials).await.expect(413);
}

#[tokio::test]
async fn a_field_nobody_knows_is_refused_where_it_stands() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let extra = |body: Value| super::tokens::with(&body, json!({ "colour": "blue" }));
    let member = json!({ "email": "ada@acme.example" });
    for (path, body) in [
        (DEPARTMENTS, engineering()),
        ("/v1/contacts", json!({ "name": "Grace Hopper" })),
        ("/v1/roles", json!({ "name": "Sourcer", "permissions": [] })),
        ("/v1/members", member.clone()),
        ("/v1/api-keys", json!({ "name": "careers site", "permissions": ["me:read"] })),
        ("/v1/auth/tokens", json!({ "tenant": "acme", "email": "ada@acme.example", "password": "x" })),
        ("/v1/auth/tokens/refresh", json!({ "refresh_token": "x" })),
        ("/v1/auth/invitations", json!({ "token": "x", "password": "x" })),
        ("/v1/tenants", json!({ "name": "Umbrella", "owner": { "email": "a@b.example", "password": "x" } })),
    ] {
        let answer = owner.post(path, extra(body)).await.expect(422);
        assert_eq!(answer.fault().0, "#/colour", "{path}: {answer:?}");
    }
    let nested = json!({ "email": "ada@acme.example", "roles": [{ "role_id": owner.role_id("viewer").await, "colour": 1 }] });
    assert_eq!(owner.post("/v1/members", nested).await.expect(422).fault().0, "#/roles/0/colour");
    assert_eq!(
        owner.patch("/v1/tenant", json!({ "colour": 1 }), "*").await.expect(422).fault().0,
        "#/colour"
    );
    assert_eq!(
        owner.patch("/v1/me", json!({ "email": "e@acme.example" }), "*").await.expect(422).fault().0,
        "#/email"
    );
    let wrong = owner.post(DEPARTMENTS, json!({ "name": 7 })).await.expect(422);
    assert_eq!(wrong.fault(), ("#/name".to_owned(), "invalid_value".to_owned()));
    let missing = owner.post("/v1/members", json!({ "name": "Ada" })).await.expect(422);
    assert!(missing.text("detail").contains("email"), "{missing:?}");
    owner.get(&format!("{DEPARTMENTS}?colour=blue")).await.expect(422);
}
