//! Fetching: the reference is resolved once, and neither manifest nor component is believed before its digest is.

use bytes::Bytes;

use super::artifact::{Descriptor, MANIFEST_TYPE, Manifest};
use super::session::{Request, Session, header};
use super::{Access, Reference};
use crate::components::Refusal;
use crate::components::signature::Signature;
use crate::digest::sha256_hex;
use crate::outbound::Outbound;

/// Ours have a few hundred bytes, and a signature.
const MOST_MANIFEST: usize = 1 << 20;

/// What else a registry may have there: asked for, so that it can be said what it is.
const OTHERS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
                      application/vnd.docker.distribution.manifest.list.v2+json";

/// A component that came out of a registry.
pub struct Pulled {
    pub component: Bytes,
    /// With the digest that its tag stood for.
    pub reference: Reference,
    /// What its publisher put beside it; nobody has looked whose it is.
    pub signature: Option<Signature>,
}

/// Fetches the component a reference names.
///
/// # Errors
/// Why it was not fetched, and what to do: the codes of [`crate::outbound::Failed`], `invalid_reference`, `not_in_registry`,
/// `registry_denied`, `registry_busy`, `bad_answer`, `too_many_redirects`, `digest_mismatch`, `wrong_media_type`,
/// `invalid_artifact`, `component_too_large`, `signature_invalid`.
pub async fn pull(outbound: &Outbound, reference: &Reference, access: &Access) -> Result<Pulled, Refusal> {
    let Some(wanted) = reference.digest.as_ref().or(reference.tag.as_ref()) else {
        let message = "the reference names neither a tag nor a digest; add the one you mean, as in :1.2.0";
        return Err(Refusal::new("invalid_reference", message));
    };
    let mut session = Session::new(outbound, reference, access, "pull")?;
    let (manifest, digest) = read_manifest(&mut session, reference, wanted).await?;
    let layer = manifest.layer()?;
    let component = read_layer(&mut session, layer).await?;
    Ok(Pulled { component, reference: reference.resolved(&digest), signature: manifest.signature()? })
}

async fn read_manifest(
    session: &mut Session<'_>,
    reference: &Reference,
    wanted: &str,
) -> Result<(Manifest, String), Refusal> {
    let place = session.place(&format!("manifests/{wanted}"))?;
    let mut request = Request::new("GET", place).header("accept", format!("{MANIFEST_TYPE}, {OTHERS}"));
    request.most_bytes = MOST_MANIFEST;
    let answer = session.get(request).await?;
    if answer.status != 200 {
        return Err(session.unexpected(&answer, &format!("{}:{wanted}", reference.name)));
    }
    let digest = format!("sha256:{}", sha256_hex(&answer.body));
    let told = header(&answer, "docker-content-digest").filter(|told| told.starts_with("sha256:"));
    let mut promised = [reference.digest.as_deref(), told].into_iter().flatten();
    if let Some(promised) = promised.find(|promised| *promised != digest) {
        return Err(lie("manifest", promised, &digest));
    }
    Ok((Manifest::read(header(&answer, "content-type"), &answer.body)?, digest))
}

async fn read_layer(session: &mut Session<'_>, layer: &Descriptor) -> Result<Bytes, Refusal> {
    let mut request = Request::new("GET", session.place(&format!("blobs/{}", layer.digest))?);
    // More than was promised is not read to its end. It was looked at that this is not too much.
    request.most_bytes = usize::try_from(layer.size).unwrap_or(usize::MAX);
    let answer = session.get(request).await.map_err(|refusal| match refusal.code {
        "too_large" => lie("component", &layer.digest, &format!("one of more than {} bytes", layer.size)),
        _ => refusal,
    })?;
    if answer.status != 200 {
        return Err(session.unexpected(&answer, "component where its manifest says"));
    }
    let digest = format!("sha256:{}", sha256_hex(&answer.body));
    if digest != layer.digest || answer.body.len() as u64 != layer.size {
        return Err(lie("component", &layer.digest, &digest));
    }
    Ok(answer.body.into())
}

fn lie(what: &str, promised: &str, actual: &str) -> Refusal {
    let message = format!(
        "the {what} should be {promised} and is {actual}; the registry is damaged or lies, ask whoever publishes the plugin"
    );
    Refusal::new("digest_mismatch", message)
}
