//! A plugin host for one test, with guests in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mortise_host::clock::Clock;
use mortise_host::hooks::{Call, Document, Failure, Hooks, Kind, Outcome, PluginRef, Ran};
use mortise_host::ids::TenantId;
use mortise_host::scoring::{Score, ScoringInput};
use mortise_host::text::{ExtractedText, Page, Span};
use mortise_host::unified_resume::ReadResume;
use mortise_host::wasm::{Limits, Plugins, Settings};
use mortise_tests::{binary, guests};

/// Compiled guests are kept from test to test: the key is the same, the folder is below the target folder.
pub(crate) fn settings() -> Settings {
    Settings {
        cache_dir: guests::target_folder().join("guests").join("artifacts"),
        artifact_key: [7; 32],
        compiler: Some(binary::mortise()),
        slots: 8,
        slots_per_tenant: 8,
        slots_per_plugin: 8,
        queue_wait: Duration::from_secs(60),
        ..Settings::default()
    }
}

/// A host with nothing installed, so that a test starts at once.
pub(crate) struct Host {
    pub(crate) plugins: Arc<Plugins>,
    clock: Clock,
    pub(crate) tenant: TenantId,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    /// Every guest that computes for ever is stopped after a moment.
    pub(crate) fn impatient() -> Self {
        let mut settings = settings();
        let hurried = |limits: Limits| Limits {
            wall: Duration::from_millis(300),
            cpu: Duration::from_millis(300),
            fuel: None,
            ..limits
        };
        let budgets = &mut settings.budgets;
        budgets.text_extractor = hurried(budgets.text_extractor);
        budgets.resume_parser = hurried(budgets.resume_parser);
        // The pure class always counts fuel.
        budgets.scoring_rule = Limits { fuel: Some(u64::MAX), ..hurried(budgets.scoring_rule) };
        Self::with(settings)
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let clock = settings.clock.clone();
        let tenant = TenantId::new(&clock);
        Self { plugins: Arc::new(Plugins::bare(settings).expect("the plugin host starts")), clock, tenant }
    }

    pub(crate) fn call(&self) -> Call {
        Call { tenant: self.tenant, invocation: self.clock.uuid(), dry_run: false }
    }

    pub(crate) async fn install(&self, name: &str, kind: Kind) -> PluginRef {
        match self.plugins.load(guests::guest(name, kind)).await {
            Ok(plugin) => plugin,
            Err(refusal) => panic!("{name} was refused: {refusal}"),
        }
    }

    pub(crate) async fn parse(&self, plugin: &PluginRef, text: &str) -> Ran<ReadResume> {
        self.plugins
            .parse(plugin, self.call(), document("text/plain", text.to_owned()), Arc::new(extracted(text)))
            .await
    }

    pub(crate) async fn score(&self, plugin: &PluginRef, title: &str) -> Ran<Score> {
        let mut input = ScoringInput::default();
        input.job.title = title.into();
        self.plugins.score(plugin, self.call(), input).await
    }

    /// Whatever happened before: a well-behaved parser still reads.
    pub(crate) async fn still_parses(&self) {
        let echo = self.install("echo-parser", Kind::ResumeParser).await;
        let read = self.parse(&echo, "Ada Lovelace\nAnalyst").await;
        let resume = read.result.expect("the next call works").resume;
        assert_eq!(resume.basics.name.as_deref(), Some("Ada Lovelace"));
    }
}

pub(crate) fn document(media_type: &str, content: impl Into<Bytes>) -> Document {
    Document {
        media_type: media_type.into(),
        file_name: "cv".into(),
        sha256: "0".repeat(64),
        bytes: content.into(),
    }
}

/// One page, a span per line.
pub(crate) fn extracted(text: &str) -> ExtractedText {
    let spans = text.lines().enumerate().map(|(index, line)| Span {
        text: line.into(),
        font_size: 10.0,
        font_weight: 400,
        line: u32::try_from(index).expect("a test has few lines"),
        ..Span::default()
    });
    let page = Page { number: 1, width: 595.0, height: 842.0, spans: spans.collect(), ..Page::default() };
    ExtractedText { pages: vec![page], ..ExtractedText::default() }
}

/// The failure of a call that had to fail, its record agreeing with it.
pub(crate) fn failure<T>(ran: Ran<T>, outcome: Outcome) -> Failure {
    assert_eq!(ran.record.outcome, outcome, "{:?}", ran.result.err());
    ran.result.err().expect("it says that it failed")
}
