//! Language models: what plugins may ask of which, what it may cost, and what the shipped parser makes of what they answer.

mod asking;
mod endpoint;
mod failing;
mod privacy;
mod quotas;
mod reading;
mod settings;

use mortise_host::config::Config;
use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use self::endpoint::{Endpoint, Says};
use super::{Installed, activate, consent, unified};
use crate::privacy::everywhere;

/// The operator's credential.
const KEY: &str = "sk-operators-own-4711";

/// A résumé that the parser that comes with the server reads, too.
fn resume(name: &str, email: &str) -> String {
    format!(
        "{name}\nAnalyst\n{email} | +44 20 7946 0958 | London\n\nEXPERIENCE\n\nAnalyst\nAnalytical Engines Ltd, London\n\
         January 2019 - March 2021\n- Wrote the first program\n\nSKILLS\n\nMathematics, Poetry\n"
    )
}

/// An answer of the whole shape that the parser asks for, with these fields.
fn whole(fields: Value) -> String {
    let mut answer = json!({
        "name": null, "label": null, "emails": [], "phones": [], "url": null, "summary": null, "location": null,
        "profiles": [], "work": [], "education": [], "skills": [], "languages": [], "projects": [], "certificates": [],
        "publications": [], "awards": [], "volunteer": [], "interests": [], "references": [], "language": null,
    });
    answer["location"] = json!({
        "address": null, "postal_code": null, "city": null, "region": null, "country": null, "country_code": null,
    });
    for (name, value) in fields.as_object().expect("fields are an object") {
        answer[name] = value.clone();
    }
    answer.to_string()
}

/// What a model makes of [`resume`] that reads it well.
fn well_read(name: &str, email: &str) -> String {
    whole(json!({
        "name": name, "label": "Analyst", "emails": [email], "phones": ["+44 20 7946 0958"],
        "work": [{
            "company": "Analytical Engines Ltd", "position": "Analyst", "location": "London", "url": null,
            "start_date": "2019-01", "end_date": "2021-03", "is_current": false, "summary": null,
            "highlights": ["Wrote the first program"],
        }],
        "skills": [{ "name": null, "keywords": ["Mathematics", "Poetry"] }],
        "language": "en",
    }))
}

/// As an operator sets it up who has a model on a network of one's own.
fn with_models(config: &mut Config, endpoint: &Endpoint) {
    config.inference_url = Some(endpoint.url());
    config.inference_key = Some(KEY.into());
    config.inference_models = vec!["small".into(), "large".into()];
    config.inference_allow_private = true;
}

async fn start(endpoint: &Endpoint) -> Server {
    Server::start_with(|config| with_models(config, endpoint)).await
}

/// The parser that comes with the server, among the tenant's own.
async fn install_parser(server: &Server, owner: &Actor) -> Installed {
    let installed = owner.post(&format!("{}/versions", offer(owner).await), json!({})).await.expect(202);
    server.run_tasks().await;
    Installed::of(&installed)
}

/// Where the parser is found, on offer or installed.
async fn offer(owner: &Actor) -> String {
    plugin_named(owner, "mortise/llm-parser").await
}

async fn plugin_named(owner: &Actor, name: &str) -> String {
    let list = owner.get("/v1/plugins?limit=200").await.expect(200).json();
    let mut plugins = list["data"].as_array().into_iter().flatten();
    let id = plugins.find(|one| one["name"] == name).and_then(|one| one["id"].as_str());
    format!("/v1/plugins/{}", id.unwrap_or_else(|| panic!("no {name} in {list:#}")))
}

/// The same, in use.
async fn use_parser(server: &Server, owner: &Actor) -> Installed {
    let installed = install_parser(server, owner).await;
    consent(owner, &installed, &["inference"]).await.expect(200);
    activate(owner, &installed).await.expect(200);
    installed
}

/// The plugin's last call.
async fn last_run(owner: &Actor, installed: &Installed) -> Value {
    let runs = owner.get(&format!("{}/runs?limit=1", installed.plugin())).await.expect(200).json();
    runs["data"][0].clone()
}

/// How the plugin's last call ended: outcome and error.
async fn ended(owner: &Actor, installed: &Installed) -> (String, String) {
    let run = last_run(owner, installed).await;
    let text = |name: &str| run[name].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("error_code"))
}

/// What was spent this month.
async fn spent(owner: &Actor) -> i64 {
    let inference = owner.get("/v1/inference").await.expect(200).json();
    inference["usage"]["tokens"].as_i64().expect("it is a number")
}

/// The name that was read.
async fn name(owner: &Actor, resume: &Value) -> String {
    unified(owner, resume).await["basics"]["name"].as_str().unwrap_or_default().to_owned()
}

/// No table holds the word, whatever its case.
async fn nowhere(server: &Server, word: &str) {
    let tables = everywhere::tables_with(server, word).await;
    assert!(tables.is_empty(), "{word} stands in {tables:?}");
}
