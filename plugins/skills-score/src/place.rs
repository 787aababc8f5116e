//! Where the work is done, and where the candidate is.

use mortise_sdk::{Candidate, Job};

use crate::parts::{Finding, Part};
use crate::words::{Key, Texts};

pub(crate) fn part(candidate: &Candidate, job: &Job, weight: f64) -> Option<Part> {
    if job.remote.as_deref() == Some("remote") {
        let message = "The work is done from anywhere.".to_owned();
        return Some(Part::of(weight, Finding::new("location_remote", 1.0, message)));
    }
    let asked = job.location.as_deref().filter(|place| !place.trim().is_empty())?;
    let mut wanted = Texts::new();
    asked.split(',').for_each(|part| wanted.add((), part));
    let location = candidate.resume.basics.location.clone().unwrap_or_default();
    let steps = [
        ("city", location.city, 1.0, "location_city"),
        ("region", location.region, 0.6, "location_region"),
        ("countryCode", location.country_code, 0.4, "location_country"),
    ];
    let is_known = steps.iter().any(|(_, name, ..)| name.is_some());
    for (field, name, degree, code) in steps {
        let Some(name) = name else { continue };
        if Key::of(&name).and_then(|key| wanted.find(&key)).is_some() {
            let message = format!("In {name}; the work is done in {asked}.");
            let finding = Finding::new(code, degree, message);
            return Some(Part::of(weight, finding.because_of(format!("/basics/location/{field}"))));
        }
    }
    let finding = match is_known {
        true => {
            let message = format!("Somewhere else; the work is done in {asked}.");
            Finding::new("location_elsewhere", 0.0, message).because_of("/basics/location".to_owned())
        }
        false => Finding::new(
            "location_unknown",
            0.0,
            format!("The résumé does not say where; the work is done in {asked}."),
        ),
    };
    Some(Part::of(weight, finding))
}
