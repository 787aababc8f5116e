//! Publishing: component and config first, the manifest that makes them an artifact last.

use url::Url;

use super::artifact::{CONFIG_TYPE, Descriptor, LAYER_TYPE, MANIFEST_TYPE, describe};
use super::session::{Request, Session, header};
use super::{Access, Reference};
use crate::components::signature::Signature;
use crate::components::{Examined, Refusal};
use crate::outbound::Outbound;

/// What is published.
pub struct Publication<'a> {
    pub component: &'a [u8],
    pub examined: &'a Examined,
    pub signature: Option<&'a Signature>,
}

/// Publishes a component; answers where it is, with its digest. The same file makes the same artifact again. Without a tag it
/// gets its version's.
///
/// # Errors
/// Why it was not published, and what to do: the codes of [`crate::outbound::Failed`], `invalid_reference`,
/// `not_in_registry`, `registry_denied`, `registry_busy`, `bad_answer`, `bad_status`, `digest_mismatch`.
pub async fn push(
    outbound: &Outbound,
    reference: &Reference,
    access: &Access,
    publication: Publication<'_>,
) -> Result<Reference, Refusal> {
    if reference.digest.is_some() {
        let message = "a plugin is published under a tag; its digest comes of what is published";
        return Err(Refusal::new("invalid_reference", message));
    }
    let Publication { component, examined, signature } = publication;
    // A tag cannot hold the plus of a version's build metadata.
    let tag = reference.tag.clone().unwrap_or_else(|| examined.manifest.version.replace('+', "_"));
    let reference = Reference { tag: Some(tag.clone()), ..reference.clone() };
    let described = describe(examined, component, signature);
    let (config, manifest) = described
        .map_err(|error| Refusal::new("invalid_artifact", format!("it cannot be described: {error}")))?;

    let mut session = Session::new(outbound, &reference, access, "pull,push")?;
    upload(&mut session, LAYER_TYPE, component).await?;
    upload(&mut session, CONFIG_TYPE, &config).await?;
    let place = session.place(&format!("manifests/{tag}"))?;
    let digest = Descriptor::of(MANIFEST_TYPE, &manifest).digest;
    let mut request = Request::new("PUT", place).header("content-type", MANIFEST_TYPE);
    request.body = manifest;
    let answer = session.send(&request).await?;
    if !(200..300).contains(&answer.status) {
        return Err(session.unexpected(&answer, "place for the manifest"));
    }
    if let Some(kept) = header(&answer, "docker-content-digest").filter(|kept| *kept != digest) {
        let message = format!("the registry keeps the manifest as {kept} instead of {digest}");
        return Err(Refusal::new("digest_mismatch", message));
    }
    Ok(reference.resolved(&digest))
}

/// One blob: asks for a place, and puts it there in one go.
async fn upload(session: &mut Session<'_>, media_type: &str, content: &[u8]) -> Result<(), Refusal> {
    let begin = Request::new("POST", session.place("blobs/uploads/")?);
    let answer = session.send(&begin).await?;
    if answer.status != 202 {
        return Err(session.unexpected(&answer, "place for the component"));
    }
    let mut place: Url = session.location(&begin.url, &answer)?;
    place.query_pairs_mut().append_pair("digest", &Descriptor::of(media_type, content).digest);
    let mut request = Request::new("PUT", place).header("content-type", "application/octet-stream");
    request.body = content.to_vec();
    let answer = session.send(&request).await?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(session.unexpected(&answer, "upload")) }
}
