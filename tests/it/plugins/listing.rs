//! Lists of plugins: those that come with the server among them, last and never to be changed; what each tenant sees.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, component, install, install_active, read};

fn names(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().expect("a list has data");
    data.iter().map(|one| one["name"].as_str().expect("it is a text").to_owned()).collect()
}

#[tokio::test]
async fn what_comes_with_the_server_is_listed_last_and_cannot_be_changed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;

    let list = owner.get("/v1/plugins").await.expect(200).json();

    let found = names(&list);
    assert_eq!(found[0], "acme/echo");
    assert!(found.contains(&"mortise/resume-parser".into()) && found.contains(&"mortise/pdf-text".into()));
    assert!(found[1..].iter().all(|name| name.starts_with("mortise/")), "{found:?}");
    let shipped = &list["data"][1];
    assert_eq!(shipped["origin"], "built_in");
    let path = format!("/v1/plugins/{}", shipped["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200).json(), *shipped);
    let versions = owner.get(&format!("{path}/versions")).await.expect(200).json();
    assert_eq!(versions["data"][0]["id"], shipped["active_version_id"]);
    let version = format!("{path}/versions/{}", shipped["active_version_id"].as_str().unwrap());
    assert_eq!(owner.get(&version).await.expect(200).text("consent"), "not_needed");
    owner.get(&format!("{version}/consent")).await.expect(200);
    owner.get(&format!("{version}/config")).await.expect(200);
    let active = json!({ "version_id": shipped["active_version_id"] });
    for answer in [
        owner.delete(&path, Some("*")).await,
        owner.delete(&format!("{path}/active-version"), Some("*")).await,
        owner.put(&format!("{path}/active-version"), active, Some("*")).await,
        owner.put(&format!("{version}/consent"), json!({ "capabilities": [] }), Some("*")).await,
        owner.put(&format!("{version}/config"), json!({ "config": {} }), Some("*")).await,
    ] {
        assert_eq!(answer.expect(409).text("code"), "built_in_plugin");
    }
}

#[tokio::test]
async fn pages_lead_through_own_and_shipped_plugins_alike() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for name in ["acme/one", "acme/two"] {
        install(&server, &owner, component("echo-parser", name, "1.0.0", "")).await;
    }
    let all = names(&owner.get("/v1/plugins").await.expect(200).json());

    let mut paged = Vec::new();
    let mut path = "/v1/plugins?limit=1".to_owned();
    loop {
        let page = owner.get(&path).await.expect(200).json();
        paged.extend(names(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/plugins?limit=1&cursor={cursor}"),
            None => break,
        }
    }

    assert_eq!(paged, all);
    assert_eq!(all[..2], ["acme/two", "acme/one"]);
}

#[tokio::test]
async fn two_tenants_with_one_id_and_different_bytes_do_not_see_each_others() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    let ours = install_active(&server, &acme, component("echo-parser", "vendor/p", "1.0.0", "")).await;
    let theirs = install_active(&server, &globex, component("panics", "vendor/p", "1.0.0", "")).await;

    for path in [theirs.plugin(), theirs.path(), format!("{}/versions", theirs.plugin())] {
        acme.get(&path).await.expect(404);
    }
    let mixed = format!("/v1/plugins/{}/versions/{}", ours.plugin, theirs.version);
    acme.get(&mixed).await.expect(404);
    let other = json!({ "version_id": theirs.version });
    acme.put(&format!("{}/active-version", ours.plugin()), other, Some("*")).await.expect(404);
    let read_here = read(&server, &acme, "Ada Lovelace\nada@example.com").await;
    let read_there = read(&server, &globex, "Ada Lovelace\nada@example.com").await;
    assert_eq!(read_here["parse"]["parser"]["id"], "vendor/p");
    // Theirs panics, and so falls back.
    assert_eq!(read_there["parse"]["parser"]["id"], "mortise/resume-parser");
    assert_eq!(names(&acme.get("/v1/plugins").await.json())[0], "vendor/p");
}

#[tokio::test]
async fn a_plugin_is_deleted_with_everything_once_it_is_not_used() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    activate(&owner, &installed).await.expect(200);

    let refused = owner.delete(&installed.plugin(), Some("*")).await.expect(409);
    assert_eq!(refused.text("code"), "plugin_active");
    owner.delete(&format!("{}/active-version", installed.plugin()), Some("*")).await.expect(200);
    owner.delete(&installed.plugin(), None).await.expect(428);
    owner.delete(&installed.plugin(), Some("*")).await.expect(204);

    owner.get(&installed.plugin()).await.expect(404);
    owner.get(&installed.path()).await.expect(404);
    assert!(server.texts("select release from plugin_versions").await.is_empty());
    assert_eq!(server.texts("select state from files").await, ["released"]);
    install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
}

#[tokio::test]
async fn runs_are_listed_with_what_they_cost() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    let resume = read(&server, &owner, "Ada Lovelace\nada@example.com").await;
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;

    let path = format!("{}/runs", installed.plugin());
    let runs = owner.get(&path).await.expect(200).json();

    let version = owner.get(&installed.path()).await.json();
    let data = runs["data"].as_array().unwrap();
    assert_eq!(data.len(), 2);
    assert_eq!(data[1]["subject_id"], resume["id"], "the latest is the first");
    for run in data {
        assert_eq!((&run["outcome"], &run["release"]), (&json!("ok"), &json!("1.0.0")));
        assert_eq!(run["digest"], version["digest"]);
        assert!(run["wall_micros"].as_i64() > Some(0) && run["peak_memory"].as_i64() > Some(0), "{run:#}");
        assert!(run["log"].as_array().is_some_and(|log| !log.is_empty()), "{run:#}");
    }
    let failed = owner.get(&format!("{path}?outcome=trap")).await.expect(200).json();
    assert_eq!(failed["data"], json!([]));
    owner.get(&format!("{path}?outcome=splendid")).await.expect(422);
    let shipped = owner.get("/v1/plugins").await.json();
    let shipped = shipped["data"].as_array().unwrap().iter().find(|one| one["name"] == "mortise/plain-text");
    let shipped = format!("/v1/plugins/{}/runs", shipped.unwrap()["id"].as_str().unwrap());
    assert_eq!(owner.get(&shipped).await.expect(200).json()["data"].as_array().unwrap().len(), 2);
}
