//! Signing in with a password, signing up, and the tokens that prove it.

use std::time::Duration;

use futures::future::join_all;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use mortise_host::access_token::{NewKey, SigningKey};
use mortise_host::config::Signup;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::{PASSWORD, Server, SignedIn};
use serde_json::{Value, json};

use super::tokens::{self, Key};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Of [`PASSWORD`], made with m = 4 MiB, t = 1: far less than today's.
const OLD_HASH: &str =
    "$argon2id$v=19$m=4096,t=1,p=1$qGaMy73samYwLzB3UIw9lw$yPhRc6uPwJKElR0uxhFUXLcelWnDONSvSAV6rg7Wyw4";

async fn sign_in(somebody: &Actor, tenant: &str, email: &str, password: &str) -> Answer {
    let credentials = json!({ "tenant": tenant, "email": email, "password": password });
    somebody.post("/v1/auth/tokens", credentials).await
}

/// A recruiter of the tenant acme, and its owner.
async fn recruiter(server: &Server) -> (Actor, SignedIn) {
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("recruiter", None)]).await;
    (owner, ada)
}

fn retry_after(answer: &Answer) -> u64 {
    let header = answer.header("retry-after").unwrap_or_else(|| panic!("no retry-after: {answer:?}"));
    header.parse().expect("it is a number of seconds")
}

/// What of a refusal its receiver can tell apart from another.
fn what_is_seen(answer: &Answer) -> Value {
    let mut body = answer.json();
    body.as_object_mut().expect("a problem is an object").remove("request_id");
    json!([answer.status, body, answer.header("www-authenticate"), answer.header("content-type")])
}

#[tokio::test]
async fn the_right_password_signs_in() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;

    let tokens = sign_in(&server.nobody(), "acme", " Ada@ACME.example", PASSWORD).await.expect(200);

    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let body = tokens.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(body["refresh_expires_at"], "2026-04-01T09:00:00Z");
    assert_eq!(tokens.text("member_id"), ada.member_id);
    assert_ne!(tokens.text("session_id"), ada.session_id);
    let me = ada.actor.with_key(tokens.text("access_token")).get("/v1/me").await.expect(200).json();
    assert_eq!(me["member"]["id"], ada.member_id);
    assert_eq!(me["tenant_id"], body["tenant_id"]);
}

#[tokio::test]
async fn an_access_token_ends_after_ten_minutes() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;

    server.clock.advance(Duration::from_secs(599));
    ada.actor.get("/v1/me").await.expect(200);
    server.clock.advance(Duration::from_secs(1));

    let answer = ada.actor.get("/v1/me").await.expect(401);
    assert_eq!(answer.text("code"), "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"mortise\""));
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let server = Server::start().await;
    let (owner, _) = recruiter(&server).await;
    let umbrella = server.tenant("umbrella").await;
    server.member(&umbrella, "eve@umbrella.example", &[]).await;
    let disabled = server.member(&owner, "disabled@acme.example", &[]).await;
    let path = format!("/v1/members/{}/status", disabled.member_id);
    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);
    let removed = server.member(&owner, "removed@acme.example", &[]).await;
    owner.delete(&format!("/v1/members/{}", removed.member_id), Some("*")).await.expect(204);
    owner.post("/v1/members", json!({ "email": "invited@acme.example" })).await.expect(201);

    let wrong = sign_in(&server.nobody(), "acme", "ada@acme.example", "wrong horse battery").await;

    assert_eq!((wrong.status, wrong.text("code")), (401, "sign_in_failed".to_owned()));
    let long = "x".repeat(300);
    for (tenant, email, password) in [
        ("acme", "ada@acme.example", ""),
        ("acme", "ada@acme.example", &*long),
        ("acme", "nobody@acme.example", PASSWORD),
        ("acme", "no address", PASSWORD),
        ("acme", "", PASSWORD),
        ("nowhere", "ada@acme.example", PASSWORD),
        ("", "ada@acme.example", PASSWORD),
        ("umbrella", "ada@acme.example", PASSWORD),
        ("acme", "eve@umbrella.example", PASSWORD),
        ("acme", "disabled@acme.example", PASSWORD),
        ("acme", "removed@acme.example", PASSWORD),
        ("acme", "invited@acme.example", PASSWORD),
        // The owner has a key and no password.
        ("acme", "owner@acme.example", PASSWORD),
    ] {
        let answer = sign_in(&server.nobody(), tenant, email, password).await;
        assert_eq!(what_is_seen(&answer), what_is_seen(&wrong), "{tenant} {email}");
    }
}

#[tokio::test]
async fn five_failures_are_free_and_the_next_has_to_wait() {
    let server = Server::start().await;
    recruiter(&server).await;
    let nobody = server.nobody();
    // Whether there is such an account makes no difference.
    for email in ["ada@acme.example", "nobody@acme.example"] {
        let attempt = async |password: &str| sign_in(&nobody, "acme", email, password).await;
        for _ in 0..5 {
            attempt("wrong horse battery").await.expect(401);
        }
        let mut waits = Vec::new();
        for _ in 0..3 {
            let answer = attempt(PASSWORD).await.expect(429);
            assert_eq!(answer.text("code"), "too_many_requests");
            waits.push(retry_after(&answer));
            server.clock.advance(Duration::from_secs(retry_after(&answer)));
            attempt("wrong horse battery").await.expect(401);
        }
        assert!(waits.is_sorted_by(|before, after| before < after), "{waits:?}");
    }
}

#[tokio::test]
async fn who_waited_signs_in_and_the_failures_are_forgotten() {
    let server = Server::start().await;
    recruiter(&server).await;
    let attempt =
        async |password: &str| sign_in(&server.nobody(), "acme", "ada@acme.example", password).await;
    for _ in 0..5 {
        attempt("wrong horse battery").await.expect(401);
    }
    let wait = retry_after(&attempt(PASSWORD).await.expect(429));

    server.clock.advance(Duration::from_secs(wait));
    attempt(PASSWORD).await.expect(200);

    for _ in 0..5 {
        attempt("wrong horse battery").await.expect(401);
    }
    attempt(PASSWORD).await.expect(429);
}

#[tokio::test]
async fn the_longest_wait_is_a_quarter_of_an_hour_and_a_day_forgets() {
    let server = Server::start().await;
    recruiter(&server).await;
    let attempt =
        async |password: &str| sign_in(&server.nobody(), "acme", "ada@acme.example", password).await;
    for _ in 0..20 {
        attempt("wrong horse battery").await.expect(401);
        server.clock.advance(Duration::from_secs(15 * 60));
    }
    attempt("wrong horse battery").await.expect(401);
    assert!((900..=901).contains(&retry_after(&attempt(PASSWORD).await.expect(429))));

    server.clock.advance(DAY + Duration::from_secs(1));

    for _ in 0..5 {
        attempt("wrong horse battery").await.expect(401);
    }
    attempt(PASSWORD).await.expect(429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_at_once_are_counted_like_attempts_one_by_one() {
    let server = Server::start().await;
    recruiter(&server).await;
    let nobody = server.nobody();

    let attempts = (0..40).map(|_| sign_in(&nobody, "acme", "ada@acme.example", "wrong horse battery"));
    let answers = join_all(attempts).await;

    let compared = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(compared, 5, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)), "{answers:?}");
}

#[tokio::test]
async fn an_address_that_fails_at_many_accounts_has_to_wait() {
    let proxies = ["127.0.0.0/8".parse().expect("it is a range")];
    let server = Server::start_with(|config| config.trusted_proxies = proxies.to_vec()).await;
    recruiter(&server).await;
    let from = |address: &str| server.nobody().with_header("x-forwarded-for", address);
    for (network, other, elsewhere) in [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        // Whoever has one address of a network of 64 bits has them all.
        ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"),
    ] {
        for number in 0..30 {
            let email = format!("{number}.{}@acme.example", network.len());
            sign_in(&from(network), "acme", &email, PASSWORD).await.expect(401);
        }

        let answer = sign_in(&from(other), "acme", "ada@acme.example", PASSWORD).await.expect(429);

        sign_in(&from(elsewhere), "acme", "ada@acme.example", PASSWORD).await.expect(200);
        server.clock.advance(Duration::from_secs(retry_after(&answer)));
        sign_in(&from(other), "acme", "ada@acme.example", PASSWORD).await.expect(200);
        // Who signs in from there takes back their own attempt and nobody else's.
        sign_in(&from(other), "acme", "ada@acme.example", PASSWORD).await.expect(200);
        sign_in(&from(other), "acme", "nobody@acme.example", PASSWORD).await.expect(401);
        sign_in(&from(other), "acme", "ada@acme.example", PASSWORD).await.expect(429);
    }
}

#[tokio::test]
async fn the_table_of_failures_names_nobody() {
    let server = Server::start().await;
    recruiter(&server).await;
    sign_in(&server.nobody(), "acme", "ada@acme.example", "wrong horse battery").await.expect(401);

    let keys = server.texts("select key from sign_in_failures").await;

    assert!(!keys.is_empty());
    for key in keys {
        assert!(!key.contains("ada") && !key.contains("acme") && !key.contains("127"), "{key}");
    }
}

const NAME: &str = "Wilhelmina Zimmerschmidt";

/// Passwords for [`NAME`] of `vortexian@acme.example` that are not worth having, and why.
const WEAK: [(&str, &str); 8] = [
    ("", "password_too_short"),
    ("Xk3#q8L", "password_too_short"),
    ("password123", "password_too_common"),
    ("qwertyuiop", "password_too_common"),
    ("12345678", "password_too_common"),
    ("Zimmerschmidt", "password_too_common"),
    ("wilhelmina", "password_too_common"),
    ("vortexian", "password_too_common"),
];

#[tokio::test]
async fn a_weak_common_or_personal_password_is_refused_with_an_invitation() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let invited = json!({ "email": "vortexian@acme.example", "name": NAME });
    let invitation = owner.post("/v1/members", invited).await.expect(201).text("invitation_token");
    let accept = async |password: &str| {
        server
            .nobody()
            .post("/v1/auth/invitations", json!({ "token": invitation, "password": password }))
            .await
    };

    for (password, code) in WEAK {
        let answer = accept(password).await.expect(422).json();
        assert_eq!(
            (&answer["errors"][0]["pointer"], &answer["errors"][0]["code"]),
            (&json!("#/password"), &json!(code)),
            "{password}"
        );
    }
    assert_eq!(
        accept(&"long ".repeat(60)).await.expect(422).json()["errors"][0]["code"],
        "password_too_long"
    );

    accept("viele bunte Smarties").await.expect(200);
}

#[tokio::test]
async fn a_weak_common_or_personal_password_is_refused_at_a_change() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let member = server.member(&owner, "vortexian@acme.example", &[("candidate", None)]).await.actor;
    member.patch("/v1/me", json!({ "name": NAME }), "*").await.expect(200);
    let change = async |present: &str, password: &str| {
        let change = json!({ "present_password": present, "password": password });
        member.put("/v1/me/password", change, None).await
    };

    for (password, code) in WEAK {
        let answer = change(PASSWORD, password).await.expect(422).json();
        assert_eq!(
            (&answer["errors"][0]["pointer"], &answer["errors"][0]["code"]),
            (&json!("#/password"), &json!(code)),
            "{password}"
        );
    }

    change(PASSWORD, "viele bunte Smarties").await.expect(204);
    sign_in(&server.nobody(), "acme", "vortexian@acme.example", PASSWORD).await.expect(401);
    sign_in(&server.nobody(), "acme", "vortexian@acme.example", "viele bunte Smarties").await.expect(200);
}

#[tokio::test]
async fn whoever_holds_a_session_cannot_try_passwords_without_a_wait() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    let change = async |present: &str, password: &str| {
        let change = json!({ "present_password": present, "password": password });
        ada.actor.put("/v1/me/password", change, None).await
    };
    // Anybody can fail to sign in; that must not keep her from changing hers.
    for tenant in ["acme", "change"] {
        for email in ["ada@acme.example", &ada.member_id] {
            for _ in 0..5 {
                sign_in(&server.nobody(), tenant, email, "wrong horse battery").await.expect(401);
            }
        }
    }
    for _ in 0..5 {
        let answer = change("wrong horse battery", "viele bunte Smarties").await.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], "#/present_password");
        assert_eq!(answer["errors"][0]["code"], "wrong_password");
    }

    let answer = change(PASSWORD, "viele bunte Smarties").await.expect(429);

    server.clock.advance(Duration::from_secs(retry_after(&answer)));
    change(PASSWORD, "viele bunte Smarties").await.expect(204);
}

#[tokio::test]
async fn a_hash_of_old_parameters_is_renewed_at_sign_in() {
    let server = Server::start().await;
    recruiter(&server).await;
    let set = format!(
        "update members set password_hash = '{OLD_HASH}' where email = 'ada@acme.example' returning email"
    );
    assert_eq!(server.texts(&set).await, ["ada@acme.example"]);
    let hash = async || {
        let hashes = server.texts("select password_hash from members where email = 'ada@acme.example'").await;
        hashes.into_iter().next().expect("she has one")
    };

    sign_in(&server.nobody(), "acme", "ada@acme.example", "wrong horse battery").await.expect(401);
    assert_eq!(hash().await, OLD_HASH);
    sign_in(&server.nobody(), "acme", "ada@acme.example", PASSWORD).await.expect(200);

    let renewed = hash().await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    sign_in(&server.nobody(), "acme", "ada@acme.example", PASSWORD).await.expect(200);
    assert_eq!(hash().await, renewed);
}

#[tokio::test]
async fn a_hash_that_is_none_lets_nobody_in() {
    let server = Server::start().await;
    recruiter(&server).await;
    for hash in ["", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv"] {
        let set = format!(
            "update members set password_hash = '{hash}' where email = 'ada@acme.example' returning email"
        );
        server.texts(&set).await;

        sign_in(&server.nobody(), "acme", "ada@acme.example", hash).await.expect(401);
    }
}

fn newcomer(name: &str, password: &str) -> Value {
    json!({ "name": name, "owner": { "email": "vortexian@acme.example", "name": NAME, "password": password } })
}

#[tokio::test]
async fn nobody_signs_up_unless_the_operator_lets_them() {
    let server = Server::start().await;
    let owner = server.tenant("umbrella").await;

    for somebody in [server.nobody(), owner] {
        let answer = somebody.post("/v1/tenants", newcomer("Acme", PASSWORD)).await.expect(403);
        assert_eq!(answer.text("code"), "signup_closed");
    }

    sign_in(&server.nobody(), "acme", "vortexian@acme.example", PASSWORD).await.expect(401);
}

#[tokio::test]
async fn who_signs_up_owns_a_tenant_and_can_work() {
    let server = Server::start_with(|config| config.signup = Signup::Open).await;

    let made = server.nobody().post("/v1/tenants", newcomer("Acme & Daughters", PASSWORD)).await.expect(201);

    assert_eq!(made.text("slug"), "acme-daughters");
    let owner = server.nobody().with_key(made.text("access_token"));
    let me = owner.get("/v1/me").await.expect(200).json();
    assert_eq!(me["member"]["id"], made.text("owner_id"));
    assert_eq!(me["member"]["name"], NAME);
    assert_eq!(me["roles"][0]["role_name"], "Owner");
    let permissions = me["permissions"].as_array().expect("a list");
    assert!(permissions.contains(&json!("tenant:own")), "{permissions:?}");
    server
        .member(&owner, "ada@acme.example", &[("owner", None)])
        .await
        .actor
        .get("/v1/members")
        .await
        .expect(200);
    let refreshed = json!({ "refresh_token": made.text("refresh_token") });
    server.nobody().post("/v1/auth/tokens/refresh", refreshed).await.expect(200);
    sign_in(&server.nobody(), "acme-daughters", "vortexian@acme.example", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_slug_names_one_tenant() {
    let server = Server::start_with(|config| config.signup = Signup::Open).await;
    let sign_up = async |changes: Value| {
        server.nobody().post("/v1/tenants", tokens::with(&newcomer("Acme", PASSWORD), changes)).await
    };
    sign_up(json!({})).await.expect(201);

    assert_eq!(sign_up(json!({})).await.expect(409).text("code"), "tenant_slug_taken");
    let other = json!({ "name": "Other", "slug": "acme" });
    assert_eq!(sign_up(other).await.expect(409).text("code"), "tenant_slug_taken");
    assert_eq!(sign_up(json!({ "slug": "acme-2" })).await.expect(201).text("slug"), "acme-2");
    let bad = sign_up(json!({ "slug": "Acme 2" })).await.expect(422).json();
    assert_eq!(bad["errors"][0]["pointer"], "#/slug");
}

#[tokio::test]
async fn a_sign_up_that_is_wrong_makes_nothing() {
    let server = Server::start_with(|config| config.signup = Signup::Open).await;
    for (password, code) in WEAK {
        let answer = server.nobody().post("/v1/tenants", newcomer("Acme", password)).await.expect(422).json();
        assert_eq!(
            (&answer["errors"][0]["pointer"], &answer["errors"][0]["code"]),
            (&json!("#/owner/password"), &json!(code)),
            "{password}"
        );
    }
    let mut bad = newcomer("Acme", PASSWORD);
    bad["owner"]["email"] = json!("no address");
    let answer = server.nobody().post("/v1/tenants", bad).await.expect(422).json();
    assert_eq!(answer["errors"][0]["pointer"], "#/owner/email");

    assert!(server.texts("select slug from tenants").await.is_empty());
}

/// A server that signs with a key of the test's own, and a member's session.
struct Forgery {
    server: Server,
    ada: SignedIn,
    signing: SigningKey,
    key: Key,
    header: Value,
    claims: Value,
}

impl Forgery {
    async fn start() -> Self {
        let server = Server::start().await;
        let (_, ada) = recruiter(&server).await;
        let private = NewKey::draw().private;
        let now = server.clock.now();
        let signing = SigningKey::read(&private, now, now + DAY, now + DAY).expect("it is a key");
        let key = Key::ed25519_of(&signing.id, &private);
        let header = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": key.id });
        let (_, claims) = tokens::read(ada.actor.key());
        Self { server, ada, signing, key, header, claims }
    }

    async fn status(&self, token: String) -> u16 {
        // A key nobody knows makes the server load those it has stored, and so forget the test's.
        self.server.services().access_tokens.load(vec![self.signing.clone()]);
        self.ada.actor.with_key(token).get("/v1/me").await.status
    }

    async fn with_header(&self, changes: Value) -> u16 {
        self.status(self.key.token_with(&tokens::with(&self.header, changes), &self.claims)).await
    }

    async fn with_claims(&self, changes: Value) -> u16 {
        self.status(self.key.token_with(&self.header, &tokens::with(&self.claims, changes))).await
    }
}

#[tokio::test]
async fn a_token_signed_with_our_key_counts() {
    let forgery = Forgery::start().await;

    assert_eq!(forgery.with_header(json!({})).await, 200);
}

#[tokio::test]
async fn a_token_somebody_else_signed_does_not_count() {
    let forgery = Forgery::start().await;
    let Forgery { key, header, claims, .. } = &forgery;
    let thief = Key::ed25519("thief");
    let p256 = Key::p256(&key.id);

    let message_of = |token: &str| token.rsplit_once('.').expect("it has parts").0.to_owned();
    let sound = key.token_with(header, claims);
    let other_claims = tokens::with(claims, json!({ "jti": "another" }));
    let altered = message_of(&key.token_with(header, &other_claims));
    let signature = sound.rsplit_once('.').expect("it has parts").1;
    for token in [
        thief.token_with(header, claims),
        p256.token_with(header, claims),
        p256.token_with(&tokens::with(header, json!({ "alg": "ES256" })), claims),
        format!("{altered}.{signature}"),
        format!("{}.", message_of(&sound)),
        message_of(&sound),
        format!("{sound}.{signature}"),
        sound[..sound.len() - 2].to_owned(),
    ] {
        assert_eq!(forgery.status(token.clone()).await, 401, "{token}");
    }
    assert_eq!(forgery.status(sound).await, 200);
}

#[tokio::test]
async fn a_token_does_not_choose_its_algorithm() {
    let forgery = Forgery::start().await;
    let Forgery { key, header, claims, .. } = &forgery;

    for none in ["none", "None", "NONE", ""] {
        let header = tokens::with(header, json!({ "alg": none }));
        assert_eq!(forgery.status(tokens::token(&header, claims, |_| Vec::new())).await, 401, "{none}");
        assert_eq!(forgery.status(key.token_with(&header, claims)).await, 401, "{none}");
    }
    // The public key is no secret: whoever takes it for one lets everybody sign.
    let public = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key.public());
    let text = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        key.jwk()["x"].as_str().expect("a text").as_bytes(),
    );
    for secret in [public, text] {
        let header = tokens::with(header, json!({ "alg": "HS256" }));
        let token = tokens::token(&header, claims, |message| {
            aws_lc_rs::hmac::sign(&secret, message).as_ref().to_vec()
        });
        assert_eq!(forgery.status(token).await, 401);
    }
    for other in ["RS256", "ES256", "PS512"] {
        assert_eq!(forgery.with_header(json!({ "alg": other })).await, 401, "{other}");
    }
}

#[tokio::test]
async fn a_token_does_not_bring_its_key() {
    let forgery = Forgery::start().await;
    let thief = Key::ed25519("thief");
    let named = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "thief" });
    for changes in [
        json!({ "jwk": thief.jwk() }),
        json!({ "jku": "https://thief.example/keys" }),
        json!({ "x5u": "https://thief.example/keys" }),
        json!({ "jwk": thief.jwk(), "kid": null }),
        json!({ "jwk": thief.jwk(), "kid": forgery.key.id }),
    ] {
        let token = thief.token_with(&tokens::with(&named, changes.clone()), &forgery.claims);
        assert_eq!(forgery.status(token).await, 401, "{changes}");
    }
}

#[tokio::test]
async fn a_token_of_another_key_or_kind_does_not_count() {
    let forgery = Forgery::start().await;
    for changes in [
        json!({ "kid": "unknown" }),
        json!({ "kid": null }),
        json!({ "kid": "" }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "refresh+jwt" }),
        json!({ "typ": null }),
    ] {
        assert_eq!(forgery.with_header(changes.clone()).await, 401, "{changes}");
    }
}

#[tokio::test]
async fn a_token_for_somebody_else_or_another_time_does_not_count() {
    let forgery = Forgery::start().await;
    let umbrella = forgery.server.tenant("umbrella").await;
    let eve = forgery.server.member(&umbrella, "eve@umbrella.example", &[("owner", None)]).await;
    let (_, hers) = tokens::read(eve.actor.key());
    let now = forgery.server.clock.now().timestamp();
    for changes in [
        json!({ "iss": "https://elsewhere.example" }),
        json!({ "iss": null }),
        json!({ "aud": "elsewhere" }),
        json!({ "aud": null }),
        json!({ "exp": now }),
        json!({ "exp": now - 3600 }),
        json!({ "exp": null }),
        json!({ "iat": now + 600, "exp": now + 1200 }),
        // The session of one, the name of another.
        json!({ "sub": hers["sub"] }),
        json!({ "tenant": hers["tenant"] }),
        json!({ "sid": hers["sid"] }),
        json!({ "sub": hers["sub"], "tenant": hers["tenant"] }),
        json!({ "sub": null }),
        json!({ "sid": null }),
        json!({ "tenant": null }),
        json!({ "sub": "member" }),
    ] {
        assert_eq!(forgery.with_claims(changes.clone()).await, 401, "{changes}");
    }
    let whole = json!({ "sub": hers["sub"], "tenant": hers["tenant"], "sid": hers["sid"] });
    assert_eq!(forgery.with_claims(whole).await, 200);
}

#[tokio::test]
async fn anything_else_in_the_header_is_nobody() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    let token = ada.actor.key().to_owned();
    for header in [
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer mortise_".into(),
        format!("Bearer {}", ada.refresh_token),
        format!("Bearer {}", "ey.".repeat(10_000)),
    ] {
        let answer = server.nobody().with_header("authorization", &header).get("/v1/me").await;
        assert_eq!(answer.status, 401, "{header}");
    }
    server.nobody().with_header("authorization", &format!("bearer  {token}")).get("/v1/me").await.expect(200);
}

async fn published(server: &Server) -> JwkSet {
    let answer = server.nobody().get("/.well-known/jwks.json").await.expect(200);
    serde_json::from_slice(&answer.body).expect("it is a set of keys")
}

fn ids(set: &JwkSet) -> Vec<&str> {
    set.keys.iter().filter_map(|key| key.common.key_id.as_deref()).collect()
}

fn key_id(token: &str) -> String {
    tokens::read(token).0["kid"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn anybody_can_verify_our_tokens_with_the_published_keys() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;

    let answer = server.nobody().get("/.well-known/jwks.json").await.expect(200);

    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert!(answer.json()["keys"].as_array().expect("a list").iter().all(|key| key["d"].is_null()));
    let keys = published(&server).await;
    let key = keys.find(&key_id(ada.actor.key())).expect("it is published");
    let key = DecodingKey::from_jwk(key).expect("it is a key");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["mortise"]);
    validation.set_issuer(&["mortise"]);
    // The server's clock is the test's.
    validation.validate_exp = false;
    let token = jsonwebtoken::decode::<Value>(ada.actor.key(), &key, &validation).expect("it verifies");
    assert_eq!(token.header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(token.claims["sub"], ada.member_id);
    assert_eq!(token.claims["sid"], ada.session_id);
}

#[tokio::test]
async fn signing_keys_are_replaced_and_the_next_one_is_published_before_it_signs() {
    let server = Server::start().await;
    recruiter(&server).await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    let advance = async |by: Duration| {
        server.clock.advance(by);
        mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
        server.run_tasks().await
    };
    let sign = async || {
        sign_in(&server.nobody(), "acme", "ada@acme.example", PASSWORD).await.expect(200).text("access_token")
    };
    advance(Duration::ZERO).await;
    let first = key_id(&sign().await);
    assert_eq!(ids(&published(&server).await), [&*first]);

    let ran = advance(29 * DAY).await;

    assert!(ran.iter().any(|kind| kind == "sessions.rotate_signing_keys"), "{ran:?}");
    let both = published(&server).await;
    assert_eq!(both.keys.len(), 2);
    assert_eq!(key_id(&sign().await), first);
    advance(DAY - Duration::from_secs(300)).await;
    let last = sign().await;
    assert_eq!(key_id(&last), first);

    // A token outlives the key that signed it by what it is good for.
    advance(Duration::from_secs(599)).await;
    let second = key_id(&sign().await);
    assert!(ids(&both).contains(&&*second) && second != first);
    server.nobody().with_key(last).get("/v1/me").await.expect(200);

    advance(DAY).await;
    assert_eq!(ids(&published(&server).await), [&*second]);
    let now = sign().await;
    assert_eq!(key_id(&now), second);
    server.nobody().with_key(now).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_signing_key_that_ended_signs_nothing_any_more() {
    let forgery = Forgery::start().await;
    let services = forgery.server.services();
    let now = forgery.server.clock.now();
    let mut ended = forgery.signing.clone();
    ended.ends_at = now;
    services.access_tokens.load(vec![ended]);

    let token = forgery.key.token_with(&forgery.header, &forgery.claims);

    forgery.ada.actor.with_key(token).get("/v1/me").await.expect(401);
}

#[tokio::test]
async fn a_server_that_slept_through_its_keys_makes_one_when_somebody_signs_in() {
    let server = Server::start().await;
    recruiter(&server).await;
    server.clock.advance(90 * DAY);

    let token = sign_in(&server.nobody(), "acme", "ada@acme.example", PASSWORD)
        .await
        .expect(200)
        .text("access_token");

    server.nobody().with_key(token.clone()).get("/v1/me").await.expect(200);
    assert_eq!(ids(&published(&server).await), [&*key_id(&token)]);
}
