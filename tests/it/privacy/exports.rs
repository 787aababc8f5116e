//! Handing over what is known of a person: everything, in one archive.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use mortise_tests::actor::Answer;
use mortise_tests::samples;
use serde_json::Value;

use super::erasures::{WORD, Written};
use crate::hiring::{candidate, listed};

fn opened(answer: &Answer) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.body.to_vec())).expect("it is a ZIP file");
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("the entry is there");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("it can be read");
        files.insert(file.name().expect("names are UTF-8").into_owned(), content);
    }
    files
}

/// One of the archive's documents.
pub(crate) fn document(answer: &Answer, name: &str) -> Value {
    serde_json::from_slice(&opened(answer)[name]).expect("it is JSON")
}

#[tokio::test]
async fn everything_that_is_known_of_a_person_is_in_the_archive() {
    let written = Written::start().await;
    let Written { owner, .. } = &written;

    let answer = owner.get(&format!("{}/export", written.path())).await.expect(200);

    assert_eq!(answer.header("content-type"), Some("application/zip"));
    let name = format!("attachment; filename=\"{}.zip\"", written.candidate);
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    let files = opened(&answer);
    let document = |name: &str| document(&answer, name);
    let counts = |name: &str| document(name).to_string().to_lowercase().matches(WORD).count();
    // In the profile, too, the résumé says it.
    assert!(counts("candidate.json") >= 7, "{:#}", document("candidate.json"));
    assert_eq!(counts("duplicates.json"), 2, "name and headline; its address was taken over");
    assert_eq!(counts("consents.json"), 1);
    // Answers, tags, custom fields, tracking, the detail of the rejection here and in the history; the offer's title, note,
    // benefit and why it was declined.
    assert_eq!(counts("applications.json"), 10, "{:#}", document("applications.json"));
    assert_eq!(document("applications.json")[0]["history"].as_array().map(Vec::len), Some(2));
    // Title, place, note, why it was cancelled; feedback and attribute.
    assert_eq!(counts("interviews.json"), 6, "{:#}", document("interviews.json"));
    assert_eq!(counts("notes.json"), 3);
    let resume = listed(owner, &format!("{}/resumes", written.path()), "id").await.remove(0);
    let sent = samples::text_resume("Zyxwort Person", &format!("{WORD}@example.com"));
    assert_eq!(files[&format!("resumes/{resume}/file/{WORD}.txt")], sent.clone());
    assert!(String::from_utf8_lossy(&files[&format!("resumes/{resume}/text.txt")]).contains("Zyxwort"));
    let reading = document(&format!("resumes/{resume}/reading.json"));
    assert_eq!(reading["unified"]["basics"]["summary"], format!("Planes {WORD}"), "as it was corrected");
    assert!(reading["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));
    assert!(files.contains_key("README.txt"));
    let log = format!("/v1/audit-log?object_id={}&action=candidate.exported", written.candidate);
    assert_eq!(listed(owner, &log, "action").await, ["candidate.exported"]);
}

#[tokio::test]
async fn whoever_is_deleted_can_still_be_handed_over_and_whoever_is_erased_is_nothing() {
    let written = Written::start().await;
    let Written { owner, duplicate, .. } = &written;
    // The redirect is followed.
    let moved = owner.get(&format!("/v1/candidates/{duplicate}/export")).await.expect(200);
    assert!(opened(&moved).contains_key("candidate.json"));
    owner.delete(&written.path(), Some("*")).await.expect(204);
    let deleted = opened(&owner.get(&format!("{}/export", written.path())).await.expect(200));
    assert!(String::from_utf8_lossy(&deleted["candidate.json"]).contains("Zyxwort Person"));

    owner.delete(&format!("{}/personal-data", written.path()), Some("*")).await.expect(200);

    let erased = opened(&owner.get(&format!("{}/export", written.path())).await.expect(200));
    for (name, content) in erased {
        let content = String::from_utf8_lossy(&content).to_lowercase();
        assert!(!content.contains(WORD) && !name.contains(WORD), "{name}: {content}");
    }
    let other = written.server.tenant("globex").await;
    let theirs = candidate(&other, "Grace Hopper").await;
    owner.get(&format!("/v1/candidates/{theirs}/export")).await.expect(404);
}
