//! A tenant's own parsers and extractors read its résumés: the one activated last first, the server's own in the end.

use mortise_tests::server::Server;
use serde_json::json;

use super::{activate, component, embedded, install, install_active, read, reader, unified};

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";

fn shouts(more: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"acme/shouts\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\n\
         media_types = [\"text/plain\", \"image/png\"]\n{more}"
    );
    embedded("shouts", &toml)
}

#[tokio::test]
async fn an_active_parser_reads_and_an_installed_one_does_not() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;

    assert_eq!(reader(&read(&server, &owner, TEXT).await), "mortise/resume-parser@0.1.0");
    activate(&owner, &installed).await.expect(200);
    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(reader(&resume), "acme/echo@1.0.0");
    let seen = unified(&owner, &resume).await;
    assert_eq!(seen["basics"]["name"], "Ada Lovelace");
    assert_eq!(seen["dry_run"], false);
    // Somebody else's résumés are not its business.
    let other = server.tenant("globex").await;
    assert_eq!(reader(&read(&server, &other, TEXT).await), "mortise/resume-parser@0.1.0");
}

#[tokio::test]
async fn a_parser_that_fails_falls_back_and_every_try_is_recorded() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    server.clock.advance(std::time::Duration::from_secs(1));
    install_active(&server, &owner, component("panics", "acme/panics", "3.0.0", "")).await;

    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(reader(&resume), "acme/echo@1.0.0");
    let runs = server
        .texts("select plugin || ' ' || version || ' ' || outcome || ' ' || length(digest) from plugin_runs order by id");
    assert_eq!(
        runs.await,
        ["mortise/plain-text 0.1.0 ok 64", "acme/panics 3.0.0 trap 64", "acme/echo 1.0.0 ok 64"]
    );
}

#[tokio::test]
async fn a_polite_refusal_falls_back_too() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, component("fails-politely", "acme/polite", "1.0.0", "")).await;

    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(
        (&resume["status"], reader(&resume)),
        (&json!("success"), "mortise/resume-parser@0.1.0".into())
    );
}

#[tokio::test]
async fn a_parser_is_given_only_what_it_wants() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let only = "media_types = [\"application/pdf\"]\n";
    install_active(&server, &owner, component("echo-parser", "acme/pdf-only", "1.0.0", only)).await;

    assert_eq!(reader(&read(&server, &owner, TEXT).await), "mortise/resume-parser@0.1.0");
}

#[tokio::test]
async fn whoever_names_a_parser_gets_that_one_or_nothing() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, TEXT).await;
    let path = format!("/v1/resumes/{}", resume["id"].as_str().unwrap());
    let again = async |parser: &str| owner.post(&format!("{path}/parses"), json!({ "parser": parser })).await;
    assert_eq!(again("acme/echo").await.expect(422).fault().1, "unknown_parser");
    let echo = install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    assert_eq!(again("acme/echo").await.expect(422).fault().1, "unknown_parser", "it is not active");
    install_active(&server, &owner, component("panics", "acme/panics", "1.0.0", "")).await;
    activate(&owner, &echo).await.expect(200);

    again("mortise/resume-parser").await.expect(202);
    server.run_tasks().await;
    assert_eq!(reader(&owner.get(&path).await.json()), "mortise/resume-parser@0.1.0");
    again("acme/echo").await.expect(202);
    server.run_tasks().await;
    assert_eq!(reader(&owner.get(&path).await.json()), "acme/echo@1.0.0");
    again("acme/panics").await.expect(202);
    server.run_tasks().await;
    let failed = owner.get(&path).await.json();
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("plugin_trap")));
}

#[tokio::test]
async fn an_extractor_of_ones_own_opens_files_and_new_kinds_of_them() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    owner.upload("cv.png", png.clone()).await.expect(415);
    install_active(&server, &owner, shouts("")).await;

    let resume = read(&server, &owner, TEXT).await;
    assert_eq!(unified(&owner, &resume).await["basics"]["name"], "ADA LOVELACE");
    owner.upload("cv.png", png.clone()).await.expect(202);
    let other = server.tenant("globex").await;
    other.upload("cv.png", png).await.expect(415);
}

#[tokio::test]
async fn an_extractor_that_fails_falls_back() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, shouts("")).await;

    let resume = read(&server, &owner, "panic Lovelace\nNurse\nada@example.com").await;

    assert_eq!(resume["status"], "success");
    let runs = server.texts("select plugin || ' ' || outcome from plugin_runs order by id").await;
    assert_eq!(runs, ["acme/shouts trap", "mortise/plain-text ok", "mortise/resume-parser ok"]);
}

#[tokio::test]
async fn bytes_that_changed_in_the_store_are_not_run() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    let key = server.texts("select blob_key from files where state = 'stored'").await.remove(0);
    let other = component("panics", "acme/echo", "1.0.0", "");
    server.services().blobs.put(&key, other.into()).await.unwrap();
    // This node has the code already; another one has not.
    let node = server.another_node().await;

    let id = owner.upload("cv.txt", TEXT).await.expect(202).text("id");
    let registry = std::sync::Arc::new(mortise_host::worker::registry());
    mortise_host::tasks::run_due(&node.services, &registry).await.expect("the queue works");

    let resume = owner.get(&format!("/v1/resumes/{id}")).await.expect(200).json();
    assert_eq!(reader(&resume), "mortise/resume-parser@0.1.0");
    let runs =
        server.texts("select outcome || ' ' || error_code from plugin_runs where plugin = 'acme/echo'").await;
    assert_eq!(runs, ["refused plugin_not_installed"]);
    node.stop().await;
}
