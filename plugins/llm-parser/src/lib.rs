//! Reads a résumé by a language model: the text goes out in reading order, JSON of a fixed shape comes back, and of that only what
//! really stands in the text is kept, with its place. Whatever goes wrong is an error value, so that another parser is asked.

mod answer;
mod checking;
mod index;
mod mapping;
mod prompt;
mod schema;

use mortise_sdk::inference::{self, Options};
use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, log};
use serde::Deserialize;

use answer::Answer;
use index::Index;

/// The plugin `mortise/llm-parser`.
#[derive(Debug)]
pub struct LlmParser;

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Config {
    model: Option<String>,
    max_tokens: u32,
    temperature: f32,
    languages: Vec<String>,
    max_characters: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            model: None,
            max_tokens: 8_192,
            temperature: 0.0,
            languages: Vec::new(),
            max_characters: 40_000,
        }
    }
}

impl ResumeParser for LlmParser {
    fn parse(_: &CallContext, document: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        let config: Config = mortise_sdk::config()?;
        // Nobody can write a file that names its own digest: no résumé can pretend to end before it does.
        let prompt = prompt::Prompt::new(&text, config.max_characters, &document.sha256());
        if prompt.is_empty() {
            return Err(PluginError::invalid_input(
                "no_text",
                "There is no text for a language model to read.",
            ));
        }
        let options = Options {
            system: Some(prompt::instructions(&prompt.mark, &config.languages)),
            model: config.model,
            max_tokens: config.max_tokens,
            temperature: Some(config.temperature),
            json_schema: Some(schema::resume().to_string()),
        };
        let completion = inference::complete(&prompt.text, options).inspect_err(|error| {
            // Neither holds anything of the résumé: the host words both.
            log::warn!("no answer of a language model: {} ({})", error.message, error.code);
        })?;
        let (read, wrote) = (completion.prompt_tokens, completion.completion_tokens);
        log::info!("{} read {read} tokens and wrote {wrote}", name(&completion.model));
        let answer: Answer = completion.json().inspect_err(|error| log::warn!("{error}"))?;
        let index = Index::new(&text);
        let (mut resume, dropped) = mapping::resume(answer, &index);
        if is_empty(&resume) {
            log::warn!("{dropped} values of the answer stand nowhere in the text, and nothing else is left");
            let message = "Nothing of the language model's answer stands in the résumé.";
            return Err(PluginError { retryable: false, ..PluginError::upstream("nothing_found", message) });
        }
        if dropped > 0 {
            log::info!("{dropped} values of the answer stand nowhere in the text");
            resume.warnings.push(format!(
                "{dropped} values that the language model answered do not stand in the résumé, and were left out."
            ));
        }
        if let Some(cut) = prompt.cut {
            resume.warnings.push(format!(
                "The résumé has {} characters, of which the language model was given the first {}.",
                cut.of, cut.at
            ));
        }
        if resume.language.is_none() {
            resume.language = text.language;
        }
        Ok(resume)
    }
}

/// What the endpoint calls the model, if that is a name and nothing that it was told.
fn name(model: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte);
    if (1..=100).contains(&model.len()) && model.bytes().all(fits) { model } else { "the model" }
}

/// Whether it says nothing of a person.
fn is_empty(resume: &ParsedResume) -> bool {
    let basics = &resume.basics;
    basics.name.is_none()
        && basics.emails.is_empty()
        && basics.phones.is_empty()
        && resume.work.is_empty()
        && resume.education.is_empty()
        && resume.skills.is_empty()
        && resume.projects.is_empty()
}

mortise_sdk::export_resume_parser!(LlmParser);

#[cfg(test)]
mod tests;
