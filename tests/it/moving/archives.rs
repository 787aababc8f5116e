//! Archives of résumés: each file becomes one, whatever else is in the archive.

use std::io::Write;

use mortise_tests::actor::Actor;
use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::{counts, import, report};
use crate::hiring::listed;

const RESUMES: [(&str, &str); 2] = [("kind", "resumes"), ("source", "the old system")];

async fn start() -> (Server, Actor) {
    let server = Server::start_with(|config| config.upload_max_bytes = 200_000).await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            archive.add_directory(*name, SimpleFileOptions::default()).expect("memory can be written");
            continue;
        }
        archive.start_file(*name, SimpleFileOptions::default()).expect("memory can be written");
        archive.write_all(content).expect("memory can be written");
    }
    archive.finish().expect("memory can be written").into_inner()
}

/// Number, outcome and the first code of each row.
async fn outcomes(owner: &Actor, import: &Value) -> Vec<(i64, String, String)> {
    let rows = report(owner, import, "?limit=200").await;
    let one = |row: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (row["number"].as_i64().expect("it has one"), text(&row["outcome"]), text(&row["errors"][0]["code"]))
    };
    rows.iter().map(one).collect()
}

fn expected(rows: &[(i64, &str, &str)]) -> Vec<(i64, String, String)> {
    rows.iter().map(|(number, outcome, code)| (*number, (*outcome).into(), (*code).into())).collect()
}

#[tokio::test]
async fn every_file_becomes_a_resume_as_if_it_were_uploaded() {
    let (server, owner) = start().await;
    let ada = samples::text_resume("Ada Lovelace", "ada@example.com");
    let grace = documents::docx(&[
        "Grace Hopper",
        "grace@example.com",
        "EXPERIENCE",
        "Rear admiral, US Navy, 1943 - 1986",
    ]);
    let nested = archive(&[("ada.txt", &ada)]);
    let large = vec![b'a'; 200_001];
    let file = archive(&[
        ("people/", b""),
        ("people/ada.txt", &ada),
        ("../../../etc/passwd.docx", &grace),
        ("more.zip", &nested),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("empty.txt", b""),
        ("large.txt", &large),
        ("__MACOSX/._ada.txt", b"\0\x05\x16\x07"),
    ]);

    let done = import(&server, &owner, "people.zip", file.clone(), &RESUMES).await;

    assert_eq!(counts(&done), ("done", [7, 2, 0, 1, 4]));
    let all = [
        (1, "created", ""),
        (2, "created", ""),
        (3, "failed", "unsupported_media_type"),
        (4, "failed", "unsupported_media_type"),
        (5, "failed", "empty_file"),
        (6, "failed", "too_large"),
        (7, "skipped", "hidden_file"),
    ];
    assert_eq!(outcomes(&owner, &done).await, expected(&all));
    let resumes = owner.get("/v1/resumes").await.expect(200).json();
    let read = |field: &dyn Fn(&Value) -> Value| -> Vec<Value> {
        resumes["data"].as_array().into_iter().flatten().map(field).collect()
    };
    assert_eq!(read(&|resume| resume["file"]["name"].clone()), [json!("passwd.docx"), json!("ada.txt")]);
    assert_eq!(read(&|resume| resume["status"].clone()), [json!("success"), json!("success")]);
    assert_eq!(read(&|resume| resume["source"].clone()), [json!("the old system"), json!("the old system")]);
    assert_eq!(listed(&owner, "/v1/candidates", "source").await, ["the old system"; 2]);
    let shown = format!("{:?}", report(&owner, &done, "").await);
    assert!(
        !shown.contains("passwd") && !shown.contains("ada"),
        "names of files are often people's: {shown}"
    );

    let tried =
        import(&server, &owner, "people.zip", file, &[&RESUMES[..], &[("dry_run", "true")]].concat()).await;
    assert_eq!(counts(&tried), counts(&done));
    assert_eq!(listed(&owner, "/v1/resumes", "id").await.len(), 2);
}

#[tokio::test]
async fn what_needs_a_password_or_is_damaged_fails_by_itself() {
    let (server, owner) = start().await;
    let ada = samples::text_resume("Ada Lovelace", "ada@example.com");
    let mut file = archive(&[("a.txt", &ada), ("b.txt", &ada), ("c.txt", &ada)]);
    // In both headers of the first entry: bit 0 of its flags says that it is encrypted.
    let local = find(&file, b"PK\x03\x04", 0);
    let central = find(&file, b"PK\x01\x02", 0);
    file[local + 6] |= 1;
    file[central + 8] |= 1;
    // Of the second one the content is something else than its checksum says.
    let second = find(&file, b"PK\x03\x04", local + 4);
    file[second + 60] ^= 0xff;

    let done = import(&server, &owner, "people.zip", file, &RESUMES).await;

    let all = [(1, "failed", "encrypted"), (2, "failed", "damaged_entry"), (3, "created", "")];
    assert_eq!(outcomes(&owner, &done).await, expected(&all));
}

#[tokio::test]
async fn what_is_no_archive_or_too_full_fails_as_a_whole() {
    let (server, owner) = start().await;
    let mut crowded = archive(&[("a.txt", b"a")]);
    let end = find(&crowded, b"PK\x05\x06", 0);
    crowded[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
    let mut twice = archive(&[("a.txt", b"a"), ("b.txt", b"b")]);
    let first = find(&twice, b"PK\x01\x02", 0);
    let second = find(&twice, b"PK\x01\x02", first + 4);
    for entry in [first, second] {
        twice[entry + 24..entry + 28].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    }

    for (file, code) in [
        (b"not an archive".to_vec(), "unreadable_file"),
        (archive(&[("a.txt", b"a")])[..40].to_vec(), "unreadable_file"),
        (crowded, "too_many_entries"),
        (twice, "expands_too_much"),
    ] {
        let failed = import(&server, &owner, "people.zip", file, &RESUMES).await;
        assert_eq!(counts(&failed).0, "failed");
        assert_eq!(failed["errors"][0]["code"], json!(code), "{failed:#}");
    }
    assert!(listed(&owner, "/v1/resumes", "id").await.is_empty());
}

/// A file of a few kilobytes that unpacks to far more than the server takes of one.
#[tokio::test]
async fn a_file_that_unpacks_to_more_than_it_says_fails() {
    let (server, owner) = start().await;
    let bomb = vec![b' '; 50 << 20];
    let mut file = archive(&[("bomb.txt", &bomb)]);
    assert!(file.len() < 100_000);
    let central = find(&file, b"PK\x01\x02", 0);
    file[central + 24..central + 28].copy_from_slice(&1000_u32.to_le_bytes());

    let done = import(&server, &owner, "bomb.zip", file, &RESUMES).await;

    let rows = outcomes(&owner, &done).await;
    assert_eq!((rows.len(), rows[0].1.as_str()), (1, "failed"), "{rows:?}");
}

fn find(bytes: &[u8], mark: &[u8], from: usize) -> usize {
    let found = bytes[from..].windows(mark.len()).position(|window| window == mark);
    from + found.expect("an archive has such a mark")
}
