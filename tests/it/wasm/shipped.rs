//! The plugins that come with the server: they load, and one after the other they read a résumé.

use std::sync::Arc;

use mortise_host::clock::Clock;
use mortise_host::hooks::{Call, Hooks, Kind, Outcome};
use mortise_host::ids::TenantId;
use mortise_host::wasm::Plugins;

use super::fixture::{document, settings};

const RESUME: &str = "Grace Hopper\ngrace.hopper@example.com\n\nExperience\n\nRear Admiral, United States Navy\n\
                      1943 - 1986\n\n- Wrote the first compiler\n\nSkills\n\nCOBOL, Leadership\n";

#[tokio::test]
async fn every_shipped_plugin_loads_and_whoever_asks_for_a_capability_is_used_by_nobody_unasked() {
    let plugins = Plugins::open(settings()).unwrap();
    plugins.warm().await.unwrap();
    assert_eq!(plugins.ready().await, Ok(()));
    let manifests = plugins.manifests();
    assert!(manifests.iter().any(|(plugin, _)| plugin.id == "mortise/resume-parser"));
    for (plugin, manifest) in manifests {
        assert!(plugin.id.starts_with("mortise/"), "{}", plugin.id);
        let asks = !manifest.capabilities.is_empty();
        assert_eq!(asks, plugin.id == "mortise/llm-parser", "{}", plugin.id);
        if asks {
            assert_eq!(plugins.parser(TenantId::new(&Clock::system()), Some(&plugin.id)), None);
        }
    }
}

#[tokio::test]
async fn plain_text_becomes_a_resume_through_two_sandboxes() {
    let plugins = Plugins::open(settings()).unwrap();
    let clock = Clock::system();
    let tenant = TenantId::new(&clock);
    let call = || Call { tenant, invocation: clock.uuid(), dry_run: false };

    let extractor = plugins.extractor(tenant, "text/plain").expect("something reads text");
    assert_eq!(extractor.kind, Kind::TextExtractor);
    let file = document("text/plain", RESUME);
    let extracted = plugins.extract(&extractor, call(), file.clone()).await;
    assert_eq!(extracted.record.outcome, Outcome::Ok, "{:?}", extracted.result.err());
    assert!(extracted.record.peak_memory > 0);
    assert!(extracted.record.cpu > std::time::Duration::ZERO);
    let text = extracted.result.unwrap();
    assert!(text.plain().contains("Grace Hopper"));

    let parser = plugins.parser(tenant, None).expect("something reads résumés");
    let parsed = plugins.parse(&parser, call(), file, Arc::new(text)).await;
    let read = parsed.result.unwrap_or_else(|failure| panic!("{failure:?} {:?}", parsed.record.log_tail));
    assert_eq!(read.resume.basics.name.as_deref(), Some("Grace Hopper"));
    assert_eq!(read.resume.basics.email.as_deref(), Some("grace.hopper@example.com"));
}

#[tokio::test]
async fn nothing_reads_a_media_type_no_manifest_names() {
    let plugins = Plugins::open(settings()).unwrap();
    let tenant = TenantId::new(&Clock::system());
    assert_eq!(plugins.extractor(tenant, "application/x-unheard-of"), None);
    assert_eq!(plugins.parser(tenant, Some("nobody/parser")), None);
    assert!(plugins.media_types().contains(&"application/pdf".to_owned()));
}
