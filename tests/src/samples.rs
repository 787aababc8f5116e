//! The repository's sample résumés, and small documents made on the spot.

use std::path::PathBuf;

use serde_json::Value;

/// The repository's folder of samples.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

/// A sample's bytes, by file name.
///
/// # Panics
/// When there is no such sample.
pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("the sample {name}: {error}"))
}

/// What a sample's page says, as JSON Resume.
///
/// # Panics
/// When there is no such sample.
pub fn gold(name: &str) -> Value {
    serde_json::from_slice(&read(&format!("{name}.json"))).expect("gold is JSON")
}

/// Every sample's name, without its ending, sorted.
///
/// # Panics
/// When the folder is gone.
pub fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the samples are in the repository");
    let files = entries.map(|entry| entry.expect("the folder is readable").path());
    let pdfs = files.filter(|file| file.extension().is_some_and(|ending| ending == "pdf"));
    let mut names: Vec<String> =
        pdfs.map(|file| file.file_stem().expect("it has an ending").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A résumé in plain text: one person, one post, one study.
pub fn text_resume(name: &str, email: &str) -> Vec<u8> {
    format!(
        "{name}\nNurse\n{email} | +1 202-555-0143 | Denver, CO\n\nEXPERIENCE\n\nRegistered Nurse\nMercy Hospital, \
         Denver, CO\nJanuary 2019 - Present\n- Cared for twelve patients a shift\n\nEDUCATION\n\nUniversity of \
         Colorado\nBachelor of Science in Nursing\n2014 - 2018\n\nSKILLS\n\nTriage, Phlebotomy, Spanish\n"
    )
    .into_bytes()
}
