//! The four kinds of plugin: a trait and an export macro each.

use crate::resume::ParsedResume;
use crate::scoring::{Answer, Candidate, Job, ScoreResult};
use crate::webhook::{Decision, Event};
use crate::{CallContext, Document, ExtractedText, PluginError};

/// Opens a file and answers its text.
///
/// ```
/// use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};
///
/// struct NoteText;
///
/// impl TextExtractor for NoteText {
///     fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
///         let text = String::from_utf8(document.bytes()?)
///             .map_err(|_| PluginError::invalid_input("not_text", "The file is not UTF-8 text."))?;
///         Ok(ExtractedText::from_lines(text.lines()))
///     }
/// }
///
/// mortise_sdk::export_text_extractor!(NoteText);
/// # fn main() {
/// # let text = NoteText::extract(&CallContext::default(), &Document::from_bytes(*b"a\nb")).unwrap();
/// # assert_eq!(text.plain(), "a\nb");
/// # }
/// ```
pub trait TextExtractor {
    /// Reads the document.
    fn extract(context: &CallContext, document: &Document) -> Result<ExtractedText, PluginError>;
}

/// Reads a résumé from its text.
///
/// ```
/// use mortise_sdk::resume::ParsedResume;
/// use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};
///
/// struct FirstLineIsTheName;
///
/// impl ResumeParser for FirstLineIsTheName {
///     fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
///         let mut resume = ParsedResume::default();
///         resume.basics.name = text.plain().lines().next().map(str::to_owned);
///         Ok(resume)
///     }
/// }
///
/// mortise_sdk::export_resume_parser!(FirstLineIsTheName);
/// # fn main() {}
/// ```
pub trait ResumeParser {
    /// Reads the text; the document is there for parsers that want the file itself.
    fn parse(
        context: &CallContext,
        document: &Document,
        text: ExtractedText,
    ) -> Result<ParsedResume, PluginError>;
}

/// Scores one application. Pure: the same input gives the same score, byte for byte.
///
/// ```
/// use mortise_sdk::{Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule};
///
/// struct Experience;
///
/// impl ScoringRule for Experience {
///     fn score(_: &CallContext, who: &Candidate, _: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
///         let years = who.years_of_experience.unwrap_or(0.0).clamp(0.0, 20.0);
///         let points = f64::from(years) * 5.0;
///         let reason = Contribution::new("experience", points, format!("{} full years of work.", years.floor()));
///         Ok(ScoreResult::from_contributions(vec![reason.because_of("/work")]))
///     }
/// }
///
/// mortise_sdk::export_scoring_rule!(Experience);
/// # fn main() {}
/// ```
pub trait ScoringRule {
    /// Scores the application.
    fn score(
        context: &CallContext,
        candidate: &Candidate,
        job: &Job,
        answers: &[Answer],
    ) -> Result<ScoreResult, PluginError>;
}

/// Reshapes one event before it is delivered to a webhook endpoint.
///
/// ```
/// use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};
///
/// struct OnlyHires;
///
/// impl WebhookTransform for OnlyHires {
///     fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
///         if event.kind != "application.hired" {
///             return Ok(Decision::Drop(format!("{} is not a hire", event.kind)));
///         }
///         let payload: serde_json::Value = event.payload.read()?;
///         Ok(Decision::Deliver(vec![Delivery::json(&payload)?]))
///     }
/// }
///
/// mortise_sdk::export_webhook_transform!(OnlyHires);
/// # fn main() {}
/// ```
pub trait WebhookTransform {
    /// Decides what the endpoint should receive.
    fn transform(context: &CallContext, event: Event) -> Result<Decision, PluginError>;
}

/// Makes a [`TextExtractor`] the component's export. Off wasm it only checks the type.
#[macro_export]
macro_rules! export_text_extractor {
    ($plugin:ty) => {
        $crate::__export!(TextExtractor, text_extractor, export_text_extractor, $plugin);
    };
}

/// Makes a [`ResumeParser`] the component's export. Off wasm it only checks the type.
#[macro_export]
macro_rules! export_resume_parser {
    ($plugin:ty) => {
        $crate::__export!(ResumeParser, resume_parser, export_resume_parser, $plugin);
    };
}

/// Makes a [`ScoringRule`] the component's export. Off wasm it only checks the type.
#[macro_export]
macro_rules! export_scoring_rule {
    ($plugin:ty) => {
        $crate::__export!(ScoringRule, scoring_rule, export_scoring_rule, $plugin);
    };
}

/// Makes a [`WebhookTransform`] the component's export. Off wasm it only checks the type.
#[macro_export]
macro_rules! export_webhook_transform {
    ($plugin:ty) => {
        $crate::__export!(WebhookTransform, webhook_transform, export_webhook_transform, $plugin);
    };
}

// Symbols are exported in the sandbox only: a plugin is also an ordinary library in its own tests and in
// those of others, where two of one name would clash.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($kind:ident, $world:ident, $export:ident, $plugin:ty) => {
        const _: fn() = || {
            fn implements<T: $crate::$kind>() {}
            implements::<$plugin>()
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::Exported<$plugin>;
    $crate::__private::$world::$export!(Exported with_types_in $crate::__private::$world);
        };
    };
}
