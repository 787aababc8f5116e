//! Fetches the address in its `url` setting, with the secret `auth` names, and answers what came back.

use mortise_sdk::http::{Request, fetch};
use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, log, setting};

struct AsksForHttp;

impl ResumeParser for AsksForHttp {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        let url = setting("url")?.unwrap_or_else(|| "https://example.com/".to_owned());
        let request = Request {
            method: setting("method")?.unwrap_or_else(|| "GET".to_owned()),
            auth: setting("auth")?,
            ..Request::get(url)
        };
        let response = fetch(request)?;
        let body = String::from_utf8_lossy(&response.body).into_owned();
        log::info!("the service said {body}");
        let seen = serde_json::json!({"status": response.status, "headers": response.headers, "body": body});
        Ok(ParsedResume { extra_json: Some(seen.to_string()), ..ParsedResume::default() })
    }
}

mortise_sdk::export_resume_parser!(AsksForHttp);
