//! Reads the form of a careers page, part by part.

use std::collections::BTreeSet;

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Tracking;
use crate::error::{Error, Result};
use crate::fields;
use crate::resources::resumes::upload;

/// What the form may weigh beside the file.
pub(crate) const FORM_BYTES: usize = 256 << 10;

/// The form of a careers page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct ApplicationForm {
    #[schema(example = "Ada Lovelace", max_length = 200)]
    name: String,
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    #[schema(example = "+44 20 7946 0000", max_length = 60)]
    phone: Option<String>,
    /// A PDF, DOCX, ODT, RTF, text, Markdown or HTML file.
    #[schema(value_type = Option<String>, format = Binary, content_media_type = "application/octet-stream")]
    resume: Option<Vec<u8>>,
    /// To the job's questions: a JSON object by their keys.
    #[schema(value_type = Option<String>, example = "{\"start\": \"2026-09-01\"}")]
    answers: Option<String>,
    /// The tracking link the applicant came by: its source counts then. One that is not the job's, or not there any more,
    /// is left aside.
    #[schema(example = "link_01k7z1v5jafz8rk3m2w9y6t4qd")]
    link: Option<String>,
    /// Where it came from; `careers page` without one.
    #[schema(max_length = 200)]
    source: Option<String>,
    /// What the applicant agrees to: the part again for each purpose. The tenant's privacy policy says which it asks for.
    #[schema(example = json!(["processing"]))]
    consent: Option<Vec<String>>,
    utm_source: Option<String>,
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
    utm_term: Option<String>,
    utm_content: Option<String>,
    referrer: Option<String>,
}

/// It was received.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationReceived {
    pub received: bool,
}

/// The form as it was sent.
#[derive(Default)]
pub(crate) struct Form {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) resume: Option<(String, Bytes)>,
    pub(crate) answers: Map<String, Value>,
    pub(crate) link: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) consents: BTreeSet<String>,
    pub(crate) tracking: Tracking,
}

const LONGEST_PART: usize = 100_000;
const MOST_CONSENTS: usize = 20;

/// # Errors
/// `Malformed`, `TooLarge`, or `Invalid` with the part at fault.
pub(crate) async fn receive(form: Result<Multipart, MultipartRejection>, max_bytes: u64) -> Result<Form> {
    let mut form = form.map_err(|rejection| Error::Malformed {
        detail: format!("send the form as multipart/form-data ({})", rejection.body_text()),
    })?;
    let mut read = Form::default();
    let mut seen = BTreeSet::new();
    while let Some(field) = form.next_field().await.map_err(upload::broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if !seen.insert(name.clone()) && name != "consent" {
            return Err(Error::invalid(name, "given_twice", "this part is there more than once"));
        }
        if name == "resume" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let bytes = upload::limited(field, max_bytes).await?;
            // What browsers send of a field for a file that nobody chose.
            if !(file_name.is_empty() && bytes.is_empty()) {
                read.resume = Some((file_name, bytes));
            }
            continue;
        }
        let text = field.text().await.map_err(upload::broken)?;
        if text.len() > LONGEST_PART || text.contains('\0') {
            let detail = "at most 100,000 bytes of text without the character U+0000";
            return Err(Error::invalid(name, "invalid_text", detail));
        }
        read.take(&name, text)?;
    }
    Ok(read)
}

impl Form {
    fn take(&mut self, name: &str, text: String) -> Result<()> {
        let text = Some(text).filter(|text| !text.trim().is_empty());
        match name {
            "name" => self.name = text,
            "email" => self.email = text,
            "phone" => self.phone = text,
            "link" => self.link = text,
            "source" => self.source = text,
            "consent" => {
                let Some(purpose) = text else { return Ok(()) };
                self.consents.insert(fields::key("consent", purpose.trim())?);
                if self.consents.len() > MOST_CONSENTS {
                    let detail = format!("at most {MOST_CONSENTS} purposes");
                    return Err(Error::invalid(name, "too_many", detail));
                }
            }
            "utm_source" => self.tracking.utm_source = text,
            "utm_medium" => self.tracking.utm_medium = text,
            "utm_campaign" => self.tracking.utm_campaign = text,
            "utm_term" => self.tracking.utm_term = text,
            "utm_content" => self.tracking.utm_content = text,
            "referrer" => self.tracking.referrer = text,
            "answers" => {
                let Some(text) = text else { return Ok(()) };
                self.answers = serde_json::from_str(&text).map_err(|error| {
                    Error::invalid("answers", "invalid_value", format!("a JSON object: {error}"))
                })?;
            }
            _ => {
                let detail = "the form has the parts name, email, phone, resume, answers, link, source, consent, referrer and utm_…";
                return Err(Error::invalid(name, "unknown_part", detail));
            }
        }
        Ok(())
    }
}
