//! Tries parsers and text extractors on résumés: each is given the file, and a parser its text as it was read last.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tasks::{Bench, counted};
use super::{Cost, Found, Report};
use crate::error::{Error, Result};
use crate::hooks::{Document, Failure, Kind, PluginRef};
use crate::ids::ResumeId;
use crate::null_characters::DropNulls;
use crate::resources::plugins::comparison::{self, compare};
use crate::resources::resumes;
use crate::tasks::Stop;
use crate::text::ExtractedText;

impl Bench<'_> {
    pub(super) async fn try_resume(&self, id: ResumeId, report: &mut Report) -> Result<Found, Stop> {
        let Some((document, text)) = self.material(id).await? else { return Ok(Found::skipped()) };
        let (now, later) = match self.kind {
            Kind::TextExtractor => {
                let usual = self.services.hooks.extractor(self.caller.tenant, &document.media_type);
                let plugin = self.plugin_now(usual);
                let now = self.extracted(plugin.as_ref(), &document, &mut report.baseline_cost).await?;
                let later = self.extracted(Some(&self.candidate.plugin), &document, &mut report.cost).await?;
                (now, later)
            }
            _ => {
                let usual = self.services.hooks.parser(self.caller.tenant, None);
                let plugin = self.plugin_now(usual);
                let now = self.parsed(plugin.as_ref(), &document, &text, &mut report.baseline_cost).await?;
                let later = Some(&self.candidate.plugin);
                (now, self.parsed(later, &document, &text, &mut report.cost).await?)
            }
        };
        Ok(match (now, later) {
            (_, Some(Err(failure))) => Found::failed(failure.code),
            (_, None) => Found::skipped(),
            (now, Some(Ok(later))) => {
                // Where nothing is read now, everything is new.
                let now = now.and_then(Result::ok).unwrap_or_else(|| json!({}));
                Found::of(compare(&now, &later))
            }
        })
    }

    /// The file, and its text as it was read last. Nothing when either is not there any more.
    async fn material(&self, id: ResumeId) -> Result<Option<(Document, Arc<ExtractedText>)>> {
        match resumes::reading::material(self.services, self.caller, id).await {
            Ok(material) => Ok(material.map(|(document, text)| (document, Arc::new(text)))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn extracted(
        &self,
        plugin: Option<&PluginRef>,
        document: &Document,
        cost: &mut Cost,
    ) -> Result<Option<Result<Value, Failure>>, Stop> {
        let Some(plugin) = plugin else { return Ok(None) };
        let mut ran = self.services.hooks.extract(plugin, self.call(), document.clone()).await;
        ran.drop_nulls();
        let ran = counted(ran, cost)?;
        Ok(Some(ran.map(|text| comparison::of_text(&text))))
    }

    async fn parsed(
        &self,
        plugin: Option<&PluginRef>,
        document: &Document,
        text: &Arc<ExtractedText>,
        cost: &mut Cost,
    ) -> Result<Option<Result<Value, Failure>>, Stop> {
        let Some(plugin) = plugin else { return Ok(None) };
        let parse = self.services.hooks.parse(plugin, self.call(), document.clone(), Arc::clone(text));
        let mut ran = parse.await;
        ran.drop_nulls();
        let ran = counted(ran, cost)?;
        Ok(Some(ran.map(|read| serde_json::to_value(&read.resume).unwrap_or_default())))
    }
}
