//! The generated traits, answered by the SDK's: converts, prepares log and panic hook, calls the plugin.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use crate::bindings::resume_parser::exports::mortise::plugin::resume_parsing as parsing;
use crate::bindings::scoring_rule::exports::mortise::plugin::scoring;
use crate::bindings::text_extractor::exports::mortise::plugin::extraction;
use crate::bindings::webhook_transform::exports::mortise::plugin::transforming;
use crate::convert::Convert;
use crate::{CallContext, Document, ResumeParser, ScoringRule, TextExtractor, WebhookTransform, logging};

/// Stands for the plugin `T` on the generated side.
#[derive(Debug)]
pub struct Exported<T>(PhantomData<T>);

impl<T: TextExtractor> extraction::Guest for Exported<T> {
    fn extract(
        context: extraction::CallContext,
        document: &extraction::Document,
    ) -> Result<extraction::ExtractedText, extraction::PluginError> {
        logging::prepare();
        let context: CallContext = context.convert();
        T::extract(&context, &Document::from_host(document)).convert()
    }
}

impl<T: ResumeParser> parsing::Guest for Exported<T> {
    fn parse(
        context: parsing::CallContext,
        document: &parsing::Document,
        text: parsing::ExtractedText,
    ) -> Result<parsing::ParsedResume, parsing::PluginError> {
        logging::prepare();
        let context: CallContext = context.convert();
        T::parse(&context, &Document::from_host(document), text.convert()).convert()
    }
}

impl<T: ScoringRule> scoring::Guest for Exported<T> {
    fn score(
        context: scoring::CallContext,
        candidate: scoring::Candidate,
        job: scoring::Job,
        answers: Vec<scoring::Answer>,
    ) -> Result<scoring::ScoreResult, scoring::PluginError> {
        logging::prepare();
        let context: CallContext = context.convert();
        let answers: Vec<crate::Answer> = answers.convert();
        // Not freed piece by piece: the memory they lie in ends with the call.
        let given = ManuallyDrop::new((candidate.convert(), job.convert(), answers));
        let (candidate, job, answers) = &*given;
        T::score(&context, candidate, job, answers).convert()
    }
}

impl<T: WebhookTransform> transforming::Guest for Exported<T> {
    fn transform(
        context: transforming::CallContext,
        event: transforming::Event,
    ) -> Result<transforming::Decision, transforming::PluginError> {
        logging::prepare();
        let context: CallContext = context.convert();
        T::transform(&context, event.convert()).convert()
    }
}
