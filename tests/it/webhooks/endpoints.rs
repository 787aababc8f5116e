//! Endpoints: what may be one, who may make one, and what is never shown.

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::server::Server;
use serde_json::json;

use super::{Scene, happen, path, with};

#[tokio::test]
async fn an_endpoint_is_made_read_changed_and_deleted() {
    let scene = Scene::start().await;
    let made = scene
        .endpoint(json!({ "description": " Payroll ", "event_types": ["job.created", "candidate.created"] }))
        .await;
    let mut shown = made.json();
    assert!(made.text("secret").starts_with("whsec_") && made.text("public_key").starts_with("whpk_"));
    assert_eq!(shown["description"], "Payroll");
    assert_eq!(shown["event_types"], json!(["candidate.created", "job.created"]));
    assert_eq!((shown["payload"].as_str(), shown["status"].as_str()), (Some("thin"), Some("active")));
    assert_eq!(shown["max_in_flight"], 20);

    let fields = shown.as_object_mut().expect("it is an object");
    fields.remove("secret");
    fields.remove("public_key");
    assert_eq!(scene.look(&made).await, shown);
    assert_eq!(scene.owner.get("/v1/webhook-endpoints").await.expect(200).json()["data"], json!([shown]));

    let changes = json!({ "event_types": ["*"], "description": null, "rate_per_second": 5 });
    let tag = scene.owner.etag(&path(&made, "")).await;
    let changed = scene.owner.patch(&path(&made, ""), changes.clone(), &tag).await.expect(200).json();
    assert_eq!(changed["event_types"], json!(["*"]));
    assert!(changed["description"].is_null());
    assert_eq!((changed["rate_per_second"].as_i64(), changed["version"].as_i64()), (Some(5), Some(2)));
    scene.owner.patch(&path(&made, ""), changes, &tag).await.expect(412);

    scene.owner.delete(&path(&made, ""), Some("*")).await.expect(204);
    scene.owner.get(&path(&made, "")).await.expect(404);
    scene.owner.post(&path(&made, "/test"), json!({})).await.expect(404);
    let log = scene.owner.get("/v1/audit-log?limit=200").await.expect(200).json().to_string();
    for action in ["created", "updated", "deleted"] {
        assert!(log.contains(&format!("webhook_endpoint.{action}")), "{action}");
    }
}

#[tokio::test]
async fn what_is_secret_is_shown_once_and_kept_sealed() {
    let scene = Scene::start().await;
    let headers = json!({ "Authorization": "Bearer open-sesame" });
    let made = scene.endpoint(json!({ "headers": headers })).await;
    let secret = made.text("secret");

    assert_eq!(made.json()["header_names"], json!(["authorization"]));
    for place in
        [path(&made, ""), path(&made, "/secrets"), "/v1/webhook-endpoints".into(), "/v1/audit-log".into()]
    {
        let shown = scene.owner.get(&place).await.expect(200);
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        assert!(!shown.contains(&secret) && !shown.contains("open-sesame"), "{place}: {shown}");
    }
    let text =
        if scene.server.database().is_postgres() { "encode(headers, 'escape')" } else { "hex(headers)" };
    let kept = scene.server.texts(&format!("select {text} from webhook_endpoints")).await.concat();
    assert!(!kept.is_empty() && !kept.contains("sesame") && !kept.contains("736573616D65"), "{kept}");
}

#[tokio::test]
async fn what_cannot_be_an_endpoint_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sound = json!({ "url": "https://hooks.example.com/", "event_types": ["candidate.created"] });
    let many: serde_json::Map<_, _> = (0..21).map(|n| (format!("x-{n}"), json!("v"))).collect();

    for (changes, place, code) in [
        (json!({ "url": "http://hooks.example.com/" }), "#/url", "https_only"),
        (json!({ "url": "ftp://hooks.example.com/" }), "#/url", "https_only"),
        (json!({ "url": "hooks.example.com" }), "#/url", "bad_url"),
        (json!({ "url": "https://ada:pass@hooks.example.com/" }), "#/url", "bad_url"),
        (json!({ "url": "https://127.0.0.1/" }), "#/url", "address_blocked"),
        (json!({ "url": "https://10.0.0.7:8443/hooks" }), "#/url", "address_blocked"),
        (json!({ "url": "https://169.254.169.254/latest" }), "#/url", "address_blocked"),
        (json!({ "url": "https://[::1]/" }), "#/url", "address_blocked"),
        (json!({ "url": "https://[::ffff:10.0.0.1]/" }), "#/url", "address_blocked"),
        (json!({ "url": "https://2130706433/" }), "#/url", "address_blocked"),
        (json!({ "url": "" }), "#/url", "invalid_text"),
        (json!({ "event_types": [] }), "#/event_types", "missing"),
        (
            json!({ "event_types": ["candidate.created", "candidate.eaten"] }),
            "#/event_types/1",
            "unknown_event_type",
        ),
        (json!({ "event_types": ["*", "candidate.created"] }), "#/event_types", "not_alone"),
        (json!({ "headers": { "Host": "elsewhere" } }), "#/headers/Host", "reserved_header"),
        (json!({ "headers": { "webhook-id": "1" } }), "#/headers/webhook-id", "reserved_header"),
        (json!({ "headers": { "x-key": "a\r\nhost: b" } }), "#/headers/x-key", "invalid_header"),
        (json!({ "headers": { "x key": "a" } }), "#/headers/x key", "invalid_header"),
        (json!({ "headers": many }), "#/headers", "too_many"),
        (json!({ "rate_per_second": 0 }), "#/rate_per_second", "out_of_range"),
        (json!({ "max_in_flight": 101 }), "#/max_in_flight", "out_of_range"),
        (json!({ "payload": "fat" }), "#/payload", "invalid_value"),
    ] {
        let answer = owner.post("/v1/webhook-endpoints", with(&sound, changes.clone())).await.expect(422);
        assert_eq!(answer.fault(), (place.into(), code.into()), "{changes}: {answer:?}");
    }
    for changes in [json!({ "secret": "mine" }), json!({ "url": null }), json!({ "event_types": "*" })] {
        owner.post("/v1/webhook-endpoints", with(&sound, changes)).await.expect(422);
    }
    let made = owner.post("/v1/webhook-endpoints", sound).await.expect(201);
    let moved =
        owner.patch(&path(&made, ""), json!({ "url": "https://192.168.0.1/" }), "*").await.expect(422);
    assert_eq!(moved.fault(), ("#/url".into(), "address_blocked".into()));
    let status = json!({ "status": "asleep" });
    owner.put(&path(&made, "/status"), status, Some("*")).await.expect(422);
}

/// Through an endpoint one sees what is sent to it.
#[tokio::test]
async fn nobody_has_sent_what_they_may_not_see() {
    let scene = Scene::start().await;
    let founded = scene.server.found("globex").await;
    let limited =
        Permissions::of(&[Permission::WebhookWrite, Permission::WebhookRead, Permission::EventRead]);
    let key = scene.server.restricted(&founded, limited).await;
    let owner = scene.server.actor(&founded.key);
    let full = json!({ "url": scene.receiver.url(), "event_types": ["*"], "payload": "full" });

    assert_eq!(key.post("/v1/webhook-endpoints", full.clone()).await.expect(403).text("code"), "escalation");
    let thin = key.post("/v1/webhook-endpoints", with(&full, json!({ "payload": "thin" }))).await.expect(201);
    let fatter = key.patch(&path(&thin, ""), json!({ "payload": "full" }), "*").await;
    assert_eq!(fatter.expect(403).text("code"), "escalation");

    // Nor is one that others made turned to somewhere else.
    let theirs = owner.post("/v1/webhook-endpoints", full).await.expect(201);
    for (method, below, body) in [
        ("PATCH", "", json!({ "url": "https://evil.example/" })),
        ("PUT", "/status", json!({ "status": "paused" })),
        ("POST", "/secrets", json!({})),
        ("POST", "/recoveries", json!({ "what": "missing", "since": "2026-01-01T00:00:00Z" })),
    ] {
        let place = path(&theirs, below);
        let answer = match method {
            "PATCH" => key.patch(&place, body, "*").await,
            "PUT" => key.put(&place, body, Some("*")).await,
            _ => key.post(&place, body).await,
        };
        assert_eq!(answer.expect(403).text("code"), "escalation", "{method} {below}");
    }
    // And of what was sent only what one may see is shown.
    happen(&owner).await;
    scene.server.run_tasks().await;
    let list = owner.get(&path(&theirs, "/deliveries")).await.expect(200).json();
    let delivery = format!("/v1/deliveries/{}", list["data"][0]["id"].as_str().expect("it was sent"));
    assert!(key.get(&delivery).await.expect(200).json()["body"].is_null());
    assert_eq!(owner.get(&delivery).await.expect(200).json()["body"]["subject"]["name"], "Ada Lovelace");
}

#[tokio::test]
async fn a_tenant_has_fifty_endpoints_at_most() {
    let scene = Scene::start().await;
    let mut first = None;
    for _ in 0..50 {
        let made = scene.endpoint(json!({})).await;
        first.get_or_insert(made);
    }
    let one_more = json!({ "url": scene.receiver.url(), "event_types": ["*"] });

    let refused = scene.owner.post("/v1/webhook-endpoints", one_more.clone()).await.expect(409);
    assert_eq!(refused.text("code"), "too_many_endpoints");
    let first = first.expect("there are fifty");
    scene.owner.delete(&path(&first, ""), Some("*")).await.expect(204);
    scene.owner.post("/v1/webhook-endpoints", one_more).await.expect(201);
}
