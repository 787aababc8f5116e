//! Asks a language model what its settings say, as often as they say, and answers what came back the last time.

use mortise_sdk::inference::{Options, complete, embed};
use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, setting};

struct AsksAModel;

impl ResumeParser for AsksAModel {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        let mut seen = serde_json::Value::Null;
        for _ in 0..setting("times")?.unwrap_or(1) {
            if let Some(texts) = setting::<Vec<String>>("embed")? {
                seen = serde_json::json!({ "vectors": embed(&texts)? });
                continue;
            }
            let schema: Option<serde_json::Value> = setting("schema")?;
            let options = Options {
                system: setting("system")?,
                model: setting("model")?,
                max_tokens: setting("max_tokens")?.unwrap_or(100),
                temperature: setting("temperature")?,
                json_schema: schema.map(|schema| schema.to_string()),
            };
            let answer = complete(&text.plain(), options)?;
            seen = serde_json::json!({
                "text": answer.text, "model": answer.model, "truncated": answer.truncated,
                "prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens,
            });
        }
        let seen = serde_json::json!({ "seen": seen });
        Ok(ParsedResume { extra_json: Some(seen.to_string()), ..ParsedResume::default() })
    }
}

mortise_sdk::export_resume_parser!(AsksAModel);
