//! Reads what a plugin is installed from: the parts of a form, or where to fetch it.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use utoipa::ToSchema;

use super::fetching::{self, NewPlugin};
use super::installation::Incoming;
use crate::components::MAX_COMPONENT_BYTES;
use crate::components::signature::Signature;
use crate::error::{Error, Result};
use crate::http::body::{Json, limited, unreadable};
use crate::services::Services;

/// A part of the form that is no file.
const MAX_PART: usize = 16 << 10;

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct PluginForm {
    /// The component (`.wasm`) with its manifest inside, as `mortise plugin build` makes it.
    #[schema(value_type = String, format = Binary, content_media_type = "application/wasm")]
    component: Vec<u8>,
    /// What `mortise plugin sign` wrote beside it.
    signature: Option<String>,
    /// Takes a component that nobody signed. Leaves an entry of its own in the audit log.
    #[schema(default = false)]
    allow_unsigned: Option<bool>,
}

/// # Errors
/// `Malformed`, `TooLarge`, or `Invalid` with the part at fault.
pub(crate) async fn receive(services: &Services, request: Request) -> Result<Incoming> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, services).await;
        let form = form.map_err(|rejection| Error::Malformed {
            detail: format!(
                "send the component as multipart/form-data in the part `component` ({})",
                rejection.body_text()
            ),
        })?;
        return of_form(form).await;
    }
    let Json(new) = Json::<NewPlugin>::from_request(request, services).await?;
    fetching::fetch(services, new).await
}

async fn of_form(mut form: Multipart) -> Result<Incoming> {
    let (mut component, mut signature, mut allows_unsigned) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_twice = match name.as_str() {
            "component" => component.is_some(),
            "signature" => signature.is_some(),
            "allow_unsigned" => allows_unsigned.is_some(),
            _ => {
                let detail = "the form has the parts component, signature and allow_unsigned";
                return Err(Error::invalid(name, "unknown_part", detail));
            }
        };
        if is_twice {
            return Err(Error::invalid(name, "given_twice", "this part is there more than once"));
        }
        match name.as_str() {
            "component" => component = Some(limited(field, MAX_COMPONENT_BYTES as u64).await?),
            "signature" => {
                let text = limited(field, MAX_PART as u64).await?;
                let is_empty = text.trim_ascii().is_empty();
                signature = Some(if is_empty { None } else { Some(read_signature(&text)?) });
            }
            _ => {
                let text = limited(field, MAX_PART as u64).await?;
                allows_unsigned = Some(match text.trim_ascii() {
                    b"true" => true,
                    b"false" | b"" => false,
                    _ => return Err(Error::invalid("allow_unsigned", "invalid_value", "true or false")),
                });
            }
        }
    }
    let component = component
        .ok_or_else(|| Error::invalid("component", "missing", "the form has no part `component`"))?;
    Ok(Incoming {
        component,
        place: "component",
        source: None,
        signature: signature.flatten(),
        allows_unsigned: allows_unsigned.unwrap_or_default(),
    })
}

pub(super) fn read_signature(text: &[u8]) -> Result<Signature> {
    Signature::read(text).map_err(|refusal| Error::invalid("signature", refusal.code, refusal.message))
}
