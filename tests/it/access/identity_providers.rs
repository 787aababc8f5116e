//! Tokens of a tenant's own identity provider: whose are believed, and what they make of a member.

use std::time::Duration;

use mortise_host::config::Config;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::outside::Outside;
use mortise_tests::server::{Server, SignedIn, start_of_time};
use serde_json::{Value, json};

use super::tokens::{Key, key_set, token, with};

const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "mortise";

/// Lets the server ask others on this machine.
fn asks_this_machine(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.egress_allow_http = true;
}

/// A tenant that believes a provider.
struct Login {
    server: Server,
    owner: Actor,
    ada: SignedIn,
    outside: Outside,
    key: Key,
    provider: Answer,
}

impl Login {
    /// With a provider that is set up like this beyond what it needs.
    async fn start(changes: Value) -> Self {
        let server = Server::start_with(asks_this_machine).await;
        let owner = server.tenant("acme").await;
        let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;
        let key = Key::p256("first");
        let outside = Outside::start(&key_set(&[&key])).await;
        let provider = owner.post("/v1/identity-providers", provider(&outside, changes)).await.expect(201);
        server.run_tasks().await;
        Self { server, owner, ada, outside, key, provider }
    }

    fn path(&self) -> String {
        format!("/v1/identity-providers/{}", self.provider.text("id"))
    }

    /// Whoever shows this token to the tenant.
    fn bearer(&self, token: &str) -> Actor {
        self.server.nobody().with_key(token).with_header("mortise-tenant", "acme")
    }

    /// What the provider's own token says of Ada, with changes.
    async fn me(&self, changes: Value) -> Answer {
        self.bearer(&self.key.token(&claims(changes))).get("/v1/me").await
    }
}

fn provider(outside: &Outside, changes: Value) -> Value {
    let sound = json!({
        "name": "Company login", "issuer": ISSUER, "audience": AUDIENCE, "jwks_url": outside.url(),
    });
    with(&sound, changes)
}

fn claims(changes: Value) -> Value {
    let now = start_of_time().timestamp();
    let sound = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "email": "ada@acme.example", "iat": now, "exp": now + 3600,
    });
    with(&sound, changes)
}

#[tokio::test]
async fn a_providers_token_is_the_member_with_its_address() {
    let login = Login::start(json!({})).await;

    let me = login.me(json!({ "email": " Ada@ACME.example" })).await.expect(200).json();

    assert_eq!(me["member"]["id"], login.ada.member_id);
    assert_eq!(me["roles"][0]["role_name"], "Viewer");
    let bearer = login.bearer(&login.key.token(&claims(json!({}))));
    bearer.get("/v1/candidates").await.expect(200);
    bearer.get("/v1/api-keys").await.expect(403);
    assert_eq!(bearer.delete("/v1/auth/tokens", None).await.expect(409).text("code"), "no_session");
    let noted = login.owner.get("/v1/audit-log?action=member.linked").await.expect(200).json();
    assert_eq!(noted["data"].as_array().map(Vec::len), Some(1), "{noted:#}");
    assert_eq!(noted["data"][0]["after"]["identity_provider_id"], login.provider.text("id"));
}

#[tokio::test]
async fn every_usual_algorithm_is_verified() {
    let login = Login::start(json!({})).await;
    let keys = [Key::rsa("rsa"), Key::p256("p256"), Key::ed25519("ed25519")];
    login.outside.say(200, &key_set(&keys.each_ref()));
    login.bearer(&keys[0].token(&claims(json!({})))).get("/v1/me").await.expect(401);
    login.server.run_tasks().await;

    for key in keys {
        let me = login.bearer(&key.token(&claims(json!({})))).get("/v1/me").await;
        assert_eq!(me.status, 200, "{}", key.algorithm());
    }
}

#[tokio::test]
async fn a_subject_stays_the_member_though_the_address_changes() {
    let login = Login::start(json!({})).await;
    let other = login.server.member(&login.owner, "eve@acme.example", &[]).await;
    login.me(json!({})).await.expect(200);

    for changes in [
        json!({ "email": "eve@acme.example" }),
        json!({ "email": null }),
        json!({ "email": "new@acme.example" }),
    ] {
        let me = login.me(changes.clone()).await.expect(200).json();
        assert_eq!(me["member"]["id"], login.ada.member_id, "{changes}");
    }
    // Another subject with her address is her, too: an address belongs to one person.
    let me = login.me(json!({ "sub": "u-2" })).await.expect(200).json();
    assert_eq!(me["member"]["id"], login.ada.member_id);
    let hers = login.me(json!({ "sub": "u-3", "email": "eve@acme.example", "jti": "3" })).await;
    assert_eq!(hers.status, 403, "eve is a member without a role: {hers:?}");
    login.owner.get(&format!("/v1/members/{}", other.member_id)).await.expect(200);
}

#[tokio::test]
async fn somebody_unknown_becomes_a_member_only_where_that_is_wanted() {
    let login = Login::start(json!({})).await;
    let stranger = json!({ "sub": "u-9", "email": "grace@acme.example", "name": "Grace Hopper" });
    login.me(stranger.clone()).await.expect(401);
    assert_eq!(
        login.owner.get("/v1/members").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(2)
    );

    let role = login.owner.role_id("viewer").await;
    let mapping = json!({
        "makes_members": true, "role_claim": "groups", "role_mappings": [{ "value": "staff", "role_id": role }],
    });
    login.owner.patch(&login.path(), mapping, "*").await.expect(200);
    let me = login.me(with(&stranger, json!({ "groups": ["staff"] }))).await.expect(200).json();

    assert_eq!(me["member"]["email"], "grace@acme.example");
    assert_eq!(me["member"]["name"], "Grace Hopper");
    assert_eq!(me["member"]["status"], "active");
    let again =
        login.me(with(&stranger, json!({ "groups": ["staff"], "jti": "2" }))).await.expect(200).json();
    assert_eq!(again["member"]["id"], me["member"]["id"]);
    assert_eq!(
        login.owner.get("/v1/members").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(3)
    );
    // Who came by a provider has no password.
    let credentials = json!({ "tenant": "acme", "email": "grace@acme.example", "password": "" });
    login.server.nobody().post("/v1/auth/tokens", credentials).await.expect(401);
}

#[tokio::test]
async fn roles_come_with_the_token_and_go_with_it() {
    let login = Login::start(json!({ "role_claim": "groups" })).await;
    let recruiter = login.owner.role_id("recruiter").await;
    let mappings = json!({ "role_mappings": [{ "value": "hr", "role_id": recruiter }] });
    login.owner.patch(&login.path(), mappings, "*").await.expect(200);
    let permissions =
        async |changes: Value| login.me(changes).await.expect(200).json()["permissions"].clone();
    let has = |permissions: &Value| {
        permissions.as_array().is_some_and(|held| held.contains(&json!("contact:write")))
    };

    assert!(has(&permissions(json!({ "groups": ["hr", "chess"] })).await));
    assert!(has(&permissions(json!({ "groups": "hr" })).await));
    for without in [
        json!({ "groups": ["chess"] }),
        json!({}),
        json!({ "groups": "HR" }),
        json!({ "groups": 7 }),
        json!({ "roles": ["hr"] }),
    ] {
        assert!(!has(&permissions(without.clone()).await), "{without}");
    }
    // The member's own roles are as they were.
    let held =
        login.owner.get(&format!("/v1/members/{}/roles", login.ada.member_id)).await.expect(200).json();
    assert_eq!(held["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn roles_of_a_token_hand_on_no_more_than_they_hold() {
    let login = Login::start(json!({ "role_claim": "groups" })).await;
    let admin = login.owner.role_id("admin").await;
    let mappings = json!({ "role_mappings": [{ "value": "it", "role_id": admin }] });
    login.owner.patch(&login.path(), mappings, "*").await.expect(200);
    let bearer = login.bearer(&login.key.token(&claims(json!({ "groups": ["it"] }))));

    let viewer = bearer.role_id("viewer").await;
    let invited = json!({ "email": "grace@acme.example", "roles": [{ "role_id": viewer }] });
    bearer.post("/v1/members", invited).await.expect(201);
    let owner = bearer.role_id("owner").await;
    let above = json!({ "email": "eve@acme.example", "roles": [{ "role_id": owner }] });
    assert_eq!(bearer.post("/v1/members", above).await.expect(403).text("code"), "escalation");
    let second = provider(&login.outside, json!({ "issuer": "https://other.example" }));
    assert_eq!(bearer.post("/v1/identity-providers", second).await.expect(403).text("code"), "escalation");
}

#[tokio::test]
async fn a_token_that_is_wrong_in_any_way_does_not_count() {
    let login = Login::start(json!({})).await;
    let now = start_of_time().timestamp();
    for changes in [
        json!({ "iss": "https://login.example.com/" }),
        json!({ "iss": "https://LOGIN.example.com" }),
        json!({ "iss": null }),
        json!({ "iss": AUDIENCE }),
        json!({ "aud": "elsewhere" }),
        json!({ "aud": ["elsewhere"] }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "exp": now - 60 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "nbf": now + 3600 }),
        json!({ "iat": now + 3600 }),
        json!({ "email": null }),
        json!({ "email": "nobody@acme.example" }),
        json!({ "email": ["ada@acme.example"] }),
    ] {
        assert_eq!(login.me(changes.clone()).await.status, 401, "{changes}");
    }
    login.me(json!({ "aud": ["elsewhere", AUDIENCE] })).await.expect(200);
    // Clocks may differ a little.
    login.me(json!({ "exp": now - 59, "jti": "late" })).await.expect(200);
}

#[tokio::test]
async fn a_token_somebody_else_signed_does_not_count() {
    let login = Login::start(json!({})).await;
    let claims = claims(json!({}));
    let thief = Key::p256(&login.key.id);
    let other = Key::ed25519(&login.key.id);
    let header = json!({ "typ": "JWT", "alg": "ES256", "kid": login.key.id });
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &login.key.public());
    let hs256 = with(&header, json!({ "alg": "HS256" }));
    for token in [
        thief.token(&claims),
        other.token(&claims),
        other.token_with(&header, &claims),
        thief.token_with(&with(&header, json!({ "jwk": thief.jwk() })), &claims),
        thief.token_with(&with(&header, json!({ "kid": "thief", "jwk": thief.jwk() })), &claims),
        thief.token_with(&with(&header, json!({ "jku": login.outside.url() })), &claims),
        token(&with(&header, json!({ "alg": "none" })), &claims, |_| Vec::new()),
        token(&hs256, &claims, |message| aws_lc_rs::hmac::sign(&secret, message).as_ref().to_vec()),
        login.key.token_with(&with(&header, json!({ "kid": null })), &claims),
        login.key.token_with(&with(&header, json!({ "alg": "EdDSA" })), &claims),
        login.key.token_with(&with(&header, json!({ "alg": "ES384" })), &claims),
    ] {
        assert_eq!(login.bearer(&token).get("/v1/me").await.status, 401, "{token}");
    }
    login.me(json!({})).await.expect(200);
}

#[tokio::test]
async fn an_algorithm_that_was_not_agreed_on_does_not_count() {
    let login = Login::start(json!({ "algorithms": ["RS256"] })).await;

    login.me(json!({})).await.expect(401);
    login.owner.patch(&login.path(), json!({ "algorithms": ["RS256", "ES256"] }), "*").await.expect(200);
    login.me(json!({})).await.expect(200);

    assert_eq!(
        login.owner.patch(&login.path(), json!({ "algorithms": [] }), "*").await.expect(422).fault().0,
        "#/algorithms"
    );
    login.owner.patch(&login.path(), json!({ "algorithms": ["HS256"] }), "*").await.expect(422);
    login.owner.patch(&login.path(), json!({ "algorithms": ["none"] }), "*").await.expect(422);
}

#[tokio::test]
async fn an_address_that_is_not_verified_links_nobody() {
    let login = Login::start(json!({ "makes_members": true })).await;
    for unverified in [json!(false), json!("false"), json!(0)] {
        let answer = login.me(json!({ "email_verified": unverified })).await;
        assert_eq!(answer.status, 401, "{unverified}");
        let stranger = json!({ "sub": "u-9", "email": "grace@acme.example", "email_verified": unverified });
        assert_eq!(login.me(stranger).await.status, 401, "{unverified}");
    }
    assert!(login.server.texts("select subject from outside_identities").await.is_empty());
    login.me(json!({ "email_verified": true })).await.expect(200);
    // Who is known by subject needs no address.
    login.me(json!({ "email_verified": false, "jti": "2" })).await.expect(200);
}

#[tokio::test]
async fn a_provider_brings_nobody_back_who_was_disabled() {
    let login = Login::start(json!({ "makes_members": true })).await;
    let invited = json!({ "email": "invited@acme.example" });
    login.owner.post("/v1/members", invited).await.expect(201);
    login.me(json!({ "sub": "u-5", "email": "invited@acme.example" })).await.expect(401);
    login.me(json!({})).await.expect(200);
    let path = format!("/v1/members/{}/status", login.ada.member_id);

    login.owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);

    login.me(json!({})).await.expect(401);
    login.me(json!({ "sub": "u-2" })).await.expect(401);
    assert_eq!(
        login.owner.get("/v1/members").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(3)
    );
}

#[tokio::test]
async fn an_unknown_key_has_the_keys_fetched_again() {
    let login = Login::start(json!({})).await;
    assert_eq!(login.outside.asked(), 1);
    let next = Key::rsa("next");
    login.outside.say(200, &key_set(&[&login.key, &next]));
    let bearer = login.bearer(&next.token(&claims(json!({}))));

    bearer.get("/v1/me").await.expect(401);
    // Nothing leaves the process inside a request.
    assert_eq!(login.outside.asked(), 1);
    assert_eq!(login.server.run_tasks().await, ["identity_providers.fetch_keys"]);

    bearer.get("/v1/me").await.expect(200);
    assert_eq!(login.outside.asked(), 2);
    // However many unknown keys are named, the provider is not asked for each.
    for number in 0..5 {
        let header = json!({ "alg": "ES256", "kid": format!("made-up-{number}") });
        login.bearer(&login.key.token_with(&header, &claims(json!({})))).get("/v1/me").await.expect(401);
        login.server.run_tasks().await;
    }
    assert_eq!(login.outside.asked(), 2);
    login.server.clock.advance(Duration::from_secs(61));
    let header = json!({ "alg": "ES256", "kid": "made-up" });
    login.bearer(&login.key.token_with(&header, &claims(json!({})))).get("/v1/me").await.expect(401);
    login.server.run_tasks().await;
    assert_eq!(login.outside.asked(), 3);
}

#[tokio::test]
async fn keys_are_fetched_again_every_hour_and_a_withdrawn_one_is_gone() {
    let login = Login::start(json!({})).await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    let fire = async || mortise_host::tasks::fire(login.server.services(), &schedules).await;
    fire().await.expect("the database answers");
    let exp = start_of_time().timestamp() + 10 * 3600;
    login.me(json!({ "exp": exp })).await.expect(200);
    let next = Key::ed25519("next");
    login.outside.say(200, &key_set(&[&next]));

    login.server.clock.advance(Duration::from_secs(3700));
    fire().await.expect("the database answers");
    login.server.run_tasks().await;

    login.me(json!({ "exp": exp })).await.expect(401);
    login.bearer(&next.token(&claims(json!({ "exp": exp })))).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_well_keeps_its_keys() {
    let login = Login::start(json!({})).await;
    let unknown = json!({ "alg": "ES256", "kid": "unknown" });
    for (status, document) in [
        (500, json!({})),
        (200, json!("no keys")),
        (200, json!({ "keys": "none" })),
        (302, json!({})),
        (200, json!({ "keys": [], "filler": "x".repeat(300_000) })),
    ] {
        login.outside.say(status, &document);
        login.bearer(&login.key.token_with(&unknown, &claims(json!({})))).get("/v1/me").await.expect(401);
        login.server.run_tasks().await;

        let shown = login.owner.get(&login.path()).await.expect(200).json();
        assert!(shown["keys_error"].is_string(), "{status} {shown:#}");
        assert_eq!(shown["keys_fetched_at"], "2026-03-02T09:00:00Z");
        login
            .me(json!({ "exp": start_of_time().timestamp() + 360_000, "jti": status.to_string() }))
            .await
            .expect(200);
        login.server.clock.advance(Duration::from_secs(3600));
        login.server.run_tasks().await;
    }
    login.outside.say(200, &key_set(&[&login.key]));
    login.server.advance(Duration::from_secs(24 * 3600)).await;
    login.bearer(&login.key.token_with(&unknown, &claims(json!({})))).get("/v1/me").await.expect(401);
    login.server.run_tasks().await;
    assert_eq!(login.owner.get(&login.path()).await.expect(200).json()["keys_error"], Value::Null);
}

#[tokio::test]
async fn a_provider_that_is_disabled_or_gone_is_believed_no_more() {
    let login = Login::start(json!({})).await;
    login.me(json!({})).await.expect(200);

    let disabled = login.owner.patch(&login.path(), json!({ "is_enabled": false }), "*").await.expect(200);
    assert_eq!(disabled.json()["is_enabled"], false);
    login.me(json!({})).await.expect(401);
    login.owner.patch(&login.path(), json!({ "is_enabled": true }), "*").await.expect(200);
    login.me(json!({})).await.expect(200);
    login.owner.patch(&login.path(), json!({ "audience": "elsewhere" }), "*").await.expect(200);
    login.me(json!({})).await.expect(401);
    login.owner.delete(&login.path(), None).await.expect(428);
    login.owner.delete(&login.path(), Some("\"1\"")).await.expect(412);
    login.owner.delete(&login.path(), Some("*")).await.expect(204);

    login.me(json!({ "aud": "elsewhere" })).await.expect(401);
    login.owner.get(&login.path()).await.expect(404);
    // The member stays, and the same provider may be named again.
    login.owner.get(&format!("/v1/members/{}", login.ada.member_id)).await.expect(200);
    login.owner.post("/v1/identity-providers", provider(&login.outside, json!({}))).await.expect(201);
}

#[tokio::test]
async fn keys_of_one_address_are_not_those_of_another() {
    let login = Login::start(json!({})).await;
    login.me(json!({})).await.expect(200);
    let key = Key::ed25519("elsewhere");
    let elsewhere = Outside::start(&key_set(&[&key])).await;

    login.owner.patch(&login.path(), json!({ "jwks_url": elsewhere.url() }), "*").await.expect(200);

    login.me(json!({})).await.expect(401);
    login.server.run_tasks().await;
    login.me(json!({})).await.expect(401);
    login.bearer(&key.token(&claims(json!({})))).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn private_addresses_are_not_asked_for_keys() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    for (url, code) in [
        ("https://127.0.0.1/keys", "address_blocked"),
        ("https://10.0.0.1/keys", "address_blocked"),
        ("https://169.254.169.254/latest/meta-data", "address_blocked"),
        ("https://[::1]/keys", "address_blocked"),
        ("https://[::ffff:127.0.0.1]/keys", "address_blocked"),
        ("http://login.example.com/keys", "https_only"),
        (&*outside.url(), "https_only"),
        ("file:///etc/passwd", "https_only"),
        ("https://ada:secret@login.example.com/keys", "bad_url"),
        ("keys", "bad_url"),
    ] {
        let answer = owner
            .post("/v1/identity-providers", provider(&outside, json!({ "jwks_url": url })))
            .await
            .expect(422);
        assert_eq!(answer.fault(), ("#/jwks_url".to_owned(), code.to_owned()), "{url}");
    }
    // A name that leads to one is found out where it is asked, which tells nobody whereto it led.
    let sneaky = json!({ "jwks_url": "https://localhost/keys" });
    let made = owner.post("/v1/identity-providers", provider(&outside, sneaky)).await.expect(201);
    server.run_tasks().await;
    let shown = owner.get(&format!("/v1/identity-providers/{}", made.text("id"))).await.expect(200);
    assert!(shown.text("keys_error").contains("private"), "{shown:?}");
    assert!(!shown.text("keys_error").contains("127.0.0.1"), "{shown:?}");
    assert_eq!(outside.asked(), 0);
    let change = json!({ "jwks_url": "https://127.0.0.1/keys" });
    let path = format!("/v1/identity-providers/{}", made.text("id"));
    assert_eq!(owner.patch(&path, change, "*").await.expect(422).fault().1, "address_blocked");
}

#[tokio::test]
async fn another_tenant_cannot_take_the_tokens() {
    let login = Login::start(json!({})).await;
    // The same issuer and audience, with keys of its own and with the true ones.
    let umbrella = login.server.tenant("umbrella").await;
    let eve = login.server.member(&umbrella, "ada@acme.example", &[("owner", None)]).await;
    let thief = Key::ed25519("thief");
    let theirs = Outside::start(&key_set(&[&thief])).await;
    let taken = json!({ "makes_members": true });
    let made = umbrella.post("/v1/identity-providers", provider(&theirs, taken)).await.expect(201);
    login.server.run_tasks().await;
    let at_umbrella =
        |token: &str| login.server.nobody().with_key(token).with_header("mortise-tenant", "umbrella");

    // Acme's tokens stay Acme's, and Umbrella's keys open nothing of Acme's.
    let me = login.me(json!({})).await.expect(200).json();
    assert_eq!(me["member"]["id"], login.ada.member_id);
    login.bearer(&thief.token(&claims(json!({})))).get("/v1/me").await.expect(401);
    at_umbrella(&login.key.token(&claims(json!({})))).get("/v1/me").await.expect(401);
    let me = at_umbrella(&thief.token(&claims(json!({})))).get("/v1/me").await.expect(200).json();
    assert_eq!(me["member"]["id"], eve.member_id);

    let path = format!("/v1/identity-providers/{}", made.text("id"));
    login.owner.get(&path).await.expect(404);
    login.owner.delete(&path, Some("*")).await.expect(404);
    umbrella.patch(&login.path(), json!({ "is_enabled": false }), "*").await.expect(404);
}

#[tokio::test]
async fn the_tenant_is_named_by_slug_and_nothing_else() {
    let login = Login::start(json!({})).await;
    let token = login.key.token(&claims(json!({})));
    for slug in ["", "umbrella", "ACME", "acme "] {
        let bearer = login.server.nobody().with_key(&*token).with_header("mortise-tenant", slug);
        // Blanks around a header's value are not part of it.
        let expected = if slug.trim() == "acme" { 200 } else { 401 };
        assert_eq!(bearer.get("/v1/me").await.status, expected, "{slug:?}");
    }
    login.server.nobody().with_key(&*token).get("/v1/me").await.expect(401);
    // With a credential of ours the header is of no account.
    login.owner.with_header("mortise-tenant", "umbrella").get("/v1/tenant").await.expect(200);
}

#[tokio::test]
async fn only_an_owner_says_whom_to_believe() {
    let login = Login::start(json!({})).await;
    let admin = login.server.member(&login.owner, "admin@acme.example", &[("admin", None)]).await.actor;
    let second = provider(&login.outside, json!({ "issuer": "https://other.example" }));

    for answer in [
        admin.post("/v1/identity-providers", second.clone()).await,
        admin.patch(&login.path(), json!({ "is_enabled": false }), "*").await,
        admin.patch(&login.path(), json!({ "jwks_url": login.outside.url() }), "*").await,
        admin.delete(&login.path(), Some("*")).await,
    ] {
        assert_eq!((answer.status, answer.text("code")), (403, "escalation".to_owned()), "{answer:?}");
    }
    admin.get(&login.path()).await.expect(200);
    assert_eq!(
        login.ada.actor.post("/v1/identity-providers", second.clone()).await.expect(403).text("code"),
        "forbidden"
    );
    login.ada.actor.get(&login.path()).await.expect(403);
    login.owner.post("/v1/identity-providers", second).await.expect(201);
    login.me(json!({})).await.expect(200);
}

#[tokio::test]
async fn a_provider_is_named_once_and_never_as_the_server_itself() {
    let login = Login::start(json!({})).await;
    let make = async |changes: Value| {
        login.owner.post("/v1/identity-providers", provider(&login.outside, changes)).await
    };

    assert_eq!(make(json!({})).await.expect(409).text("code"), "identity_provider_exists");
    let second = make(json!({ "audience": "another" })).await.expect(201);
    let path = format!("/v1/identity-providers/{}", second.text("id"));
    let same = login.owner.patch(&path, json!({ "audience": AUDIENCE }), "*").await.expect(409);
    assert_eq!(same.text("code"), "identity_provider_exists");
    assert_eq!(make(json!({ "issuer": "mortise" })).await.expect(422).fault().1, "own_issuer");
    let unknown = json!([{ "value": "hr", "role_id": "role_01k7z1v5jafz8rk3m2w9y6t4qd" }]);
    make(json!({ "audience": "third", "role_mappings": unknown })).await.expect(404);
    login.owner.patch(&path, json!({ "name": "Other login" }), "\"9\"").await.expect(412);
    let changed = login.owner.patch(&path, json!({ "name": "Other login" }), "\"1\"").await.expect(200);
    assert_eq!((changed.text("name"), changed.header("etag")), ("Other login".to_owned(), Some("\"2\"")));
}
