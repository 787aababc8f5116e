//! Whoever calls a plugin by its id finds the version in use, ready and on its tenant's terms.

use mortise_host::caller::Caller;
use mortise_host::hooks::Kind;
use mortise_host::resources::plugins::using;
use mortise_tests::server::Server;
use serde_json::json;

use super::{activate, configure, deactivate, embedded, install};

const SCORE: &str = "id = \"acme/score\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
    [config_schema]\ntype = \"object\"\n[config_schema.properties.weight]\ntype = \"integer\"\n";

#[tokio::test]
async fn a_rule_is_found_by_its_id_once_it_is_in_use() {
    let server = Server::start().await;
    let (acme, globex) = (server.found("acme").await, server.found("globex").await);
    let owner = server.actor(&acme.key);
    let services = server.services();
    let find = async |tenant, key: &str, kind| {
        let found = using::resolve(services, &Caller::operator(tenant), key, kind, None).await;
        found.expect("the database answers").into_iter().next()
    };
    let (here, there) = (acme.tenant.id, globex.tenant.id);
    let rule = install(&server, &owner, embedded("empty-score", SCORE)).await;
    configure(&owner, &rule, json!({ "weight": 3 })).await.expect(200);
    assert!(find(here, "acme/score", Kind::ScoringRule).await.is_none(), "it is not in use");
    let bind = json!({ "kind": "scoring", "plugin": "acme/score" });
    let refused = owner.post("/v1/plugin-bindings", bind).await.expect(422);
    assert!(refused.text("detail").contains("activate a version first"), "{}", refused.json());

    activate(&owner, &rule).await.expect(200);

    let handle = find(here, "acme/score", Kind::ScoringRule).await.expect("it is in use");
    assert_eq!((handle.plugin.id.as_str(), handle.plugin.version.as_str()), ("acme/score", "1.0.0"));
    assert_eq!(handle.config(), json!({ "weight": 3 }).as_object().cloned().expect("it is an object"));
    let version = handle.version().expect("it is the tenant's own");
    let ids = (version.plugin_id.to_string(), version.id.to_string());
    assert_eq!(ids, (rule.plugin.clone(), rule.version.clone()));
    assert!(services.hooks.is_held(&handle.plugin.digest), "its code is ready");
    assert!(services.hooks.lent(here, &handle.plugin.digest).is_some(), "and so are its terms");
    assert!(services.hooks.lent(there, &handle.plugin.digest).is_none(), "which are nobody else's");
    assert!(find(here, "acme/score", Kind::ResumeParser).await.is_none(), "it is of another kind");
    assert!(find(there, "acme/score", Kind::ScoringRule).await.is_none(), "it is another tenant's");
    deactivate(&owner, &rule).await.expect(200);
    assert!(find(here, "acme/score", Kind::ScoringRule).await.is_none());

    let shipped =
        find(there, "mortise/resume-parser", Kind::ResumeParser).await.expect("it comes with the server");
    assert!(shipped.version().is_none() && shipped.config().is_empty());
}
