//! What a granted capability lets a plugin do, and how far; what is not granted answers `denied`, at once when it is withdrawn.

use mortise_host::config::Config;
use mortise_tests::actor::Actor;
use mortise_tests::node::until;
use mortise_tests::outside::Outside;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{Installed, activate, component, configure, consent, install, read, reader, unified};

const TEXT: &str = "Ada Lovelace\nada@example.com";
const SECRET: &str = "sk-hush-hush-4711";

fn lets_out(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.egress_allow_http = true;
}

/// A parser that asks `host` for what its settings name, with a secret setting `key`.
async fn asker(server: &Server, owner: &Actor, host: &str, config: Value, granted: &[&str]) -> Installed {
    limited_asker(server, owner, host, config, granted, "").await
}

/// The same with limits of its own.
async fn limited_asker(
    server: &Server,
    owner: &Actor,
    host: &str,
    config: Value,
    granted: &[&str],
    limits: &str,
) -> Installed {
    let more = format!(
        "{limits}[[capabilities]]\nname = \"http\"\nreason = \"asks\"\nhosts = [\"{host}\"]\n\
         [[capabilities]]\nname = \"secrets\"\nreason = \"signs in\"\nnames = [\"key\"]\n\
         [config_schema]\ntype = \"object\"\n\
         [config_schema.properties.key]\ntype = \"string\"\nx-secret = true\n\
         [config_schema.properties.other]\ntype = \"string\"\nx-secret = true\n"
    );
    let installed = install(server, owner, component("asks-for-http", "acme/asks", "1.0.0", &more)).await;
    configure(owner, &installed, config).await.expect(200);
    consent(owner, &installed, granted).await.expect(200);
    activate(owner, &installed).await.expect(200);
    installed
}

/// How the plugin's last call ended, and its error.
async fn last_run(owner: &Actor, installed: &Installed) -> (String, String) {
    let runs = owner.get(&format!("{}/runs", installed.plugin())).await.expect(200).json();
    let run = &runs["data"][0];
    let text = |name: &str| run[name].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("error_code"))
}

fn host_of(outside: &Outside) -> String {
    let url = outside.url();
    url.trim_start_matches("http://").split('/').next().expect("it has a host").to_owned()
}

#[tokio::test]
async fn a_granted_host_is_asked_and_the_credential_is_the_hosts() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({ "echo": format!("your key is {SECRET}") })).await;
    let config = json!({ "url": outside.url(), "auth": "key", "key": SECRET });
    let asks = asker(&server, &owner, &host_of(&outside), config, &["http", "secrets"]).await;

    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(last_run(&owner, &asks).await.0, "ok", "{resume:#}");
    let request = outside.last_request();
    assert!(request.contains(&format!("authorization: Bearer {SECRET}")), "{request}");
    let seen = unified(&owner, &resume).await;
    assert_eq!(seen["body"], json!({ "echo": "your key is [secret]" }).to_string(), "{seen:#}");
    let runs = owner.get(&format!("{}/runs", asks.plugin())).await.expect(200);
    assert!(!format!("{runs:?}").contains(SECRET), "the log tells it: {runs:?}");
}

#[tokio::test]
async fn what_is_not_granted_is_denied() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    let config = json!({ "url": outside.url() });
    let asks = asker(&server, &owner, &host_of(&outside), config.clone(), &[]).await;
    read(&server, &owner, TEXT).await;
    assert_eq!(last_run(&owner, &asks).await, ("error".into(), "not_granted".into()));

    consent(&owner, &asks, &["http"]).await.expect(200);
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(last_run(&owner, &asks).await.0, "ok", "it holds at once");

    for config in [
        json!({ "url": "https://elsewhere.example.com/" }),
        json!({ "url": outside.url(), "method": "POST" }),
        json!({ "url": format!("{}@elsewhere.example.com/", outside.url()) }),
    ] {
        configure(&owner, &asks, config.clone()).await.expect(200);
        read(&server, &owner, &config.to_string()).await;
        let (outcome, code) = last_run(&owner, &asks).await;
        // An address whose host is granted but whose path says `@…` is only a path.
        let is_path = config["url"].as_str().unwrap().contains('@');
        assert_eq!(
            (outcome.as_str(), code.as_str()),
            if is_path { ("ok", "") } else { ("error", "not_granted") },
            "{config}"
        );
    }
    let asked = outside.asked();
    configure(&owner, &asks, config).await.expect(200);
    consent(&owner, &asks, &[]).await.expect(200);
    read(&server, &owner, "Alan Turing\nalan@example.com").await;
    assert_eq!(
        (last_run(&owner, &asks).await.1, outside.asked()),
        ("not_granted".into(), asked),
        "withdrawn"
    );
}

/// The call is under way, and has been granted what it asks for, when the grant is taken back.
#[tokio::test]
async fn a_grant_withdrawn_during_a_run_is_denied_for_the_rest_of_it() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    let more = format!(
        "[[capabilities]]\nname = \"http\"\nreason = \"asks\"\nhosts = [\"{}\"]\n[config_schema]\ntype = \"object\"\n",
        host_of(&outside)
    );
    let asks = install(&server, &owner, component("asks-twice", "acme/twice", "1.0.0", &more)).await;
    configure(&owner, &asks, json!({ "url": outside.url() })).await.expect(200);
    consent(&owner, &asks, &["http"]).await.expect(200);
    activate(&owner, &asks).await.expect(200);
    read(&server, &owner, TEXT).await;
    assert_eq!((last_run(&owner, &asks).await.0.as_str(), outside.asked()), ("ok", 2));

    owner.upload("cv.txt", "Grace Hopper\ngrace@example.com").await.expect(202);
    let held = outside.hold().await;
    let withdraw = async {
        until("the first request is there", async || (outside.asked() == 3).then_some(())).await;
        consent(&owner, &asks, &[]).await.expect(200);
        drop(held);
    };
    tokio::join!(server.run_tasks(), withdraw);

    assert_eq!(last_run(&owner, &asks).await, ("error".into(), "not_granted".into()));
    assert_eq!(outside.asked(), 3, "the second request was not made");
}

#[tokio::test]
async fn a_secret_that_is_not_granted_is_not_sent() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    let config = json!({ "url": outside.url(), "auth": "key", "key": SECRET, "other": "another-one" });
    let asks = asker(&server, &owner, &host_of(&outside), config, &["http"]).await;
    read(&server, &owner, TEXT).await;
    assert_eq!(last_run(&owner, &asks).await, ("error".into(), "no_such_secret".into()));

    consent(&owner, &asks, &["http", "secrets"]).await.expect(200);
    let config = json!({ "url": outside.url(), "auth": "other" });
    configure(&owner, &asks, config).await.expect(200);
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;

    assert_eq!(last_run(&owner, &asks).await.1, "no_such_secret", "the grant names `key` alone");
    assert_eq!(outside.asked(), 0);
}

#[tokio::test]
async fn a_granted_host_with_a_private_address_is_blocked_all_the_same() {
    let server = Server::start_with(|config| config.egress_allow_http = true).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    for (host, url) in [
        (host_of(&outside), outside.url()),
        (
            host_of(&outside).replace("127.0.0.1", "localhost"),
            outside.url().replace("127.0.0.1", "localhost"),
        ),
    ] {
        let name = format!("acme/asks-{}", host.split('.').next().unwrap().split(':').next().unwrap());
        let more = format!(
            "[[capabilities]]\nname = \"http\"\nreason = \"asks\"\nhosts = [\"{host}\"]\n[config_schema]\ntype = \"object\"\n"
        );
        let asks = install(&server, &owner, component("asks-for-http", &name, "1.0.0", &more)).await;
        configure(&owner, &asks, json!({ "url": url })).await.expect(200);
        consent(&owner, &asks, &["http"]).await.expect(200);
        activate(&owner, &asks).await.expect(200);
        read(&server, &owner, &format!("{name}\nada@example.com")).await;
        assert_eq!(last_run(&owner, &asks).await, ("error".into(), "address_blocked".into()), "{host}");
    }
    assert_eq!(outside.asked(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_link_local_address_is_told_and_not_followed() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    let elsewhere = Outside::start(&json!({})).await;
    let config = json!({ "url": outside.url() });
    let asks = asker(&server, &owner, &host_of(&outside), config, &["http"]).await;
    for (number, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        for to in ["http://169.254.169.254/latest/meta-data", &elsewhere.url()] {
            outside.redirect(status, to);

            let resume = read(&server, &owner, &format!("Ada {number} {to}\nada@example.com")).await;

            assert_eq!(last_run(&owner, &asks).await.0, "ok", "{resume:#}");
            assert_eq!(unified(&owner, &resume).await["status"], status, "the answer is the redirect itself");
        }
    }
    assert_eq!((outside.asked(), elsewhere.asked()), (10, 0));

    configure(&owner, &asks, json!({ "url": "http://169.254.169.254/latest/meta-data" })).await.expect(200);
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(last_run(&owner, &asks).await.1, "not_granted", "and its host was never granted");
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_no_longer_than_the_plugin_may_run() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let outside = Outside::start(&json!({})).await;
    let config = json!({ "url": outside.url() });
    let limits = "[limits]\nwall_ms = 300\n";
    let asks = limited_asker(&server, &owner, &host_of(&outside), config, &["http"], limits).await;
    outside.fall_silent();

    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(last_run(&owner, &asks).await, ("timeout".into(), "plugin_timeout".into()));
    assert_eq!(outside.asked(), 1, "it was in the middle of asking");
    assert_eq!(
        (&resume["status"], reader(&resume).as_str()),
        (&json!("success"), "mortise/resume-parser@0.1.0")
    );
    // The next call works.
    configure(&owner, &asks, json!({ "url": "https://elsewhere.example.com/" })).await.expect(200);
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(last_run(&owner, &asks).await.1, "not_granted");
}

async fn rememberer(server: &Server, owner: &Actor, id: &str, quota: &str) -> Installed {
    let more = format!("[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n{quota}");
    let installed = install(server, owner, component("remembers", id, "1.0.0", &more)).await;
    consent(owner, &installed, &["kv"]).await.expect(200);
    activate(owner, &installed).await.expect(200);
    installed
}

#[tokio::test]
async fn what_a_plugin_keeps_is_its_own_and_its_tenants() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    rememberer(&server, &acme, "acme/remembers", "").await;
    rememberer(&server, &globex, "acme/remembers", "").await;

    let first = read(&server, &acme, "Ada Lovelace\nada@example.com").await;
    assert_eq!(unified(&acme, &first).await["basics"]["label"], Value::Null);
    let theirs = read(&server, &globex, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(unified(&globex, &theirs).await["basics"]["label"], Value::Null);
    let second = read(&server, &acme, "Alan Turing\nalan@example.com").await;
    assert_eq!(unified(&acme, &second).await["basics"]["label"], "Ada Lovelace");

    server.clock.advance(std::time::Duration::from_secs(1));
    rememberer(&server, &acme, "acme/another", "").await;
    let other = read(&server, &acme, "Edsger Dijkstra\nedsger@example.com").await;
    assert_eq!(unified(&acme, &other).await["basics"]["label"], Value::Null);
}

#[tokio::test]
async fn no_plugin_keeps_more_than_its_quota() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let small = rememberer(&server, &owner, "acme/small", "quota_bytes = 20\n").await;

    read(&server, &owner, "Ada Lovelace\nada@example.com").await;
    assert_eq!(last_run(&owner, &small).await.0, "ok");
    read(&server, &owner, "Somebody With A Longer Name\nb@example.com").await;

    assert_eq!(last_run(&owner, &small).await, ("error".into(), "over_quota".into()));
    assert_eq!(server.texts("select key from plugin_values").await, ["last"]);
}
