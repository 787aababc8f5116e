//! What candidates are told of their applications by e-mail, as far as the tenant has switched it on.

use super::Application;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CandidateId;
use crate::resources::candidates::{self, ContactKind};
use crate::resources::emails::{self, About, Kind, Letter, Recipient};
use crate::resources::jobs;
use crate::services::Services;

/// Tells the candidate, at the address they gave or their first one; nobody when they have none.
///
/// # Errors
/// As [`emails::actions::queue`].
pub(super) async fn tell(
    tx: &mut Tx,
    services: &Services,
    kind: Kind,
    application: &Application,
    given_address: Option<&str>,
) -> Result<()> {
    if !emails::actions::is_on(services) {
        return Ok(());
    }
    let Some(mut candidate) = addressee(tx, application.candidate_id).await? else { return Ok(()) };
    let given = given_address.map(str::to_owned);
    let Some(address) = given.or(candidate.address.take()) else { return Ok(()) };
    let job = jobs::store::get(tx, application.job_id).await?;
    let about = About {
        candidate: Some(application.candidate_id),
        application: Some(application.id),
        ..About::default()
    };
    let letter = Letter {
        kind,
        to: Recipient { name: candidate.name, address },
        about,
        values: vec![("job_title", job.title)],
        when: None,
        appointment: None,
    };
    emails::actions::queue(tx, services, vec![letter]).await
}

/// How a candidate is written to.
pub(crate) struct Addressee {
    pub(crate) name: Option<String>,
    /// Their first one.
    pub(crate) address: Option<String>,
}

/// Nobody when the candidate is deleted.
///
/// # Errors
/// The database's.
pub(crate) async fn addressee(tx: &mut Tx, id: CandidateId) -> Result<Option<Addressee>> {
    let Some(candidate) = candidates::store::find(tx, id).await? else { return Ok(None) };
    let contacts = candidates::store::list_contacts(tx, id).await?;
    let address = contacts.into_iter().find(|contact| contact.kind == ContactKind::Email);
    Ok(Some(Addressee { name: candidate.name, address: address.map(|contact| contact.key) }))
}
